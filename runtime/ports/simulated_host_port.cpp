#include <chrono>
#include <utility>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include "runtime/ports/host_port.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

struct simulated_host_state {
  explicit simulated_host_state(caf::local_actor*) {}
  static inline const char* name = "simulated_host";
};

host_port_actor::behavior_type simulated_host(host_port_actor::stateful_pointer<simulated_host_state> self,
                                              machine_description description) {
  return {
      [=](const host_call& call) -> host_reply {
        host_reply reply;
        reply.ok = true;
        if (call.what == host_call::verb::facts) reply.facts = description;
        if (call.what == host_call::verb::sub_path) reply.text = call.path + "/" + call.sub;
        return reply;
      },
      [](const host_done&) {},
      [](tick_atom) {},
      [=](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec simulated_host_spec(std::string name, machine_description description) {
  child_spec spec;
  spec.name = std::move(name);
  spec.kind = "Port";
  spec.start = [description](const spawn_context& context, const env_ptr&) {
    return spawn_child(context, simulated_host, description);
  };
  return spec;
}

} // namespace troupe
