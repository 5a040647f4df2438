// The proxy in the simulated world: it follows what the API says through lists, watches, a flushed packet filter, failing
// transactions, and kills of every actor at every message.
#include <catch2/catch_test_macros.hpp>
#include "actors/proxy/proxy.hpp"
#include "messages/api/core/v1/service.pb.h"
#include "messages/api/discovery/v1.pb.h"
#include "runtime/log.hpp"
#include "runtime/ports/nftables_simulated.hpp"
#include "runtime/supervision/supervisor_actor.hpp"
#include "test/actors/support/fake_node_port.hpp"
#include "test/sim/world.hpp"

using namespace troupe;
using namespace troupe::sim;
using namespace troupe::test;

namespace {

const std::string services_path = "/api/v1/services", slices_path = "/apis/discovery.k8s.io/v1/endpointslices";

k8s::io::api::core::v1::Service service(const std::string& name, const std::string& address) {
  k8s::io::api::core::v1::Service made;
  made.mutable_metadata()->set_namespace_("default");
  made.mutable_metadata()->set_name(name);
  made.mutable_spec()->set_clusterip(address);
  auto* port = made.mutable_spec()->add_ports();
  port->set_protocol("TCP");
  port->set_port(80);
  return made;
}

k8s::io::api::discovery::v1::EndpointSlice slice(const std::string& service, std::vector<std::string> addresses) {
  k8s::io::api::discovery::v1::EndpointSlice made;
  made.mutable_metadata()->set_namespace_("default");
  made.mutable_metadata()->set_name(service + "-1");
  auto* label = made.mutable_metadata()->add_labels();
  label->set_key("kubernetes.io/service-name");
  label->set_value(service);
  made.set_addresstype("IPv4");
  for (auto& address : addresses) made.add_endpoints()->add_addresses(address);
  auto* port = made.add_ports();
  port->set_protocol("TCP");
  port->set_port(8080);
  return made;
}

struct stage {
  explicit stage(uint64_t seed) : all(seed) {
    set_log_sink({});
    for (int number = 0; number < 5; ++number) put(number, 2);
    auto& on = all.add("alpha", [this](machine&) {
      proxy_options options;
      options.base = "/alpha/proxy";
      options.port_path = "/alpha/nodes/alpha";
      options.node_name = "alpha";
      options.simulated = kernel;
      return std::vector<child_spec>{supervisor_spec("nodes", {fake_node_port("alpha", api)}), supervisor_spec("proxy", proxy_children(options))};
    });
    all.boot(on);
  }
  void put(int number, int endpoints) {
    std::string name = "s" + std::to_string(number);
    api->put(services_path, "default/" + name, service(name, "10.96.0." + std::to_string(10 + number)));
    std::vector<std::string> addresses;
    for (int place = 0; place < endpoints; ++place) addresses.push_back("10.244.1." + std::to_string(10 * number + place + 2));
    api->put(slices_path, "default/" + name, slice(name, addresses));
  }
  size_t backends() { return kernel->elements()["backends"].size(); }
  bool reaches(size_t count) {
    return all.run_until([&] { return backends() == count; }, all.now + 60 * sec);
  }

  std::shared_ptr<fake_collections> api = std::make_shared<fake_collections>();
  std::shared_ptr<simulated_nftables> kernel = std::make_shared<simulated_nftables>();
  world all;
};

/// Changes while it runs; what the table must end in.
void disturb(stage& on) {
  on.all.after(80 * ms, [&on] { on.put(0, 4); });
  on.all.after(90 * ms, [&on] { on.put(7, 3); });
  on.all.after(100 * ms, [&on] {
    on.api->remove(services_path, "default/s1");
    on.api->remove(slices_path, "default/s1");
  });
}
constexpr size_t backends_after = 4 + 3 * 2 + 3;

} // namespace

TEST_CASE("the table follows Services and EndpointSlices") {
  stage on(1);
  REQUIRE(on.reaches(10));
  size_t transactions = on.kernel->transactions();
  CHECK(transactions == 1); // nothing was loaded before everything was listed
  disturb(on);
  REQUIRE(on.reaches(backends_after));
  CHECK(on.kernel->elements()["services"].size() == 5);
  on.all.run_until(on.all.now + 1 * sec);
  CHECK(on.kernel->transactions() <= transactions + 3);
}

TEST_CASE("a flushed packet filter is filled again") {
  stage on(2);
  REQUIRE(on.reaches(10));
  on.kernel->flush();
  REQUIRE(on.all.run_until([&] { return on.backends() == 10; }, on.all.now + 130 * sec));
}

TEST_CASE("failed transactions are followed by a full load") {
  stage on(3);
  REQUIRE(on.reaches(10));
  on.kernel->fail(3);
  disturb(on);
  REQUIRE(on.reaches(backends_after));
}

TEST_CASE("a watch that has fallen behind begins anew") {
  stage on(4);
  REQUIRE(on.reaches(10));
  on.api->lost_before = on.api->revision + 1;
  on.put(0, 5);
  on.api->lost_before = on.api->revision;
  REQUIRE(on.reaches(13));
}

TEST_CASE("kills at every message end in the same table, which is never emptied on the way") {
  uint64_t messages = 0;
  simulated_nftables::content expected;
  {
    stage on(5);
    disturb(on);
    REQUIRE(on.reaches(backends_after));
    expected = on.kernel->elements();
    messages = on.all.messages;
  }
  REQUIRE(messages > 50);
  for (uint64_t at = 1; at < messages; ++at)
    for (bool after : {false, true}) {
      INFO("message " << at << (after ? " after" : " before"));
      stage on(5);
      on.all.rule = {at, after};
      disturb(on);
      bool loaded = false, emptied = false;
      const bool reached = on.all.run_until(
          [&] {
            loaded |= on.backends() >= 10;
            emptied |= loaded && on.backends() < 8;
            return on.kernel->elements() == expected;
          },
          on.all.now + 120 * sec);
      INFO("killed: " << on.all.killed);
      CHECK(reached);
      CHECK_FALSE(emptied);
    }
}
