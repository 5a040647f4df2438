// A simulated world: several machines (CAF actor systems) in one thread, on virtual time, from one seed. The actors are
// production code; what they reach through `env` and ports is simulated: scheduler, clocks, network, disks.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <vector>
#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include "runtime/env.hpp"
#include "runtime/link/wire_port.hpp"
#include "runtime/metrics.hpp"
#include "runtime/supervision/actor_tree.hpp"
#include "runtime/supervision/child_spec.hpp"
#include "test/sim/machine_clock.hpp"
#include "test/sim/random.hpp"

namespace troupe::sim {

class world;
struct connection;

/// A machine: one actor system while it is up, and what survives its crashes.
struct machine : wire_port {
  world* in = nullptr;
  size_t index = 0;
  std::string name;
  bool up = false, stopping = false;
  uint64_t boots = 0;
  // Steady clock: local = offset + (world - boot) * rate. Calendar: world + wall_skew.
  nanoseconds booted_at = 0, offset = 0, wall_skew = 0;
  double rate = 1.0;
  nanoseconds frozen_until = 0; // runs nothing until then

  /// Children of "/NAME"; asked at each boot. `env` is there by then: set api, state, events and links in it here.
  std::function<std::vector<child_spec>(machine&)> role;
  /// Told at each crash before anything is torn down: disks lose what was not synced.
  std::vector<std::function<void(bool power_loss)>> on_crash;
  /// What must outlive the actors of this boot and nothing else: chain, store backend, ports. Destroyed after them.
  std::vector<std::shared_ptr<void>> held;
  /// What survives for ever: contents of disks, by name.
  std::map<std::string, std::shared_ptr<void>> disks;

  std::unique_ptr<caf::actor_system_config> config;
  std::unique_ptr<caf::actor_system> system;
  std::unique_ptr<machine_clock> clock;
  caf::scheduler::abstract_coordinator* scheduler = nullptr;
  std::unique_ptr<metrics> measures;
  std::unique_ptr<actor_tree> tree;
  env_ptr env;
  caf::actor root;
  std::map<caf::actor_id, caf::weak_actor_ptr> actors; // all that were ever scheduled in this boot

  void dial(const caf::actor& link, const std::string& peer) override;
  /// A disk's content: made at the first call, kept over crashes.
  template <class Content> std::shared_ptr<Content> disk(const std::string& label) {
    auto& slot = disks[label];
    if (!slot)
      slot = std::make_shared<Content>();
    return std::static_pointer_cast<Content>(slot);
  }
  /// Runs `work` after a virtual delay unless the machine has crashed by then: how a simulated port answers.
  void later(nanoseconds delay, std::function<void()> work);
  random_stream& random();
};

/// Kill the actor that gets the `at`-th message of the world, before or after it handles it.
struct kill_rule {
  uint64_t at = ~0ull;
  bool after = false;
};

class world {
public:
  explicit world(uint64_t seed);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  machine& add(std::string name, std::function<std::vector<child_spec>(machine&)> role);
  void boot(machine&);
  /// Every actor dies at once. With a power loss, peers hear nothing and disks lose what was not synced; else the kernel
  /// closes the connections and disks keep what was written.
  void crash(machine&, bool power_loss);
  /// crash(), and boot() after `down_for`.
  void restart(machine&, bool power_loss, nanoseconds down_for);
  machine* find(const std::string& name);
  void partition(size_t one, size_t other, bool cut);
  bool is_cut(size_t one, size_t other) const;

  /// One message, timer or world event, or an idle jump to the next of them or to `limit`; false: nothing is left to happen.
  bool step(nanoseconds limit = INT64_MAX);
  void run_until(nanoseconds time);
  /// Runs until `done` or the time limit; `done` is asked about every millisecond. False: the limit came first.
  bool run_until(const std::function<bool()>& done, nanoseconds limit);
  void at(nanoseconds time, std::function<void()> work);
  void after(nanoseconds delay, std::function<void()> work) { at(now + delay, std::move(work)); }
  void hard_kill(machine&, const caf::strong_actor_ptr&);
  /// By path, e.g. "/alpha/store/replica". False: nobody lives there.
  bool kill(const std::string& path);

  // From the coordinators.
  void ready(machine&, caf::resumable*);
  void drain(machine&);

  nanoseconds now = 0;
  random_stream random;      // of schedule, network and machines
  trace log;
  uint64_t messages = 0;     // what kill rules count
  uint64_t timers = 0, spawned = 0;
  kill_rule rule;
  std::string killed;        // whom the rule hit
  std::vector<std::string> witnessed; // env->witness of all machines
  std::string bug;           // a deliberately seeded bug, for scenarios that prove that such are found
  nanoseconds delay_min = 50 * us, delay_max = 2 * ms; // of the network
  nanoseconds step_cost = 1 * us;
  double slow = 0.02;        // now and then an actor has to wait: without it, races are missed
  nanoseconds slow_max = 8 * ms;
  std::vector<std::unique_ptr<machine>> machines;
  std::vector<std::shared_ptr<connection>> connections;

private:
  struct job {
    machine* on = nullptr;
    caf::resumable* what = nullptr;
  };
  struct timed {
    nanoseconds time = 0;
    uint64_t sequence = 0;
    std::function<void()> work;
    bool operator<(const timed& other) const {
      return time != other.time ? time > other.time : sequence > other.sequence;
    }
  };
  void run_job(job);
  bool note_message(job, caf::scheduled_actor&);
  bool kill_by_rule(job, caf::scheduled_actor&, const caf::strong_actor_ptr&);
  void fire_due();
  nanoseconds next_event(machine** whose) const;

  std::vector<job> jobs_;
  std::multimap<nanoseconds, job> parked_; // ready, but made to wait: slow actors, frozen machines
  std::priority_queue<timed> events_;
  uint64_t sequence_ = 0;
  std::set<std::pair<size_t, size_t>> cuts_;
};

} // namespace troupe::sim
