// Keeps as many pods as a ReplicaSet asks for: adopts, releases, creates, deletes, reports
// (kubernetes.io/docs/concepts/workloads/controllers/replicaset). Pure.
#pragma once
#include "actors/controllers/pod_index.hpp"
#include "runtime/control/reconcile.hpp"

namespace troupe::controllers {

reconciled replicaset_reconcile(const std::string& key, const roots&, const pod_index&, const moment&);
controller_spec replicaset_controller();

/// Which of `owned` to delete when there are `excess` too many: unassigned before assigned, pending before running, not
/// ready before ready, cheaper before dearer, younger before older. Returns their names in order.
std::vector<const pod_facts*> pods_to_delete(std::vector<const pod_facts*> owned, size_t excess);

constexpr size_t replicaset_burst_max = 500; // creations or deletions in one reconcile (controller-manager's BurstReplicas)

} // namespace troupe::controllers
