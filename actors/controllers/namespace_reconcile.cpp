#include "actors/controllers/namespace_reconcile.hpp"
#include <map>
#include "actors/controllers/controller_tools.hpp"
#include "messages/api/core/v1/config.pb.h"
#include "messages/api/core/v1/namespace.pb.h"

namespace troupe::controllers {

namespace core = k8s::io::api::core::v1;

namespace {

const kind_row& namespaces() {
  static const kind_row& kind = row("", "v1", "namespaces");
  return kind;
}
const kind_row& service_accounts() {
  static const kind_row& kind = row("", "v1", "serviceaccounts");
  return kind;
}
const kind_row& config_maps() {
  static const kind_row& kind = row("", "v1", "configmaps");
  return kind;
}

void set_condition(core::NamespaceStatus& status, std::string_view type, bool holds, std::string_view reason,
                   const std::string& message, int64_t wall_ns) {
  core::NamespaceCondition* condition = nullptr;
  for (auto& each : *status.mutable_conditions())
    if (each.type() == type) condition = &each;
  if (!condition) condition = status.add_conditions();
  std::string text = holds ? "True" : "False";
  if (condition->status() == text && condition->message() == message) return;
  if (condition->status() != text) set_time(*condition->mutable_lasttransitiontime(), wall_ns);
  condition->set_type(std::string(type));
  condition->set_status(text);
  condition->set_reason(std::string(reason));
  condition->set_message(message);
}

struct content {
  std::map<std::string, size_t> counts;     // "pods." -> how many
  std::map<std::string, size_t> finalizers; // of objects on their way out
};

/// Asks for the deletion of what is there; returns what was there.
content sweep(std::string_view space, const roots& state, std::vector<action>& actions) {
  content found;
  for (const auto& kind : kinds()) {
    if (!kind.namespaced || !kind.stored || kind.storage != kind.index) continue;
    size_t count = state.count(kind, space);
    if (count == 0) continue;
    found.counts[std::string(kind.plural) + "." + std::string(kind.group)] = count;
    std::vector<object_ptr> objects;
    bool more = false, fresh = false;
    list_range range;
    range.kind = &kind;
    range.space = space;
    if (!state.list(range, objects, more).ok()) continue;
    for (const auto& each : objects) fresh |= !each->deleting();
    if (!fresh) continue;
    action sweep_kind;
    sweep_kind.what = kind.can("deletecollection") ? action::verb::remove_collection : action::verb::remove;
    sweep_kind.kind = &kind;
    sweep_kind.space = space;
    sweep_kind.propagation = "Background";
    sweep_kind.needed = false;
    if (sweep_kind.what == action::verb::remove_collection) {
      actions.push_back(sweep_kind);
      continue;
    }
    for (const auto& each : objects) {
      sweep_kind.name = each->name();
      actions.push_back(sweep_kind);
    }
  }
  return found;
}

void report(const core::Namespace& space, const content& found, int64_t wall_ns, reconciled& out) {
  core::Namespace changed = space;
  auto& status = *changed.mutable_status();
  set_condition(status, "NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered", wall_ns);
  set_condition(status, "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed", wall_ns);
  set_condition(status, "NamespaceDeletionContentFailure", false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization", wall_ns);
  std::string remaining;
  for (const auto& [kind, count] : found.counts)
    remaining += (remaining.empty() ? "" : ", ") + kind + " has " + std::to_string(count) + " resource instances";
  if (remaining.empty())
    set_condition(status, "NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed", wall_ns);
  else
    set_condition(status, "NamespaceContentRemaining", true, "SomeResourcesRemain", "Some resources are remaining: " + remaining, wall_ns);
  set_condition(status, "NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", "All content-preserving finalizers finished", wall_ns);
  if (status.SerializeAsString() != space.status().SerializeAsString())
    out.actions.push_back(update(namespaces(), "", space.metadata().name(), changed, "status"));
}

bool alive(const roots& state, std::string_view name) {
  auto object = state.get(namespaces(), "", name);
  return object && !object->deleting();
}

} // namespace

reconciled namespace_reconcile(const std::string& key, const roots& state, const moment& now) {
  reconciled out;
  auto [none, name] = split(key);
  auto object = state.get(namespaces(), "", name);
  if (!object || !object->deleting()) return out;
  auto space = object->as<core::Namespace>();
  auto found = sweep(name, state, out.actions);
  if (!found.counts.empty()) {
    report(*space, found, now.wall_ns, out);
    out.again_after_ms = namespace_look_again_ms;
    return out;
  }
  core::Namespace changed = *space;
  auto& finalizers = *changed.mutable_spec()->mutable_finalizers();
  for (int i = finalizers.size() - 1; i >= 0; --i)
    if (finalizers.Get(i) == "kubernetes") finalizers.DeleteSubrange(i, 1);
  if (finalizers.size() != space->spec().finalizers_size()) out.actions.push_back(update(namespaces(), "", name, changed, "finalize"));
  return out;
}

controller_spec namespace_controller() {
  controller_spec spec;
  spec.name = "namespace";
  spec.watches = {&namespaces()};
  spec.keys_of = [](const event& change, const roots&, std::vector<std::string>& keys) {
    if (change.object->deleting()) keys.push_back(key_of("", change.object->name()));
  };
  spec.reconcile = namespace_reconcile;
  return spec;
}

reconciled service_account_reconcile(const std::string& key, const roots& state) {
  reconciled out;
  auto [none, space] = split(key);
  if (!alive(state, space) || state.get(service_accounts(), space, "default")) return out;
  core::ServiceAccount account;
  account.mutable_metadata()->set_name("default");
  account.mutable_metadata()->set_namespace_(std::string(space));
  out.actions.push_back(create(service_accounts(), space, account));
  out.actions.back().tolerate_existing = true;
  return out;
}

controller_spec service_account_controller() {
  controller_spec spec;
  spec.name = "service-account";
  spec.watches = {&namespaces(), &service_accounts()};
  spec.keys_of = [](const event& change, const roots&, std::vector<std::string>& keys) {
    const auto& object = *change.object;
    if (&object.kind() == &namespaces()) keys.push_back(key_of("", object.name()));
    else if (change.what == event::type::deleted && object.name() == "default") keys.push_back(key_of("", object.space()));
  };
  spec.reconcile = [](const std::string& key, const roots& state, const moment&) { return service_account_reconcile(key, state); };
  return spec;
}

reconciled root_certificate_reconcile(const std::string& key, const roots& state, const std::string& root_certificate) {
  reconciled out;
  auto [none, space] = split(key);
  if (!alive(state, space)) return out;
  auto current = state.get(config_maps(), space, "kube-root-ca.crt");
  core::ConfigMap wanted;
  if (current) wanted = *current->as<core::ConfigMap>();
  if (current && wanted.data_size() == 1 && wanted.data(0).key() == "ca.crt" && wanted.data(0).value() == root_certificate) return out;
  wanted.clear_data();
  wanted.clear_binarydata();
  auto* entry = wanted.add_data();
  entry->set_key("ca.crt");
  entry->set_value(root_certificate);
  wanted.mutable_metadata()->set_name("kube-root-ca.crt");
  wanted.mutable_metadata()->set_namespace_(std::string(space));
  set_annotation(*wanted.mutable_metadata(), "kubernetes.io/description",
                 "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
                 "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.");
  out.actions.push_back(current ? update(config_maps(), space, "kube-root-ca.crt", wanted) : create(config_maps(), space, wanted));
  return out;
}

controller_spec root_certificate_controller(std::string root_certificate) {
  controller_spec spec;
  spec.name = "root-ca-cert-publisher";
  spec.account = "root-ca-cert-publisher";
  spec.watches = {&namespaces(), &config_maps()};
  spec.keys_of = [](const event& change, const roots&, std::vector<std::string>& keys) {
    const auto& object = *change.object;
    if (&object.kind() == &namespaces()) keys.push_back(key_of("", object.name()));
    else if (object.name() == "kube-root-ca.crt") keys.push_back(key_of("", object.space()));
  };
  spec.reconcile = [root_certificate](const std::string& key, const roots& state, const moment&) {
    return root_certificate_reconcile(key, state, root_certificate);
  };
  return spec;
}

} // namespace troupe::controllers
