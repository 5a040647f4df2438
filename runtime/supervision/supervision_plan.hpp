// What a supervisor does, as pure steps: the table of its children, their order, restarts, and the intensity at which it
// gives up (the shape of Erlang/OTP's supervisor, one_for_one). Times are steady milliseconds. supervisor_actor.cpp
// carries the steps out and reports what happens.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// When a child that has ended is started again.
enum class restart : uint8_t {
  permanent, // always
  transient, // when it failed
  temporary  // never
};

/// More than `restarts` restarts within `period_ms` and the supervisor itself ends, so failure climbs the tree.
struct restart_intensity {
  int restarts = 10;
  int64_t period_ms = 10'000;
};

/// The part of a child spec that decides.
struct child_terms {
  std::string name;
  restart again = restart::permanent;
  int64_t shutdown_ms = 5'000;
  bool says_ready = false;
  int64_t start_ms = 30'000;
};

class supervision_plan {
public:
  enum class state : uint8_t {
    waiting,  // not started yet
    starting, // started, has not said ready
    running,
    stopping  // told to stop, or killed; its end has not been seen
  };
  struct child {
    child_terms terms;
    state now = state::waiting;
    int64_t incarnation = 0; // counted from 1
    int64_t restarts = 0;
    int64_t due_ms = 0;      // starting: the next one starts anyway; stopping: it is killed. 0: nothing is due
    bool removing = false;   // forgotten when it has ended
    std::optional<child_terms> successor; // added while the one of the same name was being removed
  };
  enum class verb : uint8_t {
    start,  // spawn the child
    stop,   // send it stop_atom
    kill,   // end it at once
    forget, // it is in the table no more
    ready,  // every child of the first table has started; said once
    finish  // no child is alive any more: end, as a failure where `why` is set
  };
  struct step {
    verb what;
    std::string name; // of the child
    std::string why;
    bool operator==(const step&) const = default;
  };
  using steps = std::vector<step>;

  supervision_plan(std::vector<child_terms> children, restart_intensity);

  /// Starts the table: one after the other, each after the one before is ready.
  steps begin(int64_t now_ms);
  steps ready(const std::string& name, int64_t now_ms);
  /// A child has ended. `failure` empty: normally.
  steps ended(const std::string& name, const std::string& failure, int64_t now_ms);
  /// Unset: there is a child of that name, and it stays.
  std::optional<steps> add(child_terms, int64_t now_ms);
  steps remove(const std::string& name, int64_t now_ms);
  /// Stops all, last first, each after the end of the one behind it; then finishes.
  steps stop(int64_t now_ms);
  /// Kills all at once, last first; finishes as a failure when all have ended.
  steps kill(std::string why);
  /// What is due by now.
  steps tick(int64_t now_ms);
  std::optional<int64_t> next_ms() const;

  const std::vector<child>& children() const { return children_; }
  const child* find_child(const std::string& name) const;

private:
  enum class phase : uint8_t { starting, running, stopping, killing, finished };
  child* find(const std::string& name);
  void start(child&, int64_t now_ms, steps&);
  void start_waiting(int64_t now_ms, steps&);
  void stop_child(child&, int64_t now_ms, steps&);
  void stop_last(int64_t now_ms, steps&);
  void forget(child&, int64_t now_ms, steps&);
  bool too_many_restarts(int64_t now_ms);

  std::vector<child> children_;
  restart_intensity intensity_;
  phase phase_ = phase::starting;
  std::deque<int64_t> restarts_; // times
  std::string why_;              // of a failure
};

} // namespace troupe
