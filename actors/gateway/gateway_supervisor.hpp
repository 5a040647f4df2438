// The children of /MACHINE/gateway. Two things may be killed apart: the gateway (the chain's configuration) and the listener
// (the connections of its generation). Connections and watches live on when the gateway dies; nobody is refused when the
// listener dies, because the listening sockets are the server's.
#pragma once
#include <vector>
#include "actors/gateway/gateway_actor.hpp"
#include "actors/gateway/listener_actor.hpp"

namespace troupe {

/// In starting order: "gateway", "listener". The port must outlive the actor system. `configuration` is where the chain
/// reads; null: nobody does.
std::vector<child_spec> gateway_children(http_port& port, gateway_configuration_ptr configuration = nullptr);

} // namespace troupe
