#include "actors/node/node.hpp"
#include <utility>
#include <caf/send.hpp>
#include "actors/node/agent_actor.hpp"
#include "actors/node/source_actor.hpp"
#include "actors/node/streams_actor.hpp"
#include "runtime/ports/cri_port.hpp"
#include "runtime/ports/host_port.hpp"
#include "runtime/ports/streams/stream_port.hpp"
#include "runtime/supervision/supervisor_actor.hpp"

namespace troupe {

std::vector<child_spec> node_children(node_options options) {
  auto shared = std::make_shared<const node_options>(std::move(options));
  std::vector<child_spec> children;
  if (shared->simulated) {
    simulated_cri_options runtime;
    runtime.pod_cidr = shared->pod_cidr;
    children.push_back(simulated_cri_spec("runtime", runtime));
    machine_description machine{"0000", "0000", "0000", "simulated", "simulated", "amd64", shared->simulated_cpu_milli / 1000, shared->simulated_memory_bytes, int64_t{1} << 40};
    children.push_back(simulated_host_spec("host", machine));
  } else {
    children.push_back(cri_port_spec("runtime", shared->cri_endpoint));
    children.push_back(host_port_spec("host"));
  }
  // Pods are many, and one that dies again and again must not take the others with it soon.
  restart_intensity pods;
  pods.restarts = 1000;
  children.push_back(supervisor_spec("pods", {}, pods));
  children.push_back(source_spec(shared));
  children.push_back(streams_spec(shared));
  children.push_back(agent_spec(shared));
  return children;
}

node_options simulated_node(const std::string& machine, const std::string& server, size_t index, bool beside_real_node) {
  node_options options;
  options.name = "sim-" + std::to_string(index);
  options.base = "/" + machine + "/simulated/" + options.name;
  options.port_path = "/" + server + "/nodes/" + options.name;
  options.host_address = "10." + std::to_string(200 + index / 65536) + "." + std::to_string(index / 256 % 256) + "." + std::to_string(index % 256);
  // 10.128.0.0/9 in /24s: simulated addresses go nowhere.
  options.pod_cidr = "10." + std::to_string(128 + index / 256 % 72) + "." + std::to_string(index % 256) + ".0/24";
  options.simulated = true;
  options.simulated_taint = beside_real_node;
  return options;
}

std::shared_ptr<stream_server> make_stream_server(env_ptr env, const node_options& options) {
  return std::make_shared<stream_port>([env = std::move(env), path = options.base + "/streams"](std::shared_ptr<stream_ticket> ticket) {
    auto actor = env->actors.get<streams_actor>(path);
    if (actor) caf::anon_send(actor, stream_question{std::move(ticket)});
    return static_cast<bool>(actor);
  });
}

std::shared_ptr<node_streams> make_node_streams(env_ptr env, const std::vector<node_options>& nodes) {
  auto door = std::make_shared<local_streams>();
  for (auto& options : nodes) door->set(options.name, make_stream_server(env, options));
  return door;
}

} // namespace troupe
