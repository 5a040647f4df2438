#include "actors/controllers/garbage_reconcile.hpp"
#include <algorithm>
#include "actors/controllers/controller_tools.hpp"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"

namespace troupe::controllers {

namespace {

constexpr std::string_view foreground = "foregroundDeletion", orphan = "orphan";

/// Never null: every stored kind has one.
const meta::ObjectMeta& meta_of(const google::protobuf::Message& message) {
  return static_cast<const meta::ObjectMeta&>(*object_meta(message));
}

struct found_object {
  const kind_row* kind = nullptr;
  object_ptr object;
};

found_object find(std::string_view key, const roots& state) {
  auto blank = key.find(' ');
  auto resource = key.substr(0, blank);
  auto [space, name] = split(key.substr(blank + 1));
  for (const auto& kind : kinds())
    if (kind.stored && kind.storage == kind.index && group_resource(kind) == resource) return {&kind, state.get(kind, space, name)};
  return {};
}

bool has_finalizer(const meta::ObjectMeta& of, std::string_view finalizer) {
  return std::find(of.finalizers().begin(), of.finalizers().end(), finalizer) != of.finalizers().end();
}

enum class owner_state { solid, waiting, absent, unknown };

owner_state look_at(const meta::OwnerReference& owner, std::string_view space, const roots& state) {
  auto slash = owner.apiversion().find('/');
  auto group = slash == std::string::npos ? std::string_view() : std::string_view(owner.apiversion()).substr(0, slash);
  auto version = slash == std::string::npos ? std::string_view(owner.apiversion()) : std::string_view(owner.apiversion()).substr(slash + 1);
  const auto* kind = find_kind_of(group, version, owner.kind());
  if (!kind || !kind->stored) return owner_state::unknown; // perhaps a custom resource: leave it
  auto object = state.get(kinds()[kind->storage], kind->namespaced ? space : std::string_view(), owner.name());
  if (!object || object->uid() != owner.uid()) return owner_state::absent;
  if (object->deleting() && owner.blockownerdeletion() && has_finalizer(meta_of(*object->message()), foreground)) return owner_state::waiting;
  return owner_state::solid;
}

action without_finalizer(const kind_row& kind, const object& object, const meta::ObjectMeta& of, std::string_view gone) {
  std::string list;
  for (const auto& finalizer : of.finalizers())
    if (finalizer != gone) list += (list.empty() ? "\"" : ",\"") + finalizer + "\"";
  return merge_patch(kind, object.space(), object.name(),
                     R"({"metadata":{"resourceVersion":")" + std::to_string(object.revision()) + R"(","finalizers":[)" + list + "]}}");
}

action without_owners(const kind_row& kind, const object& object, const meta::ObjectMeta& of, const std::set<std::string>& gone) {
  std::string list;
  for (const auto& owner : of.ownerreferences()) {
    if (gone.count(owner.uid())) continue;
    list += list.empty() ? "{" : ",{";
    list += R"("apiVersion":")" + owner.apiversion() + R"(","kind":")" + owner.kind() + R"(","name":")" + owner.name() + R"(","uid":")" + owner.uid() + '"';
    if (owner.has_controller()) list += std::string(R"(,"controller":)") + (owner.controller() ? "true" : "false");
    if (owner.has_blockownerdeletion()) list += std::string(R"(,"blockOwnerDeletion":)") + (owner.blockownerdeletion() ? "true" : "false");
    list += '}';
  }
  return merge_patch(kind, object.space(), object.name(),
                     R"({"metadata":{"resourceVersion":")" + std::to_string(object.revision()) + R"(","ownerReferences":[)" + list + "]}}");
}

/// An owner that is being deleted in the foreground, or whose dependents are to be orphaned.
void finish_owner(const kind_row& kind, const object& owner, const meta::ObjectMeta& of, const roots& state,
                  const dependents_index& index, reconciled& out) {
  bool orphaning = has_finalizer(of, orphan);
  bool blocked = false;
  if (const auto* keys = index.of(owner.uid()))
    for (const auto& key : *keys) {
      auto dependent = find(key, state);
      if (!dependent.object) continue;
      auto message = dependent.object->message();
      const auto& its = meta_of(*message);
      if (orphaning) {
        out.actions.push_back(without_owners(*dependent.kind, *dependent.object, its, {std::string(owner.uid())}));
        continue;
      }
      for (const auto& reference : its.ownerreferences())
        if (reference.uid() == owner.uid()) blocked |= reference.blockownerdeletion();
      if (dependent.object->deleting()) continue;
      bool has_dependents = index.of(dependent.object->uid()) != nullptr;
      out.actions.push_back(remove(*dependent.kind, *dependent.object, has_dependents ? "Foreground" : "Background"));
      out.actions.back().needed = false;
    }
  if (orphaning) out.actions.push_back(without_finalizer(kind, owner, of, orphan));
  else if (!blocked) out.actions.push_back(without_finalizer(kind, owner, of, foreground));
}

void check_dependent(const kind_row& kind, const object& object, const meta::ObjectMeta& of, const roots& state,
                     const dependents_index& index, reconciled& out) {
  bool solid = false, waiting = false;
  std::set<std::string> gone;
  for (const auto& owner : of.ownerreferences()) switch (look_at(owner, object.space(), state)) {
      case owner_state::solid:
      case owner_state::unknown: solid = true; break;
      case owner_state::waiting: waiting = true; gone.insert(owner.uid()); break;
      case owner_state::absent: gone.insert(owner.uid()); break;
    }
  if (solid) {
    if (!gone.empty()) out.actions.push_back(without_owners(kind, object, of, gone));
    return;
  }
  bool in_foreground = (waiting && index.of(object.uid())) || has_finalizer(of, foreground);
  out.actions.push_back(remove(kind, object, has_finalizer(of, orphan) ? "Orphan" : in_foreground ? "Foreground" : "Background"));
}

} // namespace

void dependents_index::apply(const event& change) {
  auto key = garbage_key(*change.object);
  if (auto known = owners_.find(key); known != owners_.end()) {
    for (const auto& uid : known->second) {
      auto dependents = dependents_.find(uid);
      dependents->second.erase(key);
      if (dependents->second.empty()) dependents_.erase(dependents);
    }
    owners_.erase(known);
  }
  if (change.what == event::type::deleted) return;
  auto message = change.object->message();
  for (const auto& owner : meta_of(*message).ownerreferences())
    if (dependents_[owner.uid()].insert(key).second) owners_[key].push_back(owner.uid());
}

const std::set<std::string>* dependents_index::of(std::string_view owner_uid) const {
  auto found = dependents_.find(std::string(owner_uid));
  return found == dependents_.end() ? nullptr : &found->second;
}

std::string garbage_key(const object& object) {
  return std::string(group_resource(object.kind())) + " " + key_of(object.space(), object.name());
}

reconciled garbage_reconcile(const std::string& key, const roots& state, const dependents_index& index) {
  reconciled out;
  auto found = find(key, state);
  if (!found.object) return out;
  auto message = found.object->message();
  const auto& of = meta_of(*message);
  if (found.object->deleting()) {
    if (has_finalizer(of, orphan) || has_finalizer(of, foreground)) finish_owner(*found.kind, *found.object, of, state, index, out);
  } else if (of.ownerreferences_size() > 0) {
    check_dependent(*found.kind, *found.object, of, state, index, out);
  }
  return out;
}

controller_spec garbage_controller() {
  auto index = std::make_shared<dependents_index>();
  controller_spec spec;
  spec.name = "generic-garbage-collector";
  spec.account = "generic-garbage-collector";
  for (const auto& kind : kinds())
    if (kind.stored && kind.storage == kind.index && kind.plural != "events" && kind.can("watch")) spec.watches.push_back(&kind);
  spec.keys_of = [index](const event& change, const roots& state, std::vector<std::string>& keys) {
    index->apply(change);
    const auto& object = *change.object;
    auto message = object.message();
    const auto& of = meta_of(*message);
    bool ends = object.deleting() && (has_finalizer(of, foreground) || has_finalizer(of, orphan));
    if (change.what != event::type::deleted && (ends || (of.ownerreferences_size() > 0 && !object.deleting()))) keys.push_back(garbage_key(object));
    if (change.what == event::type::deleted || ends)
      if (const auto* dependents = index->of(object.uid())) keys.insert(keys.end(), dependents->begin(), dependents->end());
    if (change.what != event::type::deleted) return;
    for (const auto& owner : of.ownerreferences()) { // an owner that waits for its dependents
      auto slash = owner.apiversion().find('/');
      const auto* kind = slash == std::string::npos ? find_kind_of("", owner.apiversion(), owner.kind())
                                                    : find_kind_of(owner.apiversion().substr(0, slash), owner.apiversion().substr(slash + 1), owner.kind());
      if (!kind || !kind->stored) continue;
      auto there = state.get(kinds()[kind->storage], kind->namespaced ? object.space() : std::string_view(), owner.name());
      if (there && there->deleting()) keys.push_back(garbage_key(*there));
    }
  };
  spec.reconcile = [index](const std::string& key, const roots& state, const moment&) { return garbage_reconcile(key, state, *index); };
  spec.in_flight_max = 32;
  return spec;
}

} // namespace troupe::controllers
