// The only way to spawn: typed function, monitored, on its own thread where the child spec says so, and with an
// exception in a handler logged (type, text, actor path, message) before the actor ends and is started again.
#pragma once
#include <string>
#include <type_traits>
#include <utility>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include "messages/actors/atoms.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

/// Makes the actor log what its handlers throw; its exit reason carries the text. Used by spawn_child.
void guard_handlers(caf::scheduled_actor& self, std::string path);

/// What a down or exit reason says to a person; empty: a normal end (quit() without a reason).
std::string failure_text(const caf::error& reason);

/// Spawns `behavior(self, arguments...)` as a child of `context.parent`. State structs must have a constructor: with an
/// aggregate, CAF 0.17 initialises their first member from the actor's pointer.
template <class Behavior, class State, class Base, class... Parameters, class... Arguments>
caf::actor spawn_child(const spawn_context& context, Behavior (*behavior)(caf::stateful_actor<State, Base>*, Parameters...),
                       Arguments&&... arguments) {
  static_assert(!std::is_aggregate_v<State>, "give the state struct an explicit constructor");
  auto start = [behavior, path = context.path](caf::stateful_actor<State, Base>* self, bool,
                                               std::decay_t<Parameters>... parameters) -> Behavior {
    guard_handlers(*self, path);
    return behavior(self, std::move(parameters)...);
  };
  if (context.own_thread)
    return caf::actor_cast<caf::actor>(
        context.parent->spawn<caf::detached>(start, true, std::decay_t<Parameters>(std::forward<Arguments>(arguments))...));
  return caf::actor_cast<caf::actor>(
      context.parent->spawn(start, true, std::decay_t<Parameters>(std::forward<Arguments>(arguments))...));
}

/// What every supervisor and every child understands.
using ready_listener = caf::typed_actor<caf::reacts_to<ready_atom>>;
using stoppable_actor = caf::typed_actor<caf::reacts_to<stop_atom>>;

/// Tells the supervisor that this child has rebuilt its state and serves (child_spec::says_ready).
template <class Self> void say_ready(Self* self, const env_ptr& env, const spawn_context& context) {
  if (auto supervisor = env->actors.get<ready_listener>(context.supervisor))
    self->send(supervisor, ready_atom::value);
}

} // namespace troupe
