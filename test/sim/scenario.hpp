// A scenario: machines with roles, what "done" means, and what must be true at the end. The driver runs it with many
// seeds, twice each (twin runs must leave the same trace), with faults, with a kill or a power loss at any message; a
// failure prints the line that replays it.
#pragma once
#include <functional>
#include <string>
#include <vector>
#include "test/sim/world.hpp"

namespace troupe::sim {

/// One run's part of a scenario: made for each run, so it may keep what it learns.
struct play {
  /// Adds the machines and boots them.
  std::function<void(world&)> build;
  /// Has everything been reached? Asked about every virtual millisecond.
  std::function<bool(world&)> done;
  /// What must be the same as in the undisturbed run.
  std::function<std::string(world&)> state;
  /// What is broken; empty: nothing. Asked at the end.
  std::function<std::string(world&)> broken;
  /// Prints what there is, for who looks for a bug (`dump`).
  std::function<void(world&)> dump;
  nanoseconds limit = 120 * sec;    // of virtual time, to be done
  nanoseconds settle = 500 * ms;    // goes on after done, to see that it stays so
};

struct scenario {
  std::string name;
  std::function<play(const std::string& bug)> make;
  /// Machines that faults may hit by freezes and cuts from the first machine, and by power loss.
  std::vector<std::string> agents;
  std::string server;
};

struct run_options {
  uint64_t seed = 1;
  kill_rule kill;
  std::string bug;
  bool faults = false;
  uint64_t power_loss_at = 0; // message index at which the server loses power; 0: never
  FILE* trace = nullptr;
  bool dump = false;
};

struct outcome {
  std::string state, error, killed;
  uint64_t hash = 0, messages = 0, timers = 0, spawned = 0;
  nanoseconds done_at = 0; // 0: never
};

outcome run(const scenario&, const run_options&);
/// The command line that repeats it: "replay: world run roll_out seed=8 kill=25 after".
std::string replay(const scenario&, const run_options&);

/// `world run|seeds|twins|kills|power NAME [seed= seeds= from= kill= after power= faults bug= every= count= jobs= trace= log dump find]`.
int scenario_main(int argc, char** argv, const std::vector<scenario>&);

} // namespace troupe::sim
