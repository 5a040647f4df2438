#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/service_rules.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "messages/api/core/v1/service.pb.h"

namespace troupe::gateway {
namespace {

constexpr int32_t affinity_seconds = 10800;

/// On update a client may leave out what was given before: it keeps that.
void keep_allocated(core::ServiceSpec& spec, const core::ServiceSpec& before, const core::Service& now,
                    const core::Service& old) {
  if (needs_address(now) && needs_address(old)) {
    if (spec.clusterip().empty()) {
      spec.set_clusterip(before.clusterip());
      if (spec.clusterips().empty() || spec.clusterips(0) == before.clusterip())
        *spec.mutable_clusterips() = before.clusterips();
    } else if (spec.clusterip() != before.clusterip() && spec.clusterips_size() && before.clusterips_size() &&
               spec.clusterips(0) == before.clusterips(0)) {
      spec.clear_clusterips();  // only the old field was changed: it is meant
      spec.add_clusterips(spec.clusterip());
    }
    if (spec.clusterips().empty() && !spec.clusterip().empty()) spec.add_clusterips(spec.clusterip());
    if (!spec.has_ipfamilypolicy() && before.has_ipfamilypolicy()) spec.set_ipfamilypolicy(before.ipfamilypolicy());
    if (spec.ipfamilies().empty()) *spec.mutable_ipfamilies() = before.ipfamilies();
  }
  if (needs_node_ports(now) && needs_node_ports(old))
    for (auto& port : *spec.mutable_ports())
      for (auto& earlier : before.ports())
        if (port.nodeport() == 0 && port.port() == earlier.port() && port.protocol() == earlier.protocol())
          port.set_nodeport(earlier.nodeport());
  if (needs_health_check_port(now) && needs_health_check_port(old) && spec.healthchecknodeport() == 0)
    spec.set_healthchecknodeport(before.healthchecknodeport());
}

/// A changed type drops what only the old one had, where the client left it as it was.
void drop_of_other_type(core::ServiceSpec& spec, const core::ServiceSpec& before, const core::Service& now,
                        const core::Service& old) {
  if (needs_address(old) && !needs_address(now)) {
    if (spec.clusterip() == before.clusterip()) spec.clear_clusterip(), spec.clear_clusterips();
    spec.clear_ipfamilies();
    spec.clear_ipfamilypolicy();
  }
  if (needs_node_ports(old) && !needs_node_ports(now))
    for (auto& port : *spec.mutable_ports())
      for (auto& earlier : before.ports())
        if (port.port() == earlier.port() && port.nodeport() == earlier.nodeport()) port.clear_nodeport();
  if (needs_health_check_port(old) && !needs_health_check_port(now) &&
      spec.healthchecknodeport() == before.healthchecknodeport())
    spec.clear_healthchecknodeport();
  if (is_external(old) && !is_external(now) && spec.externaltrafficpolicy() == before.externaltrafficpolicy())
    spec.clear_externaltrafficpolicy();
  if (before.type() == "LoadBalancer" && spec.type() != "LoadBalancer") {
    if (spec.allocateloadbalancernodeports() == before.allocateloadbalancernodeports())
      spec.clear_allocateloadbalancernodeports();
    if (spec.loadbalancerclass() == before.loadbalancerclass()) spec.clear_loadbalancerclass();
  }
}

/// One stack (IPv4); a headless service without selector says both, as its endpoints are somebody else's.
void default_families(core::Service& service) {
  auto& spec = *service.mutable_spec();
  if (!needs_address(service)) return;
  if (spec.clusterips().empty() && !spec.clusterip().empty()) spec.add_clusterips(spec.clusterip());
  bool foreign = is_headless(service) && spec.selector().empty();
  if (!spec.has_ipfamilypolicy()) {
    bool two = foreign && spec.ipfamilies().empty();
    spec.set_ipfamilypolicy(two || spec.ipfamilies_size() > 1 ? "RequireDualStack" : "SingleStack");
  }
  if (spec.ipfamilies().empty()) {
    bool v6 = spec.clusterips_size() && spec.clusterips(0).find(':') != std::string::npos;
    spec.add_ipfamilies(v6 ? "IPv6" : "IPv4");
  }
  if (foreign && spec.ipfamilypolicy() != "SingleStack" && spec.ipfamilies_size() == 1)
    spec.add_ipfamilies(spec.ipfamilies(0) == "IPv4" ? "IPv6" : "IPv4");
}

std::string external_column(const core::Service& service) {
  auto& spec = service.spec();
  std::string list;
  auto add = [&](const std::string& text) { list.append(list.empty() ? "" : ",").append(text); };
  if (spec.type() == "LoadBalancer")
    for (auto& one : service.status().loadbalancer().ingress()) add(one.ip().empty() ? one.hostname() : one.ip());
  if (spec.type() == "ExternalName") return spec.externalname();
  for (auto& address : spec.externalips()) add(address);
  if (spec.type() == "LoadBalancer" && list.empty()) return "<pending>";
  return or_none(list);
}

class service_strategy final : public kind_strategy<core::Service> {
public:
  std::vector<std::string> name_problems(std::string_view name, bool prefix) const override {
    return dns_label_problems(prefix ? masked_prefix(name) : name);
  }

  void defaults(core::Service& service) const override {
    default_marked_fields(service);
    auto& spec = *service.mutable_spec();
    if (spec.sessionaffinity().empty()) spec.set_sessionaffinity("None");
    if (spec.sessionaffinity() == "None") spec.clear_sessionaffinityconfig();
    if (spec.sessionaffinity() == "ClientIP" && !spec.sessionaffinityconfig().clientip().has_timeoutseconds())
      spec.mutable_sessionaffinityconfig()->mutable_clientip()->set_timeoutseconds(affinity_seconds);
    if (spec.type().empty()) spec.set_type("ClusterIP");
    for (auto& port : *spec.mutable_ports())
      if (is_zero(port.targetport())) set_int(port.mutable_targetport(), port.port());
    if (is_external(service) && spec.externaltrafficpolicy().empty()) spec.set_externaltrafficpolicy("Cluster");
    if (!spec.has_internaltrafficpolicy() && spec.type() != "ExternalName") spec.set_internaltrafficpolicy("Cluster");
    if (spec.type() == "LoadBalancer" && !spec.has_allocateloadbalancernodeports())
      spec.set_allocateloadbalancernodeports(true);
  }

  void prepare_create(verb_context&, core::Service& service) const override {
    service.clear_status();
    service.mutable_status()->mutable_loadbalancer();
    default_families(service);
  }
  void prepare_update(verb_context& context, core::Service& service, const core::Service& before) const override {
    if (context.subresource == "status") return keep_fields(service, before, {"spec"});
    keep_fields(service, before, {"status"});
    drop_of_other_type(*service.mutable_spec(), before.spec(), service, before);
    keep_allocated(*service.mutable_spec(), before.spec(), service, before);
    default_families(service);
  }
  void check(verb_context&, const core::Service& service, causes& found) const override {
    check_addresses(found, service, nullptr);
    if (found.empty()) check_service(found, service);  // upstream stops there too, before it allocates
  }
  void check_update(verb_context& context, const core::Service& service, const core::Service& before,
                    causes& found) const override {
    if (context.subresource == "status") return;
    check_addresses(found, service, &before);
    if (found.empty()) check_service(found, service);
  }
  result<nothing> begin_create(verb_context& context, Message& service) const override {
    return allocate(context, as(service), nullptr);
  }
  result<nothing> begin_update(verb_context& context, Message& service, const Message& before) const override {
    if (context.subresource == "status") return nothing{};
    return allocate(context, as(service), &as(before));
  }
  void released(verb_context& context, const Message& service) const override { release(context, as(service)); }

  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    return labels_.value(shown, label);
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label not supported: " + std::string(label);
  }

  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto service = shown.as<core::Service>();
    auto& spec = service->spec();
    std::string ports;
    for (auto& port : spec.ports()) {
      ports.append(ports.empty() ? "" : ",").append(std::to_string(port.port()));
      if (port.nodeport()) ports.append(":").append(std::to_string(port.nodeport()));
      ports.append("/").append(port.protocol());
    }
    row.cells = {service->metadata().name(),
                 spec.type(),
                 or_none(spec.clusterips_size() ? spec.clusterips(0) : spec.clusterip()),
                 external_column(*service),
                 or_none(ports),
                 age_of(*service, wall_ns),
                 labels_text(spec.selector())};
  }

private:
  field_labels_of labels_{"k8s.io.api.core.v1.Service", {{"spec.clusterIP", {}}, {"spec.type", {}}}};
};

}  // namespace

bool is_headless(const core::Service& service) {
  auto& spec = service.spec();
  return spec.clusterips_size() ? spec.clusterips(0) == "None" : spec.clusterip() == "None";
}
bool needs_address(const core::Service& service) {
  return is_one_of(service.spec().type(), {"ClusterIP", "NodePort", "LoadBalancer"});
}
bool needs_node_ports(const core::Service& service) {
  return is_one_of(service.spec().type(), {"NodePort", "LoadBalancer"});
}
bool is_external(const core::Service& service) {
  return needs_node_ports(service) || (service.spec().type() == "ClusterIP" && service.spec().externalips_size() > 0);
}
bool needs_health_check_port(const core::Service& service) {
  return service.spec().type() == "LoadBalancer" && service.spec().externaltrafficpolicy() == "Local";
}

void add_service_strategies(strategy_table& table) {
  enter<service_strategy>(table, "k8s.io.api.core.v1.Service");
  add_endpoint_strategies(table);
}

}  // namespace troupe::gateway
