#include "actors/gateway/gateway_supervisor.hpp"

namespace troupe {

std::vector<child_spec> gateway_children(http_port& port, gateway_configuration_ptr configuration) {
  if (!configuration) configuration = std::make_shared<published<gateway_configuration>>();
  return {gateway_child(std::move(configuration)), listener_child(port)};
}

} // namespace troupe
