#include "test/sim/world.hpp"
#include <algorithm>
#include <cinttypes>
#include <caf/scheduled_actor.hpp>
#include "runtime/supervision/supervisor_actor.hpp"
#include "test/sim/coordinator.hpp"
#include "test/sim/network.hpp"

namespace troupe::sim {
namespace {

constexpr nanoseconds process_restart = 50 * ms;
constexpr int64_t calendar_start_ns = 1'800'000'000ll * 1'000'000'000; // the world's calendar begins in January 2027

bool is_actor(caf::resumable* what) {
  auto type = what->subtype();
  return type == caf::resumable::scheduled_actor || type == caf::resumable::io_actor;
}

caf::scheduled_actor* as_actor(caf::resumable* what) {
  return is_actor(what) ? static_cast<caf::scheduled_actor*>(what) : nullptr;
}

bool is_dead(caf::scheduled_actor& actor) { return actor.getf(caf::abstract_actor::is_terminated_flag); }

} // namespace

random_stream& machine::random() { return in->random; }

void machine::later(nanoseconds delay, std::function<void()> work) {
  in->after(delay, [this, boot = boots, work = std::move(work)] {
    if (up && !stopping && boots == boot)
      work();
  });
}

world::world(uint64_t seed) : random(seed) {}

world::~world() {
  for (auto& one : machines)
    if (one->up)
      crash(*one, false);
  connections.clear();
}

machine& world::add(std::string name, std::function<std::vector<child_spec>(machine&)> role) {
  auto made = std::make_unique<machine>();
  made->in = this;
  made->index = machines.size();
  made->name = std::move(name);
  made->role = std::move(role);
  machines.push_back(std::move(made));
  return *machines.back();
}

machine* world::find(const std::string& name) {
  for (auto& one : machines)
    if (one->name == name)
      return one.get();
  return nullptr;
}

void world::boot(machine& on) {
  on.booted_at = now;
  ++on.boots;
  on.up = true;
  on.stopping = false;
  on.clock = std::make_unique<machine_clock>(*this, on);
  on.config = std::make_unique<caf::actor_system_config>();
  on.config->module_factories.push_back([this, &on](caf::actor_system& system) -> caf::actor_system::module* {
    auto* made = new coordinator(system, *this, on); // CAF owns it
    on.scheduler = made;
    return made;
  });
  on.system = std::make_unique<caf::actor_system>(*on.config);
  on.measures = std::make_unique<metrics>();
  on.env = std::make_shared<troupe::env>();
  on.env->machine = on.name;
  on.env->wall_ns = [this, &on] { return calendar_start_ns + now + on.wall_skew; };
  on.env->random = [this] { return random.next(); };
  on.env->witness = [this](const std::string& what) { witnessed.push_back(what); };
  on.env->measures = on.measures.get();
  on.env->own_threads = false;
  on.tree = std::make_unique<actor_tree>(on.name, static_cast<uint64_t>(on.env->wall_ns() / 1'000'000'000));
  on.env->tree = on.tree.get();
  auto children = on.role(on);
  on.root = spawn_root(*on.system, on.env, std::move(children));
}

void world::ready(machine& on, caf::resumable* what) {
  if (auto* actor = as_actor(what)) {
    auto weak = caf::actor_cast<caf::weak_actor_ptr>(caf::strong_actor_ptr{actor->ctrl()});
    if (on.actors.emplace(actor->id(), std::move(weak)).second)
      ++spawned;
  }
  jobs_.push_back({&on, what});
}

void world::hard_kill(machine& on, const caf::strong_actor_ptr& whom) {
  auto* actor = static_cast<caf::scheduled_actor*>(whom->get());
  if (is_dead(*actor))
    return;
  // quit and finalize, not an exit message: it works within a handler's wait, and destroys the actor's state.
  actor->context(unit_of(on));
  actor->quit(caf::exit_reason::kill);
  actor->finalize();
}

bool world::kill(const std::string& path) {
  for (auto& on : machines) {
    if (!on->up || !(path == "/" + on->name || path.starts_with("/" + on->name + "/")))
      continue;
    if (path == "/" + on->name) {
      restart(*on, false, process_restart);
      return true;
    }
    auto handle = on->env->actors.get<caf::actor>(path);
    if (handle)
      hard_kill(*on, caf::actor_cast<caf::strong_actor_ptr>(handle));
    return static_cast<bool>(handle);
  }
  return false;
}

/// Writes what the actor will handle next into the trace; false: it has no message.
bool world::note_message(job next, caf::scheduled_actor& actor) {
  log.add(static_cast<uint64_t>(now));
  log.add(static_cast<uint64_t>(next.on->index) << 48 | actor.id());
  auto* element = is_dead(actor) ? nullptr : actor.peek_at_next_mailbox_element();
  if (!element)
    return false;
  ++messages;
  auto sender = element->sender ? element->sender->id() : 0;
  log.add(sender);
  log.add(element->mid.integer_value());
  auto& content = element->content();
  for (size_t i = 0; i < content.size(); ++i) {
    auto [number, type] = content.type(i);
    log.add(number ? number : 7777);
    if (!number && type)
      log.add(std::string_view{type->name()});
  }
  if (log.out)
    std::fprintf(log.out, "%" PRId64 " %s %s#%" PRIu64 " <- #%" PRIu64 " %" PRIu64 ": %s\n", now, next.on->name.c_str(), actor.name(),
                 static_cast<uint64_t>(actor.id()), static_cast<uint64_t>(sender), messages, to_string(content).c_str());
  return true;
}

/// True: the actor, or its whole machine, is gone and must not be resumed.
bool world::kill_by_rule(job next, caf::scheduled_actor& actor, const caf::strong_actor_ptr& keep) {
  auto& on = *next.on;
  killed = on.name + "/" + actor.name();
  if (on.root && actor.id() == on.root.id()) { // the process ends with its root
    caf::intrusive_ptr_release(next.what);
    restart(on, true, process_restart);
    return true;
  }
  hard_kill(on, keep);
  return false;
}

void world::run_job(job next) {
  auto& on = *next.on;
  auto* actor = next.what->subtype() == caf::resumable::scheduled_actor ? static_cast<caf::scheduled_actor*>(next.what) : nullptr;
  caf::strong_actor_ptr keep;
  bool hit = false;
  if (actor && !on.stopping) {
    keep = actor->ctrl();
    hit = note_message(next, *actor) && messages == rule.at;
  }
  if (hit && !rule.after && kill_by_rule(next, *actor, keep))
    return;
  // An actor that is killed before its first turn would still run its init function: the dead are never resumed.
  if (actor && is_dead(*actor)) {
    caf::intrusive_ptr_release(next.what);
    return;
  }
  switch (next.what->resume(unit_of(on), 1)) {
    case caf::resumable::resume_later: jobs_.push_back(next); break;
    case caf::resumable::shutdown_execution_unit: break;
    default: caf::intrusive_ptr_release(next.what);
  }
  if (!hit || !rule.after || is_dead(*actor))
    return;
  killed = on.name + "/" + actor->name();
  if (on.root && actor->id() == on.root.id())
    restart(on, true, process_restart);
  else
    hard_kill(on, keep);
}

nanoseconds world::next_event(machine** whose) const {
  *whose = nullptr;
  auto time = events_.empty() ? INT64_MAX : events_.top().time;
  if (!parked_.empty())
    time = std::min(time, std::max(now + 1, parked_.begin()->first));
  for (auto& on : machines) {
    if (!on->up || on->clock->empty())
      continue;
    auto timer = on->clock->next();
    if (timer < time) {
      time = timer;
      *whose = on.get();
    }
  }
  return time;
}

void world::fire_due() {
  while (!parked_.empty() && parked_.begin()->first <= now) {
    jobs_.push_back(parked_.begin()->second);
    parked_.erase(parked_.begin());
  }
  for (;;) {
    machine* whose = nullptr;
    auto time = next_event(&whose);
    if (time > now)
      return;
    if (whose) {
      ++timers;
      log.add(whose->index + 1000);
      whose->clock->fire_first();
    } else if (!events_.empty() && events_.top().time <= now) {
      auto work = events_.top().work;
      events_.pop();
      work();
    } else {
      return;
    }
  }
}

bool world::step(nanoseconds limit) {
  now += step_cost; // every message costs time, so timers race with work
  fire_due();
  if (jobs_.empty()) {
    machine* whose = nullptr;
    auto time = next_event(&whose);
    if (time == INT64_MAX)
      return false;
    now = std::max(now, std::min(time, limit));
    return true;
  }
  auto at = random.below(jobs_.size()); // order among actors; a sender's messages stay in order in the mailbox
  auto next = jobs_[at];
  jobs_[at] = jobs_.back();
  jobs_.pop_back();
  if (next.on->frozen_until > now)
    parked_.emplace(next.on->frozen_until, next);
  else if (slow > 0 && random.chance(slow))
    parked_.emplace(now + random.between(0, slow_max), next);
  else
    run_job(next);
  return true;
}

void world::run_until(nanoseconds time) {
  while (now < time && step(time)) {
  }
}

bool world::run_until(const std::function<bool()>& done, nanoseconds limit) {
  nanoseconds asked = -1;
  while (now < limit) {
    if (asked < 0 || now - asked >= 1 * ms) {
      asked = now;
      if (done())
        return true;
    }
    if (!step(limit))
      return done();
  }
  return done();
}

void world::at(nanoseconds time, std::function<void()> work) { events_.push({time, ++sequence_, std::move(work)}); }

void world::partition(size_t one, size_t other, bool cut) {
  auto pair = std::minmax(one, other);
  if (cut) {
    cuts_.insert(pair);
    return;
  }
  cuts_.erase(pair);
  for (size_t i = 0; i < connections.size(); ++i)
    connections[i]->heal();
}

bool world::is_cut(size_t one, size_t other) const { return cuts_.contains(std::minmax(one, other)); }

void world::restart(machine& on, bool power_loss, nanoseconds down_for) {
  if (on.up)
    crash(on, power_loss);
  after(down_for, [this, &on] {
    if (!on.up)
      boot(on);
  });
}

void world::crash(machine& on, bool power_loss) {
  on.stopping = true;
  for (auto& told : on.on_crash)
    told(power_loss);
  on.on_crash.clear();
  for (auto& one : connections)
    for (int side = 0; side < 2; ++side)
      if (one->on[side] == &on && one->boot[side] == on.boots && one->open[side]) {
        if (power_loss)
          one->open[side] = false;
        else
          one->shut(side, "reset");
      }
  on.env->actors.clear();
  auto living = on.actors; // in order of their ids
  for (auto& [id, weak] : living)
    if (auto actor = weak.lock())
      hard_kill(on, actor);
  living.clear();
  on.root = nullptr;
  drain(on);
  on.clock->cancel_all();
  on.actors.clear();
  on.up = false;
  on.env.reset();
  on.system.reset(); // calls coordinator::stop, which drains
  on.config.reset();
  on.clock.reset();
  on.held.clear();
  on.tree.reset();
  on.measures.reset();
}

/// Lets dead actors leave the run queue; what is not an actor's runs to its end.
void world::drain(machine& on) {
  for (auto one = parked_.begin(); one != parked_.end();) {
    auto here = one++;
    if (here->second.on != &on)
      continue;
    jobs_.push_back(here->second);
    parked_.erase(here);
  }
  for (size_t i = 0; i < jobs_.size();) {
    if (jobs_[i].on != &on) {
      ++i;
      continue;
    }
    auto next = jobs_[i];
    jobs_.erase(jobs_.begin() + static_cast<ptrdiff_t>(i));
    auto* actor = as_actor(next.what);
    if (!actor || !is_dead(*actor))
      while (next.what->resume(unit_of(on), 100) == caf::resumable::resume_later) {
      }
    caf::intrusive_ptr_release(next.what);
    i = 0;
  }
}

} // namespace troupe::sim
