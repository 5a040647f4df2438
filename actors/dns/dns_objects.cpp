// The API objects by which pods find cluster DNS (names and labels as every cluster has them).
#include <nlohmann/json.hpp>
#include "actors/dns/dns.hpp"
#include "runtime/host/machine.hpp"

namespace troupe {

namespace {

using json = nlohmann::ordered_json;
constexpr uint16_t dns_service_port = 53;

} // namespace

std::string dns_service_json(const std::string& cluster_address) {
  json ports = json::array();
  for (auto [name, protocol] : {std::pair{"dns", "UDP"}, std::pair{"dns-tcp", "TCP"}})
    ports.push_back({{"name", name}, {"protocol", protocol}, {"port", dns_service_port}, {"targetPort", dns_port_number}});
  json service{{"apiVersion", "v1"},
               {"kind", "Service"},
               {"metadata",
                {{"name", "kube-dns"},
                 {"namespace", "kube-system"},
                 {"labels", {{"k8s-app", "kube-dns"}, {"kubernetes.io/cluster-service", "true"}, {"kubernetes.io/name", "CoreDNS"}}}}},
               {"spec", {{"clusterIP", cluster_address}, {"type", "ClusterIP"}, {"ports", ports}}}};
  return service.dump();
}

std::string dns_endpoint_slice_json(const std::string& node_name, const std::string& bridge_address) {
  json ports = json::array();
  for (auto [name, protocol] : {std::pair{"dns", "UDP"}, std::pair{"dns-tcp", "TCP"}})
    ports.push_back({{"name", name}, {"protocol", protocol}, {"port", dns_port_number}});
  json endpoint{{"addresses", {bridge_address}}, {"conditions", {{"ready", true}}}, {"nodeName", node_name}};
  json slice{{"apiVersion", "discovery.k8s.io/v1"},
             {"kind", "EndpointSlice"},
             {"metadata",
              {{"name", "kube-dns-" + node_name},
               {"namespace", "kube-system"},
               {"labels", {{"kubernetes.io/service-name", "kube-dns"}, {"endpointslice.kubernetes.io/managed-by", "troupe.dev"}}}}},
             {"addressType", "IPv4"},
             {"endpoints", json::array({endpoint})},
             {"ports", ports}};
  return slice.dump();
}

} // namespace troupe
