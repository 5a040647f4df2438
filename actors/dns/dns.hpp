// Cluster DNS for the composition root: the children of /MACHINE/dns.
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include "runtime/ports/dns_server_port.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

struct dns_options {
  std::string base;                       // path of the supervisor these children live under: "/alpha/dns"
  std::string port_path;                  // of the node port actor: "/alpha/nodes/alpha"
  std::string listen_address;             // the bridge's: "10.244.0.1"
  uint16_t listen_port = 1053;            // UDP and TCP; never the host's 53
  std::string cluster_domain = "cluster.local";
  std::vector<std::string> upstreams;     // machine_configuration::upstream_dns; empty: names outside are SERVFAIL
  open_dns_server open = open_dns_sockets; // the simulation has its own
};

/// One child, "names": watches Services, EndpointSlices and Namespaces, answers clients, forwards the rest.
std::vector<child_spec> dns_children(const dns_options& options);

/// What must exist in the API for pods to find us: the Service kube-system/kube-dns with `cluster_address`
/// ("10.96.0.10") and no selector, and the EndpointSlice that points to the bridge, port 1053. JSON bodies for
/// POST /api/v1/namespaces/kube-system/services and POST /apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices.
std::string dns_service_json(const std::string& cluster_address);
std::string dns_endpoint_slice_json(const std::string& node_name, const std::string& bridge_address);

} // namespace troupe
