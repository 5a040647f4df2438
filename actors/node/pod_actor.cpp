#include "actors/node/pod_actor.hpp"
#include <utility>
#include <caf/stateful_actor.hpp>
#include "actors/node/pod_worker.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

struct pod_state {
  explicit pod_state(caf::local_actor*) {}
  static inline const char* name = "pod";
  std::unique_ptr<pod_worker> worker;
};

pod_actor::behavior_type run_pod(pod_actor::stateful_pointer<pod_state> self, env_ptr env,
                                 std::shared_ptr<const node_options> options, pod_place_name place) {
  self->state.worker = std::make_unique<pod_worker>(self, std::move(env), std::move(options), std::move(place));
  self->state.worker->begin();
  return {
      [=](const pod_update& update) { self->state.worker->updated(update); },
      [=](const runtime_news&) { self->state.worker->look(); },
      [=](tick_atom) { self->state.worker->wake(); },
      [=](stop_atom) { self->quit(); }, // containers go on
  };
}

} // namespace

child_spec pod_spec(std::shared_ptr<const node_options> options, std::string space, std::string name) {
  child_spec spec;
  spec.name = space + "/" + name;
  spec.kind = "Pod";
  spec.start = [options = std::move(options), place = pod_place_name{space, name}](const spawn_context& context, const env_ptr& env) {
    return spawn_child(context, run_pod, env, options, place);
  };
  return spec;
}

} // namespace troupe
