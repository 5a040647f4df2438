#include <memory>
#include <type_traits>
#include "actors/scheduler/scheduler.hpp"
#include "actors/scheduler/scheduler_core.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/json_text.hpp"
#include "messages/time_format.hpp"
#include "runtime/control/alarm.hpp"
#include "runtime/control/api_client.hpp"
#include "runtime/control/event_recorder.hpp"
#include "runtime/control/informer.hpp"
#include "runtime/log.hpp"
#include "runtime/metrics.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {

namespace core = k8s::io::api::core::v1;

namespace {

constexpr size_t attempts_a_turn_max = 200; // then the actor's other messages get theirs
constexpr size_t notices_in_flight_max = 1'000; // Events beyond are not written: they tell, they do not count

const kind_row& pods() {
  static const kind_row& kind = *find_kind("", "v1", "pods");
  return kind;
}
const kind_row& nodes() {
  static const kind_row& kind = *find_kind("", "v1", "nodes");
  return kind;
}

struct scheduler_state {
  scheduler_state(caf::local_actor* self, env_ptr with, scheduler_options options)
      : env(with),
        core(options.name),
        api(self, with, {"system:kube-scheduler", {}, "kube-scheduler"}),
        recorder(options.name, with->machine),
        timer(self),
        owner(self),
        attempts(with->measures->counters("scheduler_schedule_attempts_total",
                                          "Number of attempts to schedule pods, by the result.", {"result"})) {
    informer::callbacks of_nodes, of_pods;
    of_nodes.reset = of_pods.reset = [this, lists = std::make_shared<int>(0)] { stale |= ++*lists > 2; };
    of_nodes.changed = [this](const event& change) { core.node_changed(change, timer.now_ms()); };
    of_pods.changed = [this](const event& change) { core.pod_changed(change, *env->state, timer.now_ms()); };
    node_informer = std::make_unique<informer>(self, env, nodes(), std::move(of_nodes));
    pod_informer = std::make_unique<informer>(self, env, pods(), std::move(of_pods));
  }

  env_ptr env;
  scheduling::scheduler_core core;
  api_client api;
  event_recorder recorder;
  alarm timer;
  caf::local_actor* owner;
  metric_family<counter>& attempts;
  std::unique_ptr<informer> node_informer, pod_informer;
  size_t in_flight = 0, notices = 0;
  bool stale = false; // fell out of an event window: what was deleted meanwhile is unknown, so begin anew

  void go_on();
  void bind(const scheduling::attempt&);
  void report(const scheduling::attempt&);
  void notify(const object_ptr& pod, std::string type, std::string reason, std::string text);
};
static_assert(!std::is_aggregate_v<scheduler_state>);

/// Decides for what waits, as far as the bound on writes under way allows.
void scheduler_state::go_on() {
  for (size_t turn = 0; in_flight < bindings_in_flight_max; ++turn) {
    if (turn == attempts_a_turn_max) {
      caf::anon_send(caf::actor_cast<caf::actor>(owner), tick_atom::value);
      return;
    }
    auto made = core.next(timer.now_ms(), env->random());
    if (!made) break;
    if (made->node.empty()) report(*made);
    else bind(*made);
  }
  if (auto due = core.queue().next_ms()) timer.at(*due);
}

void scheduler_state::bind(const scheduling::attempt& made) {
  core::Binding binding;
  binding.mutable_metadata()->set_name(std::string(made.pod->name()));
  binding.mutable_metadata()->set_namespace_(std::string(made.pod->space()));
  binding.mutable_metadata()->set_uid(std::string(made.pod->uid()));
  binding.mutable_target()->set_kind("Node");
  binding.mutable_target()->set_name(made.node);
  action write;
  write.what = action::verb::create;
  write.kind = &pods();
  write.space = made.pod->space();
  write.name = made.pod->name();
  write.subresource = "binding";
  write.body = binding.SerializeAsString();
  ++in_flight;
  api.run(write, [this, made](api_reply& answer) {
    --in_flight;
    if (answer.ok()) {
      attempts.at({"scheduled"}).add();
      notify(made.pod, "Normal", "Scheduled", "Successfully assigned " + made.key + " to " + made.node);
      return;
    }
    attempts.at({"error"}).add();
    if (log_detail(2)) log_info("scheduler: binding " + made.key + " to " + made.node + ": " + answer.error.message);
    core.binding_refused(made.key, timer.now_ms());
  });
}

/// PodScheduled=False with the reason, where it does not say so already, and an Event.
void scheduler_state::report(const scheduling::attempt& made) {
  attempts.at({"unschedulable"}).add();
  notify(made.pod, "Warning", "FailedScheduling", made.message);
  auto pod = made.pod->as<core::Pod>();
  for (const auto& condition : pod->status().conditions())
    if (condition.type() == "PodScheduled" && condition.status() == "False" && condition.message() == made.message) return;
  action write;
  write.what = action::verb::patch;
  write.kind = &pods();
  write.space = made.pod->space();
  write.name = made.pod->name();
  write.subresource = "status";
  write.content_type = "application/strategic-merge-patch+json";
  write.body = R"({"metadata":{"uid":")" + std::string(made.pod->uid()) +
               R"("},"status":{"conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","lastTransitionTime":")" +
               format_time(env->wall_ns() / 1'000'000'000) + R"(","message":)";
  append_json_string(write.body, made.message);
  write.body += "}]}}";
  ++in_flight;
  api.run(write, [this](api_reply&) { --in_flight; });
}

void scheduler_state::notify(const object_ptr& pod, std::string type, std::string reason, std::string text) {
  if (notices >= notices_in_flight_max) return;
  notice what{pod->key(), std::string(pod->uid()), std::move(type), std::move(reason), std::move(text)};
  auto write = recorder.record(what, env->wall_ns(), env->random());
  if (!write) return;
  ++notices;
  api.run(*write, [this, what](api_reply& answer) {
    --notices;
    if (!answer.ok()) recorder.forget(what);
  });
}

struct scheduler_box { // the state proper needs more than CAF's state construction can pass
  explicit scheduler_box(caf::local_actor*) {}
  static inline const char* name = "scheduler";
  std::unique_ptr<scheduler_state> held;
};
static_assert(!std::is_aggregate_v<scheduler_box>);

control_actor::behavior_type scheduler_actor(control_actor::stateful_pointer<scheduler_box> self, env_ptr env, scheduler_options options) {
  self->state.held = std::make_unique<scheduler_state>(self, std::move(env), std::move(options));
  self->state.held->node_informer->start();
  self->state.held->pod_informer->start();
  caf::anon_send(caf::actor_cast<caf::actor>(self), tick_atom::value);
  auto turn = [self] {
    auto& state = *self->state.held;
    if (state.stale || state.core.worn_out()) return self->quit(caf::exit_reason::user_shutdown); // the supervisor starts it anew
    state.go_on();
  };
  return {
      [self, turn](const table_news& message) {
        self->state.held->node_informer->news(message);
        self->state.held->pod_informer->news(message);
        turn();
      },
      [self, turn](call_home& message) {
        self->state.held->api.home(message);
        turn();
      },
      [self, turn](posted& message) {
        self->state.held->api.run_posted(message);
        turn();
      },
      [self, turn](tick_atom) {
        self->state.held->timer.fired();
        self->state.held->api.tick();
        turn();
      },
      [self](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec scheduler_child(scheduler_options options) {
  child_spec spec;
  spec.name = "scheduler";
  spec.kind = "Scheduler";
  spec.start = [options](const spawn_context& context, const env_ptr& env) { return spawn_child(context, scheduler_actor, env, options); };
  return spec;
}

} // namespace troupe
