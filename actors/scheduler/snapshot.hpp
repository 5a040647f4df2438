// The cluster as the scheduler sees it: nodes, and on each how many pods of each class. Updated by what changed, in
// nanoseconds; every change is logged, so that plans can replay what they missed. Pure: one owner, no locks.
#pragma once
#include <deque>
#include <map>
#include <unordered_map>
#include <vector>
#include "actors/scheduler/scheduling_types.hpp"

namespace troupe::scheduling {

struct class_count {
  uint32_t class_id;
  uint16_t live, terminating;
};

enum class change_kind : uint8_t { added, removed, terminating, removed_terminating, node };
struct change {
  uint32_t node, class_id;
  change_kind kind;
};

/// For one topology key: the domain of each node, -1 where it has no such label.
struct topology {
  std::vector<int32_t> domain;
  std::unordered_map<word, int32_t> index; // looked up only
};

class snapshot {
public:
  explicit snapshot(dictionary&);

  uint32_t add_class(pod_class);
  /// Reuses the slot of a node that is gone, once no pod is counted there.
  uint32_t add_node(node_facts);
  void change_node(uint32_t node, node_facts);
  /// The slot takes no pod from now on; pods still counted there go by remove_pod.
  void remove_node(uint32_t node);
  void add_pod(uint32_t node, uint32_t class_id);
  void remove_pod(uint32_t node, uint32_t class_id, bool terminating = false);
  void mark_terminating(uint32_t node, uint32_t class_id);

  const topology& by_key(word key) const; // made on first use, kept by change_node
  size_t size() const { return nodes.size(); }
  uint32_t live_nodes() const { return live_nodes_; }
  uint64_t log_end() const { return log_base + log.size(); }
  uint32_t profiles() const { return static_cast<uint32_t>(profile_ids_.size()); }

  /// What every decision reads of a node, in one cache line. `balance`: score of what is used now.
  struct alignas(64) usage {
    int64_t cpu_milli, memory_bytes, used_cpu_milli, used_memory_bytes, nonzero_cpu_milli, nonzero_memory_bytes;
    int32_t pods, max_pods, balance;
  };

  // Readable by plans and scans; changed only by the functions above.
  dictionary& words;
  word hostname, zone, unschedulable_taint;
  std::deque<pod_class> classes; // never moves: a plan refers to its class
  std::vector<node_facts> nodes;
  std::vector<std::vector<class_count>> pods;
  std::vector<std::vector<host_port>> ports;
  std::vector<std::vector<amount>> used_scalars;
  std::vector<usage> use;
  std::vector<int64_t> used_ephemeral_bytes;
  std::vector<uint32_t> profile;      // nodes that differ only in name and hostname share one
  std::vector<uint32_t> class_pods;   // how many pods of the class are bound
  std::vector<uint32_t> term_classes; // classes with affinity terms: the only ones that speak of other pods
  std::unordered_map<word, uint32_t> image_nodes;
  uint64_t image_version = 0;
  uint32_t shared_hostnames = 0;      // nodes whose hostname label another node has too
  std::vector<change> log;            // the last changes; log_base is the number of the first
  uint64_t log_base = 0;

private:
  void account(uint32_t node, uint32_t class_id, int sign);
  void note(change);
  void count_images(const node_facts&, int sign);
  bool same_images(uint32_t node, const node_facts&) const;
  mutable std::unordered_map<word, topology> topologies_;
  std::unordered_map<word, uint32_t> hostnames_;
  std::map<std::vector<uint32_t>, uint32_t> profile_ids_;
  std::vector<uint32_t> free_slots_;
  uint32_t live_nodes_ = 0;
};

constexpr size_t change_log_min = 65'536; // changes kept at least; plans that are further behind are built again

} // namespace troupe::scheduling
