// What a replica works on, and what outlives it: the published state, the recent events, the ports. It lies outside any
// actor, so reads and watches go on while a killed replica starts again.
#pragma once
#include <memory>

#include "persist/applied_position.hpp"
#include "persist/event_ring.hpp"
#include "persist/event_windows.hpp"
#include "persist/expiry_table.hpp"
#include "persist/keyspace.hpp"
#include "persist/kind_names.hpp"
#include "persist/ports/history_port.hpp"
#include "persist/ports/log_port.hpp"
#include "persist/store_roots.hpp"

namespace troupe {

struct replica_state {
  replica_state(size_t window_bytes, size_t ring_bytes, std::unique_ptr<log_port> log_door,
                std::unique_ptr<history_port> history_door)
      : log(std::move(log_door)), history(std::move(history_door)), ring(ring_bytes), windows(window_bytes, *history) {}

  const std::unique_ptr<log_port> log;
  const std::unique_ptr<history_port> history;
  const kind_names names;
  keyspace objects;
  event_ring ring;
  event_windows windows;
  store_roots published{objects, ring};
  // The replica's own, between its incarnations.
  applied_position applied;
  expiry_table expiries;
  uint64_t replayed = 0;  // log entries applied at starts, for the operator and for tests
};

}  // namespace troupe
