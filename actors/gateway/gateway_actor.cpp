#include "actors/gateway/gateway_actor.hpp"

#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

struct gateway_state {
  static inline const char* name = "gateway";
  gateway_configuration now;
  gateway_configuration_ptr to;
  gateway_state() {}
  void publish() { to->publish(std::make_shared<const gateway_configuration>(now)); }
};

gateway_actor::behavior_type run_gateway(gateway_actor::stateful_pointer<gateway_state> self, gateway_configuration_ptr to) {
  auto& state = self->state;
  // What an earlier incarnation was told stays in force; a shutdown that it had begun does not.
  if (auto before = to->read()) state.now = *before;
  state.now.admitting = true;
  state.to = std::move(to);
  state.publish();
  return {
      [self](const configure_gateway& told) {
        self->state.now = told.wanted;
        self->state.publish();
      },
      [self](stop_atom) {
        self->state.now.admitting = false;
        self->state.publish();
        self->quit();
      },
  };
}

} // namespace

child_spec gateway_child(gateway_configuration_ptr to) {
  child_spec spec;
  spec.name = "gateway";
  spec.kind = "Gateway";
  spec.start = [to](const spawn_context& context, const env_ptr&) { return spawn_child(context, run_gateway, to); };
  return spec;
}

} // namespace troupe
