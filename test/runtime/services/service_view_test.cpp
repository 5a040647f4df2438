#include <catch2/catch_test_macros.hpp>
#include <google/protobuf/stubs/logging.h>
#include <random>
#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/service.pb.h"
#include "messages/api/discovery/v1.pb.h"
#include "messages/api/meta/v1.pb.h"
#include "runtime/host/address.hpp"
#include "runtime/services/service_view.hpp"

using namespace troupe;
namespace core = k8s::io::api::core::v1;
namespace discovery = k8s::io::api::discovery::v1;
namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

TEST_CASE("a Service as proxy and DNS see it") {
  core::Service message;
  message.mutable_metadata()->set_namespace_("shop");
  message.mutable_metadata()->set_name("web");
  auto* spec = message.mutable_spec();
  spec->set_clusterip("10.96.0.7");
  spec->add_clusterips("10.96.0.7");
  spec->add_clusterips("fd00::7");
  spec->add_externalips("203.0.113.4");
  spec->set_sessionaffinity("ClientIP");
  spec->set_externaltrafficpolicy("Local");
  auto* port = spec->add_ports();
  port->set_name("dns");
  port->set_protocol("UDP");
  port->set_port(53);
  port->set_nodeport(30053);
  auto view = decode_service(message.SerializeAsString());
  REQUIRE(view);
  CHECK(view->space == "shop");
  CHECK(view->cluster_addresses == std::vector<uint32_t>{*parse_address("10.96.0.7")});
  CHECK(view->external_addresses.size() == 1);
  CHECK(view->sticky);
  CHECK(view->external_local);
  CHECK_FALSE(view->internal_local);
  CHECK(view->ports == std::vector<service_port>{{"dns", transport::udp, 53, 30053}});
  spec->set_clusterip("None");
  spec->clear_clusterips();
  CHECK(decode_service(message.SerializeAsString())->headless);
  spec->set_type("ExternalName");
  spec->set_externalname("example.org");
  CHECK(decode_service(message.SerializeAsString())->external_name == "example.org");
  CHECK_FALSE(decode_service("\xff\xff"));
}

TEST_CASE("endpoints and their conditions") {
  discovery::EndpointSlice message;
  message.mutable_metadata()->set_name("web-1");
  auto* label = message.mutable_metadata()->add_labels();
  label->set_key("kubernetes.io/service-name");
  label->set_value("web");
  message.set_addresstype("IPv4");
  message.add_ports()->set_port(8080);
  message.add_endpoints()->add_addresses("10.244.0.2"); // no conditions: ready
  auto* ending = message.add_endpoints();
  ending->add_addresses("10.244.0.3");
  ending->mutable_conditions()->set_ready(false);
  ending->mutable_conditions()->set_serving(true);
  ending->mutable_conditions()->set_terminating(true);
  ending->set_nodename("beta");
  ending->mutable_targetref()->set_kind("Pod");
  ending->mutable_targetref()->set_name("web-x");
  message.add_endpoints()->add_addresses("not an address");
  auto view = decode_endpoint_slice(message.SerializeAsString());
  REQUIRE(view);
  CHECK(view->service == "web");
  REQUIRE(view->endpoints.size() == 2);
  CHECK(view->endpoints[0].ready);
  CHECK(view->endpoints[0].serving);
  CHECK_FALSE(view->endpoints[1].ready);
  CHECK(view->endpoints[1].serving);
  CHECK(view->endpoints[1].pod_name == "web-x");

  service_view service;
  CHECK(usable_endpoints({&*view}, service, "").size() == 1);
  CHECK(usable_endpoints({&*view}, service, "beta").at(0)->pod_name == "web-x");
  CHECK(usable_endpoints({&*view}, service, "gamma").empty());
  service.publish_not_ready = true;
  CHECK(usable_endpoints({&*view}, service, "").size() == 2);
  message.set_addresstype("IPv6");
  CHECK(decode_endpoint_slice(message.SerializeAsString())->endpoints.empty());
}

TEST_CASE("any list, any watch event, without knowing the kind") {
  core::NamespaceList list;
  list.mutable_metadata()->set_resourceversion("42");
  list.mutable_metadata()->set_continue_("next/page");
  for (const char* name : {"a", "b"}) list.add_items()->mutable_metadata()->set_name(name);
  std::string bytes = list.SerializeAsString();
  list_view view;
  REQUIRE(decode_list(bytes, view));
  CHECK(view.revision == "42");
  CHECK(view.next == "next/page");
  REQUIRE(view.items.size() == 2);
  CHECK(decode_namespace(view.items[1])->name == "b");

  meta::WatchEvent event;
  event.set_type("ADDED");
  event.mutable_object()->set_raw("bytes");
  std::string frame = event.SerializeAsString();
  watch_view seen;
  REQUIRE(decode_watch_event(frame, seen));
  CHECK(seen.type == "ADDED");
  CHECK(seen.object == "bytes");
  list.mutable_items(0)->mutable_metadata()->set_resourceversion("7");
  CHECK(decode_revision(list.items(0).SerializeAsString()) == "7");
  CHECK(decode_revision("").empty());
}

TEST_CASE("broken bytes are refused, never read beyond") {
  google::protobuf::LogSilencer silence;
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (size_t size = random() % 40; size; --size) bytes += char(random());
    list_view list;
    watch_view event;
    decode_list(bytes, list);
    decode_watch_event(bytes, event);
    decode_revision(bytes);
    decode_service(bytes);
    decode_endpoint_slice(bytes);
    for (auto item : list.items) CHECK((item.empty() || (item.data() >= bytes.data() && item.data() + item.size() <= bytes.data() + bytes.size())));
  }
}
