// Moves a Deployment to its template through ReplicaSets (kubernetes.io/docs/concepts/workloads/controllers/deployment).
// The arithmetic is in deployment_plan, the report in deployment_status; here they become actions. Pure.
#pragma once
#include "actors/controllers/owner_index.hpp"
#include "runtime/control/reconcile.hpp"

namespace troupe::controllers {

reconciled deployment_reconcile(const std::string& key, const roots&, const owner_index& sets, const moment&);
controller_spec deployment_controller();

} // namespace troupe::controllers
