// The node port: the one door through which an agent reaches the API. What it asks goes through the handler chain as
// user system:node:NAME, whoever sent the message: the link exports nothing but this actor to that node's machine.
#pragma once
#include <string>
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

/// The port of node `name` as a child of "/SERVER/nodes" (messages/actors/node.hpp has its interface).
child_spec node_port_child(const std::string& name);

constexpr size_t node_requests_in_flight_max = 1'000; // 429 above
constexpr size_t node_watches_max = 1'000;            // ended at once above

} // namespace troupe
