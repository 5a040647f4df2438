// /M/store/log and /M/store/history: a port lives as long as its actor does. Killed, it drops what it had in hand and
// tells the replica, whose proposals then have an unknown outcome.
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/store/store_state.hpp"
#include "messages/actors/store.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

struct log_port_state {
  explicit log_port_state(store_port_actor::pointer) {}
  static inline const char* name = "log_port";
  ~log_port_state() {
    if (store) store->replica.log->close();
  }
  store_state_ptr store;
};

store_port_actor::behavior_type log_port_behavior(store_port_actor::stateful_pointer<log_port_state> self,
                                                  store_state_ptr store) {
  self->state.store = store;
  store->replica.log->open();
  return {[self](stop_atom) { self->quit(); }};
}

struct history_port_state {
  explicit history_port_state(store_port_actor::pointer) {}
  static inline const char* name = "history_port";
  ~history_port_state() {
    if (store) store->replica.history->close(false);
  }
  store_state_ptr store;
};

store_port_actor::behavior_type history_port_behavior(store_port_actor::stateful_pointer<history_port_state> self,
                                                      store_state_ptr store) {
  self->state.store = store;
  store->replica.history->open();
  return {[self](stop_atom) {
    self->state.store->replica.history->close(true);  // the replica has ended before: it was started later
    self->quit();
  }};
}

}  // namespace

caf::actor spawn_log_port(const spawn_context& context, const env_ptr&, store_state_ptr state) {
  return spawn_child(context, log_port_behavior, std::move(state));
}

caf::actor spawn_history_port(const spawn_context& context, const env_ptr&, store_state_ptr state) {
  return spawn_child(context, history_port_behavior, std::move(state));
}

}  // namespace troupe
