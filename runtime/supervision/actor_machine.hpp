// A machine's CAF actor system, configured as Troupe needs it and checked after start.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include "messages/result.hpp"

namespace troupe {

struct actor_machine_options {
  std::string name;         // node id "troupe:NAME"
  size_t threads = 0;       // of the scheduler; 0: as many as cores, at least 2
};

/// Owns one actor system. Sharing scheduler (work stealing burns CPU when idle), at most 50 messages an actor and turn
/// (unlimited lets self-sending actors starve others), no CAF network module.
class actor_machine {
public:
  explicit actor_machine(const actor_machine_options&);
  /// Every actor must have ended: stop_root first.
  ~actor_machine();
  caf::actor_system& system();
  /// "" or what is not as configured.
  std::string check() const;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// Gives an actor system without the network module a stable node id; handles of different systems would compare equal
/// without it. Call it before the first actor is spawned.
void set_node_id(caf::actor_system&, const std::string& name);

/// Stops the tree in order and waits for its end; after `deadline_ms` it is killed. False: it had to be killed.
/// Blocks: for cli/ only.
bool stop_root(caf::actor_system&, const caf::actor& root, int64_t deadline_ms);

/// Runs `ended` (on some thread) with the reason's text when the root ends.
void on_root_end(caf::actor_system&, const caf::actor& root, std::function<void(std::string)> ended);

} // namespace troupe
