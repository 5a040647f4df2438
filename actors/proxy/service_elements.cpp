#include <algorithm>
#include <cstdio>
#include "actors/proxy/service_table.hpp"
#include "actors/proxy/table_format.hpp"
#include "runtime/host/address.hpp"

namespace troupe {

namespace {

constexpr size_t exact_slots_max = 16;
constexpr size_t slot_classes[] = {256, 1024, 4096};

const char* protocol_name(transport protocol) {
  switch (protocol) {
    case transport::udp: return "udp";
    case transport::sctp: return "sctp";
    default: return "tcp";
  }
}

std::string slot_mark(size_t slot) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", unsigned(slot_mark_first + slot));
  return text;
}

struct backend {
  uint32_t address;
  uint16_t port;
  auto operator<=>(const backend&) const = default;
  std::string text() const { return format_address(address) + " . " + std::to_string(port); }
};

/// Endpoints of one Service port, in the order of their addresses, so that equal states give equal tables.
std::vector<backend> backends_of(const service_port& port, const service_view& service, const std::vector<const endpoint_slice_view*>& slices,
                                 const std::string& node) {
  std::vector<backend> found;
  std::vector<const endpoint_slice_view*> with_port; // slices differ where a named port differs from pod to pod
  for (auto* slice : slices)
    for (auto& candidate : slice->ports)
      if (candidate.name == port.name && candidate.protocol == port.protocol && candidate.port) with_port.push_back(slice);
  auto usable = usable_endpoints(with_port, service, node);
  for (auto* slice : with_port)
    for (auto& candidate : slice->ports) {
      if (candidate.name != port.name || candidate.protocol != port.protocol || !candidate.port) continue;
      for (auto& endpoint : slice->endpoints)
        if (std::find(usable.begin(), usable.end(), &endpoint) != usable.end()) found.push_back({endpoint.address, candidate.port});
    }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  if (found.size() > endpoints_a_port_max) found.resize(endpoints_a_port_max);
  return found;
}

/// `verdict`: name of the chain without its slots; `to`: the key without its slot.
void add_way(table_elements& to, const std::string& verdicts, const std::string& slots, const std::string& key, const std::string& chain,
             const std::vector<backend>& backends) {
  if (backends.empty()) return;
  size_t count = slots_for(backends.size());
  to[verdicts][key] = "goto " + chain + "_" + std::to_string(count);
  for (size_t slot = 0; slot < count; ++slot) to[slots][key + " . " + slot_mark(slot)] = backends[slot % backends.size()].text();
}

} // namespace

size_t slots_for(size_t endpoints) {
  if (endpoints <= exact_slots_max) return endpoints;
  for (size_t slots : slot_classes)
    if (slots >= 4 * endpoints) return slots;
  return slot_classes[2];
}

table_elements service_elements(const service_view& service, const std::vector<const endpoint_slice_view*>& slices,
                                const service_table_options& options) {
  table_elements to;
  const cidr pods{options.pod_network, options.pod_prefix};
  const std::string sticky = service.sticky ? "sticky_" : "";
  for (auto& port : service.ports) {
    auto inside = backends_of(port, service, slices, service.internal_local ? options.node : "");
    auto outside = backends_of(port, service, slices, service.external_local ? options.node : "");
    std::string number = std::string(protocol_name(port.protocol)) + " . " + std::to_string(port.port);
    for (uint32_t address : service.cluster_addresses)
      add_way(to, "services", "backends", format_address(address) + " . " + number, sticky + "inside", inside);
    for (uint32_t address : service.external_addresses)
      add_way(to, "services", "backends", format_address(address) + " . " + number, sticky + "outside", outside);
    if (port.node_port)
      add_way(to, "node_ports", "node_backends", std::string(protocol_name(port.protocol)) + " . " + std::to_string(port.node_port),
              sticky + "node_port", outside);
    for (auto* backends : {&inside, &outside})
      for (auto& backend : *backends)
        if (contains(pods, backend.address)) to["hairpin"][format_address(backend.address) + " . " + format_address(backend.address)] = "";
  }
  return to;
}

} // namespace troupe
