// Supervision as data (Erlang/OTP's shape): a supervisor is a table of these and a restart intensity.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>
#include <caf/fwd.hpp>
#include <caf/actor.hpp>
#include "runtime/env.hpp"

namespace troupe {

/// How a child is spawned. `own_thread`: its handler may block or sync; detached in production, ignored in the world.
struct spawn_context {
  caf::local_actor* parent = nullptr;
  std::string path; // of the child
  bool own_thread = false;
};

struct child_spec {
  std::string name;                  // last label of its path
  std::string kind;                  // for `kubectl get actors`: "Supervisor", "Replica", "Controller", "Pod", ...
  /// Spawns the child (runtime/supervision/spawn.hpp) and returns its handle. Called again for every incarnation.
  std::function<caf::actor(const spawn_context&, const env_ptr&)> start;
  enum class restart : uint8_t { permanent, transient, temporary } again = restart::permanent;
  bool own_thread = false;
  int64_t shutdown_ms = 5'000;       // after stop_atom; then it is killed
  /// The child says `ready_atom` to its supervisor when it serves; the next one starts only then (or after start_ms).
  bool says_ready = false;
  int64_t start_ms = 30'000;
};

/// More than `restarts` restarts within `period_ms` and the supervisor itself ends, so failure climbs the tree.
struct restart_intensity {
  int restarts = 10;
  int64_t period_ms = 10'000;
};

} // namespace troupe
