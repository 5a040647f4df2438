// What the generic parts of runtime/ say to the actors that stand on them.
#pragma once
#include <cstdint>
#include <string>
#include <caf/typed_actor.hpp>
#include "messages/actors/atoms.hpp"
#include "messages/call.hpp"

namespace troupe {

/// A kind has new events up to `revision`: pull them from `tables`. Coalesced: one is on its way at most.
struct table_news {
  const kind_row* kind = nullptr;
  uint64_t revision = 0;
};

/// A call that this actor made has come home (env.api): run `committed`, then the continuation.
struct call_home {
  call_ptr answered;
};

/// INTERNAL to runtime/control: work posted to an actor that is a call's home.
struct posted {
  std::shared_ptr<std::function<void()>> work;
};

/// The part of an interface that every actor with an api client and informers has.
using control_actor = caf::typed_actor<
    caf::reacts_to<table_news>, // Pull the events, queue the keys.
    caf::reacts_to<call_home>,  // Continue the call's continuation.
    caf::reacts_to<posted>,     // INTERNAL: run it.
    caf::reacts_to<tick_atom>,  // INTERNAL: back-off, resync.
    caf::reacts_to<stop_atom>>;

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::table_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::call_home)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::posted)
