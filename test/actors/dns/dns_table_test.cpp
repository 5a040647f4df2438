#include <catch2/catch_test_macros.hpp>
#include <set>
#include "actors/dns/dns_table.hpp"
#include "runtime/host/address.hpp"

using namespace troupe;
using namespace troupe::dns;

namespace {

uint32_t address(const std::string& text) { return parse_address(text).value(); }

/// default: "web" (10.96.0.20, ports http and dns), "db" (headless, two pods), "out" (ExternalName); kube-system: none.
table filled() {
  table made;
  made.replace_namespaces({{"default"}, {"kube-system"}});
  service_view web;
  web.space = "default";
  web.name = "web";
  web.cluster_addresses = {address("10.96.0.20")};
  web.ports = {{"http", transport::tcp, 80}, {"dns", transport::udp, 53}};
  service_view db;
  db.space = "default";
  db.name = "db";
  db.headless = true;
  db.ports = {{"sql", transport::tcp, 5432}};
  service_view out;
  out.space = "default";
  out.name = "out";
  out.external_name = "example.org";
  made.replace_services({web, db, out});
  endpoint_slice_view slice;
  slice.space = "default";
  slice.name = "db-1";
  slice.service = "db";
  slice.ports = {{"sql", transport::tcp, 5433}};
  slice.endpoints = {{address("10.244.0.5"), true, true, false, "db-0", "", ""},
                     {address("10.244.0.6"), true, true, false, "", "", ""},
                     {address("10.244.0.7"), false, false, false, "", "", ""}};
  made.replace_slices({slice});
  return made;
}

query ask(const std::string& name, uint16_t type = type_a) {
  query asked;
  asked.name = name;
  asked.type = type;
  asked.of_class = class_internet;
  return asked;
}

answer look(const table& in, const std::string& name, uint16_t type = type_a, uint64_t random = 0) {
  auto found = in.look_up(ask(name, type), random);
  REQUIRE(found);
  return *found;
}

/// Addresses of the A records, in order.
std::vector<std::string> addresses(const answer& what) {
  std::vector<std::string> found;
  for (auto& one : what.answers)
    if (one.type == type_a)
      found.push_back(format_address(uint32_t(uint8_t(one.data[0])) << 24 | uint32_t(uint8_t(one.data[1])) << 16 |
                                     uint32_t(uint8_t(one.data[2])) << 8 | uint8_t(one.data[3])));
  return found;
}

bool no_such_name(const answer& what) {
  return what.result == code::no_such_name && what.answers.empty() && what.authorities.size() == 1 && what.authorities[0].type == type_soa;
}
bool no_data(const answer& what) {
  return what.result == code::ok && what.answers.empty() && what.authorities.size() == 1 && what.authorities[0].type == type_soa;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("a Service's name is its cluster address") {
  auto table = filled();
  CHECK(addresses(look(table, "web.default.svc.cluster.local")) == texts{"10.96.0.20"});
  CHECK(look(table, "web.default.svc.cluster.local").answers[0].ttl_seconds == record_ttl_seconds);
  CHECK(no_data(look(table, "web.default.svc.cluster.local", type_aaaa)));
  CHECK(no_such_name(look(table, "nothing.default.svc.cluster.local")));
  CHECK(no_such_name(look(table, "web.nowhere.svc.cluster.local")));
  CHECK(no_such_name(look(table, "x.web.default.svc.cluster.local")));
}

TEST_CASE("a headless Service's name is its ready endpoints, in turning order") {
  auto table = filled();
  CHECK(addresses(look(table, "db.default.svc.cluster.local", type_a, 0)) == texts{"10.244.0.5", "10.244.0.6"});
  CHECK(addresses(look(table, "db.default.svc.cluster.local", type_a, 1)) == texts{"10.244.0.6", "10.244.0.5"});
  CHECK(addresses(look(table, "db-0.db.default.svc.cluster.local")) == texts{"10.244.0.5"});
  CHECK(addresses(look(table, "10-244-0-6.db.default.svc.cluster.local")) == texts{"10.244.0.6"});
  CHECK(no_such_name(look(table, "10-244-0-7.db.default.svc.cluster.local")));
  CHECK(no_data(look(table, "db-0.db.default.svc.cluster.local", type_aaaa)));
  table.remove_slice("default", "db-1");
  CHECK(no_such_name(look(table, "db.default.svc.cluster.local")));
}

TEST_CASE("named ports are SRV records with the addresses of their targets") {
  auto table = filled();
  auto one = look(table, "_http._tcp.web.default.svc.cluster.local", type_srv);
  REQUIRE(one.answers.size() == 1);
  CHECK(one.answers[0].data == service_data(0, 100, 80, "web.default.svc.cluster.local"));
  REQUIRE(one.additionals.size() == 1);
  CHECK(one.additionals[0].name == "web.default.svc.cluster.local");
  CHECK(no_such_name(look(table, "_http._udp.web.default.svc.cluster.local", type_srv)));
  CHECK(no_data(look(table, "_http._tcp.web.default.svc.cluster.local", type_a)));
  CHECK(look(table, "web.default.svc.cluster.local", type_srv).answers.size() == 2);
  auto two = look(table, "_sql._tcp.db.default.svc.cluster.local", type_srv);
  REQUIRE(two.answers.size() == 2);
  CHECK(two.answers[0].data == service_data(0, 100, 5433, "db-0.db.default.svc.cluster.local"));
}

TEST_CASE("ExternalName is a CNAME") {
  auto found = look(filled(), "out.default.svc.cluster.local");
  REQUIRE(found.answers.size() == 1);
  CHECK(found.answers[0].type == type_cname);
  CHECK(found.answers[0].data == name_data("example.org"));
}

TEST_CASE("addresses back to names; what is not ours is for others") {
  auto table = filled();
  CHECK(look(table, "20.0.96.10.in-addr.arpa", type_ptr).answers.at(0).data == name_data("web.default.svc.cluster.local"));
  CHECK(look(table, "5.0.244.10.in-addr.arpa", type_ptr).answers.at(0).data == name_data("db-0.db.default.svc.cluster.local"));
  CHECK_FALSE(table.look_up(ask("9.9.9.9.in-addr.arpa", type_ptr), 0));
  CHECK_FALSE(table.look_up(ask("20.0.96.in-addr.arpa", type_ptr), 0));
  CHECK_FALSE(table.look_up(ask("example.org"), 0));
  CHECK_FALSE(table.look_up(ask("web.default.svc.cluster.local.example.org"), 0));
  CHECK_FALSE(table.look_up(ask("cluster.localhost"), 0));
  auto chaos = ask("web.default.svc.cluster.local");
  chaos.of_class = 3;
  CHECK_FALSE(table.look_up(chaos, 0));
  table.remove_service("default", "web");
  CHECK_FALSE(table.look_up(ask("20.0.96.10.in-addr.arpa", type_ptr), 0));
}

TEST_CASE("pods by their addresses, the domain itself, names between") {
  auto table = filled();
  CHECK(addresses(look(table, "10-244-0-9.default.pod.cluster.local")) == texts{"10.244.0.9"});
  CHECK(no_such_name(look(table, "10-244-0.default.pod.cluster.local")));
  CHECK(no_such_name(look(table, "10-244-0-9.nowhere.pod.cluster.local")));
  for (const char* name : {"svc.cluster.local", "default.svc.cluster.local", "pod.cluster.local", "kube-system.svc.cluster.local"})
    CHECK(no_data(look(table, name)));
  CHECK(no_such_name(look(table, "other.cluster.local")));
  CHECK(look(table, "cluster.local", type_soa).answers.size() == 1);
  CHECK(look(table, "cluster.local", type_ns).answers.size() == 1);
  CHECK(no_data(look(table, "cluster.local")));
  CHECK(look(table, "dns-version.cluster.local", type_txt).answers.at(0).data == text_data("1.1.0"));
}

TEST_CASE("names that go and come") {
  auto table = filled();
  table.remove_namespace("default");
  CHECK(no_such_name(look(table, "web.default.svc.cluster.local")));
  table.put(namespace_view{"default"});
  CHECK(addresses(look(table, "web.default.svc.cluster.local")).size() == 1);
  table.replace_services({});
  CHECK(no_such_name(look(table, "web.default.svc.cluster.local")));
}
