// The node component for the composition root: the children of /MACHINE/node, and the door for exec, logs and the like.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>
#include "messages/streams/local_streams.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

/// What one node is. Times in milliseconds, memory in bytes.
struct node_options {
  std::string name;                     // Node's name; also the last label of its port's path, /SERVER/nodes/NAME
  std::string base;                     // path of the supervisor these children live under: "/alpha/node", "/alpha/simulated/sim-0"
  std::string port_path;                // of the node port actor (messages/actors/node.hpp): "/alpha/nodes/alpha"
  std::string data_directory;           // D/pods/UID: volumes; D/logs/pods: container logs
  std::string cri_endpoint;             // path of a Unix socket, "unix://" allowed in front
  std::string host_address;             // InternalIP, and status.hostIP of pods
  std::string pod_cidr;                 // "10.244.0.0/24"; written to spec.podCIDR only where the server leaves it empty
  std::string cluster_dns = "10.96.0.10";
  std::string cluster_domain = "cluster.local";
  std::string cgroup_parent;            // "/troupe/NAME"; pods lie below
  std::vector<std::pair<std::string, std::string>> labels; // beside the well-known ones
  int64_t pods_max = 110;
  int64_t lease_renew_ms = 10'000, status_report_ms = 300'000, relist_ms = 1'000;
  int64_t relist_watched_ms = 10'000; // where the runtime sends events
  /// A simulated runtime: no containers, virtual delays. Never the default for real work.
  bool simulated = false;
  bool simulated_taint = false;         // troupe.dev/simulated:NoSchedule, beside a real node
  int64_t simulated_cpu_milli = 32'000, simulated_memory_bytes = int64_t{256} << 30;
};

/// In starting order. The directory finds them as `options.base` + "/runtime", "/host", "/pods", "/source",
/// "/streams", "/agent".
std::vector<child_spec> node_children(node_options options);

/// Options of the `index`-th simulated node ("sim-0") of `machine`; its supervisor is /MACHINE/simulated/sim-INDEX and
/// its port /SERVER/nodes/sim-INDEX.
node_options simulated_node(const std::string& machine, const std::string& server, size_t index, bool beside_real_node);

/// One node's door for sessions: exec and attach by the runtime's streaming URL, port-forward into the pod's network
/// namespace, logs from files. Owns one I/O thread; must end (last reference gone) before the actor system does.
std::shared_ptr<stream_server> make_stream_server(env_ptr env, const node_options& options);

/// The doors of nodes of this process, for the gateway beside them.
std::shared_ptr<node_streams> make_node_streams(env_ptr env, const std::vector<node_options>& nodes);

} // namespace troupe
