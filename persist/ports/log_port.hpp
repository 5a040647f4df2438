// The log's only door to a disk. Everything that is decided about the log (format, groups, what is torn, what is
// damaged) is plain code in persist/; behind this door are the files, the sync and the thread that waits for it.
//
// One queue, first in first out, whoever asks: so the load of a restarted replica comes behind the writes of the one
// that died, and no late write of a predecessor can follow it.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// One entry of the raft log. `block` owns the bytes (one allocation may hold several entries).
struct log_entry {
  uint64_t term = 0;
  uint16_t type = 0;  // raft's
  std::shared_ptr<const char> block;
  const char* bytes = nullptr;
  uint32_t size = 0;
};

/// What raft must never forget: the term it is in, and whom it voted for.
struct hard_state {
  uint64_t term = 0, vote = 0;
};

/// What is to become durable together, in this order: the hard state, the cut, the entries.
struct log_batch {
  bool has_hard = false;
  hard_state hard;
  uint64_t cut_from = 0;  // entries from this index on are void; 0: none
  uint64_t first = 0;     // index of entries[0]
  std::vector<log_entry> entries;
  size_t bytes() const {
    size_t sum = 64;
    for (auto& entry : entries) sum += entry.size + 64;
    return sum;
  }
};

/// What a load found, its torn tail cut off and the rest synced.
struct log_image {
  hard_state hard;  // term 0: a new log
  uint64_t first = 1;
  std::vector<log_entry> entries;  // dense, from `first`
  std::string error;               // not empty: the log is damaged or cannot be read; the store must not start
  uint64_t last() const { return first + entries.size() - 1; }
};

/// Told on the port's thread, or in the call of run_here(): pass it on and return.
class log_listener {
 public:
  virtual ~log_listener() = default;
  virtual void log_is_loaded(std::shared_ptr<log_image>) = 0;
  /// Everything appended up to here is durable (also a batch without entries: then index is 0).
  virtual void log_is_durable(uint64_t index, uint64_t term) = 0;
  /// There is no space: what is in hand waits for some, and full() is true until then.
  virtual void log_is_full() = 0;
  /// The port was closed or a write has an unknown outcome. Nothing is told after it; load again.
  virtual void log_failed(const std::string& why) = 0;
};

class log_port {
 public:
  virtual ~log_port() = default;
  /// Starts and stops the port (its actor does); what is queued when it closes is dropped and the listener told. Calls
  /// made while it is closed wait (load) or fail (the others).
  virtual void open() = 0;
  virtual void close() = 0;
  /// Replaces the listener (held weakly; the old one is told nothing more), then answers log_is_loaded.
  virtual void load(std::weak_ptr<log_listener>) = 0;
  virtual void append(log_batch) = 0;
  /// Entries up to this index are not needed any more.
  virtual void drop_to(uint64_t index) = 0;
  /// Does the queued work on the caller's thread where it is small and the port idle: two changes of threads less. The
  /// caller's thread may wait for a disk (child spec own_thread). False: the port's thread does it.
  virtual bool run_here() = 0;
  /// No space for more: what is in hand waits, nothing new may be proposed.
  virtual bool full() const = 0;
};

}  // namespace troupe
