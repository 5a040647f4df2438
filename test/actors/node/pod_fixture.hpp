// A pod whose runtime is played by the test: steps are done by hand, time is a number.
#pragma once
#include <algorithm>
#include <string>
#include "actors/node/pod_plan.hpp"

namespace troupe {

struct pod_fixture {
  core::Pod pod;
  pod_view view;
  pod_memory memory;
  int64_t now_ms = 1'000'000, wall_ns = int64_t{1'700'000'000} * 1'000'000'000;
  bool gone = false;
  uint64_t ids = 0;

  explicit pod_fixture(const std::string& restart_policy = "Always") {
    pod.mutable_metadata()->set_name("web");
    pod.mutable_metadata()->set_namespace_("default");
    pod.mutable_metadata()->set_uid("u-1");
    pod.mutable_spec()->set_restartpolicy(restart_policy);
    pod.mutable_spec()->set_terminationgraceperiodseconds(30);
    view.known = true;
  }
  core::Container& add(const std::string& name) {
    auto* c = pod.mutable_spec()->add_containers();
    c->set_name(name);
    c->set_image("img:1");
    return *c;
  }
  core::Container& add_init(const std::string& name, bool sidecar = false) {
    auto* c = pod.mutable_spec()->add_initcontainers();
    c->set_name(name);
    c->set_image("img:1");
    if (sidecar) c->set_restartpolicy("Always");
    return *c;
  }
  void pass(int64_t ms) {
    now_ms += ms;
    wall_ns += ms * 1'000'000;
  }
  pod_decision plan() {
    pod_input input{&pod, gone, &view, now_ms, wall_ns, "192.168.0.1"};
    return plan_pod(input, memory);
  }
  /// Plans and takes the status over, as a successful publish does.
  pod_decision publish() {
    auto decision = plan();
    *pod.mutable_status() = decision.status;
    memory.published = true;
    return plan();
  }
  static const pod_step* find(const pod_decision& decision, pod_step::verb what, const std::string& name = {}) {
    for (auto& step : decision.steps)
      if (step.what == what && (name.empty() || step.name == name)) return &step;
    return nullptr;
  }
  void sandbox() {
    memory.prepared = true;
    view.sandboxes.insert(view.sandboxes.begin(), {"s" + std::to_string(++ids), static_cast<uint32_t>(view.sandboxes.size()), true, wall_ns, {"10.0.0.7"}});
  }
  container_view& start(const pod_step& step) {
    container_view run;
    run.id = "c" + std::to_string(++ids);
    run.name = step.name;
    run.attempt = step.attempt;
    run.back_off_ms = step.back_off_ms;
    run.sandbox_id = view.sandboxes.front().id;
    run.now = container_view::state::running;
    run.created_ns = run.started_ns = wall_ns;
    run.wanted_image = "img:1";
    memory.containers[run.name].started_id = run.id;
    view.containers.insert(view.containers.begin(), run);
    return view.containers.front();
  }
  /// Starts what the plan wants next; the name, or "".
  std::string start_next() {
    auto decision = plan();
    auto* step = find(decision, pod_step::verb::start_container);
    if (!step) return {};
    start(*step);
    return step->name;
  }
  container_view& run_of(const std::string& name) {
    return *std::find_if(view.containers.begin(), view.containers.end(), [&](auto& run) { return run.name == name; });
  }
  void exit(const std::string& name, int code) {
    auto& run = run_of(name);
    run.now = container_view::state::exited;
    run.exit_code = code;
    run.finished_ns = wall_ns;
    run.reason = code == 0 ? "Completed" : "Error";
  }
  static const core::ContainerStatus& status_of(const core::PodStatus& status, const std::string& name) {
    for (auto* list : {&status.containerstatuses(), &status.initcontainerstatuses()})
      for (auto& one : *list)
        if (one.name() == name) return one;
    static const core::ContainerStatus none;
    return none;
  }
  static std::string condition(const core::PodStatus& status, const std::string& type) {
    for (auto& one : status.conditions())
      if (one.type() == type) return one.status();
    return "";
  }
};

} // namespace troupe
