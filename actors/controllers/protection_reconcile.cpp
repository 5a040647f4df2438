#include "actors/controllers/protection_reconcile.hpp"
#include <algorithm>
#include "actors/controllers/controller_tools.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/core/v1/volume.pb.h"
#include "messages/codec.hpp"

namespace core = k8s::io::api::core::v1;

namespace troupe::controllers {
namespace {

const kind_row& claims() {
  static const kind_row& kind = row("", "v1", "persistentvolumeclaims");
  return kind;
}
const kind_row& volumes() {
  static const kind_row& kind = row("", "v1", "persistentvolumes");
  return kind;
}
const kind_row& classes() {
  static const kind_row& kind = row("storage.k8s.io", "v1", "volumeattributesclasses");
  return kind;
}
const kind_row& pods() {
  static const kind_row& kind = row("", "v1", "pods");
  return kind;
}

std::vector<object_ptr> all(const roots& state, const kind_row& kind, std::string_view space) {
  std::vector<object_ptr> found;
  bool more = false;
  list_range range;
  range.kind = &kind;
  range.space = space;
  (void)state.list(range, found, more);
  return found;
}

std::string_view finalizer_of(const kind_row& kind) {
  if (&kind == &claims()) return "kubernetes.io/pvc-protection";
  return &kind == &volumes() ? "kubernetes.io/pv-protection" : "kubernetes.io/vac-protection";
}

bool mounts(const object_ptr& object, std::string_view claim) {
  auto pod = object->as<core::Pod>();
  auto& phase = pod->status().phase();
  if (phase == "Succeeded" || phase == "Failed") return false;
  auto& from = pod->spec().volumes();
  return std::any_of(from.begin(), from.end(), [&](auto& volume) { return volume.volumesource().persistentvolumeclaim().claimname() == claim; });
}

bool in_use(const object& protected_object, const roots& state) {
  auto name = protected_object.name();
  if (&protected_object.kind() == &claims()) {
    auto there = all(state, pods(), protected_object.space());
    return std::any_of(there.begin(), there.end(), [&](auto& pod) { return mounts(pod, name); });
  }
  if (&protected_object.kind() == &volumes()) return protected_object.as<core::PersistentVolume>()->status().phase() == "Bound";
  for (auto& claim : all(state, claims(), "")) {
    auto message = claim->as<core::PersistentVolumeClaim>();
    if (message->spec().volumeattributesclassname() == name || message->status().currentvolumeattributesclassname() == name) return true;
  }
  auto there = all(state, volumes(), "");
  return std::any_of(there.begin(), there.end(), [&](auto& volume) { return volume->template as<core::PersistentVolume>()->spec().volumeattributesclassname() == name; });
}

/// Claims of a pod that ended, and deleting classes when a claim or volume went: what they protected may go now.
void keys_of_users(const kind_row& kind, const event& change, const roots& state, std::vector<std::string>& keys) {
  if (&kind == &claims()) {
    auto pod = change.object->as<core::Pod>();
    for (auto& volume : pod->spec().volumes()) {
      auto& claim = volume.volumesource().persistentvolumeclaim().claimname();
      if (!claim.empty()) keys.push_back(key_of(change.object->space(), claim));
    }
  } else if (&kind == &classes()) {
    for (auto& each : all(state, classes(), ""))
      if (each->deleting()) keys.push_back(key_of("", each->name()));
  }
}

controller_spec protection(const kind_row& kind, std::string name, std::vector<const kind_row*> users) {
  controller_spec spec;
  spec.name = std::move(name);
  spec.watches = {&kind};
  spec.watches.insert(spec.watches.end(), users.begin(), users.end());
  spec.keys_of = [&kind](const event& change, const roots& state, std::vector<std::string>& keys) {
    if (&change.object->kind() != &kind) return keys_of_users(kind, change, state, keys);
    if (change.what != event::type::deleted && change.object->deleting()) keys.push_back(key_of(change.object->space(), change.object->name()));
  };
  spec.reconcile = [&kind](const std::string& key, const roots& state, const moment&) { return protection_reconcile(kind, key, state); };
  return spec;
}

} // namespace

reconciled protection_reconcile(const kind_row& kind, const std::string& key, const roots& state) {
  reconciled out;
  auto [space, name] = split(key);
  auto found = state.get(kind, space, name);
  if (!found || !found->deleting() || in_use(*found, state)) return out;
  auto message = clone(*found->message());
  auto& list = *static_cast<meta::ObjectMeta&>(*object_meta(*message)).mutable_finalizers();
  auto at = std::find(list.begin(), list.end(), finalizer_of(kind));
  if (at == list.end()) return out;
  list.erase(at);
  out.actions.push_back(update(kind, space, name, *message));
  out.actions.back().tolerate_missing = true;
  return out;
}

controller_spec claim_protection_controller() { return protection(claims(), "pvc-protection", {&pods()}); }
controller_spec volume_protection_controller() { return protection(volumes(), "pv-protection", {}); }
controller_spec attributes_class_protection_controller() {
  return protection(classes(), "volumeattributesclass-protection", {&claims(), &volumes()});
}

} // namespace troupe::controllers
