#include <catch2/catch_test_macros.hpp>
#include <random>
#include "actors/proxy/service_table.hpp"
#include "actors/proxy/table_format.hpp"
#include "runtime/ports/nftables_simulated.hpp"
#include "test/actors/proxy/services.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

const service_table_options here{"alpha", address("10.244.0.0"), 24};
const table_format_options format{"10.244.0.0/24", "10.244.0.0/16", "10.96.0.0/12", false};

table_elements elements_of(const service_view& view, const endpoint_slice_view& endpoints) {
  return service_elements(view, {&endpoints}, here);
}

} // namespace

TEST_CASE("one Service, three endpoints: a slot each") {
  auto elements = elements_of(service("web", "10.96.0.20"), slice("web-1", "web", {"10.244.0.7", "10.244.0.5", "10.244.1.6"}));
  CHECK(elements["services"] == element_map{{"10.96.0.20 . tcp . 80", "goto inside_3"}});
  CHECK(elements["backends"] == element_map{{"10.96.0.20 . tcp . 80 . 0x74720000", "10.244.0.5 . 8080"},
                                            {"10.96.0.20 . tcp . 80 . 0x74720001", "10.244.0.7 . 8080"},
                                            {"10.96.0.20 . tcp . 80 . 0x74720002", "10.244.1.6 . 8080"}});
  // Only endpoints of this machine can meet themselves through the bridge.
  CHECK(elements["hairpin"] == element_map{{"10.244.0.5 . 10.244.0.5", ""}, {"10.244.0.7 . 10.244.0.7", ""}});
}

TEST_CASE("without endpoints a Service has no elements") {
  CHECK(elements_of(service("web", "10.96.0.20"), slice("web-1", "web", {})).empty());
  auto unready = slice("web-1", "web", {"10.244.0.5"});
  unready.endpoints[0].ready = unready.endpoints[0].serving = false;
  CHECK(elements_of(service("web", "10.96.0.20"), unready).empty());
  auto published = service("web", "10.96.0.20");
  published.publish_not_ready = true;
  CHECK(elements_of(published, unready)["backends"].size() == 1);
}

TEST_CASE("endpoints that end serve on while there is no other") {
  auto endpoints = slice("web-1", "web", {"10.244.0.5", "10.244.0.6"});
  endpoints.endpoints[0] = {address("10.244.0.5"), false, true, true, "", "", ""};
  CHECK(elements_of(service("web", "10.96.0.20"), endpoints)["backends"].size() == 1);
  endpoints.endpoints.pop_back();
  CHECK(elements_of(service("web", "10.96.0.20"), endpoints)["backends"].begin()->second == "10.244.0.5 . 8080");
}

TEST_CASE("node ports, external addresses, affinity, protocols, names of ports") {
  auto view = service("web", "10.96.0.20");
  view.ports = {{"http", transport::tcp, 80, 30080}, {"dns", transport::udp, 53, 0}};
  view.external_addresses = {address("203.0.113.9")};
  view.sticky = true;
  auto endpoints = slice("web-1", "web", {"10.244.1.5"});
  endpoints.ports = {{"http", transport::tcp, 8080}, {"dns", transport::udp, 1053}, {"other", transport::tcp, 1}};
  auto elements = elements_of(view, endpoints);
  CHECK(elements["services"] == element_map{{"10.96.0.20 . tcp . 80", "goto sticky_inside_1"},
                                            {"10.96.0.20 . udp . 53", "goto sticky_inside_1"},
                                            {"203.0.113.9 . tcp . 80", "goto sticky_outside_1"},
                                            {"203.0.113.9 . udp . 53", "goto sticky_outside_1"}});
  CHECK(elements["node_ports"] == element_map{{"tcp . 30080", "goto sticky_node_port_1"}});
  CHECK(elements["node_backends"] == element_map{{"tcp . 30080 . 0x74720000", "10.244.1.5 . 8080"}});
  CHECK(elements["backends"]["10.96.0.20 . udp . 53 . 0x74720000"] == "10.244.1.5 . 1053");
  CHECK(elements.count("hairpin") == 0);
}

TEST_CASE("local traffic policies take this node's endpoints only") {
  auto view = service("web", "10.96.0.20");
  view.ports[0].node_port = 30080;
  view.external_local = true;
  auto endpoints = slice("web-1", "web", {"10.244.0.5", "10.244.1.5"});
  endpoints.endpoints[0].node = "alpha";
  endpoints.endpoints[1].node = "beta";
  auto elements = elements_of(view, endpoints);
  CHECK(elements["backends"].size() == 2);
  CHECK(elements["node_backends"] == element_map{{"tcp . 30080 . 0x74720000", "10.244.0.5 . 8080"}});
  view.internal_local = true;
  CHECK(elements_of(view, endpoints)["backends"].size() == 1);
}

TEST_CASE("slots: exact up to sixteen, at least four an endpoint above, bounded") {
  CHECK(slots_for(1) == 1);
  CHECK(slots_for(16) == 16);
  CHECK(slots_for(17) == 256);
  CHECK(slots_for(64) == 256);
  CHECK(slots_for(65) == 1024);
  CHECK(slots_for(257) == 4096);
  CHECK(slots_for(100'000) == 4096);
  auto endpoints = slice("web-1", "web", {});
  for (uint32_t number = 0; number < 1500; ++number) endpoints.endpoints.push_back({address("10.244.0.0") + number});
  CHECK(elements_of(service("web", "10.96.0.20"), endpoints)["backends"].size() == 4096);
}

TEST_CASE("a change names only what differs") {
  service_table table(here);
  table.put(service("web", "10.96.0.20"));
  CHECK(table.changes().empty());
  table.put(slice("web-1", "web", {"10.244.1.5"}));
  CHECK(table.changes() ==
        "add element ip troupe backends { 10.96.0.20 . tcp . 80 . 0x74720000 : 10.244.1.5 . 8080 }\n"
        "add element ip troupe services { 10.96.0.20 . tcp . 80 : goto inside_1 }\n");
  table.put(slice("web-1", "web", {"10.244.1.5", "10.244.1.6"}));
  CHECK(table.changes() ==
        "delete element ip troupe services { 10.96.0.20 . tcp . 80 }\n"
        "add element ip troupe backends { 10.96.0.20 . tcp . 80 . 0x74720001 : 10.244.1.6 . 8080 }\n"
        "add element ip troupe services { 10.96.0.20 . tcp . 80 : goto inside_2 }\n");
  table.put(slice("web-1", "web", {"10.244.1.5", "10.244.1.6"}));
  CHECK(table.changes().empty());
  table.remove_service("default", "web");
  table.remove_slice("default", "unknown");
  CHECK(table.changes() ==
        "delete element ip troupe backends { 10.96.0.20 . tcp . 80 . 0x74720000, 10.96.0.20 . tcp . 80 . 0x74720001 }\n"
        "delete element ip troupe services { 10.96.0.20 . tcp . 80 }\n");
}

TEST_CASE("an endpoint of two Services stays while one of them has it") {
  service_table table(here);
  table.put(service("one", "10.96.0.21"));
  table.put(service("two", "10.96.0.22"));
  table.put(slice("one-1", "one", {"10.244.0.5"}));
  table.put(slice("two-1", "two", {"10.244.0.5"}));
  table.changes();
  table.remove_service("default", "one");
  CHECK(table.changes().find("hairpin") == std::string::npos);
  table.remove_service("default", "two");
  CHECK(table.changes().find("delete element ip troupe hairpin { 10.244.0.5 . 10.244.0.5 }") != std::string::npos);
}

TEST_CASE("UDP flows to an endpoint that goes are named, TCP's are not") {
  service_table table(here);
  auto view = service("dns", "10.96.0.10", 53);
  view.ports = {{"dns", transport::udp, 53, 30053}, {"dns-tcp", transport::tcp, 53, 0}};
  auto endpoints = slice("dns-1", "dns", {"10.244.0.5"});
  endpoints.ports = {{"dns", transport::udp, 1053}, {"dns-tcp", transport::tcp, 1053}};
  table.put(view);
  table.put(endpoints);
  table.changes();
  CHECK(table.take_stale().empty());
  endpoints.endpoints[0].address = address("10.244.0.6");
  table.put(endpoints);
  table.changes();
  auto stale = table.take_stale();
  REQUIRE(stale.size() == 2);
  CHECK(stale[0].address == address("10.96.0.10"));
  CHECK(stale[0].port == 53);
  CHECK(stale[0].endpoint == address("10.244.0.5"));
  CHECK(stale[1].address == 0);
  CHECK(stale[1].port == 30053);
  CHECK(table.take_stale().empty());
}

TEST_CASE("any sequence of changes ends in the table that a fresh start would load") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    auto below = [&](unsigned limit) { return unsigned(random() % limit); };
    service_table table(here);
    simulated_nftables kernel;
    REQUIRE(kernel.apply(table_format(format, table.elements())) == "");
    std::map<std::string, service_view> services;
    std::map<std::string, endpoint_slice_view> slices;
    for (int step = 0; step < 150; ++step) {
      std::string name = "s" + std::to_string(below(5)), part = name + "-" + std::to_string(below(2));
      switch (below(5)) {
        case 0: case 1: {
          auto view = service(name, "10.96.1." + std::to_string(below(4)), uint16_t(80 + below(2)));
          view.sticky = below(2);
          view.ports[0].node_port = below(2) ? uint16_t(30000 + below(3)) : 0;
          services[name] = view;
          table.put(view);
          break;
        }
        case 2: case 3: {
          std::vector<std::string> addresses;
          for (unsigned count = below(6); count; --count) addresses.push_back("10.244." + std::to_string(below(2)) + "." + std::to_string(2 + below(8)));
          auto view = slice(part, "s" + std::to_string(below(5)), addresses);
          slices[part] = view;
          table.put(view);
          break;
        }
        default:
          services.erase(name);
          slices.erase(part);
          table.remove_service("default", name);
          table.remove_slice("default", part);
      }
      if (below(3)) continue;
      auto commands = table.changes();
      if (!commands.empty()) REQUIRE(kernel.apply(commands) == "");
    }
    auto commands = table.changes();
    if (!commands.empty()) REQUIRE(kernel.apply(commands) == "");
    service_table fresh(here);
    for (auto& [name, view] : slices) fresh.put(view);
    for (auto& [name, view] : services) fresh.put(view);
    auto clash_free = [](simulated_nftables::content content) { // who wins an address that two claim depends on the order
      for (auto& [map, elements] : content)
        for (auto& [element, value] : elements) value.clear();
      return content;
    };
    simulated_nftables other;
    REQUIRE(other.apply(table_format(format, fresh.elements())) == "");
    CHECK(clash_free(kernel.elements())["services"] == clash_free(other.elements())["services"]);
    CHECK(clash_free(kernel.elements())["hairpin"] == clash_free(other.elements())["hairpin"]);
    CHECK(clash_free(kernel.elements())["backends"] == clash_free(other.elements())["backends"]);
    CHECK(clash_free(kernel.elements())["node_ports"] == clash_free(other.elements())["node_ports"]);
  }
}
