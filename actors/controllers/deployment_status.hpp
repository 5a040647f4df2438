// What a Deployment says of itself: counts and conditions. Pure.
#pragma once
#include <vector>
#include "actors/controllers/deployment_plan.hpp"

namespace troupe::controllers {

struct rollout_status {
  apps::DeploymentStatus status;
  int64_t again_after_ms = -1; // until the progress deadline
};

/// `created`: name of a ReplicaSet that this reconcile creates; empty: none.
rollout_status deployment_status(const apps::Deployment&, const std::vector<rollout_set>&, const std::string& created,
                                 int64_t wall_ns);

} // namespace troupe::controllers
