// /livez, /readyz, /healthz, with ?verbose and ?exclude=, and each check under its own path.
#pragma once
#include "actors/gateway/exchange.hpp"

namespace troupe::gateway {

/// True for a path of health: then it was answered.
bool serve_health(exchange&);

} // namespace troupe::gateway
