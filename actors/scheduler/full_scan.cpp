#include "actors/scheduler/full_scan.hpp"
#include <algorithm>
#include <climits>
#include <cmath>
#include <set>
#include "actors/scheduler/fitting.hpp"

namespace troupe::scheduling {

namespace {

/// One look at the whole cluster for one class.
class full_scan {
public:
  full_scan(const snapshot& state, uint32_t class_id)
      : state_(state), pod_(state.classes[class_id]), size_(static_cast<uint32_t>(state.size())) {
    count_spread();
    count_pods();
  }

  /// Null: the pod may go there. Else why not.
  const char* refusal(uint32_t node) const {
    if (const char* why = spread_refusal(node)) return why;
    return pods_refusal(node);
  }
  bool feasible(uint32_t node) const {
    return static_fit(state_, pod_, state_.nodes[node]) && fits(state_, pod_, node) && !refusal(node);
  }
  void score(std::vector<int>& scores) const;

private:
  int32_t domain(uint32_t node, word key) const { return state_.by_key(key).domain[node]; }
  bool has_all(const std::vector<spread>& constraints, uint32_t node) const {
    return std::all_of(constraints.begin(), constraints.end(), [&](const spread& each) { return domain(node, each.key) >= 0; });
  }
  bool included(const spread& constraint, uint32_t node) const {
    return (!constraint.honor_affinity || required_node_affinity(state_, pod_, state_.nodes[node])) &&
           (!constraint.honor_taints || !untolerated_no_schedule(pod_, state_.nodes[node]));
  }
  int matching(uint32_t node, const pod_selector& selects) const {
    int count = 0;
    if (selects.empty()) return count;
    for (const auto& there : state_.pods[node])
      if (state_.classes[there.class_id].space == pod_.space && there.live && matches(state_, selects, state_.classes[there.class_id].labels))
        count += there.live;
    return count;
  }
  void count_spread();
  void count_pods();
  const char* spread_refusal(uint32_t node) const;
  const char* pods_refusal(uint32_t node) const;
  std::vector<int64_t> spread_raw(const std::vector<uint32_t>& feasible, std::vector<char>& ignored) const;
  int64_t wanted_at(uint32_t node) const;

  const snapshot& state_;
  const pod_class& pod_;
  uint32_t size_;
  std::vector<std::map<int32_t, int>> hard_; // per hard constraint: matching pods by domain
  std::vector<int> hard_min_;
  std::map<std::pair<word, int32_t>, int> affinity_, blocked_, blocked_by_others_; // (key, domain) -> pods
  std::map<std::pair<word, int32_t>, int64_t> wanted_;
  std::set<word> blocked_keys_, wanted_keys_;
  bool self_ = false; // the pod meets its own affinity terms
};

void full_scan::count_spread() {
  hard_.resize(pod_.hard.size());
  hard_min_.resize(pod_.hard.size());
  for (size_t i = 0; i < pod_.hard.size(); ++i) {
    for (uint32_t node = 0; node < size_; ++node)
      if (has_all(pod_.hard, node) && included(pod_.hard[i], node))
        hard_[i][domain(node, pod_.hard[i].key)] += matching(node, pod_.hard[i].selects);
    int low = INT_MAX;
    for (const auto& [of, count] : hard_[i]) low = std::min(low, count);
    hard_min_[i] = static_cast<int>(hard_[i].size()) < pod_.hard[i].min_domains ? 0 : low;
  }
}

void full_scan::count_pods() {
  for (uint32_t node = 0; node < size_; ++node)
    for (const auto& there : state_.pods[node]) {
      const auto& other = state_.classes[there.class_id];
      int many = there.live + there.terminating;
      auto add = [&](auto& to, word key, int64_t value) {
        if (auto of = domain(node, key); of >= 0) to[{key, of}] += static_cast<int>(value);
      };
      bool all = !pod_.affinity.empty() && std::all_of(pod_.affinity.begin(), pod_.affinity.end(),
                                                       [&](const pod_term& term) { return matches(term, state_, other); });
      if (all)
        for (const auto& term : pod_.affinity) add(affinity_, term.key, many);
      for (const auto& term : pod_.anti_affinity)
        if (matches(term, state_, other)) add(blocked_, term.key, many);
      for (const auto& term : other.anti_affinity)
        if (matches(term, state_, pod_)) add(blocked_by_others_, term.key, many);
      for (const auto& each : pod_.preferences)
        if (matches(each.term, state_, other)) add(wanted_, each.term.key, int64_t{each.weight} * many);
      for (const auto& each : other.preferences)
        if (matches(each.term, state_, pod_)) add(wanted_, each.term.key, int64_t{each.weight} * many);
      for (const auto& term : other.affinity) // required terms of others count with weight 1
        if (matches(term, state_, pod_)) add(wanted_, term.key, many);
    }
  self_ = !pod_.affinity.empty() &&
          std::all_of(pod_.affinity.begin(), pod_.affinity.end(), [&](const pod_term& term) { return matches(term, state_, pod_); });
  for (const auto& [of, count] : blocked_) blocked_keys_.insert(of.first);
  for (const auto& [of, count] : blocked_by_others_) blocked_keys_.insert(of.first);
  for (const auto& [of, count] : wanted_) wanted_keys_.insert(of.first);
}

const char* full_scan::spread_refusal(uint32_t node) const {
  for (size_t i = 0; i < pod_.hard.size(); ++i) {
    auto of = domain(node, pod_.hard[i].key);
    if (of < 0) return "node(s) didn't match pod topology spread constraints (missing required label)";
    auto at = hard_[i].find(of);
    int skew = (at == hard_[i].end() ? 0 : at->second) + (matches(state_, pod_.hard[i].selects, pod_.labels) ? 1 : 0) - hard_min_[i];
    if (skew > pod_.hard[i].max_skew) return "node(s) didn't match pod topology spread constraints";
  }
  return nullptr;
}

const char* full_scan::pods_refusal(uint32_t node) const {
  bool there = true, labeled = true;
  for (const auto& term : pod_.affinity) {
    auto of = domain(node, term.key);
    labeled = labeled && of >= 0;
    auto at = of < 0 ? affinity_.end() : affinity_.find({term.key, of});
    if (at == affinity_.end() || at->second <= 0) there = false;
  }
  if (!labeled || (!there && !(affinity_.empty() && self_))) return "node(s) didn't match pod affinity rules";
  auto closed = [&](const auto& by) {
    return std::any_of(blocked_keys_.begin(), blocked_keys_.end(), [&](word key) {
      auto of = domain(node, key);
      auto at = of < 0 ? by.end() : by.find({key, of});
      return at != by.end() && at->second > 0;
    });
  };
  if (closed(blocked_)) return "node(s) didn't match pod anti-affinity rules";
  if (closed(blocked_by_others_)) return "node(s) didn't satisfy existing pods anti-affinity rules";
  return nullptr;
}

std::vector<int64_t> full_scan::spread_raw(const std::vector<uint32_t>& feasible, std::vector<char>& ignored) const {
  std::vector<int64_t> raw(size_, 0);
  if (pod_.soft.empty()) return raw;
  bool all_keys = !pod_.default_spread;
  std::vector<std::map<int32_t, int>> counts(pod_.soft.size());
  size_t passed = 0;
  for (uint32_t node : feasible) {
    if (all_keys && !has_all(pod_.soft, node)) {
      ignored[node] = 1;
      continue;
    }
    ++passed;
    for (size_t i = 0; i < pod_.soft.size(); ++i)
      if (pod_.soft[i].key != state_.hostname) counts[i].try_emplace(domain(node, pod_.soft[i].key), 0);
  }
  std::vector<double> weight(pod_.soft.size());
  for (size_t i = 0; i < pod_.soft.size(); ++i)
    weight[i] = std::log(static_cast<double>((pod_.soft[i].key == state_.hostname ? passed : counts[i].size()) + 2));
  for (uint32_t node = 0; node < size_; ++node) {
    if (all_keys && !has_all(pod_.soft, node)) continue;
    for (size_t i = 0; i < pod_.soft.size(); ++i)
      if (included(pod_.soft[i], node))
        if (auto at = counts[i].find(domain(node, pod_.soft[i].key)); at != counts[i].end()) at->second += matching(node, pod_.soft[i].selects);
  }
  for (uint32_t node : feasible) {
    if (ignored[node]) continue;
    double sum = 0;
    for (size_t i = 0; i < pod_.soft.size(); ++i) {
      auto of = domain(node, pod_.soft[i].key);
      if (of < 0) continue;
      int count = pod_.soft[i].key == state_.hostname ? matching(node, pod_.soft[i].selects) : counts[i].at(of);
      sum += static_cast<double>(count) * weight[i] + static_cast<double>(pod_.soft[i].max_skew - 1);
    }
    raw[node] = std::llround(sum);
  }
  return raw;
}

int64_t full_scan::wanted_at(uint32_t node) const {
  int64_t sum = 0;
  for (word key : wanted_keys_)
    if (auto of = domain(node, key); of >= 0)
      if (auto at = wanted_.find({key, of}); at != wanted_.end()) sum += at->second;
  return sum;
}

void full_scan::score(std::vector<int>& scores) const {
  scores.assign(size_, -1);
  std::vector<uint32_t> feasible_nodes;
  for (uint32_t node = 0; node < size_; ++node)
    if (feasible(node)) feasible_nodes.push_back(node);
  if (feasible_nodes.empty()) return;
  std::vector<char> ignored(size_, 0);
  auto raw = spread_raw(feasible_nodes, ignored);
  int64_t low = INT64_MAX, high = 0, most_taints = 0, most_liked = 0, least_wanted = INT64_MAX, most_wanted = INT64_MIN;
  std::vector<int64_t> want(size_, 0), taints(size_, 0), liked(size_, 0);
  for (uint32_t node : feasible_nodes) {
    if (!ignored[node]) {
      low = std::min(low, raw[node]);
      high = std::max(high, raw[node]);
    }
    want[node] = wanted_at(node);
    taints[node] = untolerated_prefer(pod_, state_.nodes[node]);
    liked[node] = preferred_node_affinity(state_, pod_, state_.nodes[node]);
    most_taints = std::max(most_taints, taints[node]);
    most_liked = std::max(most_liked, liked[node]);
    least_wanted = std::min(least_wanted, want[node]);
    most_wanted = std::max(most_wanted, want[node]);
  }
  for (uint32_t node : feasible_nodes) {
    int64_t total = local_score(state_, pod_, node);
    total += 3 * (most_taints == 0 ? 100 : 100 - 100 * taints[node] / most_taints);
    total += 2 * (most_liked == 0 ? 0 : 100 * liked[node] / most_liked);
    if (!pod_.soft.empty()) total += 2 * (ignored[node] ? 0 : high == 0 ? 100 : 100 * (high + low - raw[node]) / high);
    if (auto range = most_wanted - least_wanted; range > 0)
      total += 2 * static_cast<int64_t>(100.0 * (static_cast<double>(want[node] - least_wanted) / static_cast<double>(range)));
    scores[node] = static_cast<int>(total);
  }
}

} // namespace

void scan_scores(const snapshot& state, uint32_t class_id, std::vector<int>& scores) { full_scan(state, class_id).score(scores); }

decision scan(const snapshot& state, uint32_t class_id, uint64_t random) {
  std::vector<int> scores;
  scan_scores(state, class_id, scores);
  decision best;
  for (int score : scores) {
    if (score > best.score) {
      best.score = score;
      best.ties = 0;
    }
    if (score == best.score && score >= 0) ++best.ties;
  }
  if (best.ties == 0) return best;
  auto pick = random % best.ties;
  for (size_t node = 0; node < scores.size(); ++node)
    if (scores[node] == best.score && pick-- == 0) {
      best.node = static_cast<int32_t>(node);
      break;
    }
  return best;
}

std::map<std::string, int> refusals(const snapshot& state, uint32_t class_id) {
  std::map<std::string, int> reasons;
  full_scan all(state, class_id);
  const auto& pod = state.classes[class_id];
  for (uint32_t node = 0; node < state.size(); ++node) {
    const auto& facts = state.nodes[node];
    if (facts.name == 0) continue; // an empty slot
    // In the order of upstream's filters: the first that refuses names the reason.
    if (is_closed(state, pod, facts)) {
      ++reasons["node(s) were unschedulable"];
    } else if (names_another_node(pod, facts)) {
      ++reasons["node(s) didn't match the requested node name"];
    } else if (const auto* taint = untolerated_no_schedule(pod, facts)) {
      ++reasons["node(s) had untolerated taint {" + state.words.text(taint->key) + ": " + state.words.text(taint->value) + "}"];
    } else if (!required_node_affinity(state, pod, facts)) {
      ++reasons["node(s) didn't match Pod's node affinity/selector"];
    } else if (!ports_free(state, pod, node)) {
      ++reasons["node(s) didn't have free ports for the requested pod ports"];
    } else if (auto lacking = missing(state, pod, node); !lacking.empty()) {
      for (auto& each : lacking) ++reasons[each];
    } else if (const char* why = all.refusal(node)) {
      ++reasons[why];
    }
  }
  return reasons;
}

} // namespace troupe::scheduling
