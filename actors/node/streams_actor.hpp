// Finds the way to a container for exec, attach, logs and port-forward. The bytes are moved by runtime/ports/streams; a
// session that is open does not notice when this actor dies.
#pragma once
#include <memory>
#include "actors/node/node.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

child_spec streams_spec(std::shared_ptr<const node_options> options);

constexpr int64_t stream_call_ms = 10'000; // each question to the runtime

} // namespace troupe
