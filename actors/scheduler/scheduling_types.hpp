// What scheduling reads of pods and nodes, as small records with interned text. Pods that look the same to the scheduler
// share one pod_class, so that what was worked out for one serves all of them. Pure.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe::scheduling {

using word = uint32_t; // interned text; 0 is the empty or absent text

class dictionary {
public:
  dictionary() { intern(""); }
  word intern(std::string_view text);
  /// The text as a whole decimal number, for the Gt and Lt operators.
  std::optional<int64_t> number(word of) const { return numbers_[of]; }
  const std::string& text(word of) const { return *texts_[of]; }
  size_t size() const { return numbers_.size(); }

private:
  std::vector<const std::string*> texts_;
  std::unordered_map<std::string, word> words_; // looked up only
  std::vector<std::optional<int64_t>> numbers_;
};

struct label {
  word key, value;
  friend auto operator<=>(const label&, const label&) = default;
};
using labels = std::vector<label>; // sorted by key

enum class comparison : uint8_t { in, not_in, exists, absent, greater, less };

struct requirement {
  word key = 0;
  comparison how = comparison::exists;
  std::vector<word> values;
  int64_t number = 0; // greater, less
  friend auto operator<=>(const requirement&, const requirement&) = default;
};

struct pod_selector {
  bool nothing = false; // a missing label selector selects no pod; an empty one selects all
  std::vector<requirement> all;
  bool empty() const { return !nothing && all.empty(); }
  friend auto operator<=>(const pod_selector&, const pod_selector&) = default;
};

enum class effect : uint8_t { any, no_schedule, prefer_no_schedule, no_execute };

struct taint {
  word key, value;
  effect acts;
};

struct toleration {
  word key = 0, value = 0;
  bool exists = false;
  effect acts = effect::any;
  friend auto operator<=>(const toleration&, const toleration&) = default;
};

struct node_term {
  std::vector<requirement> labels, fields;
  friend auto operator<=>(const node_term&, const node_term&) = default;
};
struct weighted_node_term {
  int weight;
  node_term term;
  friend auto operator<=>(const weighted_node_term&, const weighted_node_term&) = default;
};
struct pod_term {
  word key;                  // topology key
  pod_selector selects;
  std::vector<word> spaces;  // namespaces; a namespace selector is already resolved to names
  friend auto operator<=>(const pod_term&, const pod_term&) = default;
};
struct weighted_pod_term {
  int weight; // negative: anti-affinity
  pod_term term;
  friend auto operator<=>(const weighted_pod_term&, const weighted_pod_term&) = default;
};
struct spread {
  int max_skew = 1;
  word key = 0;
  pod_selector selects;
  int min_domains = 1;
  bool honor_affinity = true, honor_taints = false;
  friend auto operator<=>(const spread&, const spread&) = default;
};
struct host_port {
  word address = 0; // 0: all
  uint8_t protocol = 0;
  uint16_t port = 0;
  friend auto operator<=>(const host_port&, const host_port&) = default;
};
struct amount {
  word resource;
  int64_t value;
  friend auto operator<=>(const amount&, const amount&) = default;
};

/// What scheduling reads of a pod, without its name. Pods of one ReplicaSet share it.
struct pod_class {
  word space = 0; // namespace
  scheduling::labels labels;
  int64_t cpu_milli = 0, memory_bytes = 0, ephemeral_bytes = 0;
  // Absent requests count as these, per container, in the least-allocated score only.
  int64_t nonzero_cpu_milli = 100, nonzero_memory_bytes = 200ll << 20;
  std::vector<amount> scalars;
  std::vector<toleration> tolerations;
  word node_name = 0; // DaemonSet-like pods that name their node
  std::vector<requirement> node_selector;
  bool has_required = false;
  std::vector<node_term> required;
  std::vector<weighted_node_term> preferred;
  std::vector<host_port> ports;
  std::vector<word> images; // one entry a container, init containers too
  std::vector<spread> hard, soft;
  bool default_spread = false; // soft holds the system's defaults, not the pod's
  std::vector<pod_term> affinity, anti_affinity;
  std::vector<weighted_pod_term> preferences;
  friend auto operator<=>(const pod_class&, const pod_class&) = default;
};

struct node_facts {
  word name = 0;
  scheduling::labels labels;
  std::vector<taint> taints;
  bool unschedulable = false;
  int64_t cpu_milli = 0, memory_bytes = 0, ephemeral_bytes = 0; // allocatable
  int32_t max_pods = 110;
  std::vector<amount> scalars;
  std::vector<amount> images; // image, size in bytes
};

inline word value_of(const labels& all, word key, bool& found) {
  for (const auto& each : all)
    if (each.key == key) {
      found = true;
      return each.value;
    }
  found = false;
  return 0;
}

/// `score` -1: no node fits. `ties`: nodes that are as good as the one chosen.
struct decision {
  int32_t node = -1;
  int score = -1;
  uint32_t ties = 0;
};

} // namespace troupe::scheduling
