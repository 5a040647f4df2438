#include "actors/controllers/endpointslice_reconcile.hpp"
#include <algorithm>
#include <map>
#include "actors/controllers/controller_tools.hpp"
#include "actors/controllers/service_backends.hpp"
#include "messages/api/discovery/v1.pb.h"

namespace troupe::controllers {

namespace discovery = k8s::io::api::discovery::v1;

namespace {

constexpr std::string_view manager = "endpointslice-controller.k8s.io";
constexpr std::string_view service_label = "kubernetes.io/service-name";
constexpr std::string_view managed_label = "endpointslice.kubernetes.io/managed-by";
constexpr std::string_view headless_label = "service.kubernetes.io/headless";

const kind_row& services() {
  static const kind_row& kind = row("", "v1", "services");
  return kind;
}
const kind_row& slices() {
  static const kind_row& kind = row("discovery.k8s.io", "v1", "endpointslices");
  return kind;
}

using ports = std::vector<backend_port>;

discovery::Endpoint endpoint_of(const backend& one, bool publish_not_ready) {
  discovery::Endpoint endpoint;
  endpoint.add_addresses(one.pod->ip);
  auto& conditions = *endpoint.mutable_conditions();
  conditions.set_ready(publish_not_ready || (one.pod->ready && !one.pod->deleting));
  conditions.set_serving(one.pod->ready);
  conditions.set_terminating(one.pod->deleting);
  if (!one.hostname.empty()) endpoint.set_hostname(one.hostname);
  if (!one.pod->node.empty()) endpoint.set_nodename(one.pod->node);
  auto& target = *endpoint.mutable_targetref();
  target.set_kind("Pod");
  target.set_namespace_(std::string(one.pod->object->space()));
  target.set_name(std::string(one.pod->object->name()));
  target.set_uid(std::string(one.pod->object->uid()));
  return endpoint;
}

/// What decides whether two endpoints are the same, and whether they say the same.
std::string identity(const discovery::Endpoint& endpoint) {
  return endpoint.targetref().uid() + "/" + (endpoint.addresses().empty() ? "" : endpoint.addresses(0));
}
std::string facts(const discovery::Endpoint& endpoint) {
  const auto& conditions = endpoint.conditions();
  return identity(endpoint) + "|" + endpoint.hostname() + "|" + endpoint.nodename() + "|" +
         (conditions.ready() ? "r" : "") + (conditions.serving() ? "s" : "") + (conditions.terminating() ? "t" : "");
}

ports ports_of(const discovery::EndpointSlice& slice) {
  ports found;
  for (const auto& port : slice.ports()) found.push_back({port.name(), port.protocol(), port.appprotocol(), port.port()});
  std::sort(found.begin(), found.end());
  return found;
}

bool set_labels(discovery::EndpointSlice& slice, const core::Service& service) {
  bool changed = false;
  auto& target = *slice.mutable_metadata();
  for (const auto& entry : service.metadata().labels())
    if (entry.key() != service_label && entry.key() != managed_label && entry.key() != headless_label)
      changed |= set_label(target, entry.key(), entry.value());
  changed |= set_label(target, service_label, service.metadata().name());
  changed |= set_label(target, managed_label, manager);
  if (service.spec().clusterip() == "None") changed |= set_label(target, headless_label, "");
  return changed;
}

struct slice_state {
  discovery::EndpointSlice slice;
  object_ptr object; // null: to be created
  ports sorted_ports;
  bool changed = false;
};

std::vector<slice_state> existing_slices(const core::Service& service, const roots& state) {
  std::vector<slice_state> found;
  std::vector<object_ptr> all;
  bool more = false;
  list_range range;
  range.kind = &slices();
  range.space = service.metadata().namespace_();
  if (!state.list(range, all, more).ok()) return found;
  for (const auto& each : all) {
    if (each->deleting() || each->label(service_label) != service.metadata().name() || each->label(managed_label) != manager) continue;
    slice_state one;
    one.slice = *each->as<discovery::EndpointSlice>();
    one.object = each;
    one.sorted_ports = ports_of(one.slice);
    found.push_back(std::move(one));
  }
  return found;
}

/// Brings the endpoints that are already in slices up to date and takes out those that are gone; what is then still in
/// `wanted` has no place yet.
void refresh(std::vector<slice_state>& state, std::map<ports, std::map<std::string, discovery::Endpoint>>& wanted) {
  for (auto& one : state) {
    auto& group = wanted[one.sorted_ports];
    discovery::EndpointSlice kept = one.slice;
    kept.clear_endpoints();
    for (const auto& endpoint : one.slice.endpoints()) {
      auto found = group.find(identity(endpoint));
      if (found == group.end()) {
        one.changed = true;
        continue;
      }
      one.changed |= facts(endpoint) != facts(found->second);
      *kept.add_endpoints() = found->second;
      group.erase(found);
    }
    one.slice = std::move(kept);
  }
}

slice_state empty_slice(const core::Service& service, const ports& of, uint64_t& random) {
  slice_state one;
  one.sorted_ports = of;
  one.changed = true;
  auto& made = *one.slice.mutable_metadata();
  made.set_generatename(service.metadata().name() + "-");
  made.set_name(service.metadata().name() + "-" + random_suffix(random));
  made.set_namespace_(service.metadata().namespace_());
  own(made, services(), service.metadata());
  one.slice.set_addresstype("IPv4");
  for (const auto& port : of) {
    auto& added = *one.slice.add_ports();
    added.set_name(port.name);
    added.set_protocol(port.protocol);
    added.set_port(port.port);
    if (!port.app_protocol.empty()) added.set_appprotocol(port.app_protocol);
  }
  return one;
}

void place(const core::Service& service, std::vector<slice_state>& state,
           std::map<ports, std::map<std::string, discovery::Endpoint>>& wanted, uint64_t random) {
  for (auto& [of, group] : wanted) {
    for (auto& [name, endpoint] : group) {
      auto room = std::find_if(state.begin(), state.end(), [&](const slice_state& one) {
        return one.sorted_ports == of && one.slice.endpoints_size() < endpoints_per_slice_max;
      });
      if (room == state.end()) room = state.insert(state.end(), empty_slice(service, of, random));
      *room->slice.add_endpoints() = endpoint;
      room->changed = true;
    }
  }
  if (state.empty()) state.push_back(empty_slice(service, {}, random)); // a Service without pods has one empty slice
}

} // namespace

reconciled endpointslice_reconcile(const std::string& key, const roots& state, const pod_index& index, const moment& now) {
  reconciled out;
  auto [space, name] = split(key);
  auto object = state.get(services(), space, name);
  if (!object || object->deleting()) return out; // the garbage collector takes its slices
  auto service = object->as<core::Service>();
  if (!has_backends(*service)) return out;

  std::map<ports, std::map<std::string, discovery::Endpoint>> wanted;
  for (const auto& one : backends_of(*service, index)) {
    auto endpoint = endpoint_of(one, service->spec().publishnotreadyaddresses());
    auto sorted = one.ports;
    std::sort(sorted.begin(), sorted.end());
    wanted[sorted].emplace(identity(endpoint), std::move(endpoint));
  }
  auto current = existing_slices(*service, state);
  refresh(current, wanted);
  place(*service, current, wanted, now.random);
  size_t kept = 0;
  for (const auto& one : current) kept += one.slice.endpoints_size() > 0 || !one.object;
  for (auto& one : current) {
    one.changed |= set_labels(one.slice, *service);
    if (!one.object) out.actions.push_back(create(slices(), space, one.slice));
    else if (one.slice.endpoints_size() == 0 && kept > 0) out.actions.push_back(remove(slices(), *one.object));
    else if (one.changed) out.actions.push_back(update(slices(), space, one.slice.metadata().name(), one.slice));
    if (one.object && one.slice.endpoints_size() == 0 && kept == 0) ++kept; // the first empty one stays
  }
  return out;
}

controller_spec endpointslice_controller() {
  auto index = std::make_shared<pod_index>();
  static const kind_row& pods = row("", "v1", "pods");
  controller_spec spec;
  spec.name = "endpointslice";
  spec.watches = {&services(), &pods, &slices()};
  spec.keys_of = [index](const event& change, const roots& state, std::vector<std::string>& keys) {
    const auto& object = *change.object;
    if (&object.kind() == &services()) return keys.push_back(key_of(object.space(), object.name()));
    if (&object.kind() == &slices()) {
      if (auto owner = object.label(service_label); owner.data() && object.label(managed_label) == manager)
        keys.push_back(key_of(object.space(), owner));
      return;
    }
    index->apply(change);
    services_of_pod(change, state, keys);
  };
  spec.reconcile = [index](const std::string& key, const roots& state, const moment& now) {
    return endpointslice_reconcile(key, state, *index, now);
  };
  return spec;
}

} // namespace troupe::controllers
