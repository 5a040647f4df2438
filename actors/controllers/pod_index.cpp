#include "actors/controllers/pod_index.hpp"
#include <cstdlib>
#include "actors/controllers/controller_tools.hpp"
#include "messages/api/core/v1/pod.pb.h"

namespace troupe::controllers {

namespace core = k8s::io::api::core::v1;

namespace {

enum pod_facts::phase phase_of(const std::string& text) {
  if (text == "Running") return pod_facts::phase::running;
  if (text == "Succeeded") return pod_facts::phase::succeeded;
  if (text == "Failed") return pod_facts::phase::failed;
  if (text == "Unknown") return pod_facts::phase::unknown;
  return pod_facts::phase::pending;
}

} // namespace

pod_facts read_pod(const object_ptr& object) {
  pod_facts facts;
  facts.object = object;
  auto pod = object->as<core::Pod>();
  if (const auto* owner = controller_of(pod->metadata())) {
    facts.owner_uid = owner->uid();
    facts.owner_kind = owner->kind();
    facts.owner_name = owner->name();
  }
  facts.node = pod->spec().nodename();
  facts.ip = pod->status().podip();
  facts.phase = phase_of(pod->status().phase());
  facts.deleting = object->deleting();
  facts.created_s = pod->metadata().creationtimestamp().seconds();
  for (const auto& condition : pod->status().conditions())
    if (condition.type() == "Ready" && condition.status() == "True") {
      facts.ready = true;
      facts.ready_since_s = condition.lasttransitiontime().seconds();
    }
  for (const auto& container : pod->status().containerstatuses()) facts.restarts += container.restartcount();
  if (auto cost = annotation(pod->metadata(), "controller.kubernetes.io/pod-deletion-cost"); cost.data())
    facts.deletion_cost = std::strtoll(std::string(cost).c_str(), nullptr, 10);
  return facts;
}

pod_facts pod_index::apply(const event& change) {
  const auto& object = *change.object;
  std::string space(object.space()), name(object.name());
  pod_facts before;
  auto& names = names_[space];
  if (auto known = names.find(name); known != names.end()) {
    auto owned = by_owner_.find({space, known->second});
    before = std::move(owned->second.at(name));
    owned->second.erase(name);
    if (owned->second.empty()) by_owner_.erase(owned);
    names.erase(known);
  }
  if (change.what != event::type::deleted) {
    auto facts = read_pod(change.object);
    names[name] = facts.owner_uid;
    by_owner_[{space, facts.owner_uid}].emplace(name, std::move(facts));
  } else if (names.empty()) {
    names_.erase(space);
  }
  return before;
}

const pod_index::pods* pod_index::owned(std::string_view space, std::string_view uid) const {
  auto found = by_owner_.find({std::string(space), std::string(uid)});
  return found == by_owner_.end() ? nullptr : &found->second;
}

const pod_facts* pod_index::find(std::string_view space, std::string_view name) const {
  auto names = names_.find(std::string(space));
  if (names == names_.end()) return nullptr;
  auto known = names->second.find(std::string(name));
  if (known == names->second.end()) return nullptr;
  return &by_owner_.at({std::string(space), known->second}).at(std::string(name));
}

} // namespace troupe::controllers
