// Takes the steps of network_plan in this network namespace. Blocking.
#pragma once
#include <string>
#include <vector>
#include "messages/result.hpp"
#include "runtime/host/network_plan.hpp"

namespace troupe {

/// In order; the first needed step that fails ends it, with what was run and what it said.
result<nothing> take_steps(const std::vector<host_step>& steps);

/// Puts the links of this network's pods back on a bridge that was made anew. Pods that are gone are passed by.
void reattach_pods(const std::string& cni_network);

/// The bridge is there and up (which says that no one has torn the network down).
bool bridge_is_up();

} // namespace troupe
