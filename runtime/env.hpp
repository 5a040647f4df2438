// Everything impure that an actor may touch, handed to it when it is spawned. No globals. The real one is made by cli/,
// the simulated one by test/sim; actors cannot tell which they have.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>
#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include "messages/call.hpp"
#include "messages/event.hpp"
#include "messages/roots.hpp"

namespace troupe {

class metrics;    // runtime/metrics.hpp
class actor_tree; // runtime/supervision/actor_tree.hpp

/// Path -> current incarnation of the actors of this machine, e.g. "/alpha/store/replica". Written by supervisors only.
/// Ask at each use: a restart is then invisible but for one failed request.
class directory {
public:
  void set(const std::string& path, caf::actor handle) {
    std::lock_guard guard{mutex_};
    handles_[path] = std::move(handle);
  }
  void erase(const std::string& path) {
    std::lock_guard guard{mutex_};
    handles_.erase(path);
  }
  /// Null where nobody lives (just now). The supervisor of `path` spawned it with this interface.
  template <class Handle> Handle get(const std::string& path) const {
    std::lock_guard guard{mutex_};
    auto found = handles_.find(path);
    return found == handles_.end() ? Handle{} : caf::actor_cast<Handle>(found->second);
  }
  /// Paths that begin with `prefix`, in order.
  std::vector<std::string> below(const std::string& prefix) const {
    std::lock_guard guard{mutex_};
    std::vector<std::string> paths;
    for (auto at = handles_.lower_bound(prefix); at != handles_.end() && at->first.starts_with(prefix); ++at) paths.push_back(at->first);
    return paths;
  }
  void clear() {
    std::lock_guard guard{mutex_};
    handles_.clear();
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, caf::actor> handles_;
};

struct env {
  std::string machine;                 // also the Node's name
  directory actors;
  std::function<int64_t()> wall_ns;    // calendar time; may jump. Steady time: self->clock().now()
  std::function<uint64_t()> random;    // seeded in the simulation
  const chain* api = nullptr;          // the handler chain; null on a machine without a server
  const roots* state = nullptr;        // published state of this machine's replica
  tables* events = nullptr;            // recent events of this machine's replica
  metrics* measures = nullptr;         // never null
  actor_tree* tree = nullptr;          // this machine's actors as objects; null: not published
  bool own_threads = true;             // false in the simulation: child_spec::own_thread is ignored
  /// Told of what was promised ("ack pods/default/web-1@17"): the simulation's oracle; empty in production.
  std::function<void(const std::string&)> witness;
};
using env_ptr = std::shared_ptr<env>;

} // namespace troupe
