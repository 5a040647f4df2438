#include <catch2/catch_test_macros.hpp>
#include "runtime/host/clean_up_plan.hpp"
#include "runtime/host/network_plan.hpp"
#include "test/runtime/host/machines.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

constexpr std::string_view mounts =
    "proc /proc proc rw 0 0\n"
    "tmpfs /sys/fs/cgroup tmpfs ro 0 0\n"
    "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"
    "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
    "overlay /run/troupe/alpha/containerd/task/one/rootfs overlay rw 0 0\n"
    "shm /run/troupe/alpha2/shm tmpfs rw 0 0\n"
    "tmpfs /data/my\\040volume tmpfs rw 0 0\n"
    "tmpfs /data/my\\040volume/inner tmpfs rw 0 0\n"
    "broken line\n";

} // namespace

TEST_CASE("mounts of ours, and only ours, the last first") {
  CHECK(mounts_below(mounts, {"/run/troupe/alpha", "/data"}) ==
        std::vector<std::string>{"/data/my volume/inner", "/data/my volume", "/run/troupe/alpha/containerd/task/one/rootfs"});
  CHECK(mounts_below(mounts, {""}).empty());
  CHECK(cgroup_roots(mounts) == std::vector<std::string>{"/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified"});
}

TEST_CASE("a shim is known by the socket it serves") {
  using std::string_view_literals::operator""sv;
  auto line = "/usr/bin/containerd-shim-runc-v2\0-namespace\0k8s.io\0-id\0x\0-address\0/run/troupe/alpha/containerd.sock\0"sv;
  CHECK(is_shim_of(line, "/run/troupe/alpha/containerd.sock"));
  CHECK_FALSE(is_shim_of(line, "/run/troupe/alpha"));
  CHECK_FALSE(is_shim_of(line, "/run/containerd/containerd.sock"));
  CHECK_FALSE(is_shim_of("vi\0-address\0/run/troupe/alpha/containerd.sock\0"sv, "/run/troupe/alpha/containerd.sock"));
  CHECK_FALSE(is_shim_of("", "x"));
}

TEST_CASE("sockets of shims, of both forms that containerd writes") {
  CHECK(shim_sockets("unix:///run/containerd/s/ab12\n") == std::vector<std::string>{"/run/containerd/s/ab12"});
  CHECK(shim_sockets("{\"version\":2,\"address\":\"unix:///run/containerd/s/cd\",\"protocol\":\"ttrpc\"}") ==
        std::vector<std::string>{"/run/containerd/s/cd"});
  CHECK(shim_sockets("").empty());
}

TEST_CASE("links on our bridge") {
  CHECK(links_on_bridge(R"([{"ifname":"lo"},{"ifname":"veth1","master":"troupe0"},{"ifname":"veth2","master":"docker0"},{}])") ==
        std::vector<std::string>{"veth1"});
  CHECK(links_on_bridge("").empty());
  CHECK(links_on_bridge("{}").empty());
}

TEST_CASE("libcni's files of our pods") {
  const std::string one(64, 'a'), two(64, 'b');
  CHECK(our_network_results({"troupe-alpha-" + one + "-eth0", "cni-loopback-" + one + "-lo", "cni-loopback-" + two + "-lo", "other-" + one + "-eth0"},
                            "troupe-alpha") == std::vector<std::string>{"troupe-alpha-" + one + "-eth0", "cni-loopback-" + one + "-lo"});
  CHECK(our_network_results({"troupe-alpha-two-" + one + "-eth0", "troupe-alphabet-" + one + "-eth0"}, "troupe-alpha").empty());
}

TEST_CASE("a pod's links on the machine") {
  CHECK(links_of_pod(R"({"kind":"cniCacheV1","result":{"interfaces":[{"name":"troupe0"},{"name":"veth1"},{"name":"eth0","sandbox":"/x"}]}})") ==
        std::vector<std::string>{"veth1"});
  CHECK(links_of_pod("{}").empty());
  CHECK(links_of_pod("x").empty());
}

TEST_CASE("the network's steps") {
  auto options = alpha_options();
  auto plan = [&](const machine_facts& facts) {
    std::string text;
    for (auto& step : network_up_plan(std::get<machine_configuration>(machine_probe(facts, options)), options)) {
      for (auto& word : step.command) text += word + " ";
      if (step.command.empty()) text += step.setting + "=" + step.value;
      if (!step.needed) text += "(may fail)";
      text += "\n";
    }
    return text;
  };
  CHECK(plan(measured_machine()) ==
        "ip link add troupe0 address 0a:58:0a:f4:00:01 type bridge \n"
        "ip link set troupe0 mtu 1400 \n"
        "ip address replace 10.244.0.1/24 dev troupe0 \n"
        "ip link set troupe0 up \n"
        "ip route replace 10.96.0.0/12 dev troupe0 \n"
        "net/ipv4/ip_forward=1\n"
        "net/ipv4/conf/all/send_redirects=0\n"
        "net/ipv4/conf/troupe0/send_redirects=0\n"
        "net/bridge/bridge-nf-call-iptables=1\n");
  CHECK(plan(debian_12()).starts_with("modprobe br_netfilter (may fail)\n"));
  CHECK(plan(docker_machine()).find("iptables -w -I FORWARD -i troupe0 -m comment --comment troupe -j ACCEPT \n") != std::string::npos);
}
