// What happened to an object, as watchers see it, and where events are read from.
#pragma once
#include <functional>
#include <memory>
#include <vector>
#include "messages/object.hpp"
#include "messages/result.hpp"

namespace troupe {

/// One change of one object. Shared by all watchers; what they need encoded is cached in the object itself.
struct event {
  enum class type : uint8_t { added, modified, deleted };
  type what;
  uint64_t revision;   // of the change; also object->revision(), deletions included
  object_ptr object;   // the new state; of a deletion: the last state, under the deletion's revision
  object_ptr previous; // the state before; null for added
};
using event_ptr = std::shared_ptr<const event>;

/// A piece of the durable history: every event of the asked kind in (after, through], oldest first.
struct history_page {
  std::vector<event_ptr> events;
  uint64_t through = 0; // above `after`, also where `events` is empty: go on from here (read, or read_history again)
};

/// Told, on the table actor's thread, that a kind has new events. Must only wake somebody up (post, send).
class table_subscriber {
public:
  virtual ~table_subscriber() = default;
  virtual void table_changed(const kind_row& kind, uint64_t revision) = 0;
};

/// The recent events of every kind, readable from any thread; fed by the replica, announced by the table actors. A subscriber keeps its own
/// position (a revision) and pulls: so nothing is lost between a list and its watch, and a slow reader holds nobody up.
class tables {
public:
  virtual ~tables() = default;
  /// Every event of `kind` up to this revision is readable (or was dropped as too old). The revision of a bookmark.
  virtual uint64_t progress(const kind_row& kind) const = 0;
  /// Appends events of `kind` with revision > `after`, oldest first, at most `limit`; `through` becomes the revision up
  /// to which the caller has now seen everything (the last event's, or progress()). False: `after` is below the
  /// window; use read_history.
  virtual bool read(const kind_row& kind, uint64_t after, size_t limit, std::vector<event_ptr>& to, uint64_t& through) const = 0;
  /// Events older than the window, from the durable history, a page at a time. `done` may run on another thread, exactly
  /// once; 410 when `after` is below the last compaction, 503 while the history is being restarted.
  virtual void read_history(const kind_row& kind, uint64_t after, std::function<void(result<history_page>)> done) const = 0;
  /// The subscriber is held weakly. After subscribing, read once: changes before it are not announced.
  virtual void subscribe(const kind_row& kind, std::weak_ptr<table_subscriber> subscriber) = 0;
};

} // namespace troupe
