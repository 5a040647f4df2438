// One pod of this node: /M/node/pods/NAMESPACE/NAME. Owns the pod's containers; when it dies they go on, and its next
// incarnation finds them in the runtime by their labels.
#pragma once
#include <memory>
#include <string>
#include "actors/node/node.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

/// The child's name is "NAMESPACE/NAME".
child_spec pod_spec(std::shared_ptr<const node_options> options, std::string space, std::string name);

} // namespace troupe
