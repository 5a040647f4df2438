// Facts of machines that the probe must know: the one that the project was measured on, stock Debian 12, and one with
// Docker's containerd.
#pragma once
#include "runtime/host/machine.hpp"

namespace troupe::test {

/// Cgroup v1 (hybrid mount without controllers that matter), no systemd, no AppArmor, CAP_SYS_RESOURCE taken away.
inline machine_facts measured_machine() {
  machine_facts facts;
  facts.user_id = 0;
  facts.capabilities = 0x1fffeffffff;
  facts.cgroups = cgroup_layout::hybrid;
  facts.containerd = "/usr/bin/containerd";
  facts.ctr = "/usr/bin/ctr";
  facts.runc = "/usr/sbin/runc";
  facts.crun = "/usr/bin/crun";
  facts.iptables = "/usr/sbin/iptables";
  facts.cni_plugins = "/usr/lib/cni";
  facts.overlay = facts.bridge = facts.nftables = facts.bridge_netfilter = true;
  facts.default_mtu = 1400;
  facts.default_device = "eth0";
  facts.default_address = "192.0.2.2";
  facts.addresses = {{"eth0", "192.0.2.2"}};
  facts.routes = {{"192.0.2.0/24", "eth0"}};
  facts.resolv_conf = "nameserver 192.0.2.53\n";
  return facts;
}

/// systemd, cgroup v2, AppArmor, everything as modules.
inline machine_facts debian_12() {
  machine_facts facts = measured_machine();
  facts.capabilities = 0x1ffffffffff;
  facts.cgroups = cgroup_layout::v2;
  facts.systemd = facts.apparmor = facts.apparmor_parser = facts.hugetlb = true;
  facts.crun.clear();
  facts.iptables.clear();
  facts.modprobe = "/usr/sbin/modprobe";
  facts.default_mtu = 1500;
  facts.default_device = "ens3";
  facts.addresses = {{"ens3", "198.51.100.7"}};
  facts.default_address = "198.51.100.7";
  facts.routes = {{"198.51.100.0/24", "ens3"}, {"169.254.0.0/16", "ens3"}};
  facts.resolv_conf = "# by systemd-resolved\nnameserver 127.0.0.53\noptions edns0 trust-ad\nsearch example.org\n";
  facts.systemd_resolv_conf = "nameserver 198.51.100.1\nnameserver 2001:db8::1\n";
  return facts;
}

/// As Debian 12, with containerd.io and dockerd running: bridge docker0, FORWARD drops.
inline machine_facts docker_machine() {
  machine_facts facts = debian_12();
  facts.runc = "/usr/bin/runc";
  facts.iptables = "/usr/sbin/iptables";
  facts.cni_plugins = "/opt/cni/bin";
  facts.running_containerd = "/run/containerd/containerd.sock";
  facts.forward_policy_drop = true;
  facts.processes = {{711, "containerd"}, {802, "dockerd"}};
  facts.addresses.push_back({"docker0", "172.17.0.1"});
  facts.routes.push_back({"172.17.0.0/16", "docker0"});
  return facts;
}

inline host_options alpha_options() {
  host_options options;
  options.name = "alpha";
  options.data_directory = "/var/lib/troupe";
  return options;
}

} // namespace troupe::test
