#include <set>
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/service_rules.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/core/v1/service.pb.h"

namespace troupe::gateway {
namespace {

const field_path spec_path = "spec";

void check_service_port(causes& found, const field_path& path, const core::ServicePort& port, bool named,
                        std::set<std::string>& names) {
  if (named && port.name().empty()) {
    add_required(found, path / "name");
  } else if (!port.name().empty()) {
    add_problems(found, path / "name", port.name(), dns_label_problems(port.name()));
    if (!names.insert(port.name()).second) add_duplicate(found, path / "name", port.name());
  }
  check_port_number(found, path / "port", port.port());
  if (port.protocol().empty())
    add_required(found, path / "protocol");
  else if (!is_one_of(port.protocol(), {"SCTP", "TCP", "UDP"}))
    add_not_supported(found, path / "protocol", port.protocol(), {"SCTP", "TCP", "UDP"});
  check_port(found, path / "targetPort", port.targetport());
  if (port.has_appprotocol())
    add_problems(found, path / "appProtocol", port.appprotocol(), qualified_name_problems(port.appprotocol()));
}

void check_unique_ports(causes& found, const core::Service& service) {
  auto& ports = service.spec().ports();
  std::set<std::pair<std::string, int32_t>> node_ports, own_ports;
  for (int i = 0; i < ports.size(); ++i)
    if (ports[i].nodeport() != 0 && !node_ports.insert({ports[i].protocol(), ports[i].nodeport()}).second)
      add_duplicate_json(found, (spec_path / "ports")[i] / "nodePort", std::to_string(ports[i].nodeport()));
  for (int i = 0; i < ports.size(); ++i) {
    if (own_ports.insert({ports[i].protocol(), ports[i].port()}).second) continue;
    core::ServicePort key;  // upstream shows the key as a port of its own
    key.set_protocol(ports[i].protocol());
    key.set_port(ports[i].port());
    add_duplicate_json(found, (spec_path / "ports")[i], shown(key));
  }
}

/// Checks that depend on the type.
void check_type(causes& found, const core::Service& service) {
  auto& spec = service.spec();
  if (spec.type() == "LoadBalancer" || spec.type() == "NodePort") {
    if (is_headless(service))
      add_invalid(found, (spec_path / "clusterIPs")[0], "None",
                  "may not be set to 'None' for " + spec.type() + " services");
  } else if (spec.type() == "ExternalName") {
    constexpr std::string_view never = "may not be set for ExternalName services";
    if (spec.clusterips_size()) add_forbidden(found, spec_path / "clusterIPs", never);
    if (spec.ipfamilies_size()) add_forbidden(found, spec_path / "ipFamilies", never);
    if (spec.has_ipfamilypolicy()) add_forbidden(found, spec_path / "ipFamilyPolicy", never);
    std::string name = spec.externalname();
    if (!name.empty() && name.back() == '.') name.pop_back();
    if (name.empty())
      add_required(found, spec_path / "externalName");
    else
      add_problems(found, spec_path / "externalName", name, dns_subdomain_problems(name));
  }
}

void check_affinity_config(causes& found, const core::ServiceSpec& spec) {
  field_path path = spec_path / "sessionAffinityConfig";
  if (!is_one_of(spec.sessionaffinity(), {"ClientIP", "None"}))
    add_not_supported(found, spec_path / "sessionAffinity", spec.sessionaffinity(), {"ClientIP", "None"});
  if (spec.sessionaffinity() == "ClientIP") {
    int32_t seconds = spec.sessionaffinityconfig().clientip().timeoutseconds();
    if (!spec.sessionaffinityconfig().clientip().has_timeoutseconds())
      add_required(found, path, "when session affinity type is ClientIP");
    else if (seconds <= 0 || seconds > 86400)
      add_invalid(found, path / "clientIP" / "timeoutSeconds", seconds, "must be greater than 0 and less than 86400");
  } else if (spec.has_sessionaffinityconfig()) {
    add_forbidden(found, path, "must not be set when session affinity is None");
  }
}

void check_external(causes& found, const core::Service& service) {
  auto& spec = service.spec();
  for (int i = 0; i < spec.externalips_size(); ++i) {
    auto& text = spec.externalips(i);
    field_path path = (spec_path / "externalIPs")[i];
    auto address = parse_ip(text);
    if (!address)
      add_problems(found, path, text, ip_problems(text));
    else
      check_endpoint_address(found, path, text);
  }
}

void check_balancer(causes& found, const core::Service& service) {
  auto& spec = service.spec();
  constexpr std::string_view only = "may only be used when `type` is 'LoadBalancer'";
  bool balanced = spec.type() == "LoadBalancer";
  if (spec.loadbalancersourceranges_size()) {
    field_path path = spec_path / "LoadBalancerSourceRanges";  // upstream's capitals
    if (!balanced) add_forbidden(found, path, only);
    for (int i = 0; i < spec.loadbalancersourceranges_size(); ++i)
      add_problems(found, path[i], spec.loadbalancersourceranges(i),
                   network_problems(spec.loadbalancersourceranges(i)));
  }
  if (spec.has_allocateloadbalancernodeports() && !balanced)
    add_forbidden(found, spec_path / "allocateLoadBalancerNodePorts", only);
  if (spec.has_loadbalancerclass() && !balanced) add_forbidden(found, spec_path / "loadBalancerClass", only);
  if (spec.has_loadbalancerclass() && balanced)
    add_problems(found, spec_path / "loadBalancerClass", spec.loadbalancerclass(),
                 qualified_name_problems(spec.loadbalancerclass()));
}

void check_traffic(causes& found, const core::Service& service) {
  auto& spec = service.spec();
  if (!is_external(service)) {
    if (!spec.externaltrafficpolicy().empty())
      add_invalid(found, spec_path / "externalTrafficPolicy", spec.externaltrafficpolicy(),
                  "may only be set for externally-accessible services");
  } else if (spec.externaltrafficpolicy().empty()) {
    add_required(found, spec_path / "externalTrafficPolicy");
  } else if (!is_one_of(spec.externaltrafficpolicy(), {"Cluster", "Local"})) {
    add_not_supported(found, spec_path / "externalTrafficPolicy", spec.externaltrafficpolicy(), {"Cluster", "Local"});
  }
  if (!needs_health_check_port(service)) {
    if (spec.healthchecknodeport() != 0)
      add_invalid(found, spec_path / "healthCheckNodePort", spec.healthchecknodeport(),
                  "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
  } else if (spec.healthchecknodeport() != 0) {
    check_port_number(found, spec_path / "healthCheckNodePort", spec.healthchecknodeport());
  }
  bool internal = is_one_of(spec.type(), {"NodePort", "LoadBalancer", "ClusterIP"});
  if (internal && !spec.has_internaltrafficpolicy()) add_required(found, spec_path / "internalTrafficPolicy");
  if (spec.has_internaltrafficpolicy() && !is_one_of(spec.internaltrafficpolicy(), {"Cluster", "Local"}))
    add_not_supported(found, spec_path / "internalTrafficPolicy", spec.internaltrafficpolicy(), {"Cluster", "Local"});
  if (spec.has_trafficdistribution() &&
      !is_one_of(spec.trafficdistribution(), {"PreferClose", "PreferSameNode", "PreferSameZone"}))
    add_not_supported(found, spec_path / "trafficDistribution", spec.trafficdistribution(),
                      {"PreferClose", "PreferSameNode", "PreferSameZone"});
}

}  // namespace

void check_endpoint_address(causes& found, const field_path& path, const std::string& text) {
  auto address = parse_ip(text);
  if (!address) return;
  auto in = [&](const char* network) { return parse_network(network)->contains(*address); };
  if (text == "0.0.0.0" || text == "::") add_invalid(found, path, text, "may not be unspecified (" + text + ")");
  if (in("127.0.0.0/8") || in("::1/128"))
    add_invalid(found, path, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
  if (in("169.254.0.0/16") || in("fe80::/10"))
    add_invalid(found, path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  if (in("224.0.0.0/24") || in("ff02::/10"))
    add_invalid(found, path, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
}

void check_addresses(causes& found, const core::Service& service, const core::Service* before) {
  auto& spec = service.spec();
  if (spec.type() == "ExternalName") return;
  field_path path = spec_path / "clusterIPs";
  if (spec.has_ipfamilypolicy() &&
      !is_one_of(spec.ipfamilypolicy(), {"PreferDualStack", "RequireDualStack", "SingleStack"}))
    add_not_supported(found, spec_path / "ipFamilyPolicy", spec.ipfamilypolicy(),
                      {"PreferDualStack", "RequireDualStack", "SingleStack"});
  for (int i = 0; i < spec.ipfamilies_size(); ++i)
    if (!is_one_of(spec.ipfamilies(i), {"IPv4", "IPv6"}))
      add_not_supported(found, (spec_path / "ipFamilies")[i], spec.ipfamilies(i), {"IPv4", "IPv6"});
    else if (!is_headless(service) && spec.ipfamilies(i) == "IPv6")
      add_invalid(found, (spec_path / "ipFamilies")[i], "IPv6", "not configured on this cluster");
  if (spec.clusterips().empty() && !spec.clusterip().empty()) add_required(found, path);
  if (spec.clusterips_size() && spec.clusterips(0) != spec.clusterip())
    add_invalid_json(found, path, shown_list(spec.clusterips()), "first value must match `clusterIP`");
  for (int i = 0; i < spec.clusterips_size(); ++i) {
    auto& text = spec.clusterips(i);
    if (text == "None" && spec.clusterips_size() == 1) continue;
    if (text == "None") {
      add_invalid(found, path[i], text, "must be empty or 'None' only as the first value");
      continue;
    }
    add_problems(found, path[i], text, ip_problems(text));
  }
  if (spec.clusterips_size() > 2)
    add_invalid_json(found, path, shown_list(spec.clusterips()), "may only hold up to 2 values");
  if (!before || before->spec().type() == "ExternalName" || before->spec().clusterips().empty()) return;
  if (spec.clusterips().empty())
    add_invalid_json(found, path[0], shown_list(spec.clusterips()), "primary clusterIP can not be unset");
  else if (spec.clusterips(0) != before->spec().clusterips(0))
    add_invalid_json(found, path[0], shown_list(spec.clusterips()), "may not change once set");
}

void check_service(causes& found, const core::Service& service) {
  auto& spec = service.spec();
  field_path path = spec_path / "ports";
  if (spec.ports().empty() && !is_headless(service) && spec.type() != "ExternalName") add_required(found, path);
  check_type(found, service);
  std::set<std::string> names;
  for (int i = 0; i < spec.ports_size(); ++i)
    check_service_port(found, path[i], spec.ports(i), spec.ports_size() > 1, names);
  check_labels(found, spec_path / "selector", spec.selector());
  check_affinity_config(found, spec);
  check_external(found, service);
  if (!is_one_of(spec.type(), {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"}))
    add_not_supported(found, spec_path / "type", spec.type(),
                      {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"});
  if (spec.type() == "ClusterIP")
    for (int i = 0; i < spec.ports_size(); ++i)
      if (spec.ports(i).nodeport() != 0)
        add_forbidden(found, path[i] / "nodePort", "may not be used when `type` is 'ClusterIP'");
  check_unique_ports(found, service);
  check_balancer(found, service);
  check_traffic(found, service);
}

}  // namespace troupe::gateway
