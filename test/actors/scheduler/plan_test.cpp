// Random clusters, random pods, random events: every decision of a plan must have the score and the number of equally
// good nodes of the full scan.
#include <catch2/catch_test_macros.hpp>
#include "actors/scheduler/full_scan.hpp"
#include "actors/scheduler/planner.hpp"
#include "test/actors/scheduler/random_cluster.hpp"

using namespace troupe::scheduling;

namespace {

struct tally {
  uint64_t decisions = 0, placed = 0, built = 0, scanned = 0, removed = 0;
};

void decide(random_cluster& w, planner& fast, uint64_t seed, tally& counts) {
  auto class_id = static_cast<uint32_t>(w.rng() % w.snap.classes.size());
  auto chosen = fast.decide(class_id, w.rng());
  std::vector<int> scores;
  scan_scores(w.snap, class_id, scores);
  auto best = *std::max_element(scores.begin(), scores.end());
  auto ties = best < 0 ? 0 : static_cast<uint32_t>(std::count(scores.begin(), scores.end(), best));
  ++counts.decisions;
  INFO("seed " << seed << " class " << class_id);
  REQUIRE(chosen.score == best);
  REQUIRE(chosen.ties == ties);
  REQUIRE((chosen.node < 0) == (best < 0));
  if (chosen.node < 0) {
    uint32_t slots = 0; // who is refused everywhere has a reason everywhere
    for (const auto& node : w.snap.nodes) slots += node.name != 0;
    int reasons = 0;
    for (const auto& [why, count] : refusals(w.snap, class_id)) reasons += count;
    REQUIRE(reasons >= static_cast<int>(slots));
    return;
  }
  REQUIRE(scores[static_cast<size_t>(chosen.node)] == best);
  ++counts.placed;
  w.snap.add_pod(static_cast<uint32_t>(chosen.node), class_id);
  w.live.emplace_back(chosen.node, class_id);
}

void change_something(random_cluster& w, int what) {
  auto any_node = [&] { return static_cast<uint32_t>(w.rng() % w.snap.size()); };
  if (what == 0 && w.snap.size() < 40) {
    w.snap.add_node(w.node(w.snap.size(), false));
  } else if (what == 1) {
    auto at = any_node();
    if (w.snap.nodes[at].name != 0) w.snap.change_node(at, w.node(at, false));
  } else if (what == 2) {
    auto at = any_node();
    auto facts = w.snap.nodes[at];
    facts.cpu_milli += 500;
    if (facts.name != 0) w.snap.change_node(at, facts);
  } else if (what == 3) {
    w.snap.add_class(w.pod());
  } else if (what <= 5 && !w.live.empty()) {
    auto at = w.rng() % w.live.size();
    auto [node, class_id] = w.live[at];
    w.live[at] = w.live.back();
    w.live.pop_back();
    if (w.one_in(3)) {
      w.snap.mark_terminating(node, class_id);
      w.dying.emplace_back(node, class_id);
    } else {
      w.snap.remove_pod(node, class_id);
    }
  } else if (what == 6 && !w.dying.empty()) {
    auto [node, class_id] = w.dying.back();
    w.dying.pop_back();
    w.snap.remove_pod(node, class_id, true);
  }
}

void run(uint64_t seed, tally& counts) {
  random_cluster w(seed);
  auto size = static_cast<size_t>(1 + w.below(w.one_in(4) ? 30 : 8));
  bool twins = w.one_in(50);
  for (size_t i = 0; i < size; ++i) w.snap.add_node(w.node(i, twins && i == 1));
  for (int i = 0, classes = 1 + w.below(6); i < classes; ++i) w.snap.add_class(w.pod());
  planner fast(w.snap, w.one_in(10) ? 1 : 64u << 20);
  bool calm = w.one_in(2); // no node changes, no new classes: plans live long and replay much
  for (int step = 0, steps = 10 + w.below(calm ? 120 : 50); step < steps; ++step) {
    int what = calm ? 4 + w.below(12) : w.below(20);
    if (what == 7 && !calm && w.one_in(3)) {
      auto gone = static_cast<uint32_t>(w.rng() % w.snap.size());
      if (w.snap.nodes[gone].name != 0) {
        w.snap.remove_node(gone);
        ++counts.removed;
      }
      continue;
    }
    if (what <= 6) change_something(w, what);
    else decide(w, fast, seed, counts);
  }
  counts.built += fast.built;
  counts.scanned += fast.scanned;
}

} // namespace

TEST_CASE("plans decide as the full scan does") {
  tally counts;
  for (uint64_t seed = 1; seed <= 20'000; ++seed) run(seed, counts);
  CHECK(counts.decisions > 300'000);
  CHECK(counts.placed > counts.decisions / 4);
  CHECK(counts.built > 1'000);
  CHECK(counts.scanned > 0);
  CHECK(counts.removed > 100);
}

TEST_CASE("the slot of a removed node is used again when its pods are gone") {
  dictionary words;
  snapshot state(words);
  node_facts facts;
  facts.name = words.intern("a");
  facts.cpu_milli = 1000;
  facts.memory_bytes = 1ll << 30;
  auto first = state.add_node(facts);
  pod_class pod;
  pod.space = words.intern("default");
  auto class_id = state.add_class(pod);
  state.add_pod(first, class_id);
  state.remove_node(first);
  CHECK(state.live_nodes() == 0);
  planner plans(state);
  CHECK(plans.decide(class_id, 1).node == -1);
  facts.name = words.intern("b");
  auto second = state.add_node(facts);
  CHECK(second != first); // a pod is still counted there
  state.remove_pod(first, class_id);
  facts.name = words.intern("c");
  CHECK(state.add_node(facts) == first);
  CHECK(plans.decide(class_id, 1).node >= 0);
}

TEST_CASE("reasons are upstream's") {
  dictionary words;
  snapshot state(words);
  node_facts small;
  small.name = words.intern("small");
  small.cpu_milli = 100;
  small.memory_bytes = 1 << 20;
  state.add_node(small);
  node_facts tainted = small;
  tainted.name = words.intern("tainted");
  tainted.taints.push_back({words.intern("dedicated"), words.intern("db"), effect::no_schedule});
  state.add_node(tainted);
  node_facts closed = small;
  closed.name = words.intern("closed");
  closed.unschedulable = true;
  state.add_node(closed);
  pod_class pod;
  pod.cpu_milli = 500;
  pod.memory_bytes = 1 << 30;
  auto class_id = state.add_class(pod);
  auto why = refusals(state, class_id);
  CHECK(why == std::map<std::string, int>{{"Insufficient cpu", 1},
                                          {"Insufficient memory", 1},
                                          {"node(s) had untolerated taint {dedicated: db}", 1},
                                          {"node(s) were unschedulable", 1}});
}
