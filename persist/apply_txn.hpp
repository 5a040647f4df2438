// What a transaction does to the state: all preconditions are looked at first; then all of it happens at one revision,
// or nothing does.
#pragma once
#include <vector>

#include "messages/event.hpp"
#include "messages/txn.hpp"
#include "persist/keyspace.hpp"
#include "persist/txn_format.hpp"

namespace troupe {

/// Applies it to the unpublished state at revision `last` + 1 and appends its events. A transaction that changes
/// nothing (only checks) commits at `last` and uses no revision. A removal of what is not there conflicts.
txn_outcome apply_txn(keyspace& state, const txn_view& write, uint64_t last, std::vector<event_ptr>& events);

}  // namespace troupe
