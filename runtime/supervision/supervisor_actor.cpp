#include "runtime/supervision/supervisor_actor.hpp"
#include <map>
#include <caf/actor_system.hpp>
#include "runtime/control/alarm.hpp"
#include "runtime/log.hpp"
#include "runtime/supervision/actor_tree.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

struct supervisor_state {
  explicit supervisor_state(caf::local_actor* actor) : self(actor), timer(actor) {}
  /// However the supervisor ends, its children end with it; the next incarnation waits for their ends.
  ~supervisor_state() {
    for (auto child = handles.rbegin(); child != handles.rend(); ++child)
      caf::anon_send_exit(child->second, caf::exit_reason::kill);
  }
  static inline const char* name = "supervisor";

  caf::local_actor* self;
  alarm timer;
  env_ptr env;
  spawn_context me;
  std::unique_ptr<supervision_plan> plan;
  std::map<std::string, child_spec> specs, coming; // coming: specs of successors
  std::map<std::string, caf::actor> handles;       // of living children
  std::map<caf::actor_id, std::string> names;      // of living children
  std::map<caf::actor_id, std::string> orphans;    // a dead predecessor's children that have not ended yet
  std::map<std::string, actor_record> records;
};
static_assert(!std::is_aggregate_v<supervisor_state>);

using supervisor_pointer = supervisor_actor::stateful_pointer<supervisor_state>;

child_terms terms_of(const child_spec& spec) { return {spec.name, spec.again, spec.shutdown_ms, spec.says_ready, spec.start_ms}; }

std::string path_of(const supervisor_state& state, const std::string& name) { return state.me.path + "/" + name; }

void publish(supervisor_state& state, const std::string& name) {
  auto* child = state.plan->find_child(name);
  if (!child || !state.env->tree)
    return;
  auto& record = state.records[name];
  record.path = path_of(state, name);
  record.kind = state.specs[name].kind;
  record.machine = state.env->machine;
  record.parent = state.me.path;
  record.supervisor = record.kind == "Supervisor";
  record.restarts = child->restarts;
  record.incarnation = child->incarnation;
  switch (child->now) {
    case supervision_plan::state::waiting: record.now = actor_record::state::waiting; break;
    case supervision_plan::state::starting: record.now = actor_record::state::starting; break;
    case supervision_plan::state::running: record.now = actor_record::state::running; break;
    case supervision_plan::state::stopping: record.now = actor_record::state::stopping; break;
  }
  state.env->tree->put(record);
}

void start_child(supervisor_pointer self, const std::string& name) {
  auto& state = self->state;
  auto path = path_of(state, name);
  if (auto orphan = state.env->actors.get<caf::actor>(path)) {
    state.orphans.emplace(orphan.id(), name);
    self->monitor(orphan);
    caf::anon_send_exit(orphan, caf::exit_reason::kill);
    return; // started when its end is seen: two incarnations never work at the same time
  }
  if (auto successor = state.coming.extract(name))
    state.specs[name] = std::move(successor.mapped());
  auto& spec = state.specs[name];
  auto handle = spec.start({self, path, state.me.path, spec.own_thread && state.env->own_threads}, state.env);
  self->monitor(handle);
  state.env->actors.set(path, handle);
  state.names[handle.id()] = name;
  state.handles[name] = std::move(handle);
  state.records[name].started_ns = state.env->wall_ns();
  publish(state, name);
}

void end_child(supervisor_pointer self, const std::string& name, bool at_once) {
  auto& state = self->state;
  auto found = state.handles.find(name);
  publish(state, name);
  if (found == state.handles.end())
    return; // it waits for an orphan's end, which is its own
  if (!at_once)
    self->send(caf::actor_cast<stoppable_actor>(found->second), stop_atom::value);
  else if (state.specs[name].kind == "Supervisor")
    self->send(caf::actor_cast<supervisor_actor>(found->second), kill_atom::value);
  else
    caf::anon_send_exit(found->second, caf::exit_reason::kill);
}

void forget_child(supervisor_state& state, const std::string& name) {
  if (state.env->tree)
    state.env->tree->erase(path_of(state, name));
  state.records.erase(name);
  if (!state.coming.contains(name))
    state.specs.erase(name);
}

void finish(supervisor_pointer self, const std::string& why) {
  auto& state = self->state;
  for (auto& [name, record] : state.records)
    if (state.env->tree)
      state.env->tree->erase(record.path);
  if (why.empty())
    return self->quit();
  if (why == "killed")
    return self->quit(caf::exit_reason::kill);
  log_error(state.me.path + ": " + why);
  self->quit(caf::make_error(caf::sec::runtime_error, why));
}

void carry_out(supervisor_pointer self, const supervision_plan::steps& steps) {
  using verb = supervision_plan::verb;
  for (auto& step : steps) {
    switch (step.what) {
      case verb::start: start_child(self, step.name); break;
      case verb::stop: end_child(self, step.name, false); break;
      case verb::kill: end_child(self, step.name, true); break;
      case verb::forget: forget_child(self->state, step.name); break;
      case verb::ready:
        if (auto above = self->state.env->actors.get<ready_listener>(self->state.me.supervisor))
          self->send(above, ready_atom::value);
        break;
      case verb::finish: return finish(self, step.why);
    }
  }
  if (auto due = self->state.plan->next_ms())
    self->state.timer.at(*due);
}

void orphan_ended(supervisor_pointer self, const std::string& name) {
  auto& state = self->state;
  state.env->actors.erase(path_of(state, name));
  auto* child = state.plan->find_child(name);
  if (!child)
    return;
  if (child->now == supervision_plan::state::stopping)
    carry_out(self, state.plan->ended(name, {}, state.timer.now_ms()));
  else
    start_child(self, name);
}

void child_ended(supervisor_pointer self, const caf::down_msg& down) {
  auto& state = self->state;
  if (auto orphan = state.orphans.extract(down.source.id()))
    return orphan_ended(self, orphan.mapped());
  auto found = state.names.extract(down.source.id());
  if (!found)
    return;
  auto name = found.mapped();
  state.handles.erase(name);
  state.env->actors.erase(path_of(state, name));
  auto failure = failure_text(down.reason);
  if (!failure.empty()) {
    state.records[name].last_failure = failure;
    state.records[name].last_failure_ns = state.env->wall_ns();
    log_warning(path_of(state, name) + " ended: " + failure);
  }
  carry_out(self, state.plan->ended(name, failure, state.timer.now_ms()));
  publish(state, name);
}

void add(supervisor_pointer self, add_child& message) {
  auto& state = self->state;
  auto name = message.spec.name;
  auto terms = terms_of(message.spec);
  auto steps = state.plan->add(std::move(terms), state.timer.now_ms());
  if (!steps)
    return;
  state.coming[name] = std::move(message.spec);
  carry_out(self, *steps);
}

void child_ready(supervisor_pointer self) {
  auto& state = self->state;
  auto sender = self->current_sender();
  auto found = sender ? state.names.find(sender->id()) : state.names.end();
  if (found == state.names.end())
    return;
  auto name = found->second;
  auto steps = state.plan->ready(name, state.timer.now_ms());
  publish(state, name);
  carry_out(self, steps);
}

supervisor_actor::behavior_type supervisor(supervisor_pointer self, spawn_context me, env_ptr env, std::vector<child_spec> children,
                                           restart_intensity intensity) {
  auto& state = self->state;
  state.env = std::move(env);
  state.me = std::move(me);
  std::vector<child_terms> terms;
  for (auto& spec : children) {
    terms.push_back(terms_of(spec));
    auto name = spec.name;
    state.specs.emplace(std::move(name), std::move(spec));
  }
  state.plan = std::make_unique<supervision_plan>(std::move(terms), intensity);
  self->set_down_handler([self](const caf::down_msg& down) { child_ended(self, down); });
  // Children look for their supervisor as soon as they run, which may be before the one above has noted it.
  state.env->actors.set(state.me.path, caf::actor_cast<caf::actor>(self));
  carry_out(self, state.plan->begin(state.timer.now_ms()));
  return {
    [self](add_child& message) { add(self, message); },
    [self](const remove_child& message) {
      auto& plan = *self->state.plan;
      self->state.coming.erase(message.name);
      carry_out(self, plan.remove(message.name, self->state.timer.now_ms()));
    },
    [self](ready_atom) { child_ready(self); },
    [self](kill_atom) { carry_out(self, self->state.plan->kill("killed")); },
    [self](tick_atom) {
      self->state.timer.fired();
      carry_out(self, self->state.plan->tick(self->state.timer.now_ms()));
    },
    [self](stop_atom) { carry_out(self, self->state.plan->stop(self->state.timer.now_ms())); },
  };
}

} // namespace

child_spec supervisor_spec(std::string name, std::vector<child_spec> children, restart_intensity intensity) {
  child_spec spec;
  spec.name = std::move(name);
  spec.kind = "Supervisor";
  spec.says_ready = true;
  for (auto& child : children) { // it needs as long as they may need, one after the other
    spec.shutdown_ms += child.shutdown_ms;
    spec.start_ms += child.says_ready ? child.start_ms : 0;
  }
  spec.start = [children = std::move(children), intensity](const spawn_context& context, const env_ptr& env) {
    return spawn_child(context, supervisor, spawn_context{nullptr, context.path, context.supervisor, false}, env, children, intensity);
  };
  return spec;
}

caf::actor spawn_root(caf::actor_system& system, env_ptr env, std::vector<child_spec> children, restart_intensity intensity) {
  auto path = "/" + env->machine;
  if (env->tree) {
    actor_record record;
    record.path = path;
    record.kind = "Supervisor";
    record.machine = env->machine;
    record.now = actor_record::state::running;
    record.incarnation = 1;
    record.started_ns = env->wall_ns();
    record.supervisor = true;
    env->tree->put(record);
  }
  auto start = [](supervisor_pointer self, spawn_context me, env_ptr with, std::vector<child_spec> table, restart_intensity limit) {
    guard_handlers(*self, me.path);
    with->actors.set(me.path, caf::actor_cast<caf::actor>(self));
    return supervisor(self, std::move(me), std::move(with), std::move(table), limit);
  };
  spawn_context me{nullptr, path, {}, false};
  auto root = system.spawn(start, std::move(me), env, std::move(children), intensity);
  return caf::actor_cast<caf::actor>(root);
}

} // namespace troupe
