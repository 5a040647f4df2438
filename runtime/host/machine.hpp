// What this machine is (facts, read by runtime/ports/machine_probe_port), what we therefore do on it (configuration),
// and where everything of ours lies. Plain data: the decision between the two is machine_probe(), a pure function.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace troupe {

/// What the user asked for, as far as the host is concerned. All addresses are IPv4.
struct host_options {
  std::string name;                             // of the machine: run files are under /run/troupe/NAME
  std::string data_directory;                   // absolute
  std::string cri_endpoint;                     // path of a socket given by --cri; empty: we start containerd
  std::string pod_cidr = "10.244.0.0/24";       // of this machine
  std::string cluster_cidr = "10.244.0.0/16";   // of all pods
  std::string service_cidr = "10.96.0.0/12";
  std::string listen_address;                   // of the API; empty: loopback and the bridge
  uint16_t api_port = 6443;
  bool with_node = true;                        // false: --no-node, an ordinary user may do that
  std::string run_root = "/run/troupe";
  std::string images_directory;                 // with pause.tar; empty: "images" beside our program
};

/// Where things lie; derived from the options, so `down` finds them again.
struct host_paths {
  std::string run;                  // /run/troupe/NAME: gone at a reboot, as containerd expects
  std::string containerd_socket, containerd_config, containerd_pid, containerd_log;
  std::string containerd_root, containerd_state, runtime_root;
  std::string cni_configuration, cni_data;
  std::string cni_network;          // its name; libcni keeps results under it outside of our folders
  std::string made;                 // list of folders outside of ours that we made, one a line
  std::string cgroup;               // "/troupe/NAME", below each hierarchy
};
host_paths host_paths_of(const host_options& options);

constexpr const char* bridge_name = "troupe0";
constexpr const char* nftables_table_name = "troupe"; // of family ip
constexpr uint16_t dns_port_number = 1053;            // on the bridge, behind the Service's translation

enum class cgroup_layout : uint8_t { none, v1, hybrid, v2 };

/// A process that may stand in the way.
struct process_fact {
  int pid = 0;
  std::string name;                 // "kubelet", "k3s", "containerd"
};

struct route_fact {
  std::string destination;          // "10.0.0.0/8"; the default route is not listed
  std::string device;
};

struct listener_fact {
  std::string address;              // "0.0.0.0", "127.0.0.1"
  uint16_t port = 0;
  int pid = 0;                      // 0: not known
  std::string name;                 // of the process; empty: not known
};

/// What was found. Absent programs are empty paths.
struct machine_facts {
  int user_id = -1;                 // effective
  uint64_t capabilities = 0;        // bounding set, as in /proc/self/status
  cgroup_layout cgroups = cgroup_layout::none;
  bool systemd = false;             // is PID 1
  bool apparmor = false;            // /sys/module/apparmor/parameters/enabled says Y
  bool apparmor_parser = false;
  std::string containerd, ctr, runc, crun, modprobe, iptables;
  std::string cni_plugins;          // folder with bridge, host-local and loopback
  std::string running_containerd;   // socket of a containerd of others
  bool overlay = false, bridge = false, nftables = false;  // in the kernel, or loadable
  bool bridge_netfilter = false;    // /proc/sys/net/bridge exists, or br_netfilter is loadable
  bool forward_policy_drop = false; // iptables' FORWARD chain drops by default (Docker does that)
  bool hugetlb = false;             // the controller is in the hierarchy that containerd uses
  int default_mtu = 0;              // of the default route's device; 0: no default route
  std::string default_device, default_address;
  std::vector<std::pair<std::string, std::string>> addresses;  // device, address (no loopback)
  std::vector<route_fact> routes;
  std::vector<listener_fact> listeners;
  std::vector<process_fact> processes;          // kubelet, k3s and the like
  std::string resolv_conf, systemd_resolv_conf; // contents of /etc/resolv.conf, /run/systemd/resolve/resolv.conf
};

/// What we do on this machine.
struct machine_configuration {
  std::string cri_endpoint;         // socket that the node talks to
  bool start_containerd = true;
  std::string containerd, ctr, runtime_binary, runtime_name, cni_plugins;
  std::string snapshotter = "overlayfs";        // or "native"
  std::string sandbox_image;        // localhost/troupe/pause:1
  bool disable_apparmor = false;
  bool restrict_oom_score_adj = false;          // CAP_SYS_RESOURCE is missing: scores cannot be lowered
  bool disable_hugetlb = false;
  bool systemd_cgroup = false;      // always false: we make the pods' parents ourselves
  cgroup_layout cgroups = cgroup_layout::v1;
  std::string cgroup_parent;        // "/troupe/NAME"
  int mtu = 1500;                   // of the bridge and the pods
  std::string bridge_address;       // "10.244.0.1"
  std::string bridge_mac;           // fixed: a bridge that changes its address breaks the pods' neighbour tables
  std::string host_address;         // the node's InternalIP
  bool load_bridge_netfilter = false;           // modprobe br_netfilter first
  bool masquerade_all_services = false;         // without br_netfilter replies on one bridge would bypass translation
  bool accept_forwarding = false;   // rules in front of a FORWARD chain that drops
  std::vector<std::string> upstream_dns;        // numeric addresses, at most three
  std::vector<std::string> notes;   // what the user should know, one line each
};

/// Why we do not start: one line for stderr, and the process's exit code (2: missing root or runtime, 3: somebody
/// else's port, route or kubelet in the way).
struct refusal {
  int exit_code = 3;
  std::string line;
};

/// Decides. Nothing has been touched when it refuses.
std::variant<machine_configuration, refusal> machine_probe(const machine_facts& facts, const host_options& options);

} // namespace troupe
