// Supervision as data (Erlang/OTP's shape): a supervisor is a table of these and a restart intensity.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>
#include <caf/fwd.hpp>
#include <caf/actor.hpp>
#include "runtime/env.hpp"
#include "runtime/supervision/supervision_plan.hpp"

namespace troupe {

/// How a child is spawned. `own_thread`: its handler may block or sync; detached in production, ignored in the world.
struct spawn_context {
  caf::local_actor* parent = nullptr;
  std::string path;       // of the child
  std::string supervisor; // path of its supervisor: whom say_ready() tells
  bool own_thread = false;
};

struct child_spec {
  using restart = troupe::restart;
  std::string name;                  // rest of its path below the supervisor; may hold '/', e.g. "default/web-1"
  std::string kind;                  // for `kubectl get actors`: "Supervisor", "Replica", "Controller", "Pod", ...
  /// Spawns the child (runtime/supervision/spawn.hpp) and returns its handle. Called again for every incarnation.
  std::function<caf::actor(const spawn_context&, const env_ptr&)> start;
  restart again = restart::permanent;
  bool own_thread = false;
  int64_t shutdown_ms = 5'000;       // after stop_atom; then it is killed
  /// The child says `ready_atom` to its supervisor when it serves; the next one starts only then (or after start_ms).
  bool says_ready = false;
  int64_t start_ms = 30'000;
};

} // namespace troupe
