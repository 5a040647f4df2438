// The gateway's two actors. Requests do not pass through them: the chain runs on the I/O threads, on what they publish.
// /M/gateway/gateway publishes the chain's configuration; /M/gateway/listener holds the connections of its generation.
#pragma once
#include <cstddef>
#include <memory>
#include <caf/typed_actor.hpp>
#include "messages/actors/atoms.hpp"

namespace troupe {

/// What the chain may be told while it runs. Read by the I/O threads through published<T>; it stays when its actor dies.
struct gateway_configuration {
  bool admitting = true;             // false: shutting down; /readyz says so, requests are still answered
  size_t reads_in_flight_max = 400;  // per I/O thread; 429 above
  size_t writes_in_flight_max = 200;
};

/// To the gateway actor: publish this from now on.
struct configure_gateway {
  gateway_configuration wanted;
};

using gateway_actor = caf::typed_actor<
    caf::reacts_to<configure_gateway>, // Publish it.
    caf::reacts_to<stop_atom>>;        // Publish `admitting = false`, then end.

using listener_actor = caf::typed_actor<
    caf::reacts_to<stop_atom>>; // Close the generation in order, then end. A kill does the same.

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::configure_gateway)
