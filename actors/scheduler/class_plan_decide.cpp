#include <algorithm>
#include <climits>
#include <cmath>
#include "actors/scheduler/class_plan.hpp"

namespace troupe::scheduling {

namespace {
constexpr size_t first_domain = 2; // in a group: prefer taints, preferred affinity, then the domain of each key slot
} // namespace

/// The cluster-wide minimum of each hard constraint.
std::array<int64_t, plan_constraints_max> class_plan::hard_minima() const {
  std::array<int64_t, plan_constraints_max> low{};
  for (size_t i = 0; i < pod_.hard.size(); ++i) {
    int64_t domains = 0, least = INT64_MAX;
    if (hard_slot_[i] == 0) {
      domains = host_eligible_;
      for (size_t count = 0; count < host_histogram_.size(); ++count)
        if (host_histogram_[count] > 0) {
          least = static_cast<int64_t>(count);
          break;
        }
    } else {
      for (size_t of = 0; of < domains_[i].values.size(); ++of)
        if (domains_[i].values[of] > 0) {
          ++domains;
          least = std::min(least, hard_[i].get(static_cast<int32_t>(of)));
        }
    }
    low[i] = domains < pod_.hard[i].min_domains ? 0 : least;
  }
  return low;
}

bool class_plan::allows(const cell& of, const std::array<int64_t, plan_constraints_max>& low) const {
  const auto& group = group_of(of);
  auto domain_of = [&](size_t key) { return group[first_domain + key]; };
  for (size_t i = 0; i < pod_.hard.size(); ++i) {
    int64_t have = hard_slot_[i] == 0 ? of.key.host[2] / 2 : hard_[i].get(domain_of(hard_slot_[i]));
    if (have + self_hard_[i] - low[i] > pod_.hard[i].max_skew) return false;
  }
  if (!affinity_slot_.empty()) {
    bool there = true;
    for (auto key : affinity_slot_) {
      if (domain_of(key) < 0) return false;
      if (key == 0 ? (of.key.host[2] & 1) == 0 : affinity_[key].get(domain_of(key)) <= 0) there = false;
    }
    if (!there && !(affinity_total_ == 0 && self_)) return false;
  }
  for (size_t key = 1; key < keys_.size(); ++key)
    if (domain_of(key) >= 0 && blocked_[key].get(domain_of(key)) > 0) return false;
  return true;
}

void class_plan::count_soft_domains(const cell& of, extremes& found) {
  const auto& group = group_of(of);
  found.passed += of.nodes.count;
  for (size_t i = 0; i < pod_.soft.size(); ++i) {
    if (soft_slot_[i] == 0) continue;
    auto at = static_cast<size_t>(group[first_domain + soft_slot_[i]] + 1); // 0: no label, a domain of its own to the defaults
    auto& marks = seen_domain_[i];
    if (marks.size() <= at) marks.resize(at + 1, 0);
    if (marks[at] == seen_stamp_) continue;
    marks[at] = seen_stamp_;
    ++found.sizes[i];
  }
}

void class_plan::look_at(int32_t cell_id, const std::array<int64_t, plan_constraints_max>& low, extremes& found) {
  const auto& of = cells_[static_cast<size_t>(cell_id)];
  if (!allows(of, low)) return;
  const auto& group = group_of(of);
  view seen_cell{cell_id, 0, of.key.host[3], false};
  for (size_t key = 1; key < keys_.size(); ++key)
    if (auto at = group[first_domain + key]; at >= 0) seen_cell.want += wants_[key].get(at);
  found.most_taints = std::max<int64_t>(found.most_taints, group[0]);
  found.most_liked = std::max<int64_t>(found.most_liked, group[1]);
  found.want_low = std::min(found.want_low, seen_cell.want);
  found.want_high = std::max(found.want_high, seen_cell.want);
  if (!pod_.soft.empty()) {
    if (!pod_.default_spread)
      for (auto key : soft_slot_) seen_cell.ignored = seen_cell.ignored || group[first_domain + key] < 0;
    if (!seen_cell.ignored) count_soft_domains(of, found);
  }
  views_.push_back(seen_cell);
}

void class_plan::score_spread(extremes& found) {
  std::array<double, plan_constraints_max> weight{};
  for (size_t i = 0; i < pod_.soft.size(); ++i)
    weight[i] = std::log(static_cast<double>((soft_slot_[i] == 0 ? found.passed : found.sizes[i]) + 2));
  for (auto& each : views_) {
    if (each.ignored) continue;
    const auto& of = cells_[static_cast<size_t>(each.cell)];
    double sum = 0;
    for (size_t i = 0; i < pod_.soft.size(); ++i) {
      auto at = group_of(of)[first_domain + soft_slot_[i]];
      if (at < 0) continue;
      int64_t count = soft_slot_[i] != 0 ? soft_[i].get(at) : soft_host_[0] == static_cast<int>(i) ? of.key.host[0] : of.key.host[1];
      sum += static_cast<double>(count) * weight[i] + static_cast<double>(pod_.soft[i].max_skew - 1);
    }
    each.spread = std::llround(sum);
    found.spread_low = std::min(found.spread_low, each.spread);
    found.spread_high = std::max(found.spread_high, each.spread);
  }
}

/// Of the best node in the cell. Weights and rounding are upstream's.
int class_plan::total(const view& of, const extremes& found) const {
  const auto& looked = cells_[static_cast<size_t>(of.cell)];
  const auto& group = group_of(looked);
  int64_t sum = looked.nodes.best();
  sum += 3 * (found.most_taints == 0 ? 100 : 100 - 100 * int64_t{group[0]} / found.most_taints);
  sum += 2 * (found.most_liked == 0 ? 0 : 100 * int64_t{group[1]} / found.most_liked);
  if (!pod_.soft.empty())
    sum += 2 * (of.ignored ? 0 : found.spread_high == 0 ? 100 : 100 * (found.spread_high + found.spread_low - of.spread) / found.spread_high);
  if (auto range = found.want_high - found.want_low; range > 0)
    sum += 2 * static_cast<int64_t>(100.0 * (static_cast<double>(of.want - found.want_low) / static_cast<double>(range)));
  return static_cast<int>(sum);
}

decision class_plan::decide(uint64_t random) {
  auto low = hard_minima();
  extremes found;
  views_.clear();
  ++seen_stamp_;
  for (int32_t cell_id : active_) look_at(cell_id, low, found);
  if (views_.empty()) return {};
  if (!pod_.soft.empty()) score_spread(found);
  decision best;
  for (auto& each : views_) {
    int score = total(each, found);
    each.want = score; // from here on: the cell's best total
    if (score > best.score) {
      best.score = score;
      best.ties = 0;
    }
    if (score == best.score) {
      auto& nodes = cells_[static_cast<size_t>(each.cell)].nodes;
      best.ties += static_cast<uint32_t>(nodes.at(nodes.best()).size());
    }
  }
  auto pick = static_cast<uint32_t>(random % best.ties);
  for (const auto& each : views_) {
    if (each.want != best.score) continue;
    auto& nodes = cells_[static_cast<size_t>(each.cell)].nodes;
    const auto& list = nodes.at(nodes.best());
    if (pick < list.size()) {
      best.node = static_cast<int32_t>(list[pick]);
      break;
    }
    pick -= static_cast<uint32_t>(list.size());
  }
  return best;
}

} // namespace troupe::scheduling
