// /M/gateway/gateway: publishes what the chain may be told while it runs. The chain goes on with the last word when it dies.
#pragma once
#include <memory>
#include "messages/actors/gateway.hpp"
#include "messages/published.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

using gateway_configuration_ptr = std::shared_ptr<published<gateway_configuration>>;

child_spec gateway_child(gateway_configuration_ptr to);

} // namespace troupe
