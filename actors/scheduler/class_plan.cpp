#include "actors/scheduler/class_plan.hpp"
#include <algorithm>
#include "actors/scheduler/fitting.hpp"

namespace troupe::scheduling {

namespace {
constexpr size_t replay_slack = 1024; // more changes than nodes plus this: building anew is cheaper
constexpr size_t prefetch_ahead = 8;
} // namespace

std::vector<uint32_t>& score_buckets::at(int score) {
  auto bit = uint64_t{1} << (score % 64);
  auto word_at = static_cast<size_t>(score / 64);
  size_t rank = static_cast<size_t>(std::popcount(known[word_at] & (bit - 1)));
  for (size_t i = 0; i < word_at; ++i) rank += static_cast<size_t>(std::popcount(known[i]));
  if (!(known[word_at] & bit)) {
    known[word_at] |= bit;
    lists.emplace(lists.begin() + static_cast<std::ptrdiff_t>(rank));
  }
  return lists[rank];
}

int score_buckets::best() const {
  for (int i = 4; i >= 0; --i)
    if (auto bits = full[static_cast<size_t>(i)]) return i * 64 + 63 - std::countl_zero(bits);
  return -1;
}

void class_plan::count_spread(node_state& state, uint32_t node, const relation& of, int live) {
  for (size_t i = 0; i < pod_.soft.size(); ++i) {
    if (!(of.soft >> i & 1)) continue;
    if (soft_slot_[i] == 0) {
      state.soft[soft_host_[0] == static_cast<int>(i) ? 0 : 1] += live; // the node's own pods, whatever the policies say
    } else if (state.eligible >> (8 + i) & 1) {
      if (auto at = domain(soft_slot_[i], node); at >= 0) soft_[i][static_cast<size_t>(at)] += live;
    }
  }
  for (size_t i = 0; i < pod_.hard.size(); ++i) {
    if (!(of.hard >> i & 1) || !(state.eligible >> i & 1)) continue;
    if (hard_slot_[i] != 0) {
      hard_[i][static_cast<size_t>(domain(hard_slot_[i], node))] += live;
      continue;
    }
    auto top = static_cast<size_t>(std::max(state.hard, state.hard + live));
    if (host_histogram_.size() <= top) host_histogram_.resize(top + 1, 0);
    --host_histogram_[static_cast<size_t>(state.hard)];
    state.hard += live;
    ++host_histogram_[static_cast<size_t>(state.hard)];
  }
}

void class_plan::count_pods(node_state& state, uint32_t node, const relation& of, int all) {
  auto add = [&](std::vector<domain_counter>& to, int32_t node_state::*own, size_t key, int32_t value) {
    auto at = domain(key, node);
    if (at < 0) return false;
    if (key == 0) state.*own += value;
    else to[key][static_cast<size_t>(at)] += value;
    return true;
  };
  if (of.affinity)
    for (auto key : affinity_slot_)
      if (add(affinity_, &node_state::affinity, key, all)) affinity_total_ += all;
  for (auto key : of.blocks) add(blocked_, &node_state::blocked, key, all);
  for (auto [key, weight] : of.wants) add(wants_, &node_state::wants, key, weight * all);
}

/// `live` and `all`: by how much the pods of that class changed there; terminating ones count in `all` only.
void class_plan::count(uint32_t node, uint32_t class_id, int live, int all) {
  const auto* known = relate(class_id);
  if (!known || stale_) return;
  if (live != 0) count_spread(nodes_[node], node, *known, live);
  if (all != 0) count_pods(nodes_[node], node, *known, all);
}

void class_plan::take_out(uint32_t node) {
  auto& state = nodes_[node];
  if (state.cell < 0) return;
  auto& from = cells_[static_cast<size_t>(state.cell)];
  auto& list = from.nodes.at(state.local);
  list[state.at] = list.back();
  nodes_[list[state.at]].at = state.at;
  list.pop_back();
  if (list.empty()) from.nodes.full[static_cast<size_t>(state.local / 64)] &= ~(uint64_t{1} << (state.local % 64));
  if (--from.nodes.count == 0) {
    active_[static_cast<size_t>(from.active)] = active_.back();
    cells_[static_cast<size_t>(active_.back())].active = from.active;
    active_.pop_back();
    from.active = -1;
  }
  state.cell = -1;
}

void class_plan::place(uint32_t node) {
  auto& state = nodes_[node];
  bool open = groups_[static_cast<size_t>(state.group)].back() != 0 && state.blocked <= 0 && fits(state_, pod_, node);
  if (!open) return take_out(node);
  auto local = static_cast<int16_t>(local_score(state_, pod_, node));
  cell_key key{state.group, {}};
  key.host = {state.soft[0], state.soft[1], state.hard * 2 + (state.affinity > 0 ? 1 : 0), state.wants};
  if (state.cell >= 0 && state.local == local && cells_[static_cast<size_t>(state.cell)].key == key) return;
  take_out(node);
  bool plain = key.host == std::array<int32_t, plan_host_counts>{}; // most nodes hold no pod that matters
  if (zero_cell_.size() < groups_.size()) zero_cell_.resize(groups_.size(), -1);
  int32_t to = plain ? zero_cell_[static_cast<size_t>(state.group)] : -1;
  if (to < 0) {
    auto [at, fresh] = cell_ids_.try_emplace(key, static_cast<int32_t>(cells_.size()));
    if (fresh) {
      cells_.emplace_back();
      cells_.back().key = key;
    }
    to = at->second;
    if (plain) zero_cell_[static_cast<size_t>(state.group)] = to;
  }
  auto& into = cells_[static_cast<size_t>(to)];
  if (into.nodes.count++ == 0) {
    into.active = static_cast<int32_t>(active_.size());
    active_.push_back(to);
  }
  auto& list = into.nodes.at(local);
  into.nodes.full[static_cast<size_t>(local / 64)] |= uint64_t{1} << (local % 64);
  state.cell = to;
  state.local = local;
  state.at = static_cast<uint32_t>(list.size());
  list.push_back(node);
}

bool class_plan::replay() {
  if (seen < state_.log_base || nodes_.size() != state_.size() || state_.log_end() - seen > state_.size() + replay_slack) return false;
  if (!pod_.images.empty() && images_ != state_.image_version) return false;
  ++stamp_;
  touched_.clear();
  // Nodes first: the columns already show a node as it is now, so a pod that left it earlier must not be taken from its
  // new domain. A node's capacity changes often; only labels and taints that matter to this class cost a new plan.
  for (auto i = seen; i < state_.log_end(); ++i) {
    const auto& each = state_.log[i - state_.log_base];
    if (mark_[each.node] != stamp_) {
      mark_[each.node] = stamp_;
      touched_.push_back(each.node);
    }
    if (each.kind != change_kind::node) continue;
    auto before = nodes_[each.node];
    classify(each.node);
    if (nodes_[each.node].group != before.group || nodes_[each.node].eligible != before.eligible) return false;
  }
  for (; seen < state_.log_end() && !stale_; ++seen) {
    const auto& each = state_.log[seen - state_.log_base];
    switch (each.kind) {
      case change_kind::added: count(each.node, each.class_id, 1, 1); break;
      case change_kind::removed: count(each.node, each.class_id, -1, -1); break;
      case change_kind::terminating: count(each.node, each.class_id, -1, 0); break;
      case change_kind::removed_terminating: count(each.node, each.class_id, 0, -1); break;
      case change_kind::node: break;
    }
  }
  if (stale_) return false;
  for (size_t i = 0; i < touched_.size(); ++i) {
    if (i + prefetch_ahead < touched_.size()) {
      __builtin_prefetch(&nodes_[touched_[i + prefetch_ahead]], 1);
      __builtin_prefetch(&state_.use[touched_[i + prefetch_ahead]]);
    }
    place(touched_[i]);
  }
  return true;
}

size_t class_plan::memory_bytes() const {
  size_t sum = sizeof(*this) + nodes_.capacity() * sizeof(node_state) + (mark_.capacity() + touched_.capacity()) * sizeof(uint32_t) +
               relations_.capacity() * sizeof(relation) + relation_of_.capacity() * sizeof(uint32_t);
  for (const auto& each : cells_) {
    sum += sizeof(each) + sizeof(cell_key) + 4 * sizeof(void*);
    for (const auto& list : each.nodes.lists) sum += sizeof(list) + list.capacity() * sizeof(uint32_t);
  }
  for (const auto* counters : {&soft_, &hard_, &domains_, &affinity_, &blocked_, &wants_})
    for (const auto& each : *counters) sum += each.values.capacity() * sizeof(int64_t);
  return sum;
}

} // namespace troupe::scheduling
