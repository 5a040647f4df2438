// The fast way. A plan belongs to one pod class. Nodes that differ in nothing but their local score share a cell; a
// decision looks at cells, never at nodes. What happened since the plan was last used is replayed from the snapshot's
// log. Its answers equal the full scan's, score and number of equally good nodes (test/actors/scheduler). Pure.
#pragma once
#include <array>
#include <bit>
#include <unordered_map>
#include <vector>
#include "actors/scheduler/snapshot.hpp"

namespace troupe::scheduling {

constexpr size_t plan_host_counts = 4;       // per-node counts that a cell can tell apart
constexpr size_t plan_constraints_max = 8;   // soft or hard spread constraints; above: no plan
constexpr size_t plan_keys_max = 60;         // topology keys

/// Nodes by local score (0..300): the best first, O(1) insert and erase, uniform choice among the best.
struct score_buckets {
  std::array<uint64_t, 5> known{}, full{}; // a bit per score: has a list; has nodes
  std::vector<std::vector<uint32_t>> lists;
  uint32_t count = 0;
  std::vector<uint32_t>& at(int score);
  int best() const;
};

/// Group, and the counts of a node's own pods that matter: by hostname, a node is a domain of its own.
struct cell_key {
  int32_t group;
  std::array<int32_t, plan_host_counts> host{}; // soft, soft, hard * 2 + affinity, wants
  friend bool operator==(const cell_key&, const cell_key&) = default;
};

struct cell {
  cell_key key;
  score_buckets nodes;
  int32_t active = -1; // its place in the list of cells that hold nodes
};

/// What a pod of another class means to the plan's class, worked out once per pair.
struct relation {
  uint32_t soft = 0, hard = 0;       // constraints whose selector takes it
  bool affinity = false;             // it satisfies all required affinity terms
  std::vector<uint8_t> blocks;       // key slots that it closes
  std::vector<std::pair<uint8_t, int32_t>> wants;
};

/// A count per domain of one topology key.
struct domain_counter {
  std::vector<int64_t> values;
  int64_t& operator[](size_t of) {
    if (of >= values.size()) values.resize(of + 1, 0);
    return values[of];
  }
  int64_t get(int32_t of) const { return of < 0 || static_cast<size_t>(of) >= values.size() ? 0 : values[static_cast<size_t>(of)]; }
};

class class_plan {
public:
  class_plan(const snapshot& state, uint32_t class_id) : state_(state), pod_(state.classes[class_id]) {}

  bool build();  // false: this class needs the full scan
  bool replay(); // false: build again
  decision decide(uint64_t random);
  size_t memory_bytes() const;

  uint64_t used = 0; // the planner's clock, for dropping what is not used
  uint64_t seen = 0; // number of the next change to replay

private:
  /// Everything a decision needs of a node, in one place.
  struct node_state {
    int32_t group = -1, cell = -1;
    uint32_t at = 0;        // place in its bucket
    int16_t local = 0;
    uint16_t eligible = 0;  // bit i: hard constraint i counts this node; bit 8 + i: soft constraint i
    int32_t soft[2] = {}, hard = 0, affinity = 0, wants = 0, blocked = 0;
  };
  /// What a decision found of a cell that may take the pod.
  struct view {
    int32_t cell;
    int64_t spread, want;
    bool ignored;
  };
  struct extremes {
    int64_t most_taints = 0, most_liked = 0, want_low = INT64_MAX, want_high = INT64_MIN, spread_low = INT64_MAX, spread_high = 0;
    std::array<size_t, plan_constraints_max> sizes{};
    size_t passed = 0;
  };
  struct vector_hash {
    size_t operator()(const std::vector<int32_t>&) const;
  };
  struct cell_hash {
    size_t operator()(const cell_key&) const;
  };

  // class_plan_build.cpp
  bool collect_keys();
  bool collect_spread_keys();
  void reset_counters();
  bool speaks_of_names() const;
  int slot(word key);
  const relation* relate(uint32_t class_id); // null: it touches no counter
  void classify(uint32_t node);
  // class_plan.cpp: keeping up
  void count(uint32_t node, uint32_t class_id, int live, int all);
  void count_spread(node_state&, uint32_t node, const relation&, int live);
  void count_pods(node_state&, uint32_t node, const relation&, int all);
  void place(uint32_t node);
  void take_out(uint32_t node);
  int32_t domain(size_t slot, uint32_t node) const { return columns_[slot]->domain[node]; }
  // class_plan_decide.cpp
  std::array<int64_t, plan_constraints_max> hard_minima() const;
  bool allows(const cell&, const std::array<int64_t, plan_constraints_max>& low) const;
  void look_at(int32_t cell, const std::array<int64_t, plan_constraints_max>& low, extremes&);
  void count_soft_domains(const cell&, extremes&);
  void score_spread(extremes&);
  int total(const view&, const extremes&) const;
  const std::vector<int32_t>& group_of(const cell& of) const { return groups_[static_cast<size_t>(of.key.group)]; }

  const snapshot& state_;
  const pod_class& pod_;
  uint64_t images_ = 0;                                 // snapshot::image_version that the scores are of
  bool frozen_ = false, stale_ = false, self_ = false;
  // Key slots: 0 is the hostname, counted by node; the others are counted by domain.
  std::vector<word> keys_;
  std::vector<const topology*> columns_;
  std::vector<uint8_t> soft_slot_, hard_slot_, affinity_slot_, self_hard_;
  int soft_host_[2] = {-1, -1}, hard_host_ = -1;        // which constraint speaks of hosts
  std::vector<uint32_t> relation_of_;                   // by class: 0 not looked at, 1 touches no counter, else index + 2
  std::vector<relation> relations_;
  std::vector<domain_counter> soft_, hard_, domains_, affinity_, blocked_, wants_; // domains_: eligible nodes
  std::vector<int64_t> host_histogram_;                 // eligible nodes by count, hard constraint on hosts
  int64_t host_eligible_ = 0, affinity_total_ = 0;
  std::vector<node_state> nodes_;
  std::vector<std::pair<int32_t, uint16_t>> profiles_;  // group and eligibility of a node profile
  bool by_name_ = false;                                // the class speaks of names or hostnames: no profiles
  std::vector<std::vector<int32_t>> groups_;            // prefer taints, preferred affinity, domain of each slot, fits statically
  std::unordered_map<std::vector<int32_t>, int32_t, vector_hash> group_ids_;
  std::vector<cell> cells_;
  std::unordered_map<cell_key, int32_t, cell_hash> cell_ids_;
  std::vector<int32_t> active_, zero_cell_;             // cells with nodes; the cell of a group whose host counts are all nought
  std::vector<uint32_t> touched_, mark_;
  uint32_t stamp_ = 0;
  std::vector<view> views_;
  std::vector<std::vector<uint32_t>> seen_domain_;
  uint32_t seen_stamp_ = 0;
};

} // namespace troupe::scheduling
