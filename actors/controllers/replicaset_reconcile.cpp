#include "actors/controllers/replicaset_reconcile.hpp"
#include <algorithm>
#include "actors/controllers/controller_tools.hpp"
#include "messages/api/apps/v1.pb.h"
#include "messages/selectors.hpp"

namespace troupe::controllers {

namespace apps = k8s::io::api::apps::v1;
namespace core = k8s::io::api::core::v1;

namespace {

const kind_row& replicasets() {
  static const kind_row& kind = row("apps", "v1", "replicasets");
  return kind;
}
const kind_row& pods() {
  static const kind_row& kind = row("", "v1", "pods");
  return kind;
}

/// The pods that are the set's now, after what this reconcile adopts and releases.
std::vector<const pod_facts*> claim(const apps::ReplicaSet& set, const label_selector& selector, const pod_index& index,
                                    bool deleting, std::vector<action>& actions) {
  std::vector<const pod_facts*> mine;
  const auto& space = set.metadata().namespace_();
  if (const auto* owned = index.owned(space, set.metadata().uid()))
    for (const auto& [name, pod] : *owned) {
      if (selector.matches(*pod.object)) {
        mine.push_back(&pod);
      } else if (!deleting) {
        actions.push_back(merge_patch(pods(), space, name,
                                      R"({"metadata":{"uid":")" + std::string(pod.object->uid()) +
                                          R"(","ownerReferences":[{"$patch":"delete","uid":")" + set.metadata().uid() + R"("}]}})"));
        actions.back().content_type = "application/strategic-merge-patch+json";
        actions.back().needed = false;
      }
    }
  if (deleting) return mine;
  if (const auto* orphans = index.owned(space, ""))
    for (const auto& [name, pod] : *orphans) {
      if (!pod.active() || !selector.matches(*pod.object)) continue;
      actions.push_back(merge_patch(
          pods(), space, name,
          R"({"metadata":{"uid":")" + std::string(pod.object->uid()) +
              R"(","ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":")" + set.metadata().name() +
              R"(","uid":")" + set.metadata().uid() + R"(","controller":true,"blockOwnerDeletion":true}]}})"));
      actions.back().content_type = "application/strategic-merge-patch+json";
      mine.push_back(&pod);
    }
  return mine;
}

action pod_of(const apps::ReplicaSet& set, uint64_t& random, std::string& name) {
  core::Pod pod;
  const auto& from = set.spec().template_();
  *pod.mutable_spec() = from.spec();
  auto& made = *pod.mutable_metadata();
  *made.mutable_labels() = from.metadata().labels();
  *made.mutable_annotations() = from.metadata().annotations();
  *made.mutable_finalizers() = from.metadata().finalizers();
  // The name is made here rather than by the server, so that the event can tell it.
  made.set_generatename(set.metadata().name() + "-");
  name = set.metadata().name().substr(0, 63 - 6) + "-" + random_suffix(random);
  made.set_name(name);
  made.set_namespace_(set.metadata().namespace_());
  own(made, replicasets(), set.metadata());
  return create(pods(), set.metadata().namespace_(), pod);
}

bool has_failure(const apps::ReplicaSetStatus& status) {
  return std::any_of(status.conditions().begin(), status.conditions().end(),
                     [](const auto& condition) { return condition.type() == "ReplicaFailure"; });
}

/// The status that the pods show; `again_s` becomes the time until the next pod turns available, if one will.
apps::ReplicaSetStatus status_of(const apps::ReplicaSet& set, const std::vector<const pod_facts*>& mine,
                                 const label_selector& of_template, int64_t now_s, int64_t& again_s) {
  apps::ReplicaSetStatus status = set.status();
  int32_t active = 0, labeled = 0, ready = 0, available = 0, terminating = 0;
  for (const auto* pod : mine) {
    if (pod->deleting && pod->phase != pod_facts::phase::succeeded && pod->phase != pod_facts::phase::failed) ++terminating;
    if (!pod->active()) continue;
    ++active;
    if (of_template.matches(*pod->object)) ++labeled;
    if (!pod->ready) continue;
    ++ready;
    int64_t min_ready_s = set.spec().minreadyseconds();
    if (pod->available(min_ready_s, now_s)) ++available;
    else again_s = std::min(again_s < 0 ? min_ready_s : again_s, pod->ready_since_s + min_ready_s - now_s);
  }
  status.set_replicas(active);
  status.set_fullylabeledreplicas(labeled);
  status.set_readyreplicas(ready);
  status.set_availablereplicas(available);
  status.set_terminatingreplicas(terminating);
  status.set_observedgeneration(set.metadata().generation());
  if (has_failure(status)) status.clear_conditions(); // this reconcile got as far as here: creations work again
  return status;
}

void scale(const object& set_object, const apps::ReplicaSet& set, const std::vector<const pod_facts*>& mine,
           const moment& now, reconciled& out) {
  std::vector<const pod_facts*> active;
  for (const auto* pod : mine)
    if (pod->active()) active.push_back(pod);
  size_t wanted = size_t(std::max(0, set.spec().has_replicas() ? set.spec().replicas() : 1));
  if (active.size() < wanted) {
    uint64_t random = now.random;
    for (size_t missing = std::min(wanted - active.size(), replicaset_burst_max); missing > 0; --missing) {
      std::string name;
      out.actions.push_back(pod_of(set, random, name));
      out.notices.push_back(note(set_object, "Normal", "SuccessfulCreate", "Created pod: " + name));
    }
  } else if (active.size() > wanted) {
    size_t excess = std::min(active.size() - wanted, replicaset_burst_max);
    for (const auto* pod : pods_to_delete(std::move(active), excess)) {
      out.actions.push_back(remove(pods(), *pod->object));
      out.notices.push_back(note(set_object, "Normal", "SuccessfulDelete", "Deleted pod: " + std::string(pod->object->name())));
    }
  }
}

} // namespace

std::vector<const pod_facts*> pods_to_delete(std::vector<const pod_facts*> owned, size_t excess) {
  auto rank = [](const pod_facts* pod) {
    int phase_rank = pod->phase == pod_facts::phase::pending ? 0 : pod->phase == pod_facts::phase::unknown ? 1 : 2;
    // Smaller goes first. A pod that is ready for longer, older, or restarted less stays.
    return std::tuple(!pod->node.empty(), phase_rank, pod->ready, pod->deletion_cost, pod->ready ? -pod->ready_since_s : 0,
                      -pod->restarts, -pod->created_s);
  };
  std::stable_sort(owned.begin(), owned.end(), [&](auto* left, auto* right) { return rank(left) < rank(right); });
  owned.resize(std::min(owned.size(), excess));
  return owned;
}

reconciled replicaset_reconcile(const std::string& key, const roots& state, const pod_index& index, const moment& now) {
  reconciled out;
  auto [space, name] = split(key);
  auto object = state.get(replicasets(), space, name);
  if (!object) return out;
  auto set = object->as<apps::ReplicaSet>();
  auto selector = label_selector::of(set->spec().selector());
  if (!selector.has_value() || selector->empty()) return out; // validation refuses it; nothing sensible can be done
  auto mine = claim(*set, *selector, index, object->deleting(), out.actions);
  if (!object->deleting()) scale(*object, *set, mine, now, out);

  meta::LabelSelector labels;
  for (const auto& label : set->spec().template_().metadata().labels()) *labels.add_matchlabels() = label;
  auto of_template = label_selector::of(labels);
  int64_t again_s = -1;
  auto status = status_of(*set, mine, *of_template, now.wall_ns / 1'000'000'000, again_s);
  if (again_s >= 0) out.again_after_ms = std::max<int64_t>(again_s, 1) * 1000;
  if (status.SerializeAsString() != set->status().SerializeAsString()) {
    apps::ReplicaSet changed = *set;
    *changed.mutable_status() = status;
    out.actions.push_back(update(replicasets(), space, name, changed, "status"));
  }
  return out;
}

controller_spec replicaset_controller() {
  auto index = std::make_shared<pod_index>();
  controller_spec spec;
  spec.name = "replicaset";
  spec.watches = {&replicasets(), &pods()};
  spec.keys_of = [index](const event& change, const roots& state, std::vector<std::string>& keys) {
    const auto& object = *change.object;
    if (&object.kind() != &pods()) return keys.push_back(key_of(object.space(), object.name()));
    auto queue_owner = [&](const pod_facts& pod) {
      if (pod.object && pod.owner_kind == "ReplicaSet") keys.push_back(key_of(pod.object->space(), pod.owner_name));
    };
    auto before = index->apply(change);
    queue_owner(before);
    const auto* after = index->find(object.space(), object.name());
    if (!after) return;
    queue_owner(*after);
    if (!after->owner_uid.empty()) return;
    // An orphan may be adopted: ask every set of its namespace that selects it.
    std::vector<object_ptr> sets;
    bool more = false;
    list_range range;
    range.kind = &replicasets();
    range.space = object.space();
    if (!state.list(range, sets, more).ok()) return;
    for (const auto& set : sets)
      if (auto selector = label_selector::of(set->as<apps::ReplicaSet>()->spec().selector()); selector.has_value() && selector->matches(object))
        keys.push_back(key_of(set->space(), set->name()));
  };
  spec.reconcile = [index](const std::string& key, const roots& state, const moment& now) {
    return replicaset_reconcile(key, state, *index, now);
  };
  return spec;
}

} // namespace troupe::controllers
