#include "actors/controllers/deployment_plan.hpp"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include "actors/controllers/controller_tools.hpp"

namespace troupe::controllers {

namespace {

namespace core = k8s::io::api::core::v1;

template <class IntOrString>
int32_t resolve(const IntOrString& value, int32_t of, bool round_up) {
  if (value.type() == 0) return value.intval();
  double percent = std::strtod(value.strval().c_str(), nullptr);
  double exact = percent * of / 100.0;
  return int32_t(round_up ? std::ceil(exact) : std::floor(exact));
}

int32_t total_replicas(const std::vector<rollout_set>& sets) {
  int32_t total = 0;
  for (const auto& each : sets) total += each.replicas();
  return total;
}

rollout_set* newest(std::vector<rollout_set>& sets) {
  for (auto& each : sets)
    if (each.is_new) return &each;
  return nullptr;
}

std::vector<rollout_set*> old_ones(std::vector<rollout_set>& sets) {
  std::vector<rollout_set*> old;
  for (auto& each : sets)
    if (!each.is_new) old.push_back(&each);
  std::stable_sort(old.begin(), old.end(), [](auto* left, auto* right) {
    return left->set.metadata().creationtimestamp().seconds() < right->set.metadata().creationtimestamp().seconds();
  });
  return old;
}

bool grow_new(const apps::Deployment& deployment, std::vector<rollout_set>& sets) {
  auto* set = newest(sets);
  int32_t wanted = deployment.spec().replicas();
  if (!set || set->replicas() == wanted) return false;
  if (set->replicas() > wanted) {
    set->scale_to(wanted);
    return true;
  }
  int32_t room = wanted + limits_of(deployment).surge - total_replicas(sets);
  if (room <= 0) return false;
  set->scale_to(set->replicas() + std::min(room, wanted - set->replicas()));
  return true;
}

void shrink_old(const apps::Deployment& deployment, std::vector<rollout_set>& sets) {
  auto old = old_ones(sets);
  int32_t min_available = deployment.spec().replicas() - limits_of(deployment).unavailable;
  auto* set = newest(sets);
  int32_t new_unavailable = set ? set->replicas() - set->set.status().availablereplicas() : 0;
  int32_t room = total_replicas(sets) - min_available - new_unavailable;
  if (room <= 0) return;
  // First the pods that do not serve anyway, so that a broken old set never blocks the roll-out.
  for (auto* each : old) {
    int32_t unhealthy = std::min(room, each->replicas() - each->set.status().availablereplicas());
    if (unhealthy <= 0) continue;
    each->scale_to(each->replicas() - unhealthy);
    room -= unhealthy;
  }
  int32_t available = 0;
  for (const auto& each : sets) available += each.set.status().availablereplicas();
  int32_t spare = available - min_available;
  for (auto* each : old) {
    int32_t fewer = std::min(spare, each->replicas());
    if (fewer <= 0) continue;
    each->scale_to(each->replicas() - fewer);
    spare -= fewer;
  }
}

/// How many replicas a set gains (or loses) of those that a scaled Deployment adds.
int32_t share_of(const apps::Deployment& deployment, const rollout_set& each, int32_t max_replicas) {
  if (deployment.spec().replicas() == 0) return -each.replicas();
  auto annotated = annotation(each.set.metadata(), max_annotation);
  int32_t before = annotated.data() ? std::atoi(std::string(annotated).c_str()) : deployment.status().replicas();
  if (before <= 0) before = std::max(1, deployment.status().replicas());
  return int32_t(std::lround(double(each.replicas()) * max_replicas / before)) - each.replicas();
}

} // namespace

rollout_limits limits_of(const apps::Deployment& deployment) {
  const auto& spec = deployment.spec();
  rollout_limits limits;
  if (spec.strategy().type() == "Recreate") return limits;
  const auto& rolling = spec.strategy().rollingupdate();
  limits.surge = resolve(rolling.maxsurge(), spec.replicas(), true);
  limits.unavailable = std::min(resolve(rolling.maxunavailable(), spec.replicas(), false), spec.replicas());
  if (limits.surge == 0 && limits.unavailable == 0) limits.unavailable = 1;
  return limits;
}

bool was_scaled(const apps::Deployment& deployment, const std::vector<rollout_set>& sets) {
  return std::any_of(sets.begin(), sets.end(), [&](const rollout_set& each) {
    auto desired = annotation(each.set.metadata(), desired_annotation);
    return each.replicas() > 0 && desired.data() && desired != std::to_string(deployment.spec().replicas());
  });
}

void scale_proportionally(const apps::Deployment& deployment, std::vector<rollout_set>& sets) {
  int32_t wanted = deployment.spec().replicas();
  std::vector<rollout_set*> active;
  for (auto& each : sets)
    if (each.replicas() > 0) active.push_back(&each);
  if (active.size() <= 1) {
    auto* only = active.empty() ? newest(sets) : active.front();
    if (!only && !sets.empty()) only = &sets.back();
    if (only) only->scale_to(wanted);
    return;
  }
  auto* set = newest(sets);
  if (set && set->replicas() == wanted && set->set.status().availablereplicas() == wanted) {
    for (auto* each : active)
      if (each != set) each->scale_to(0);
    return;
  }
  if (deployment.spec().strategy().type() != "RollingUpdate") return;
  int32_t max_replicas = wanted > 0 ? wanted + limits_of(deployment).surge : 0;
  int32_t to_add = max_replicas - total_replicas(sets);
  std::stable_sort(active.begin(), active.end(), [&](auto* left, auto* right) { // the largest first; new before old
    return std::pair(-left->replicas(), !left->is_new) < std::pair(-right->replicas(), !right->is_new);
  });
  int32_t added = 0;
  std::vector<int32_t> sizes;
  for (auto* each : active) {
    int32_t share = to_add == 0 ? 0 : share_of(deployment, *each, max_replicas), left = to_add - added;
    share = to_add > 0 ? std::clamp(share, 0, std::max(left, 0)) : std::clamp(share, std::min(left, 0), 0);
    sizes.push_back(each->replicas() + share);
    added += share;
  }
  sizes[0] = std::max(0, sizes[0] + to_add - added); // what rounding left over goes to the largest
  for (size_t i = 0; i < active.size(); ++i) active[i]->scale_to(sizes[i]);
}

void roll(const apps::Deployment& deployment, std::vector<rollout_set>& sets) {
  if (!grow_new(deployment, sets)) shrink_old(deployment, sets);
}

void recreate(const apps::Deployment& deployment, std::vector<rollout_set>& sets, bool old_pods_gone) {
  bool shrunk = false;
  for (auto* each : old_ones(sets)) {
    shrunk = shrunk || each->replicas() > 0;
    each->scale_to(0);
  }
  if (auto* set = newest(sets); set && !shrunk && old_pods_gone) set->scale_to(deployment.spec().replicas());
}

bool same_template(const apps::Deployment& deployment, const apps::ReplicaSet& set) {
  auto stripped = set.spec().template_();
  auto* labels = stripped.mutable_metadata()->mutable_labels();
  for (int i = 0; i < labels->size(); ++i)
    if (labels->Get(i).key() == hash_label) {
      labels->DeleteSubrange(i, 1);
      break;
    }
  auto wanted = deployment.spec().template_();
  auto* wanted_labels = wanted.mutable_metadata()->mutable_labels();
  for (int i = 0; i < wanted_labels->size(); ++i)
    if (wanted_labels->Get(i).key() == hash_label) wanted_labels->DeleteSubrange(i--, 1);
  return stripped.SerializeAsString() == wanted.SerializeAsString();
}

std::string template_hash(const apps::Deployment& deployment) {
  auto bytes = deployment.spec().template_().SerializeAsString();
  if (deployment.status().has_collisioncount()) bytes += std::to_string(deployment.status().collisioncount());
  return safe_encoding(fnv1a(bytes));
}

bool complete(const apps::Deployment& deployment, const apps::DeploymentStatus& status) {
  int32_t wanted = deployment.spec().replicas();
  return status.updatedreplicas() == wanted && status.replicas() == wanted && status.availablereplicas() == wanted &&
         status.observedgeneration() >= deployment.metadata().generation();
}

} // namespace troupe::controllers
