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

struct log_image;     // persist/ports/log_port.hpp
struct history_image; // persist/ports/history_port.hpp

/// To the replica: propose call->write. The outcome comes home by answer(call); if the replica dies first, the call's
/// destructor answers 504.
struct propose_call {
  call_ptr request;
};

/// To a table actor: its kind has new events, up to `through`. They wait in the kind's feed, outside any actor, so that a
/// table actor that dies loses none.
struct table_changes {
  uint64_t through = 0;
};

/// The log is durable up to here. INTERNAL to the replica: from its log port.
struct log_durable {
  uint64_t index = 0, term = 0;
  bool failed = false;
  std::string why;
  bool full = false; // nothing new is durable: there is no space
};

/// SQLite holds everything up to here. INTERNAL to the replica: from its history port.
struct history_passed {
  uint64_t revision = 0, index = 0;
  uint64_t safe_index = 0, safe_term = 0; // in the database's file itself, synced: the log is not needed up to here
  bool failed = false;
  std::string why;
};

/// What the ports found on disk. INTERNAL to the replica: answers to its load (persist/ports/).
struct log_loaded {
  std::shared_ptr<log_image> image;
};
struct history_loaded {
  std::shared_ptr<history_image> image;
};

/// INTERNAL to the replica: what waited in the mailbox is queued now; make one group of it.
struct flush_queue {
  uint64_t turn = 0;
};

using replica_actor = caf::typed_actor<
    caf::reacts_to<propose_call>,   // Queue the transaction; all that wait go into one raft entry.
    caf::reacts_to<log_loaded>,     // INTERNAL: start-up, the log.
    caf::reacts_to<history_loaded>, // INTERNAL: start-up, the state as of SQLite.
    caf::reacts_to<flush_queue>,    // INTERNAL: one raft entry of all that is queued.
    caf::reacts_to<log_durable>,    // INTERNAL: go on with what is durable now.
    caf::reacts_to<history_passed>, // INTERNAL: the ring may be trimmed, the log dropped.
    caf::reacts_to<tick_atom>,      // INTERNAL: raft's timer, TTL, compaction.
    caf::reacts_to<stop_atom>>;     // Take no more, sync what is queued, answer it, end.

using table_actor = caf::typed_actor<
    caf::reacts_to<table_changes>, // Move the kind's feed to its window, then wake its subscribers.
    caf::reacts_to<stop_atom>>;

/// /M/store/log and /M/store/history: each owns its port's thread and files. Killing one closes the port, whereupon the
/// replica ends (what it had asked for has an unknown outcome) and both start again.
using store_port_actor = caf::typed_actor<caf::reacts_to<stop_atom>>;

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::propose_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::table_changes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::log_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::history_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::flush_queue)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::log_durable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::history_passed)
