// The service proxy for the composition root: the children of /MACHINE/proxy.
#pragma once
#include <memory>
#include <string>
#include <vector>
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

class simulated_nftables;

struct proxy_options {
  std::string base;                             // path of the supervisor these children live under: "/alpha/proxy"
  std::string port_path;                        // of the node port actor: "/alpha/nodes/alpha"
  std::string node_name;                        // endpoints on this node are hairpin candidates
  std::string pod_cidr = "10.244.0.0/24";       // of this machine: its traffic to the outside is masqueraded
  std::string cluster_cidr = "10.244.0.0/16";   // of all pods: their addresses are kept
  std::string service_cidr = "10.96.0.0/12";    // what is sent there and matches no Service is refused
  bool masquerade_all = false;                  // machine_configuration::masquerade_all_services
  std::shared_ptr<simulated_nftables> simulated; // the kernel's twin (runtime/ports/nftables_simulated.hpp); null: the kernel
};

/// In starting order: "nftables" (the kernel's table `ip troupe`), "services" (watches Services and EndpointSlices).
/// A killed child leaves the table as it is; traffic goes on, and the next incarnation corrects what has changed.
std::vector<child_spec> proxy_children(const proxy_options& options);

} // namespace troupe
