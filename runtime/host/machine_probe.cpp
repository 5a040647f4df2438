#include <algorithm>
#include <optional>
#include <sstream>
#include "runtime/host/address.hpp"
#include "runtime/host/machine.hpp"
#include "runtime/host/resolver_format.hpp"

namespace troupe {

namespace {

constexpr int capability_sys_resource = 24; // linux/capability.h
/// Routes as wide as these (0.0.0.0/1 of a VPN) stand for "everything else", like a default route: more specific ones win.
constexpr int route_prefix_min = 4;
constexpr int missing = 2, taken = 3; // exit codes
constexpr int mtu_default = 1500;

using refusal_or_none = std::optional<refusal>;

std::string holder(const std::string& name, int pid) {
  if (name.empty()) return pid ? "process " + std::to_string(pid) : "another process";
  return pid ? name + " (pid " + std::to_string(pid) + ")" : name;
}

/// Does a socket bound to `bound` keep us from binding `wanted`?
bool address_clash(const std::string& bound, const std::string& wanted) {
  return bound == wanted || bound == "0.0.0.0" || bound == "::" || wanted == "0.0.0.0";
}

refusal_or_none check_api_port(const machine_facts& facts, const host_options& options, const std::string& bridge) {
  std::vector<std::string> wanted{options.listen_address};
  if (options.listen_address.empty()) {
    wanted = {"127.0.0.1"};
    if (options.with_node) wanted.push_back(bridge);
  }
  for (auto& address : wanted)
    for (auto& listener : facts.listeners)
      if (listener.port == options.api_port && address_clash(listener.address, address))
        return refusal{taken, "port " + std::to_string(options.api_port) + " on " + address + " is held by " +
                                  holder(listener.name, listener.pid) + "; choose another with --listen ADDRESS:PORT"};
  return {};
}

refusal_or_none check_dns_port(const machine_facts& facts, const std::string& bridge) {
  for (auto& listener : facts.listeners)
    if (listener.port == dns_port_number && address_clash(listener.address, bridge))
      return refusal{taken, "port " + std::to_string(dns_port_number) + " on " + bridge + ", where cluster DNS listens, is held by " +
                                holder(listener.name, listener.pid) + "; stop it, or start without a node: --no-node"};
  return {};
}

refusal_or_none check_neighbours(const machine_facts& facts) {
  for (auto& process : facts.processes)
    if (process.name == "kubelet" || process.name == "k3s" || process.name == "k3s-server" || process.name == "k3s-agent" ||
        process.name == "k0s" || process.name == "microk8s")
      return refusal{taken, holder(process.name, process.pid) +
                                " already runs pods on this machine; stop it, or start without a node: --no-node"};
  return {};
}

refusal_or_none check_ranges(const machine_facts& facts, const host_options& options) {
  struct { const std::string& range; const char* what; } const ours[] = {{options.cluster_cidr, "pods"}, {options.service_cidr, "services"}};
  for (auto& our : ours) {
    auto range = parse_cidr(our.range);
    if (!range) return refusal{missing, "the range of " + std::string(our.what) + ", '" + our.range + "', is not ADDRESS/PREFIX"};
    for (auto& route : facts.routes) {
      if (route.device == bridge_name) continue;
      auto other = parse_cidr(route.destination);
      if (other && other->prefix >= route_prefix_min && overlap(*range, *other))
        return refusal{taken, "the range of " + std::string(our.what) + ", " + our.range + ", overlaps the route to " + route.destination +
                                  " through " + route.device + "; remove that route, or start without a node: --no-node"};
    }
  }
  return {};
}

/// A bridge of that name with another pod range is another cluster's.
refusal_or_none check_bridge(const machine_facts& facts, const std::string& bridge_address) {
  for (auto& [device, address] : facts.addresses)
    if (device == bridge_name && address != bridge_address)
      return refusal{taken, std::string("bridge ") + bridge_name + " with address " + address +
                                " belongs to another cluster; end that one with `troupe down` or start without a node: --no-node"};
  return {};
}

refusal_or_none check_kernel(const machine_facts& facts) {
  if (facts.cgroups == cgroup_layout::none) return refusal{missing, "no cgroups are mounted below /sys/fs/cgroup: containers cannot run here"};
  if (!facts.bridge) return refusal{missing, "the kernel has no bridges: pods cannot be connected here"};
  if (!facts.nftables) return refusal{missing, "the kernel has no nf_tables: Services cannot be translated here"};
  return {};
}

refusal_or_none check_runtime(const machine_facts& facts) {
  const char* cure = "; run ./setup, or name a running container runtime with --cri";
  if (facts.containerd.empty() || facts.ctr.empty()) return refusal{missing, std::string("containerd is missing") + cure};
  bool crun_works = !facts.crun.empty() && facts.cgroups != cgroup_layout::hybrid; // it refuses a mixed hierarchy
  if (facts.runc.empty() && !crun_works) return refusal{missing, std::string("runc is missing") + cure};
  if (facts.cni_plugins.empty()) return refusal{missing, std::string("the CNI plugins (bridge, host-local, loopback) are missing") + cure};
  return {};
}

void choose_runtime(const machine_facts& facts, const host_options& options, machine_configuration& to) {
  to.start_containerd = options.cri_endpoint.empty();
  to.cri_endpoint = to.start_containerd ? host_paths_of(options).containerd_socket : options.cri_endpoint;
  if (to.cri_endpoint.starts_with("unix://")) to.cri_endpoint.erase(0, 7);
  to.containerd = facts.containerd;
  to.ctr = facts.ctr;
  to.cni_plugins = facts.cni_plugins;
  to.runtime_name = facts.runc.empty() ? "crun" : "runc";
  to.runtime_binary = facts.runc.empty() ? facts.crun : facts.runc;
  to.snapshotter = facts.overlay ? "overlayfs" : "native";
  to.disable_apparmor = !facts.apparmor || !facts.apparmor_parser;
  to.restrict_oom_score_adj = !(facts.capabilities >> capability_sys_resource & 1);
  to.disable_hugetlb = !facts.hugetlb;
  to.cgroups = facts.cgroups;
  if (!facts.overlay) to.notes.push_back("the kernel has no overlay file system: images are copied for each container");
  if (to.restrict_oom_score_adj)
    to.notes.push_back("CAP_SYS_RESOURCE is missing: out-of-memory scores of guaranteed pods cannot be lowered");
  if (!facts.running_containerd.empty() && to.start_containerd)
    to.notes.push_back("the containerd behind " + facts.running_containerd + " is left alone: ours runs beside it");
}

void choose_network(const machine_facts& facts, machine_configuration& to) {
  to.mtu = facts.default_mtu ? facts.default_mtu : mtu_default;
  to.bridge_mac = bridge_mac_of(*parse_address(to.bridge_address));
  bool present = facts.bridge_netfilter;
  to.load_bridge_netfilter = present && !facts.modprobe.empty();
  to.masquerade_all_services = !present;
  to.accept_forwarding = facts.forward_policy_drop && !facts.iptables.empty();
  if (!present) to.notes.push_back("br_netfilter is missing: pods see the node's address as the source of Service traffic");
  if (facts.forward_policy_drop && facts.iptables.empty())
    to.notes.push_back("the FORWARD chain drops by default and iptables is missing: pods may not reach each other");
}

void choose_addresses(const machine_facts& facts, machine_configuration& to) {
  to.host_address = facts.default_address;
  for (auto& [device, address] : facts.addresses)
    if (to.host_address.empty() && device != bridge_name) to.host_address = address;
  if (to.host_address.empty()) to.host_address = to.bridge_address;
  to.upstream_dns = upstream_servers(facts.resolv_conf, facts.systemd_resolv_conf);
  if (to.upstream_dns.empty()) to.notes.push_back("no DNS server is known: names outside of the cluster will not resolve");
}

} // namespace

std::variant<machine_configuration, refusal> machine_probe(const machine_facts& facts, const host_options& options) {
  machine_configuration to;
  auto pods = parse_cidr(options.pod_cidr);
  if (!pods || pods->prefix > 29) return refusal{missing, "the range of this machine's pods, '" + options.pod_cidr + "', is not ADDRESS/PREFIX with room"};
  to.bridge_address = format_address(pods->address + 1);
  to.cgroup_parent = host_paths_of(options).cgroup;
  to.sandbox_image = "localhost/troupe/pause:1";
  if (auto no = check_api_port(facts, options, to.bridge_address)) return *no;
  if (options.with_node) {
    if (facts.user_id != 0)
      return refusal{missing, "a node needs root for namespaces, networks and containers; use sudo, or start without a node: --no-node"};
    if (auto no = check_neighbours(facts)) return *no;
    if (auto no = check_dns_port(facts, to.bridge_address)) return *no;
    if (auto no = check_bridge(facts, to.bridge_address)) return *no;
    if (auto no = check_ranges(facts, options)) return *no;
    if (auto no = check_kernel(facts)) return *no;
    if (options.cri_endpoint.empty())
      if (auto no = check_runtime(facts)) return *no;
    choose_runtime(facts, options, to);
    choose_network(facts, to);
  }
  choose_addresses(facts, to);
  return to;
}

} // namespace troupe
