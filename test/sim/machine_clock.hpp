// The steady clock of a simulated machine: CAF's timers on the world's virtual time, with an own rate and offset.
#pragma once
#include <caf/detail/simple_actor_clock.hpp>
#include "test/sim/random.hpp"

namespace troupe::sim {

class world;
struct machine;

class machine_clock : public caf::detail::simple_actor_clock {
public:
  machine_clock(const world& in, const machine& of) : world_(in), machine_(of) {}
  time_point now() const noexcept override;
  bool empty() const { return schedule_.empty(); }
  /// World time of the first timer.
  nanoseconds next() const;
  void fire_first();

private:
  const world& world_;
  const machine& machine_;
};

} // namespace troupe::sim
