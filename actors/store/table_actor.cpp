// /M/store/tables/RESOURCE: turns the changes of one kind into news. The feed and the window are outside it, so nothing
// is lost when it dies; it says whom to wake before it drains, so nothing is missed either.
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/store/store_state.hpp"
#include "messages/actors/store.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

struct table_actor_state {
  explicit table_actor_state(table_actor::pointer) {}
  static inline const char* name = "table";
  store_state_ptr store;
};

table_actor::behavior_type table(table_actor::stateful_pointer<table_actor_state> self, store_state_ptr store,
                                 const kind_row* kind) {
  self->state.store = store;
  auto* windows = &store->replica.windows;
  windows->on_feed(*kind, [address = self->address()](uint64_t revision) {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(address))
      caf::anon_send(caf::actor_cast<table_actor>(strong), table_changes{revision});
  });
  windows->drain(*kind);
  return {
      [windows, kind](const table_changes&) { windows->drain(*kind); },
      [self](stop_atom) { self->quit(); },
  };
}

}  // namespace

caf::actor spawn_table(const spawn_context& context, const env_ptr&, store_state_ptr state, const kind_row& kind) {
  return spawn_child(context, table, std::move(state), &kind);
}

}  // namespace troupe
