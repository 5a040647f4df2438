#include <algorithm>
#include "actors/scheduler/class_plan.hpp"
#include "actors/scheduler/fitting.hpp"

namespace troupe::scheduling {

namespace {
constexpr uint64_t mix_factor = 0x9e3779b97f4a7c15ull;
} // namespace

size_t class_plan::vector_hash::operator()(const std::vector<int32_t>& key) const {
  uint64_t hash = key.size();
  for (auto value : key) {
    hash = (hash ^ static_cast<uint32_t>(value)) * mix_factor;
    hash ^= hash >> 29;
  }
  return hash;
}

size_t class_plan::cell_hash::operator()(const cell_key& key) const {
  uint64_t hash = static_cast<uint32_t>(key.group);
  for (auto value : key.host) {
    hash = (hash ^ static_cast<uint32_t>(value)) * mix_factor;
    hash ^= hash >> 29;
  }
  return hash;
}

int class_plan::slot(word key) {
  for (size_t i = 0; i < keys_.size(); ++i)
    if (keys_[i] == key) return static_cast<int>(i);
  keys_.push_back(key);
  return static_cast<int>(keys_.size() - 1);
}

const relation* class_plan::relate(uint32_t class_id) {
  if (class_id >= relation_of_.size()) relation_of_.resize(state_.classes.size(), 0);
  if (auto known = relation_of_[class_id]) return known == 1 ? nullptr : &relations_[known - 2];
  relation made;
  const auto& other = state_.classes[class_id];
  if (other.space == pod_.space) {
    for (size_t i = 0; i < pod_.soft.size(); ++i)
      if (!pod_.soft[i].selects.empty() && matches(state_, pod_.soft[i].selects, other.labels)) made.soft |= 1u << i;
    for (size_t i = 0; i < pod_.hard.size(); ++i)
      if (!pod_.hard[i].selects.empty() && matches(state_, pod_.hard[i].selects, other.labels)) made.hard |= 1u << i;
  }
  made.affinity = !pod_.affinity.empty() && std::all_of(pod_.affinity.begin(), pod_.affinity.end(),
                                                        [&](const pod_term& term) { return matches(term, state_, other); });
  for (const auto& term : pod_.anti_affinity)
    if (matches(term, state_, other)) made.blocks.push_back(static_cast<uint8_t>(slot(term.key)));
  for (const auto& term : other.anti_affinity)
    if (matches(term, state_, pod_)) made.blocks.push_back(static_cast<uint8_t>(slot(term.key)));
  auto want = [&](const pod_term& term, int weight) { made.wants.emplace_back(static_cast<uint8_t>(slot(term.key)), weight); };
  for (const auto& each : pod_.preferences)
    if (matches(each.term, state_, other)) want(each.term, each.weight);
  for (const auto& each : other.preferences)
    if (matches(each.term, state_, pod_)) want(each.term, each.weight);
  for (const auto& term : other.affinity)
    if (matches(term, state_, pod_)) want(term, 1);
  if (frozen_ && keys_.size() != columns_.size()) stale_ = true; // a key nobody spoke of before: group anew
  if (made.soft == 0 && made.hard == 0 && !made.affinity && made.blocks.empty() && made.wants.empty()) {
    relation_of_[class_id] = 1;
    return nullptr;
  }
  relations_.push_back(std::move(made));
  relation_of_[class_id] = static_cast<uint32_t>(relations_.size() + 1);
  return &relations_.back();
}

/// What only a change of the node itself can change.
void class_plan::classify(uint32_t node) {
  auto& state = nodes_[node];
  auto profile = state_.profile[node];
  if (profile >= profiles_.size()) profiles_.resize(state_.profiles(), {-1, 0});
  if (!by_name_ && profiles_[profile].first >= 0) {
    state.group = profiles_[profile].first;
    state.eligible = profiles_[profile].second;
    return;
  }
  const auto& facts = state_.nodes[node];
  bool affine = required_node_affinity(state_, pod_, facts), tainted = untolerated_no_schedule(pod_, facts) != nullptr;
  auto included = [&](const spread& each) { return (!each.honor_affinity || affine) && (!each.honor_taints || !tainted); };
  bool all_soft = true, all_hard = true;
  for (auto key : soft_slot_) all_soft = all_soft && domain(key, node) >= 0;
  for (auto key : hard_slot_) all_hard = all_hard && domain(key, node) >= 0;
  state.eligible = 0;
  for (size_t i = 0; i < pod_.soft.size(); ++i)
    if ((pod_.default_spread || all_soft) && included(pod_.soft[i])) state.eligible |= static_cast<uint16_t>(1u << (8 + i));
  for (size_t i = 0; i < pod_.hard.size(); ++i)
    if (all_hard && included(pod_.hard[i])) state.eligible |= static_cast<uint16_t>(1u << i);
  std::vector<int32_t> key{static_cast<int32_t>(untolerated_prefer(pod_, facts)),
                           static_cast<int32_t>(preferred_node_affinity(state_, pod_, facts)), domain(0, node) >= 0 ? 1 : -1};
  for (size_t i = 1; i < keys_.size(); ++i) key.push_back(domain(i, node));
  key.push_back(all_hard && static_fit(state_, pod_, facts) ? 1 : 0);
  auto [at, fresh] = group_ids_.try_emplace(std::move(key), static_cast<int32_t>(groups_.size()));
  if (fresh) groups_.push_back(at->first);
  state.group = at->second;
  profiles_[profile] = {state.group, state.eligible};
}

bool class_plan::collect_spread_keys() {
  soft_host_[0] = soft_host_[1] = hard_host_ = -1;
  for (size_t i = 0; i < pod_.soft.size(); ++i) {
    soft_slot_.push_back(static_cast<uint8_t>(slot(pod_.soft[i].key)));
    if (soft_slot_[i] != 0) continue;
    if (soft_host_[0] < 0) soft_host_[0] = static_cast<int>(i);
    else if (soft_host_[1] < 0) soft_host_[1] = static_cast<int>(i);
    else return false;
  }
  for (size_t i = 0; i < pod_.hard.size(); ++i) {
    hard_slot_.push_back(static_cast<uint8_t>(slot(pod_.hard[i].key)));
    self_hard_.push_back(matches(state_, pod_.hard[i].selects, pod_.labels) ? 1 : 0);
    if (hard_slot_[i] != 0) continue;
    if (hard_host_ >= 0) return false;
    hard_host_ = static_cast<int>(i);
  }
  return true;
}

bool class_plan::collect_keys() {
  keys_.assign(1, state_.hostname);
  soft_slot_.clear();
  hard_slot_.clear();
  affinity_slot_.clear();
  self_hard_.clear();
  if (!collect_spread_keys()) return false;
  self_ = !pod_.affinity.empty();
  for (const auto& term : pod_.affinity) {
    affinity_slot_.push_back(static_cast<uint8_t>(slot(term.key)));
    self_ = self_ && matches(term, state_, pod_);
  }
  for (const auto& term : pod_.anti_affinity) slot(term.key);
  for (const auto& each : pod_.preferences) slot(each.term.key);
  for (uint32_t class_id : state_.term_classes) relate(class_id); // finds the keys of others' terms
  if (keys_.size() > plan_keys_max) return false;
  columns_.clear();
  for (word key : keys_) columns_.push_back(&state_.by_key(key));
  return true;
}

bool class_plan::speaks_of_names() const {
  auto names_host = [&](const requirement& each) { return each.key == state_.hostname; };
  auto names_node = [&](const node_term& term) {
    return !term.fields.empty() || std::any_of(term.labels.begin(), term.labels.end(), names_host);
  };
  return pod_.node_name != 0 || std::any_of(pod_.node_selector.begin(), pod_.node_selector.end(), names_host) ||
         std::any_of(pod_.required.begin(), pod_.required.end(), names_node) ||
         std::any_of(pod_.preferred.begin(), pod_.preferred.end(), [&](const weighted_node_term& each) { return names_node(each.term); });
}

void class_plan::reset_counters() {
  soft_.assign(pod_.soft.size(), {});
  hard_.assign(pod_.hard.size(), {});
  domains_.assign(pod_.hard.size(), {});
  affinity_.assign(keys_.size(), {});
  blocked_.assign(keys_.size(), {});
  wants_.assign(keys_.size(), {});
  host_histogram_.assign(1, 0);
  host_eligible_ = affinity_total_ = 0;
  nodes_.assign(state_.size(), {});
  mark_.assign(state_.size(), 0);
  stamp_ = 0;
  seen_domain_.assign(pod_.soft.size(), {});
}

bool class_plan::build() {
  if (pod_.soft.size() > plan_constraints_max || pod_.hard.size() > plan_constraints_max || state_.shared_hostnames > 0) return false;
  frozen_ = stale_ = false;
  relation_of_.assign(state_.classes.size(), 0);
  relations_.clear();
  groups_.clear();
  group_ids_.clear();
  cells_.clear();
  cell_ids_.clear();
  active_.clear();
  zero_cell_.clear();
  if (!collect_keys()) return false;
  frozen_ = true;
  profiles_.assign(state_.profiles(), {-1, 0});
  by_name_ = speaks_of_names();
  bool anybody = false;
  for (uint32_t class_id = 0; class_id < state_.classes.size(); ++class_id)
    anybody = (state_.class_pods[class_id] > 0 && relate(class_id)) || anybody;
  reset_counters();
  for (uint32_t node = 0; node < state_.size(); ++node) {
    classify(node);
    for (size_t i = 0; i < pod_.hard.size(); ++i) {
      if (!(nodes_[node].eligible >> i & 1)) continue;
      if (hard_slot_[i] == 0) {
        ++host_eligible_;
        ++host_histogram_[0];
      } else {
        ++domains_[i][static_cast<size_t>(domain(hard_slot_[i], node))];
      }
    }
    if (anybody)
      for (const auto& there : state_.pods[node]) count(node, there.class_id, there.live, there.live + there.terminating);
  }
  for (uint32_t node = 0; node < state_.size(); ++node) place(node);
  seen = state_.log_end();
  images_ = state_.image_version;
  return true;
}

} // namespace troupe::scheduling
