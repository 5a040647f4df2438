// The store as the composition root sees it: a backend that publishes state, tells of changes and takes writes. The one
// built here is our own replica (raft log, keyspace in memory, SQLite behind); another, over an existing etcd cluster,
// would be a second implementation of `store_backend`.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "messages/call.hpp"
#include "messages/event.hpp"
#include "messages/result.hpp"
#include "messages/roots.hpp"
#include "runtime/env.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

class log_port;      // persist/ports/log_port.hpp
class history_port;  // persist/ports/history_port.hpp

/// What every backend offers. All doors but `children` may be used from any thread; they live as long as the backend.
class store_backend {
 public:
  virtual ~store_backend() = default;
  virtual const roots& state() const = 0;  // for chain.state and env->state
  virtual tables& events() = 0;            // for env->events
  /// For chain.propose: hands call->write to the writer of this machine. The outcome comes home by answer(call), also a
  /// refusal. Never blocks.
  virtual void propose(const env_ptr&, call_ptr) = 0;
  /// The children of the supervisor whose path is "/" + env->machine + "/store". They are owned by it; the backend must
  /// outlive them.
  virtual std::vector<child_spec> children() = 0;
};

struct store_options {
  std::string data_dir;                   // the store's files lie in data_dir/store; made, 0700
  size_t segment_bytes = 16u << 20;       // one file of the log; the largest group (11 MiB) must fit
  size_t window_bytes = 8u << 20;         // recent events kept in memory for watches, per kind
  size_t ring_bytes = 16u << 20;          // recent events kept in memory for paged lists, all kinds
  int64_t compact_every_ms = 4 * 60'000;  // history older than one to two such periods is dropped: within ten minutes, as upstream's
  /// What is on the disk must not be used (damage, a kind that this version does not know); one line. Called once, on
  /// an actor's thread: the process should end with it. Reads and writes are refused until then.
  std::function<void(const std::string&)> refused;
};

/// Opens our own store in a folder: takes its lock, checks its format version. Reads nothing yet; the actors do that.
/// Errors are one line for people: the folder is in use (and by whom), of another format version, not writable.
result<std::unique_ptr<store_backend>> open_store(const store_options&);

/// The same over ports that somebody else made (the simulation). `data_dir` is not looked at.
std::unique_ptr<store_backend> make_store(const store_options&, std::unique_ptr<log_port>,
                                          std::unique_ptr<history_port>);

}  // namespace troupe
