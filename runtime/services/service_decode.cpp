#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/service.pb.h"
#include "messages/api/discovery/v1.pb.h"
#include "runtime/host/address.hpp"
#include "runtime/services/service_view.hpp"

namespace troupe {

namespace {

namespace core = k8s::io::api::core::v1;
namespace discovery = k8s::io::api::discovery::v1;
constexpr std::string_view service_name_label = "kubernetes.io/service-name";

transport transport_of(std::string_view protocol) {
  if (protocol == "UDP") return transport::udp;
  return protocol == "SCTP" ? transport::sctp : transport::tcp;
}

void add_address(const std::string& text, std::vector<uint32_t>& to) {
  if (auto address = parse_address(text)) to.push_back(*address);
}

} // namespace

std::optional<service_view> decode_service(std::string_view bytes) {
  core::Service message;
  if (!message.ParseFromArray(bytes.data(), int(bytes.size()))) return {};
  auto& spec = message.spec();
  service_view view;
  view.space = message.metadata().namespace_();
  view.name = message.metadata().name();
  view.headless = spec.clusterip() == "None";
  if (spec.type() == "ExternalName") view.external_name = spec.externalname();
  else if (spec.clusterips_size())
    for (auto& address : spec.clusterips()) add_address(address, view.cluster_addresses);
  else add_address(spec.clusterip(), view.cluster_addresses);
  for (auto& address : spec.externalips()) add_address(address, view.external_addresses);
  for (auto& ingress : message.status().loadbalancer().ingress()) add_address(ingress.ip(), view.external_addresses);
  view.sticky = spec.sessionaffinity() == "ClientIP";
  view.internal_local = spec.internaltrafficpolicy() == "Local";
  view.external_local = spec.externaltrafficpolicy() == "Local";
  view.publish_not_ready = spec.publishnotreadyaddresses();
  for (auto& port : spec.ports())
    view.ports.push_back({port.name(), transport_of(port.protocol()), uint16_t(port.port()), uint16_t(port.nodeport())});
  return view;
}

std::optional<endpoint_slice_view> decode_endpoint_slice(std::string_view bytes) {
  discovery::EndpointSlice message;
  if (!message.ParseFromArray(bytes.data(), int(bytes.size()))) return {};
  endpoint_slice_view view;
  view.space = message.metadata().namespace_();
  view.name = message.metadata().name();
  for (auto& label : message.metadata().labels())
    if (label.key() == service_name_label) view.service = label.value();
  if (message.addresstype() != "IPv4") return view;
  for (auto& port : message.ports())
    view.ports.push_back({port.name(), transport_of(port.protocol()), uint16_t(port.port())});
  for (auto& endpoint : message.endpoints()) {
    // Addresses of one endpoint are interchangeable: the first is used. A missing condition counts as upstream says.
    auto address = endpoint.addresses_size() ? parse_address(endpoint.addresses(0)) : std::nullopt;
    if (!address) continue;
    auto& conditions = endpoint.conditions();
    bool ready = !conditions.has_ready() || conditions.ready();
    view.endpoints.push_back({*address, ready, conditions.has_serving() ? conditions.serving() : ready, conditions.terminating(),
                              endpoint.hostname(), endpoint.nodename(),
                              endpoint.targetref().kind() == "Pod" ? endpoint.targetref().name() : std::string()});
  }
  return view;
}

std::optional<namespace_view> decode_namespace(std::string_view bytes) {
  core::Namespace message;
  if (!message.ParseFromArray(bytes.data(), int(bytes.size()))) return {};
  return namespace_view{message.metadata().name()};
}

} // namespace troupe
