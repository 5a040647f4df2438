#include "actors/controllers/disruption_reconcile.hpp"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include "actors/controllers/controller_tools.hpp"
#include "messages/api/apps/v1.pb.h"
#include "messages/api/policy/v1.pb.h"
#include "messages/selectors.hpp"

namespace troupe::controllers {

namespace policy = k8s::io::api::policy::v1;
namespace apps = k8s::io::api::apps::v1;

namespace {

constexpr int64_t disruption_stands_s = 120; // an eviction that was granted but not seen to happen counts so long

const kind_row& budgets() {
  static const kind_row& kind = row("policy", "v1", "poddisruptionbudgets");
  return kind;
}

template <class IntOrString>
int32_t resolve_up(const IntOrString& value, int32_t of) {
  return value.type() == 0 ? value.intval() : int32_t(std::ceil(std::strtod(value.strval().c_str(), nullptr) * of / 100.0));
}

/// Replicas that the controllers of these pods are asked for.
int32_t scale_of(const std::vector<const pod_facts*>& pods, std::string_view space, const roots& state) {
  static const kind_row& replicasets = row("apps", "v1", "replicasets");
  static const kind_row& statefulsets = row("apps", "v1", "statefulsets");
  std::set<std::string> seen;
  int32_t scale = 0;
  for (const auto* pod : pods) {
    if (pod->owner_uid.empty() || !seen.insert(pod->owner_uid).second) continue;
    if (pod->owner_kind == "ReplicaSet") {
      if (auto set = state.get(replicasets, space, pod->owner_name)) scale += set->as<apps::ReplicaSet>()->spec().replicas();
    } else if (pod->owner_kind == "StatefulSet") {
      if (auto set = state.get(statefulsets, space, pod->owner_name)) scale += set->as<apps::StatefulSet>()->spec().replicas();
    }
  }
  return scale;
}

/// Takes out evictions that have happened or have stood too long.
void expire_disrupted(policy::PodDisruptionBudgetStatus& status, const std::vector<const pod_facts*>& pods, int64_t now_s) {
  auto& disrupted = *status.mutable_disruptedpods();
  for (int i = disrupted.size() - 1; i >= 0; --i) {
    const auto& entry = disrupted.Get(i);
    bool pending = std::any_of(pods.begin(), pods.end(), [&](const auto* pod) { return pod->object->name() == entry.key() && !pod->deleting; });
    if (!pending || entry.value().seconds() + disruption_stands_s < now_s) disrupted.DeleteSubrange(i, 1);
  }
}

void set_condition(policy::PodDisruptionBudget& budget, int64_t wall_ns) {
  auto& status = *budget.mutable_status();
  bool allowed = status.disruptionsallowed() > 0;
  auto* condition = status.conditions_size() > 0 ? status.mutable_conditions(0) : status.add_conditions();
  std::string text = allowed ? "True" : "False";
  if (condition->status() != text) set_time(*condition->mutable_lasttransitiontime(), wall_ns);
  condition->set_type("DisruptionAllowed");
  condition->set_status(text);
  condition->set_reason(allowed ? "SufficientPods" : "InsufficientPods");
  condition->set_observedgeneration(budget.metadata().generation());
  condition->set_message("");
}

} // namespace

reconciled disruption_reconcile(const std::string& key, const roots& state, const pod_index& index, const moment& now) {
  reconciled out;
  auto [space, name] = split(key);
  auto object = state.get(budgets(), space, name);
  if (!object || object->deleting()) return out;
  auto budget = *object->as<policy::PodDisruptionBudget>();
  auto selector = label_selector::of(budget.spec().selector());
  if (!selector.has_value()) return out;
  std::vector<const pod_facts*> pods;
  index.each(space, [&](const pod_facts& pod) {
    if (budget.spec().has_selector() && selector->matches(*pod.object) && pod.phase != pod_facts::phase::succeeded && pod.phase != pod_facts::phase::failed)
      pods.push_back(&pod);
  });
  int32_t expected = int32_t(pods.size()), desired = 0;
  const auto& spec = budget.spec();
  if (spec.has_maxunavailable()) {
    expected = scale_of(pods, space, state);
    desired = std::max(0, expected - resolve_up(spec.maxunavailable(), expected));
  } else if (spec.has_minavailable()) {
    if (spec.minavailable().type() != 0) expected = scale_of(pods, space, state);
    desired = resolve_up(spec.minavailable(), expected);
  }
  auto& status = *budget.mutable_status();
  int64_t now_s = now.wall_ns / 1'000'000'000;
  expire_disrupted(status, pods, now_s);
  int32_t healthy = 0;
  for (const auto* pod : pods) {
    bool leaving = std::any_of(status.disruptedpods().begin(), status.disruptedpods().end(),
                               [&](const auto& entry) { return entry.key() == pod->object->name(); });
    healthy += pod->ready && !pod->deleting && !leaving;
  }
  status.set_currenthealthy(healthy);
  status.set_desiredhealthy(desired);
  status.set_expectedpods(expected);
  status.set_disruptionsallowed(expected > 0 ? std::max(0, healthy - desired) : 0);
  status.set_observedgeneration(budget.metadata().generation());
  set_condition(budget, now.wall_ns);
  if (status.disruptedpods_size() > 0) out.again_after_ms = disruption_stands_s * 1000;
  if (status.SerializeAsString() != object->as<policy::PodDisruptionBudget>()->status().SerializeAsString())
    out.actions.push_back(update(budgets(), space, name, budget, "status"));
  return out;
}

controller_spec disruption_controller() {
  auto index = std::make_shared<pod_index>();
  static const kind_row& pods = row("", "v1", "pods");
  controller_spec spec;
  spec.name = "disruption";
  spec.watches = {&budgets(), &pods};
  spec.keys_of = [index](const event& change, const roots& state, std::vector<std::string>& keys) {
    const auto& object = *change.object;
    if (&object.kind() == &budgets()) return keys.push_back(key_of(object.space(), object.name()));
    index->apply(change);
    std::vector<object_ptr> all;
    bool more = false;
    list_range range;
    range.kind = &budgets();
    range.space = object.space();
    if (!state.list(range, all, more).ok()) return;
    for (const auto& each : all)
      if (auto selector = label_selector::of(each->as<policy::PodDisruptionBudget>()->spec().selector()); selector.has_value() && selector->matches(object))
        keys.push_back(key_of(each->space(), each->name()));
  };
  spec.reconcile = [index](const std::string& key, const roots& state, const moment& now) {
    return disruption_reconcile(key, state, *index, now);
  };
  return spec;
}

} // namespace troupe::controllers
