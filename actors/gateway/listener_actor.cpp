#include "actors/gateway/listener_actor.hpp"

#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

// The state's life is the generation's: whatever ends the actor, an order, a kill or an exception, closes it.
struct listener_state {
  static inline const char* name = "listener";
  http_port* port = nullptr;
  uint64_t generation = 0;
  listener_state() {}
  ~listener_state() {
    if (port) port->close_generation(generation);
  }
};

listener_actor::behavior_type run_listener(listener_actor::stateful_pointer<listener_state> self, http_port* port) {
  self->state.port = port;
  self->state.generation = port->open_generation();
  return {
      [self](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec listener_child(http_port& port) {
  child_spec spec;
  spec.name = "listener";
  spec.kind = "Listener";
  spec.start = [port = &port](const spawn_context& context, const env_ptr&) { return spawn_child(context, run_listener, port); };
  return spec;
}

} // namespace troupe
