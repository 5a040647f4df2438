// A supervisor: starts the children of its table in order, restarts who dies, stops them in reverse, and ends itself
// when there are too many restarts, so that failure climbs the tree. What to do is supervision_plan's (pure).
#pragma once
#include <string>
#include <vector>
#include <caf/typed_actor.hpp>
#include "messages/actors/atoms.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

/// One more child, started at once. A name that is there already (and not being removed) is left as it is; after a
/// removal of the same name that is still going on, the new one starts when the old one has ended.
struct add_child {
  child_spec spec;
};
/// Ends a child in order (stop, then kill after its shutdown time) and forgets it. Unknown names: nothing happens.
struct remove_child {
  std::string name;
};

using supervisor_actor = caf::typed_actor<
    caf::reacts_to<add_child>,
    caf::reacts_to<remove_child>,
    caf::reacts_to<ready_atom>, // From a child that says_ready: the next one may start.
    caf::reacts_to<kill_atom>,  // Kill the children, wait for their ends, then die as if killed.
    caf::reacts_to<tick_atom>,  // INTERNAL: start and shutdown times.
    caf::reacts_to<stop_atom>>; // Stop the children in reverse order, then end.

/// A supervisor as a child of another one. Reach it as env->actors.get<supervisor_actor>(path) to add and remove children.
child_spec supervisor_spec(std::string name, std::vector<child_spec> children, restart_intensity = {});

/// The root of a machine's tree, at "/NAME". The caller must hold the handle: a root nobody holds is destroyed silently.
/// When it ends by itself, the machine's process should end.
caf::actor spawn_root(caf::actor_system&, env_ptr, std::vector<child_spec> children, restart_intensity = {});

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::add_child)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::remove_child)
