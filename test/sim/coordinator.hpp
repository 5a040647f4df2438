// CAF's scheduler of a simulated machine: whatever becomes ready is handed to the world.
#pragma once
#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace troupe::sim {

class world;
struct machine;

class coordinator : public caf::scheduler::abstract_coordinator {
public:
  coordinator(caf::actor_system&, world&, machine&);
  void enqueue(caf::resumable*) override;
  caf::actor_clock& clock() noexcept override;
  bool detaches_utility_actors() const override { return false; }
  caf::execution_unit* unit() { return &unit_; }

protected:
  void start() override;
  void stop() override;

private:
  class simulated_unit : public caf::execution_unit {
  public:
    simulated_unit(caf::actor_system*, world&, machine&);
    void exec_later(caf::resumable*) override;

  private:
    world& world_;
    machine& machine_;
  };
  world& world_;
  machine& machine_;
  simulated_unit unit_;
};

caf::execution_unit* unit_of(machine&);

} // namespace troupe::sim
