// The controllers of nodes: health by Lease and heartbeat, taints by condition, eviction by NoExecute taints, an address
// range for each, and pods left behind by nodes that are gone
// (kubernetes.io/docs/concepts/architecture/nodes, .../scheduling-eviction/taint-and-toleration). Pure.
#pragma once
#include <map>
#include <set>
#include <string>
#include "actors/controllers/pod_index.hpp"
#include "runtime/control/reconcile.hpp"

namespace troupe::controllers {

/// When a node's Lease or status was last seen to change, by this controller's own clock: a node's clock may be wrong.
struct heartbeats {
  struct beat {
    std::string mark; // renewTime and the Ready heartbeat as text; another mark is a sign of life
    int64_t seen_ns = 0;
  };
  std::map<std::string, beat> beats;
};

reconciled node_lifecycle_reconcile(const std::string& key, const roots&, heartbeats&, const moment&);
controller_spec node_lifecycle_controller();

/// Pods by the node they are bound to.
class node_pods {
public:
  void apply(const event&);
  const std::set<std::string>* on(std::string_view node) const; // keys "NAMESPACE/NAME"; null: none
  const std::map<std::string, std::set<std::string>>& all() const { return pods_; }

private:
  std::map<std::string, std::string> nodes_;          // pod key -> node
  std::map<std::string, std::set<std::string>> pods_; // node -> pod keys
};

reconciled taint_eviction_reconcile(const std::string& key, const roots&, const node_pods&, const moment&);
controller_spec taint_eviction_controller();

/// Deletes, without grace, pods that are bound to a node that does not exist.
reconciled pod_garbage_reconcile(const std::string& key, const roots&, const node_pods&);
controller_spec pod_garbage_controller();

/// Gives each node without one the lowest free /24 of `cluster_range` (a /16: "10.244.0.0/16").
reconciled node_range_reconcile(const std::string& key, const roots&, const std::string& cluster_range);
controller_spec node_range_controller(std::string cluster_range);

constexpr int64_t node_grace_ms = 50'000; // without a heartbeat a node is Unknown (--node-monitor-grace-period)

} // namespace troupe::controllers
