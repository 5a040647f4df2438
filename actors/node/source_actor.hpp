// Which pods this node has: those that the API assigns to it, and those that the runtime still holds. Has pod actors
// added and removed, and tells each what is new about its pod.
#pragma once
#include <memory>
#include "actors/node/node.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

child_spec source_spec(std::shared_ptr<const node_options> options);

constexpr int64_t children_retry_ms = 50; // after the pods' supervisor has died
constexpr int64_t watch_retry_ms = 100; // after a watch has ended or could not be made

} // namespace troupe
