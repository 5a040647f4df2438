#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include "runtime/host/resolver_format.hpp"
#include "test/runtime/host/machines.hpp"

using namespace troupe;
using namespace troupe::test;
using Catch::Matchers::ContainsSubstring;

namespace {

machine_configuration accepted(const machine_facts& facts, const host_options& options = alpha_options()) {
  auto decided = machine_probe(facts, options);
  if (auto* no = std::get_if<refusal>(&decided)) FAIL(no->line);
  return std::get<machine_configuration>(decided);
}

refusal refused(const machine_facts& facts, const host_options& options = alpha_options()) {
  auto decided = machine_probe(facts, options);
  REQUIRE(std::holds_alternative<refusal>(decided));
  CHECK(std::get<refusal>(decided).line.find('\n') == std::string::npos);
  return std::get<refusal>(decided);
}

} // namespace

TEST_CASE("the machine measured on: v1, no CAP_SYS_RESOURCE, no AppArmor") {
  auto configuration = accepted(measured_machine());
  CHECK(configuration.start_containerd);
  CHECK(configuration.cri_endpoint == "/run/troupe/alpha/containerd.sock");
  CHECK(configuration.runtime_name == "runc");
  CHECK(configuration.runtime_binary == "/usr/sbin/runc");
  CHECK(configuration.snapshotter == "overlayfs");
  CHECK(configuration.disable_apparmor);
  CHECK(configuration.restrict_oom_score_adj);
  CHECK(configuration.disable_hugetlb);
  CHECK(configuration.cgroup_parent == "/troupe/alpha");
  CHECK(configuration.mtu == 1400);
  CHECK(configuration.bridge_address == "10.244.0.1");
  CHECK(configuration.bridge_mac == "0a:58:0a:f4:00:01");
  CHECK(configuration.host_address == "192.0.2.2");
  CHECK_FALSE(configuration.load_bridge_netfilter);
  CHECK_FALSE(configuration.masquerade_all_services);
  CHECK_FALSE(configuration.accept_forwarding);
  CHECK(configuration.upstream_dns == std::vector<std::string>{"192.0.2.53"});
}

TEST_CASE("stock Debian 12: v2, AppArmor, resolved's stub is passed by") {
  auto configuration = accepted(debian_12());
  CHECK_FALSE(configuration.disable_apparmor);
  CHECK_FALSE(configuration.restrict_oom_score_adj);
  CHECK_FALSE(configuration.disable_hugetlb);
  CHECK_FALSE(configuration.systemd_cgroup);
  CHECK(configuration.cgroups == cgroup_layout::v2);
  CHECK(configuration.mtu == 1500);
  CHECK(configuration.load_bridge_netfilter);
  CHECK(configuration.upstream_dns == std::vector<std::string>{"198.51.100.1", "2001:db8::1"});
  CHECK(configuration.notes.empty());
}

TEST_CASE("Docker's containerd is left alone and its FORWARD chain is opened for us") {
  auto configuration = accepted(docker_machine());
  CHECK(configuration.start_containerd);
  CHECK(configuration.cri_endpoint == "/run/troupe/alpha/containerd.sock");
  CHECK(configuration.runtime_binary == "/usr/bin/runc");
  CHECK(configuration.cni_plugins == "/opt/cni/bin");
  CHECK(configuration.accept_forwarding);
  REQUIRE(configuration.notes.size() == 1);
  CHECK_THAT(configuration.notes[0], ContainsSubstring("left alone"));
}

TEST_CASE("--cri uses the runtime it names and needs none of ours") {
  auto options = alpha_options();
  options.cri_endpoint = "unix:///run/other/cri.sock";
  auto facts = debian_12();
  facts.containerd.clear();
  facts.cni_plugins.clear();
  auto configuration = accepted(facts, options);
  CHECK_FALSE(configuration.start_containerd);
  CHECK(configuration.cri_endpoint == "/run/other/cri.sock");
}

TEST_CASE("--no-node asks for nothing but the port") {
  auto options = alpha_options();
  options.with_node = false;
  machine_facts facts;
  facts.user_id = 1000;
  facts.addresses = {{"eth0", "192.0.2.9"}};
  facts.processes = {{1, "kubelet"}};
  CHECK(accepted(facts, options).host_address == "192.0.2.9");
  facts.listeners = {{"127.0.0.1", 6443, 17, "apiserver"}};
  auto no = refused(facts, options);
  CHECK(no.exit_code == 3);
  CHECK(no.line == "port 6443 on 127.0.0.1 is held by apiserver (pid 17); choose another with --listen ADDRESS:PORT");
}

TEST_CASE("what is missing ends with 2") {
  auto facts = debian_12();
  SECTION("root") { facts.user_id = 1000; CHECK_THAT(refused(facts).line, ContainsSubstring("--no-node")); }
  SECTION("containerd") { facts.containerd.clear(); CHECK_THAT(refused(facts).line, ContainsSubstring("--cri")); }
  SECTION("runc") { facts.runc.clear(); CHECK_THAT(refused(facts).line, ContainsSubstring("runc")); }
  SECTION("plugins") { facts.cni_plugins.clear(); CHECK_THAT(refused(facts).line, ContainsSubstring("CNI")); }
  SECTION("nf_tables") { facts.nftables = false; CHECK_THAT(refused(facts).line, ContainsSubstring("nf_tables")); }
  SECTION("cgroups") { facts.cgroups = cgroup_layout::none; CHECK_THAT(refused(facts).line, ContainsSubstring("cgroups")); }
  CHECK(refused(facts).exit_code == 2);
}

TEST_CASE("what others hold ends with 3 and names the holder") {
  auto facts = debian_12();
  SECTION("kubelet") {
    facts.processes.push_back({42, "kubelet"});
    CHECK_THAT(refused(facts).line, ContainsSubstring("kubelet (pid 42)"));
  }
  SECTION("k3s") {
    facts.processes.push_back({43, "k3s-server"});
    CHECK_THAT(refused(facts).line, ContainsSubstring("k3s-server (pid 43)"));
  }
  SECTION("API port on every address") {
    facts.listeners = {{"0.0.0.0", 6443, 0, ""}};
    CHECK_THAT(refused(facts).line, ContainsSubstring("another process") && ContainsSubstring("--listen"));
  }
  SECTION("DNS port") {
    facts.listeners = {{"0.0.0.0", 1053, 9, "dnsmasq"}};
    CHECK_THAT(refused(facts).line, ContainsSubstring("dnsmasq (pid 9)"));
  }
  SECTION("a route into the pods' range") {
    facts.routes.push_back({"10.244.7.0/24", "tun0"});
    CHECK_THAT(refused(facts).line, ContainsSubstring("10.244.7.0/24 through tun0") && ContainsSubstring("--no-node"));
  }
  SECTION("a route around the services' range") {
    facts.routes.push_back({"10.0.0.0/8", "wg0"});
    CHECK_THAT(refused(facts).line, ContainsSubstring("10.0.0.0/8 through wg0"));
  }
  SECTION("the bridge of another cluster") {
    facts.addresses.push_back({"troupe0", "10.7.0.1"});
    CHECK_THAT(refused(facts).line, ContainsSubstring("troupe down"));
  }
  CHECK(refused(facts).exit_code == 3);
}

TEST_CASE("what does not stand in the way") {
  auto facts = debian_12();
  SECTION("a VPN that takes half of everything") { facts.routes.push_back({"0.0.0.0/1", "tun0"}); }
  SECTION("our own bridge of an earlier start") {
    facts.addresses.push_back({"troupe0", "10.244.0.1"});
    facts.routes.push_back({"10.244.0.0/24", "troupe0"});
    facts.routes.push_back({"10.96.0.0/12", "troupe0"});
  }
  SECTION("the API's port on another address") { facts.listeners = {{"198.51.100.7", 6443, 5, "other"}}; }
  CHECK(accepted(facts).host_address == "198.51.100.7");
}

TEST_CASE("crun is taken where runc is missing, not on mixed hierarchies") {
  auto facts = debian_12();
  facts.runc.clear();
  facts.crun = "/usr/bin/crun";
  CHECK(accepted(facts).runtime_name == "crun");
  facts.cgroups = cgroup_layout::hybrid;
  CHECK(refused(facts).exit_code == 2);
}

TEST_CASE("resolv.conf is read as resolv.conf(5) says") {
  CHECK(upstream_servers("", "").empty());
  CHECK(upstream_servers("nameserver 127.0.0.53\n", "nameserver 10.0.0.1").front() == "10.0.0.1");
  CHECK(upstream_servers("#nameserver 1.1.1.1\n  nameserver\t127.0.0.1  # local\nnameserverx 2\nnameserver\n", "").front() == "127.0.0.1");
  CHECK(upstream_servers("nameserver 1.0.0.1\nnameserver 1.0.0.2\nnameserver 1.0.0.3\nnameserver 1.0.0.4\n", "").size() == 3);
  CHECK(upstream_servers("nameserver 127.0.0.53\nnameserver 10.0.0.9\n", "nameserver 10.0.0.1") == std::vector<std::string>{"10.0.0.9"});
}
