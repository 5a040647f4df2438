// The node itself: registers it, renews its Lease every 10 s (KEP-589), reports its status when it changes and every five
// minutes. Ready follows the runtime.
#pragma once
#include <memory>
#include "actors/node/node.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

child_spec agent_spec(std::shared_ptr<const node_options> options);

} // namespace troupe
