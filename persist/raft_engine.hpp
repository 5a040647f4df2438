// Consensus as a pure function: libraft 0.22.1 through raft_step(), nothing of its disk or network code. A step takes
// an event and says what must become durable and what is committed; the caller does that, in the order given.
//
// A replica without peers is the same code: it elects itself at its start and commits what its own log holds durably.
// Peers (messages, snapshots, membership) come with the wire between servers.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "persist/applied_position.hpp"
#include "persist/ports/log_port.hpp"

namespace troupe {

class raft_engine {
 public:
  /// What a step asks of its caller: `batch` to the log (term and vote before anything else), then apply up to
  /// `commit`.
  struct ready {
    bool append = false;  // `batch` is not empty
    log_batch batch;
    uint64_t commit = 0;  // index up to which entries are committed now
    std::string error;    // libraft refused the event; nothing else is set
  };

  /// `seed` of its election timers.
  raft_engine(uint64_t id, uint32_t seed);
  ~raft_engine();
  raft_engine(const raft_engine&) = delete;

  /// Entry 1 of a new log: this replica alone, a voter.
  static log_entry first_configuration(uint64_t id);

  /// Begins with what the log holds; entries up to `applied` are in the state already (index 0: none).
  ready start(const log_image&, const applied_position& applied, int64_t now_ms);
  /// One entry. Leaders only. The bytes' size is a multiple of 8.
  ready submit(const std::string& bytes, int64_t now_ms);
  ready persisted(uint64_t index, int64_t now_ms);
  /// The entry was applied; configurations count from then on.
  ready applied(uint64_t index, bool configuration, int64_t now_ms);
  /// The state up to here is durable elsewhere, the log before it dropped.
  ready compacted(const applied_position&, int64_t now_ms);
  ready timeout(int64_t now_ms);

  bool leader() const;
  uint64_t term() const;
  uint64_t last_index() const;
  static bool is_configuration(uint16_t type);
  static bool is_command(uint16_t type);

 private:
  struct engine;
  std::unique_ptr<engine> engine_;
};

}  // namespace troupe
