// The durable home of all revisions, a little behind the log. Behind this door are SQLite and its thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "messages/event.hpp"
#include "persist/applied_position.hpp"
#include "persist/expiry_table.hpp"
#include "persist/keyspace.hpp"

namespace troupe {

/// The state as of the history's head, made on the port's thread out of its rows.
struct history_image {
  applied_position head;  // index 0: empty
  uint64_t compacted = 0;
  keyspace state;
  expiry_table expiries;
  std::string error;  // not empty: damaged, or not readable; the store must not start
};

/// One applied log entry: its events in order (there may be none) and when what they put expires.
struct history_group {
  applied_position position;  // after it
  std::vector<event_ptr> events;
  std::vector<int64_t> expires_s;  // by event; 0: never. Empty: none of them expires
};

/// Told on the port's thread: pass it on and return.
class history_listener {
 public:
  virtual ~history_listener() = default;
  virtual void history_is_loaded(std::shared_ptr<history_image>) = 0;
  /// Committed up to `position`; up to `safe` also in the database's file, synced, so that the log is not needed for
  /// it.
  virtual void history_has_passed(const applied_position& position, const applied_position& safe) = 0;
  virtual void history_failed(const std::string& why) = 0;
};

class history_port {
 public:
  virtual ~history_port() = default;
  virtual void open() = 0;
  /// `gently`: first writes what is queued and checkpoints. Otherwise what is queued is dropped and the listener told.
  virtual void close(bool gently) = 0;
  /// Replaces the listener, then answers history_is_loaded, behind all that was queued before. `with_state` false: only
  /// the head and what is compacted.
  virtual void load(std::weak_ptr<history_listener>, bool with_state) = 0;
  virtual void write(history_group) = 0;
  /// Bytes taken and not yet committed. The replica proposes nothing while it is above `history_pinned_bytes_max`.
  virtual size_t pinned_bytes() const = 0;
  /// Write now: somebody waits for it.
  virtual void hurry() = 0;
  /// Write now, and into the database's file: the log needs the space that it keeps for us.
  virtual void checkpoint() = 0;
  /// Forgets what was replaced or removed at or before this revision.
  virtual void compact(uint64_t revision) = 0;
  /// One page of a kind's events above `after`; `done` on the port's thread (or at once, when it is closed: 503).
  virtual void read(const kind_row& kind, uint64_t after, std::function<void(result<history_page>)> done) = 0;
};

// Limits
constexpr size_t history_pinned_bytes_max = 64u << 20;  // a stall of SQLite of half a second does not stop commits
constexpr size_t history_page_events_max = 500;         // of one read
constexpr size_t history_page_bytes_max = 4u << 20;

}  // namespace troupe
