// Ingress, IngressClass, NetworkPolicy, IPAddress, ServiceCIDR.
#include <algorithm>
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/networking/v1.pb.h"

namespace troupe::gateway {
namespace {

const field_path spec_path = "spec";

class ingress_strategy final : public kind_strategy<networking::Ingress> {
public:
  void prepare_create(verb_context&, networking::Ingress& ingress) const override { ingress.clear_status(); }
  void check(verb_context&, const networking::Ingress& ingress, causes& found) const override {
    auto& spec = ingress.spec();
    if (spec.rules().empty() && !spec.has_defaultbackend())
      add_invalid_json(found, spec_path, shown(spec), "either `defaultBackend` or `rules` must be specified");
    if (spec.has_defaultbackend()) check_backend(found, spec_path / "defaultBackend", spec.defaultbackend());
    for (int i = 0; i < spec.rules_size(); ++i) check_rule(found, (spec_path / "rules")[i], spec.rules(i));
    for (int i = 0; i < spec.tls_size(); ++i)
      for (int j = 0; j < spec.tls(i).hosts_size(); ++j) {
        auto& host = spec.tls(i).hosts(j);
        add_problems(found, ((spec_path / "tls")[i] / "hosts")[j], host,
                     host.starts_with("*") ? wildcard_subdomain_problems(host) : dns_subdomain_problems(host));
      }
    if (spec.has_ingressclassname())
      add_problems(found, spec_path / "ingressClassName", spec.ingressclassname(),
                   dns_subdomain_problems(spec.ingressclassname()));
  }
  void check_update(verb_context& context, const networking::Ingress& now, const networking::Ingress&,
                    causes& found) const override {
    if (context.subresource != "status") check(context, now, found);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto ingress = shown.as<networking::Ingress>();
    std::string hosts, addresses;
    for (auto& rule : ingress->spec().rules())
      if (!rule.host().empty()) hosts.append(hosts.empty() ? "" : ",").append(rule.host());
    for (auto& one : ingress->status().loadbalancer().ingress())
      addresses.append(addresses.empty() ? "" : ",").append(one.ip().empty() ? one.hostname() : one.ip());
    row.cells = {ingress->metadata().name(),
                 ingress->spec().has_ingressclassname() ? ingress->spec().ingressclassname() : "<none>",
                 hosts.empty() ? "*" : hosts,
                 addresses,
                 ingress->spec().tls_size() ? "80, 443" : "80",
                 age_of(*ingress, wall_ns)};
  }

private:
  static void check_backend(causes& found, const field_path& path, const networking::IngressBackend& backend) {
    if (backend.has_resource() && backend.has_service())
      return add_invalid_json(found, path, "", "cannot set both resource and service backends");
    if (backend.has_resource()) {
      if (backend.resource().kind().empty()) add_required(found, path / "resource" / "kind");
      if (backend.resource().name().empty()) add_required(found, path / "resource" / "name");
      return;
    }
    auto& service = backend.service();
    if (service.name().empty())
      add_required(found, path / "service" / "name");
    else
      add_problems(found, path / "service" / "name", service.name(), dns_label_1035_problems(service.name()));
    auto& port = service.port();
    if (port.name().empty() && port.number() == 0)
      add_required(found, path, "port name or number is required");
    else if (!port.name().empty() && port.number() != 0)
      add_invalid(found, path, "", "cannot set both port name & port number");
    else if (!port.name().empty())
      add_problems(found, path / "service" / "port" / "name", port.name(), port_name_problems(port.name()));
    else
      check_port_number(found, path / "service" / "port" / "number", port.number());
  }

  static void check_path(causes& found, const field_path& path, const networking::HTTPIngressPath& one) {
    if (!one.has_pathtype()) return add_required(found, path / "pathType", "pathType must be specified");
    if (is_one_of(one.pathtype(), {"Exact", "Prefix"})) {
      if (!one.path().starts_with("/")) add_invalid(found, path / "path", one.path(), "must be an absolute path");
      if (!one.path().empty())
        for (std::string_view bad : {"//", "/./", "/../", "%2f", "%2F"})
          if (one.path().find(bad) != std::string::npos)
            add_invalid(found, path / "path", one.path(), "must not contain '" + std::string(bad) + "'");
    } else if (one.pathtype() == "ImplementationSpecific") {
      if (!one.path().empty() && !one.path().starts_with("/"))
        add_invalid(found, path / "path", one.path(), "must be an absolute path");
    } else {
      add_not_supported(found, path / "pathType", one.pathtype(), {"Exact", "ImplementationSpecific", "Prefix"});
    }
    check_backend(found, path / "backend", one.backend());
  }

  static void check_rule(causes& found, const field_path& path, const networking::IngressRule& rule) {
    auto& host = rule.host();
    if (!host.empty()) {
      if (parse_ip(host))
        add_invalid(found, path / "host", host, "must be a DNS name, not an IP address");
      else
        add_problems(found, path / "host", host,
                     host.find('*') != host.npos ? wildcard_subdomain_problems(host) : dns_subdomain_problems(host));
    }
    if (!rule.ingressrulevalue().has_http()) return;
    auto& paths = rule.ingressrulevalue().http().paths();
    if (paths.empty()) add_required(found, path / "http" / "paths");
    for (int i = 0; i < paths.size(); ++i) check_path(found, (path / "http" / "paths")[i], paths[i]);
  }
};

class ingress_class_strategy final : public kind_strategy<networking::IngressClass> {
public:
  void defaults(networking::IngressClass& object) const override {
    if (object.spec().has_parameters() && !object.spec().parameters().has_scope())
      object.mutable_spec()->mutable_parameters()->set_scope("Cluster");
  }
  void check(verb_context&, const networking::IngressClass& object, causes& found) const override {
    auto& controller = object.spec().controller();
    if (controller.size() > 250) add_too_long(found, spec_path / "controller", 250);
    add_problems(found, spec_path / "controller", controller, domain_path_problems(controller));
    if (!object.spec().has_parameters()) return;
    auto& parameters = object.spec().parameters();
    field_path path = spec_path / "parameters";
    if (parameters.kind().empty()) add_required(found, path / "kind", "kind is required");
    if (parameters.name().empty()) add_required(found, path / "name", "name is required");
    if (!is_one_of(parameters.scope(), {"Cluster", "Namespace"}))
      add_not_supported(found, path / "scope", parameters.scope(), {"Cluster", "Namespace"});
    if (parameters.scope() == "Namespace" && parameters.namespace_().empty())
      add_required(found, path / "namespace", "`parameters.scope` is set to 'Namespace'");
    if (parameters.scope() == "Cluster" && parameters.has_namespace_())
      add_forbidden(found, path / "namespace", "`parameters.scope` is set to 'Cluster'");
  }
  void check_update(verb_context& context, const networking::IngressClass& now, const networking::IngressClass& before,
                    causes& found) const override {
    if (now.spec().controller() != before.spec().controller())
      return add_invalid(found, spec_path / "controller", now.spec().controller(), "field is immutable");
    check(context, now, found);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto one = shown.as<networking::IngressClass>();
    std::string parameters = "<none>";
    if (one->spec().has_parameters()) {
      auto& what = one->spec().parameters();
      parameters = what.kind() + (what.apigroup().empty() ? "" : "." + what.apigroup()) + "/" + what.name();
    }
    row.cells = {one->metadata().name(), one->spec().controller(), parameters, age_of(*one, wall_ns)};
  }
};

class network_policy_strategy final : public kind_strategy<networking::NetworkPolicy> {
public:
  void defaults(networking::NetworkPolicy& policy) const override {
    auto& spec = *policy.mutable_spec();
    if (spec.policytypes().empty()) {
      spec.add_policytypes("Ingress");
      if (spec.egress_size()) spec.add_policytypes("Egress");
    }
    auto name = [](auto* ports) {
      for (auto& port : *ports)
        if (!port.has_protocol()) port.set_protocol("TCP");
    };
    for (auto& rule : *spec.mutable_ingress()) name(rule.mutable_ports());
    for (auto& rule : *spec.mutable_egress()) name(rule.mutable_ports());
  }
  void check(verb_context&, const networking::NetworkPolicy& policy, causes& found) const override {
    auto& spec = policy.spec();
    check_selector(found, spec_path / "podSelector", spec.podselector());
    for (int i = 0; i < spec.ingress_size(); ++i) {
      field_path path = (spec_path / "ingress")[i];
      check_ports(found, path / "ports", spec.ingress(i).ports());
      for (int j = 0; j < spec.ingress(i).from_size(); ++j)
        check_peer(found, (path / "from")[j], spec.ingress(i).from(j));
    }
    for (int i = 0; i < spec.egress_size(); ++i) {
      field_path path = (spec_path / "egress")[i];
      check_ports(found, path / "ports", spec.egress(i).ports());
      for (int j = 0; j < spec.egress(i).to_size(); ++j) check_peer(found, (path / "to")[j], spec.egress(i).to(j));
    }
    if (spec.policytypes_size() > 2)
      return add_invalid_json(found, spec_path / "policyTypes", shown_list(spec.policytypes()),
                              "may not specify more than two policyTypes");
    for (int i = 0; i < spec.policytypes_size(); ++i)
      if (!is_one_of(spec.policytypes(i), {"Ingress", "Egress"}))
        add_not_supported(found, (spec_path / "policyTypes")[i], spec.policytypes(i), {"Ingress", "Egress"});
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto policy = shown.as<networking::NetworkPolicy>();
    row.cells = {policy->metadata().name(), selector_column(policy->spec().podselector()), age_of(*policy, wall_ns)};
  }

private:
  template <class Ports>
  static void check_ports(causes& found, const field_path& path, const Ports& ports) {
    for (int i = 0; i < ports.size(); ++i) {
      auto& port = ports[i];
      if (!is_one_of(port.protocol(), {"TCP", "UDP", "SCTP"}))
        add_not_supported(found, path[i] / "protocol", port.protocol(), {"SCTP", "TCP", "UDP"});
      if (port.has_port()) check_port(found, path[i] / "port", port.port());
      if (!port.has_endport()) continue;
      if (!port.has_port())
        add_required(found, path[i] / "port", "must be specified if `endPort` is specified");
      else if (port.port().type() != 0)
        add_invalid(found, path[i] / "endPort", port.endport(), "may not be specified when `port` is non-numeric");
      else if (port.endport() < port.port().intval())
        add_invalid(found, path[i] / "endPort", port.endport(), "must be greater than or equal to `port`");
      else
        check_port_number(found, path[i] / "endPort", port.endport());
    }
  }
  static void check_peer(causes& found, const field_path& path, const networking::NetworkPolicyPeer& peer) {
    int count = peer.has_podselector() + peer.has_namespaceselector();
    if (peer.has_podselector()) check_selector(found, path / "podSelector", peer.podselector());
    if (peer.has_namespaceselector()) check_selector(found, path / "namespaceSelector", peer.namespaceselector());
    if (peer.has_ipblock()) {
      auto& cidr = peer.ipblock().cidr();
      auto network = parse_network(cidr);
      if (cidr.empty())
        add_required(found, path / "ipBlock" / "cidr");
      else
        add_problems(found, path / "ipBlock" / "cidr", cidr, network_problems(cidr));
      for (int i = 0; i < peer.ipblock().except_size(); ++i) {
        auto& except = peer.ipblock().except(i);
        field_path at = (path / "ipBlock" / "except")[i];
        auto inner = parse_network(except);
        if (!inner)
          add_problems(found, at, except, network_problems(except));
        else if (network && (!network->contains(inner->address) || inner->prefix_bits <= network->prefix_bits))
          add_invalid(found, at, except, "must be a strict subset of `cidr`");
      }
    }
    if (count == 0 && !peer.has_ipblock()) add_required(found, path, "must specify a peer");
    if (count > 0 && peer.has_ipblock()) add_forbidden(found, path, "may not specify both ipBlock and another peer");
  }
};

class ip_address_strategy final : public kind_strategy<networking::IPAddress> {
public:
  std::vector<std::string> name_problems(std::string_view name, bool) const override { return ip_problems(name); }
  void check(verb_context&, const networking::IPAddress& address, causes& found) const override {
    if (!address.spec().has_parentref()) return add_required(found, spec_path / "parentRef");
    if (address.spec().parentref().resource().empty()) add_required(found, spec_path / "parentRef" / "resource");
    if (address.spec().parentref().name().empty()) add_required(found, spec_path / "parentRef" / "name");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto address = shown.as<networking::IPAddress>();
    auto& parent = address->spec().parentref();
    std::string text = parent.resource() + (parent.group().empty() ? "" : "." + parent.group()) + "/" +
                       (parent.namespace_().empty() ? "" : parent.namespace_() + "/") + parent.name();
    row.cells = {address->metadata().name(), text, age_of(*address, wall_ns)};
    row.cells.resize(shown.kind().columns.size());
  }
};

class cidr_strategy final : public kind_strategy<networking::ServiceCIDR> {
public:
  void prepare_create(verb_context&, networking::ServiceCIDR& cidr) const override { cidr.clear_status(); }
  void check(verb_context&, const networking::ServiceCIDR& cidr, causes& found) const override {
    if (cidr.spec().cidrs().empty()) return add_required(found, spec_path / "cidrs", "at least one CIDR required");
    for (int i = 0; i < cidr.spec().cidrs_size(); ++i)
      add_problems(found, (spec_path / "cidrs")[i], cidr.spec().cidrs(i), network_problems(cidr.spec().cidrs(i)));
  }
  void check_update(verb_context& context, const networking::ServiceCIDR& now, const networking::ServiceCIDR& before,
                    causes& found) const override {
    if (context.subresource == "status") return;
    if (!std::equal(now.spec().cidrs().begin(), now.spec().cidrs().end(), before.spec().cidrs().begin(),
                    before.spec().cidrs().end()))
      add_invalid_json(found, spec_path / "cidrs", shown_list(now.spec().cidrs()), "field is immutable");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto cidr = shown.as<networking::ServiceCIDR>();
    std::string list;
    for (auto& one : cidr->spec().cidrs()) list.append(list.empty() ? "" : ",").append(one);
    row.cells = {cidr->metadata().name(), list, age_of(*cidr, wall_ns)};
  }
};

}  // namespace

void add_networking_strategies(strategy_table& table) {
  enter<ingress_strategy>(table, "k8s.io.api.networking.v1.Ingress");
  enter<ingress_class_strategy>(table, "k8s.io.api.networking.v1.IngressClass");
  enter<network_policy_strategy>(table, "k8s.io.api.networking.v1.NetworkPolicy");
  enter<ip_address_strategy>(table, "k8s.io.api.networking.v1.IPAddress");
  enter<cidr_strategy>(table, "k8s.io.api.networking.v1.ServiceCIDR");
}

}  // namespace troupe::gateway
