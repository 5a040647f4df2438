// Endpoints, EndpointSlice.
#include <set>
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "messages/api/core/v1/service.pb.h"
#include "messages/api/discovery/v1.pb.h"

namespace troupe::gateway {
namespace {

constexpr int shown_max = 3;

/// "a,b,c + 2 more..."
std::string shortened(const std::vector<std::string>& list) {
  std::string out;
  for (size_t i = 0; i < std::min<size_t>(list.size(), shown_max); ++i)
    out.append(out.empty() ? "" : ",").append(list[i]);
  if (list.size() > shown_max) out += " + " + std::to_string(list.size() - shown_max) + " more...";
  return out;
}

class endpoints_strategy final : public kind_strategy<core::Endpoints> {
public:
  void defaults(core::Endpoints& endpoints) const override {
    for (auto& subset : *endpoints.mutable_subsets())
      for (auto& port : *subset.mutable_ports())
        if (port.protocol().empty()) port.set_protocol("TCP");
  }
  void check(verb_context&, const core::Endpoints& endpoints, causes& found) const override {
    for (int i = 0; i < endpoints.subsets_size(); ++i) {
      auto& subset = endpoints.subsets(i);
      field_path path = field_path("subsets")[i];
      if (subset.addresses().empty() && subset.notreadyaddresses().empty())
        add_required(found, path, "must specify `addresses` or `notReadyAddresses`");
      for (int j = 0; j < subset.addresses_size(); ++j)
        check_address(found, (path / "addresses")[j], subset.addresses(j));
      for (int j = 0; j < subset.notreadyaddresses_size(); ++j)
        check_address(found, (path / "notReadyAddresses")[j], subset.notreadyaddresses(j));
      for (int j = 0; j < subset.ports_size(); ++j) {
        auto& port = subset.ports(j);
        field_path at = (path / "ports")[j];
        if (subset.ports_size() > 1 && port.name().empty())
          add_required(found, at / "name");
        else if (!port.name().empty())
          add_problems(found, at / "name", port.name(), dns_label_problems(port.name()));
        check_port_number(found, at / "port", port.port());
        if (!is_one_of(port.protocol(), {"SCTP", "TCP", "UDP"}))
          add_not_supported(found, at / "protocol", port.protocol(), {"SCTP", "TCP", "UDP"});
      }
    }
  }
  void warn_about(verb_context& context, const core::Endpoints&, const core::Endpoints*) const override {
    context.warnings.push_back("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto endpoints = shown.as<core::Endpoints>();
    std::vector<std::string> list;
    for (auto& subset : endpoints->subsets()) {
      for (auto& port : subset.ports())
        for (auto& address : subset.addresses()) list.push_back(joined(address.ip(), port.port()));
      if (subset.ports().empty())
        for (auto& address : subset.addresses()) list.push_back(address.ip());
    }
    row.cells = {endpoints->metadata().name(), list.empty() ? "<none>" : shortened(list), age_of(*endpoints, wall_ns)};
  }

private:
  static std::string joined(const std::string& address, int32_t port) {
    bool v6 = address.find(':') != std::string::npos;
    return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
  }
  static void check_address(causes& found, const field_path& path, const core::EndpointAddress& address) {
    add_problems(found, path / "ip", address.ip(), ip_problems(address.ip()));
    if (!address.hostname().empty())
      add_problems(found, path / "hostname", address.hostname(), dns_label_problems(address.hostname()));
    if (address.has_nodename())
      add_problems(found, path / "nodeName", address.nodename(), dns_subdomain_problems(address.nodename()));
    check_endpoint_address(found, path / "ip", address.ip());
  }
};

class slice_strategy final : public kind_strategy<discovery::EndpointSlice> {
public:
  void defaults(discovery::EndpointSlice& slice) const override {
    for (auto& port : *slice.mutable_ports()) {
      if (!port.has_name()) port.set_name("");
      if (!port.has_protocol()) port.set_protocol("TCP");
    }
  }
  void check(verb_context&, const discovery::EndpointSlice& slice, causes& found) const override {
    auto& type = slice.addresstype();
    if (type.empty())
      add_required(found, "addressType");
    else if (!is_one_of(type, {"FQDN", "IPv4", "IPv6"}))
      add_not_supported(found, "addressType", type, {"FQDN", "IPv4", "IPv6"});
    if (slice.endpoints_size() > 1000)
      add_too_many(found, "endpoints", static_cast<size_t>(slice.endpoints_size()), 1000);
    for (int i = 0; i < slice.endpoints_size(); ++i)
      check_endpoint(found, field_path("endpoints")[i], slice.endpoints(i), type);
    std::set<std::string> names;
    for (int i = 0; i < slice.ports_size(); ++i) {
      auto& port = slice.ports(i);
      field_path path = field_path("ports")[i];
      if (!port.name().empty()) add_problems(found, path / "name", port.name(), dns_label_problems(port.name()));
      if (!names.insert(port.name()).second) add_duplicate(found, path / "name", port.name());
      if (!is_one_of(port.protocol(), {"SCTP", "TCP", "UDP"}))
        add_not_supported(found, path / "protocol", port.protocol(), {"SCTP", "TCP", "UDP"});
      if (port.has_appprotocol())
        add_problems(found, path / "appProtocol", port.appprotocol(), qualified_name_problems(port.appprotocol()));
    }
  }
  void check_update(verb_context& context, const discovery::EndpointSlice& now, const discovery::EndpointSlice& before,
                    causes& found) const override {
    if (now.addresstype() != before.addresstype())
      return add_invalid_json(found, "addressType", "null", "field is immutable");
    check(context, now, found);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto slice = shown.as<discovery::EndpointSlice>();
    std::vector<std::string> ports, addresses;
    for (auto& port : slice->ports()) ports.push_back(port.has_port() ? std::to_string(port.port()) : "*");
    for (auto& endpoint : slice->endpoints())
      for (auto& address : endpoint.addresses()) addresses.push_back(address);
    row.cells = {slice->metadata().name(), slice->addresstype(), ports.empty() ? "<unset>" : shortened(ports),
                 addresses.empty() ? "<unset>" : shortened(addresses), age_of(*slice, wall_ns)};
  }

private:
  static void check_endpoint(causes& found, const field_path& path, const discovery::Endpoint& endpoint,
                             const std::string& type) {
    if (endpoint.addresses().empty()) add_required(found, path / "addresses");
    if (endpoint.addresses_size() > 100)
      add_too_many(found, path / "addresses", static_cast<size_t>(endpoint.addresses_size()), 100);
    for (int i = 0; i < endpoint.addresses_size(); ++i) {
      auto& text = endpoint.addresses(i);
      field_path at = (path / "addresses")[i];
      auto address = parse_ip(text);
      if (type == "FQDN") {
        add_problems(found, at, text, fully_qualified_domain_problems(text));
        continue;
      }
      if (!address)
        add_problems(found, at, text, ip_problems(text));
      else if (type == "IPv4" && address->v6)
        add_invalid(found, path / "addresses", text, "must be an IPv4 address");
      else if (type == "IPv6" && !address->v6)
        add_invalid(found, path / "addresses", text, "must be an IPv6 address");
      check_endpoint_address(found, at, text);
    }
    if (endpoint.has_nodename())
      add_problems(found, path / "nodeName", endpoint.nodename(), dns_subdomain_problems(endpoint.nodename()));
    if (endpoint.has_hostname())
      add_problems(found, path / "hostname", endpoint.hostname(), dns_label_problems(endpoint.hostname()));
  }
};

}  // namespace

void add_endpoint_strategies(strategy_table& table) {
  enter<endpoints_strategy>(table, "k8s.io.api.core.v1.Endpoints");
  enter<slice_strategy>(table, "k8s.io.api.discovery.v1.EndpointSlice");
}

}  // namespace troupe::gateway
