#include "actors/controllers/deployment_reconcile.hpp"
#include <algorithm>
#include <cstdlib>
#include "actors/controllers/controller_tools.hpp"
#include "actors/controllers/deployment_plan.hpp"
#include "actors/controllers/deployment_status.hpp"
#include "messages/selectors.hpp"

namespace troupe::controllers {

namespace {

const kind_row& deployments() {
  static const kind_row& kind = row("apps", "v1", "deployments");
  return kind;
}
const kind_row& replicasets() {
  static const kind_row& kind = row("apps", "v1", "replicasets");
  return kind;
}

int64_t revision_of(const meta::ObjectMeta& of) {
  auto text = annotation(of, revision_annotation);
  return text.data() ? std::strtoll(std::string(text).c_str(), nullptr, 10) : 0;
}

/// Annotations of the Deployment that a ReplicaSet does not inherit.
bool stays_with_deployment(std::string_view key) {
  return key == "kubectl.kubernetes.io/last-applied-configuration" || key == revision_annotation ||
         key == "deployment.kubernetes.io/revision-history" || key == desired_annotation || key == max_annotation ||
         key == "deprecated.deployment.rollback.to";
}

std::vector<rollout_set> sets_of(const apps::Deployment& deployment, const owner_index& index, std::vector<action>& actions) {
  std::vector<rollout_set> sets;
  const auto& space = deployment.metadata().namespace_();
  auto take = [&](const object& object) {
    rollout_set each;
    each.set = *object.as<apps::ReplicaSet>();
    each.replicas_before = each.set.spec().replicas();
    sets.push_back(std::move(each));
  };
  if (const auto* owned = index.owned(space, deployment.metadata().uid()))
    for (const auto& [name, object] : *owned) take(*object);
  auto selector = label_selector::of(deployment.spec().selector());
  const auto* orphans = index.owned(space, "");
  if (orphans && selector.has_value() && !selector->empty() && !deployment.metadata().has_deletiontimestamp())
    for (const auto& [name, object] : *orphans) {
      if (object->deleting() || !selector->matches(*object)) continue;
      actions.push_back(merge_patch(replicasets(), space, name,
                                    R"({"metadata":{"uid":")" + std::string(object->uid()) +
                                        R"(","ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":")" +
                                        deployment.metadata().name() + R"(","uid":")" + deployment.metadata().uid() +
                                        R"(","controller":true,"blockOwnerDeletion":true}]}})"));
      actions.back().content_type = "application/strategic-merge-patch+json";
    }
  // The new set is the oldest whose template is the Deployment's: two can only stem from a race, and one must win.
  rollout_set* newest = nullptr;
  for (auto& each : sets)
    if (same_template(deployment, each.set) &&
        (!newest || each.set.metadata().creationtimestamp().seconds() < newest->set.metadata().creationtimestamp().seconds()))
      newest = &each;
  if (newest) newest->is_new = true;
  return sets;
}

rollout_set new_set(const apps::Deployment& deployment) {
  rollout_set each;
  each.is_new = true;
  auto hash = template_hash(deployment);
  auto& made = *each.set.mutable_metadata();
  made.set_name(deployment.metadata().name() + "-" + hash);
  made.set_namespace_(deployment.metadata().namespace_());
  *made.mutable_labels() = deployment.spec().template_().metadata().labels();
  set_label(made, hash_label, hash);
  own(made, deployments(), deployment.metadata());
  auto& spec = *each.set.mutable_spec();
  spec.set_replicas(0);
  spec.set_minreadyseconds(deployment.spec().minreadyseconds());
  *spec.mutable_selector() = deployment.spec().selector();
  auto* match = spec.mutable_selector()->add_matchlabels();
  match->set_key(std::string(hash_label));
  match->set_value(hash);
  *spec.mutable_template_() = deployment.spec().template_();
  set_label(*spec.mutable_template_()->mutable_metadata(), hash_label, hash);
  return each;
}

bool inherit_annotations(const apps::Deployment& deployment, rollout_set& each, int64_t revision) {
  bool changed = false;
  auto& target = *each.set.mutable_metadata();
  for (const auto& entry : deployment.metadata().annotations())
    if (!stays_with_deployment(entry.key())) changed |= set_annotation(target, entry.key(), entry.value());
  if (revision_of(target) < revision) changed |= set_annotation(target, revision_annotation, std::to_string(revision));
  return changed;
}

void mark_scale(const apps::Deployment& deployment, rollout_set& each) {
  int32_t wanted = deployment.spec().replicas();
  auto& target = *each.set.mutable_metadata();
  each.changed |= set_annotation(target, desired_annotation, std::to_string(wanted));
  each.changed |= set_annotation(target, max_annotation, std::to_string(wanted + limits_of(deployment).surge));
}

void emit(const object& deployment_object, const apps::Deployment& deployment, std::vector<rollout_set>& sets,
          const std::string& created, reconciled& out) {
  const auto& space = deployment.metadata().namespace_();
  for (auto& each : sets) {
    const auto& name = each.set.metadata().name();
    if (name == created) out.actions.push_back(create(replicasets(), space, each.set));
    else if (each.changed) out.actions.push_back(update(replicasets(), space, name, each.set));
    if (each.replicas() == each.replicas_before) continue;
    bool up = each.replicas() > each.replicas_before;
    out.notices.push_back(note(deployment_object, "Normal", "ScalingReplicaSet",
                               std::string("Scaled ") + (up ? "up" : "down") + " replica set " + name + " from " +
                                   std::to_string(each.replicas_before) + " to " + std::to_string(each.replicas())));
  }
}

/// Deletes the oldest finished sets above the history limit.
void clean_up(const apps::Deployment& deployment, const std::vector<rollout_set>& sets, const owner_index& index, reconciled& out) {
  if (!deployment.spec().has_revisionhistorylimit()) return;
  std::vector<const rollout_set*> finished;
  for (const auto& each : sets)
    if (!each.is_new && each.replicas() == 0 && each.set.status().replicas() == 0 && !each.set.metadata().has_deletiontimestamp() &&
        each.set.status().observedgeneration() >= each.set.metadata().generation())
      finished.push_back(&each);
  std::stable_sort(finished.begin(), finished.end(), [](auto* left, auto* right) {
    return revision_of(left->set.metadata()) < revision_of(right->set.metadata());
  });
  int64_t excess = int64_t(finished.size()) - deployment.spec().revisionhistorylimit();
  const auto* owned = index.owned(deployment.metadata().namespace_(), deployment.metadata().uid());
  for (int64_t i = 0; i < excess && owned; ++i)
    if (auto found = owned->find(finished[i]->set.metadata().name()); found != owned->end())
      out.actions.push_back(remove(replicasets(), *found->second));
}

/// Whether a foreign ReplicaSet has the name that the new one would get; then the hash must take another value.
bool name_is_taken(const apps::Deployment& deployment, const rollout_set& wanted, const roots& state) {
  auto there = state.get(replicasets(), deployment.metadata().namespace_(), wanted.set.metadata().name());
  return there != nullptr;
}

void report(const apps::Deployment& deployment, const std::vector<rollout_set>& sets, const std::string& created, bool collided,
            const moment& now, reconciled& out) {
  auto shown = deployment_status(deployment, sets, created, now.wall_ns);
  if (collided) shown.status.set_collisioncount(deployment.status().collisioncount() + 1);
  out.again_after_ms = shown.again_after_ms;
  if (shown.status.SerializeAsString() == deployment.status().SerializeAsString()) return;
  apps::Deployment changed = deployment;
  *changed.mutable_status() = shown.status;
  out.actions.push_back(update(deployments(), deployment.metadata().namespace_(), deployment.metadata().name(), changed, "status"));
}

} // namespace

reconciled deployment_reconcile(const std::string& key, const roots& state, const owner_index& index, const moment& now) {
  reconciled out;
  auto [space, name] = split(key);
  auto object = state.get(deployments(), space, name);
  if (!object) return out;
  auto deployment = object->as<apps::Deployment>();
  auto sets = sets_of(*deployment, index, out.actions);
  if (!out.actions.empty()) return out; // adopted: look again when they are ours
  std::string created;
  bool collided = false;
  if (!object->deleting()) {
    int64_t revision = 0; // of the new set: one above the highest of the others
    bool has_new = false;
    for (const auto& each : sets) {
      has_new |= each.is_new;
      if (!each.is_new) revision = std::max(revision, revision_of(each.set.metadata()));
    }
    ++revision;
    if (!has_new && !deployment->spec().paused()) {
      auto made = new_set(*deployment);
      collided = name_is_taken(*deployment, made, state);
      if (!collided) {
        created = made.set.metadata().name();
        sets.push_back(std::move(made));
        has_new = true;
      }
    }
    for (auto& each : sets)
      if (each.is_new) {
        each.changed |= inherit_annotations(*deployment, each, revision);
        revision = std::max(revision, revision_of(each.set.metadata()));
      }
    if (deployment->spec().paused() || (was_scaled(*deployment, sets) && created.empty())) {
      scale_proportionally(*deployment, sets);
    } else if (deployment->spec().strategy().type() == "Recreate") {
      bool gone = std::all_of(sets.begin(), sets.end(), [](const rollout_set& each) {
        return each.is_new || (each.set.status().replicas() == 0 && each.set.status().terminatingreplicas() == 0);
      });
      recreate(*deployment, sets, gone);
    } else if (!collided) {
      roll(*deployment, sets);
    }
    for (auto& each : sets)
      if (each.replicas() > 0 || each.is_new || each.changed) mark_scale(*deployment, each);
    emit(*object, *deployment, sets, created, out);
    if (complete(*deployment, deployment->status())) clean_up(*deployment, sets, index, out);
    if (has_new && revision_of(deployment->metadata()) != revision) {
      // This changes the resourceVersion, so the status waits for the next look, which the event of this patch brings.
      // An update, as the controller's role allows no patch of Deployments.
      auto numbered = *deployment;
      set_annotation(*numbered.mutable_metadata(), revision_annotation, std::to_string(revision));
      out.actions.push_back(update(deployments(), space, name, numbered));
      return out;
    }
  }
  report(*deployment, sets, created, collided, now, out);
  return out;
}

controller_spec deployment_controller() {
  auto index = std::make_shared<owner_index>();
  controller_spec spec;
  spec.name = "deployment";
  spec.watches = {&deployments(), &replicasets()};
  spec.keys_of = [index](const event& change, const roots& state, std::vector<std::string>& keys) {
    const auto& object = *change.object;
    if (&object.kind() == &deployments()) return keys.push_back(key_of(object.space(), object.name()));
    auto set = object.as<apps::ReplicaSet>();
    const auto* owner = controller_of(set->metadata());
    index->apply(change, owner ? owner->uid() : "");
    if (owner) {
      if (owner->kind() == "Deployment") keys.push_back(key_of(object.space(), owner->name()));
      return;
    }
    if (change.previous) { // released: its former owner may want another
      auto before = change.previous->as<apps::ReplicaSet>();
      if (const auto* former = controller_of(before->metadata())) keys.push_back(key_of(object.space(), former->name()));
    }
    std::vector<object_ptr> all;
    bool more = false;
    list_range range;
    range.kind = &deployments();
    range.space = object.space();
    if (!state.list(range, all, more).ok()) return;
    for (const auto& each : all)
      if (auto selector = label_selector::of(each->as<apps::Deployment>()->spec().selector()); selector.has_value() && selector->matches(object))
        keys.push_back(key_of(each->space(), each->name()));
  };
  spec.reconcile = [index](const std::string& key, const roots& state, const moment& now) {
    return deployment_reconcile(key, state, *index, now);
  };
  return spec;
}

} // namespace troupe::controllers
