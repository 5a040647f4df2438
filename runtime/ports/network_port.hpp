// Takes the steps of network_plan in this network namespace. Blocking.
#pragma once
#include <vector>
#include "messages/result.hpp"
#include "runtime/host/network_plan.hpp"

namespace troupe {

/// In order; the first needed step that fails ends it, with what was run and what it said.
result<nothing> take_steps(const std::vector<host_step>& steps);

/// The bridge is there and up (which says that no one has torn the network down).
bool bridge_is_up();

} // namespace troupe
