#include "test/sim/coordinator.hpp"
#include <cstdio>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>
#include "runtime/supervision/actor_machine.hpp"
#include "test/sim/world.hpp"

namespace troupe::sim {
namespace {

/// What CAF prints of its own (an actor that throws): into the trace, without a thread.
class trace_printer : public caf::monitorable_actor {
public:
  trace_printer(caf::actor_config& config, world& in) : monitorable_actor(config), world_(in) {}
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override {
    auto& content = element->content();
    if (world_.log.out && content.match_elements<caf::add_atom, caf::actor_id, std::string>())
      std::fprintf(world_.log.out, "  printed: %s", content.get_as<std::string>(2).c_str());
  }

private:
  world& world_;
};

} // namespace

coordinator::simulated_unit::simulated_unit(caf::actor_system* system, world& in, machine& of) : execution_unit(system), world_(in), machine_(of) {}
void coordinator::simulated_unit::exec_later(caf::resumable* what) { world_.ready(machine_, what); }

coordinator::coordinator(caf::actor_system& system, world& in, machine& of)
  : abstract_coordinator(system), world_(in), machine_(of), unit_(&system, in, of) {}

void coordinator::enqueue(caf::resumable* what) { world_.ready(machine_, what); }
caf::actor_clock& coordinator::clock() noexcept { return *machine_.clock; }

void coordinator::start() {
  auto& own = system();
  set_node_id(own, machine_.name);
  caf::actor_config config{&unit_};
  utility_actors_[printer_id] = caf::make_actor<trace_printer, caf::actor>(own.next_actor_id(), own.node(), &own, config, world_);
}

void coordinator::stop() { world_.drain(machine_); }

caf::execution_unit* unit_of(machine& of) { return static_cast<coordinator*>(of.scheduler)->unit(); }

machine_clock::time_point machine_clock::now() const noexcept {
  auto passed = static_cast<double>(world_.now - machine_.booted_at) * machine_.rate;
  return time_point{duration_type{1 + machine_.offset + static_cast<nanoseconds>(passed)}};
}

nanoseconds machine_clock::next() const {
  auto local = schedule_.begin()->first.time_since_epoch().count() - 1 - machine_.offset;
  auto time = machine_.booted_at + static_cast<nanoseconds>(static_cast<double>(local) / machine_.rate) + (machine_.rate == 1.0 ? 0 : 1);
  return std::max(time, machine_.frozen_until);
}

void machine_clock::fire_first() {
  auto first = schedule_.begin();
  auto entry = std::move(first->second);
  schedule_.erase(first);
  if (entry->backlink != actor_lookup_.end())
    actor_lookup_.erase(entry->backlink);
  ship(*entry);
}

} // namespace troupe::sim
