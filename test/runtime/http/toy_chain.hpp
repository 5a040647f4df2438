// A handler chain without Kubernetes: each path shows one thing that the server must carry. For tests and the benchmark.
#pragma once
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>
#include "messages/call.hpp"

namespace toy {

/// What the chain's functions share. One at a time (they are plain functions).
struct world {
  world();
  ~world();
  troupe::chain make_chain();

  // ---- for tests
  /// Sends a line to every open /watch.
  void tell_watchers(const std::string& line);
  /// Waits until so many watches are open.
  void await_watches(size_t count);
  /// Waits until so many calls are kept by /keep, and gives them up (answered with 200, or dropped without an answer).
  void await_kept(size_t count);
  void answer_kept();
  void drop_kept();

  // ---- the chain's
  troupe::step handle(const troupe::call_ptr&);
  void propose(troupe::call_ptr);
  struct watch;
  struct state;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<troupe::call_ptr> kept, proposed;
  std::set<state*> states;
  size_t watches = 0;
  std::atomic<uint64_t> revision{0};
  troupe::text_ptr big = std::make_shared<std::string>(1 << 20, 'b');

private:
  void store();
  bool stopping_ = false;
  std::thread store_;
};

} // namespace toy
