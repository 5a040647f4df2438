// The store's actors. /M/store/replica is the only writer of the keyspace; /M/store/tables/RESOURCE turns a group of
// changes into events for one kind.
#pragma once
#include <memory>
#include <string>
#include <vector>
#include <caf/typed_actor.hpp>
#include "messages/actors/atoms.hpp"
#include "messages/call.hpp"
#include "messages/event.hpp"

namespace troupe {

/// To the replica: propose call->write. The outcome comes home by answer(call); if the replica dies first, the call's
/// destructor answers 504.
struct propose_call {
  call_ptr request;
};

/// To a table actor: the changes of its kind in one applied group, and the revision that the group reached (also sent
/// without changes, so that bookmarks progress: coalesced, at most once per group).
struct table_changes {
  std::vector<event_ptr> events;
  uint64_t through = 0;
};

/// The log is durable up to here. INTERNAL to the replica: from its log port.
struct log_durable {
  uint64_t index = 0, term = 0;
  bool failed = false;
  std::string why;
};

/// SQLite holds everything up to here. INTERNAL to the replica: from its history port.
struct history_passed {
  uint64_t revision = 0, index = 0;
  bool failed = false;
  std::string why;
};

using replica_actor = caf::typed_actor<
    caf::reacts_to<propose_call>,   // Queue the transaction; all that wait go into one raft entry.
    caf::reacts_to<log_durable>,    // INTERNAL: go on with what is durable now.
    caf::reacts_to<history_passed>, // INTERNAL: the ring may be trimmed, the log dropped.
    caf::reacts_to<tick_atom>,      // INTERNAL: raft's timer, TTL, compaction.
    caf::reacts_to<stop_atom>>;     // Take no more, sync what is queued, answer it, end.

using table_actor = caf::typed_actor<
    caf::reacts_to<table_changes>, // Append to the kind's window, then wake its subscribers.
    caf::reacts_to<stop_atom>>;

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::propose_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::table_changes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::log_durable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::history_passed)
