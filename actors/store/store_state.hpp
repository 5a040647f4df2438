// What the store's actors share and what outlives them. Made by the backend, held by every child spec.
#pragma once
#include <memory>

#include "actors/store/store.hpp"
#include "persist/ports/data_folder.hpp"
#include "persist/replica_state.hpp"

namespace troupe {

struct store_state {
  store_state(const store_options& chosen, std::unique_ptr<data_folder> locked, std::unique_ptr<log_port> log,
              std::unique_ptr<history_port> history)
      : options(chosen),
        folder(std::move(locked)),
        replica(chosen.window_bytes, chosen.ring_bytes, std::move(log), std::move(history)) {}
  const store_options options;
  const std::unique_ptr<data_folder>
      folder;  // null: simulated ports. Before `replica`: unlocked when all files are closed
  replica_state replica;
};
using store_state_ptr = std::shared_ptr<store_state>;

// The behaviors of the store's actors; store.cpp makes child specs of them.
struct spawn_context;
caf::actor spawn_replica(const spawn_context&, const env_ptr&, store_state_ptr);
caf::actor spawn_table(const spawn_context&, const env_ptr&, store_state_ptr, const kind_row&);
caf::actor spawn_log_port(const spawn_context&, const env_ptr&, store_state_ptr);
caf::actor spawn_history_port(const spawn_context&, const env_ptr&, store_state_ptr);

}  // namespace troupe
