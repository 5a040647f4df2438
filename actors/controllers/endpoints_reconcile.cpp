#include <algorithm>
#include <map>
#include "actors/controllers/controller_tools.hpp"
#include "actors/controllers/endpointslice_reconcile.hpp"
#include "actors/controllers/service_backends.hpp"

namespace troupe::controllers {

namespace {

constexpr std::string_view managed_label = "endpoints.kubernetes.io/managed-by";
constexpr std::string_view headless_label = "service.kubernetes.io/headless";

const kind_row& services() {
  static const kind_row& kind = row("", "v1", "services");
  return kind;
}
const kind_row& endpoints() {
  static const kind_row& kind = row("", "v1", "endpoints");
  return kind;
}

void fill(core::EndpointAddress& address, const backend& one) {
  address.set_ip(one.pod->ip);
  if (!one.hostname.empty()) address.set_hostname(one.hostname);
  if (!one.pod->node.empty()) address.set_nodename(one.pod->node);
  auto& target = *address.mutable_targetref();
  target.set_kind("Pod");
  target.set_namespace_(std::string(one.pod->object->space()));
  target.set_name(std::string(one.pod->object->name()));
  target.set_uid(std::string(one.pod->object->uid()));
}

/// One subset for each set of ports, addresses in order of their text.
void fill_subsets(core::Endpoints& target, const core::Service& service, std::vector<backend> backends) {
  std::sort(backends.begin(), backends.end(), [](const backend& left, const backend& right) {
    return std::pair(left.pod->ip, left.pod->object->uid()) < std::pair(right.pod->ip, right.pod->object->uid());
  });
  if (backends.size() > endpoints_addresses_max) backends.resize(endpoints_addresses_max);
  std::map<std::vector<backend_port>, std::vector<const backend*>> groups;
  for (const auto& one : backends)
    if (!one.pod->deleting || service.spec().publishnotreadyaddresses()) groups[one.ports].push_back(&one);
  for (const auto& [ports, members] : groups) {
    auto& subset = *target.add_subsets();
    for (const auto* one : members)
      fill(one->pod->ready || service.spec().publishnotreadyaddresses() ? *subset.add_addresses() : *subset.add_notreadyaddresses(), *one);
    for (const auto& port : ports) {
      auto& added = *subset.add_ports();
      added.set_name(port.name);
      added.set_port(port.port);
      added.set_protocol(port.protocol);
      if (!port.app_protocol.empty()) added.set_appprotocol(port.app_protocol);
    }
  }
}

std::string subsets_text(const core::Endpoints& of) {
  std::string text;
  for (const auto& subset : of.subsets()) {
    for (const auto& address : subset.addresses()) text += "+" + address.ip() + "/" + address.nodename() + "/" + address.targetref().uid() + "/" + address.hostname();
    for (const auto& address : subset.notreadyaddresses()) text += "-" + address.ip() + "/" + address.nodename() + "/" + address.targetref().uid() + "/" + address.hostname();
    for (const auto& port : subset.ports()) text += ":" + port.name() + "/" + std::to_string(port.port()) + "/" + port.protocol();
    text += ";";
  }
  return text;
}

} // namespace

reconciled endpoints_reconcile(const std::string& key, const roots& state, const pod_index& index, const moment&) {
  reconciled out;
  auto [space, name] = split(key);
  auto current = state.get(endpoints(), space, name);
  auto object = state.get(services(), space, name);
  if (!object) {
    if (current && current->label(managed_label) == "endpoint-controller") out.actions.push_back(remove(endpoints(), *current));
    return out;
  }
  auto service = object->as<core::Service>();
  if (object->deleting() || !has_backends(*service)) return out;

  core::Endpoints wanted;
  if (current) *wanted.mutable_metadata() = current->as<core::Endpoints>()->metadata();
  wanted.mutable_metadata()->set_name(std::string(name));
  wanted.mutable_metadata()->set_namespace_(std::string(space));
  bool changed = !current;
  for (const auto& entry : service->metadata().labels()) changed |= set_label(*wanted.mutable_metadata(), entry.key(), entry.value());
  changed |= set_label(*wanted.mutable_metadata(), managed_label, "endpoint-controller");
  if (service->spec().clusterip() == "None") changed |= set_label(*wanted.mutable_metadata(), headless_label, "");
  auto backends = backends_of(*service, index);
  if (backends.size() > endpoints_addresses_max)
    changed |= set_annotation(*wanted.mutable_metadata(), "endpoints.kubernetes.io/over-capacity", "truncated");
  fill_subsets(wanted, *service, std::move(backends));
  if (!current) {
    out.actions.push_back(create(endpoints(), space, wanted));
  } else if (changed || subsets_text(wanted) != subsets_text(*current->as<core::Endpoints>())) {
    out.actions.push_back(update(endpoints(), space, name, wanted));
  }
  return out;
}

controller_spec endpoints_controller() {
  auto index = std::make_shared<pod_index>();
  static const kind_row& pods = row("", "v1", "pods");
  controller_spec spec;
  spec.name = "endpoint";
  spec.watches = {&services(), &pods, &endpoints()};
  spec.keys_of = [index](const event& change, const roots& state, std::vector<std::string>& keys) {
    const auto& object = *change.object;
    if (&object.kind() != &pods) return keys.push_back(key_of(object.space(), object.name()));
    index->apply(change);
    services_of_pod(change, state, keys);
  };
  spec.reconcile = [index](const std::string& key, const roots& state, const moment& now) {
    return endpoints_reconcile(key, state, *index, now);
  };
  return spec;
}

} // namespace troupe::controllers
