// Keeps the status of PodDisruptionBudgets, from which the eviction subresource decides
// (kubernetes.io/docs/tasks/run-application/configure-pdb). Pure.
#pragma once
#include "actors/controllers/pod_index.hpp"
#include "runtime/control/reconcile.hpp"

namespace troupe::controllers {

reconciled disruption_reconcile(const std::string& key, const roots&, const pod_index&, const moment&);
controller_spec disruption_controller();

} // namespace troupe::controllers
