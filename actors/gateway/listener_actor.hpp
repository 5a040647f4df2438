// /M/gateway/listener: a generation of connections. The listening sockets are the server's, so while this actor is dead
// clients wait in the backlog and nobody is refused.
#pragma once
#include "messages/actors/gateway.hpp"
#include "runtime/http/http_port.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

/// The port must outlive the actor system.
child_spec listener_child(http_port& port);

} // namespace troupe
