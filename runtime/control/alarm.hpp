// One timer for everything an actor waits for: any number of users name their time, the actor gets tick_atom at the
// earliest, and each looks at its own clock. (An answered request's timer stays in CAF 0.17's clock, and a self-ticking
// actor keeps a machine awake: so nothing ticks while nobody waits.)
#pragma once
#include <chrono>
#include <cstdint>
#include <limits>
#include <caf/actor_clock.hpp>
#include <caf/event_based_actor.hpp>
#include "messages/actors/atoms.hpp"

namespace troupe {

/// Steady time of the actor's machine.
inline int64_t steady_ms(caf::local_actor& self) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(self.clock().now().time_since_epoch()).count();
}

class alarm {
public:
  explicit alarm(caf::local_actor* self) : self_(self) {}
  int64_t now_ms() const { return steady_ms(*self_); }
  /// tick_atom comes at `at_ms` or before.
  void at(int64_t at_ms) {
    if (at_ms >= armed_ms_) return;
    armed_ms_ = at_ms;
    auto when = caf::actor_clock::time_point{std::chrono::milliseconds{at_ms}};
    self_->clock().schedule_message(when, caf::actor_cast<caf::strong_actor_ptr>(self_->ctrl()),
                                    caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, tick_atom::value));
  }
  /// Call it at each tick_atom, before the users look at their times.
  void fired() {
    if (armed_ms_ <= now_ms()) armed_ms_ = never;
  }
  static constexpr int64_t never = std::numeric_limits<int64_t>::max();

private:
  caf::local_actor* self_;
  int64_t armed_ms_ = never;
};

} // namespace troupe
