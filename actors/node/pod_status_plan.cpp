// The status half of the pod machine: container statuses, phase and conditions, as kubectl's users know them.
#include <algorithm>
#include "actors/node/pod_plan.hpp"

namespace troupe {
namespace {

using run_state = container_view::state;
using statuses = google::protobuf::RepeatedPtrField<core::ContainerStatus>;

void set_time(meta::Time* time, int64_t ns) {
  time->set_seconds(ns / 1'000'000'000);
  time->set_nanos(0);
}

const core::ContainerStatus* shown_status(const statuses& shown, const std::string& name) {
  for (auto& status : shown)
    if (status.name() == name) return &status;
  return nullptr;
}

void set_terminated(core::ContainerState& state, const container_view& run) {
  auto* ended = state.mutable_terminated();
  ended->set_exitcode(run.exit_code);
  auto reason = run.reason;
  if (reason.empty()) reason = run.exit_code == 0 ? "Completed" : "Error";
  ended->set_reason(reason);
  if (!run.message.empty()) ended->set_message(run.message);
  set_time(ended->mutable_startedat(), run.started_ns); // 1970 where it never ran, as upstream shows it
  set_time(ended->mutable_finishedat(), run.finished_ns);
  ended->set_containerid("containerd://" + run.id);
}

struct status_writer {
  const pod_input& in;
  const pod_memory& memory;
  const pod_situation& at;
  const core::Pod& pod;
  const pod_view& view;

  core::ContainerStatus container(const core::Container& container, bool init, const statuses& shown) const;
  void waiting(core::ContainerStatus& to, const core::Container& container, bool init, const core::ContainerStatus* shown) const;
  void after_exit(core::ContainerStatus& to, const core::Container& container, bool init, const container_view& run) const;
  std::string phase(const core::PodStatus& to) const;
  void conditions(core::PodStatus& to) const;
  void condition(core::PodStatus& to, const std::string& type, bool holds, const std::string& reason, const std::string& message) const;
};

/// No run of it is known.
void status_writer::waiting(core::ContainerStatus& to, const core::Container& container, bool init,
                            const core::ContainerStatus* shown) const {
  auto known = memory.containers.find(container.name());
  if (shown) {
    to.set_restartcount(shown->restartcount());
    if (shown->has_laststate()) *to.mutable_laststate() = shown->laststate();
    to.set_imageid(shown->imageid());
    to.set_containerid(shown->containerid());
    if (shown->state().has_terminated() && (at.ending || at.failed || at.finished)) {
      *to.mutable_state() = shown->state(); // its run was removed after it had ended
      if (init) to.set_ready(shown->ready());
      return;
    }
    if (shown->state().has_terminated()) to.mutable_laststate()->CopyFrom(shown->state());
    if (shown->state().has_running()) { // lost with the machine, or by somebody else's hand
      auto* lost = (at.ending || at.failed ? to.mutable_state() : to.mutable_laststate())->mutable_terminated();
      lost->set_exitcode(137);
      lost->set_reason("ContainerStatusUnknown");
      lost->set_message("The container could not be located when the pod was terminated");
      lost->set_containerid(shown->containerid());
      if (at.ending || at.failed) return;
    }
  }
  auto* state = to.mutable_state()->mutable_waiting();
  if (known != memory.containers.end() && !known->second.failure.empty()) {
    state->set_reason(known->second.failure);
    if (!known->second.failure_message.empty()) state->set_message(known->second.failure_message);
  } else {
    state->set_reason(!init && pod.spec().initcontainers_size() > 0 && !at.initialized ? "PodInitializing"
                      : init && !view.sandboxes.empty() ? "PodInitializing" : "ContainerCreating");
  }
}

/// Its newest run has ended: waiting for the next one, or ended for good.
void status_writer::after_exit(core::ContainerStatus& to, const core::Container& container, bool init, const container_view& run) const {
  bool again = !at.ending && !at.failed && !at.finished && runs_again(pod, container, init, run);
  auto known = memory.containers.find(container.name());
  int64_t next_ms = 0;
  auto start_ms = restart_ms(run, in.now_ms, in.wall_ns, next_ms);
  bool failed_start = known != memory.containers.end() && !known->second.failure.empty();
  if (again && (start_ms > in.now_ms || failed_start)) {
    auto* state = to.mutable_state()->mutable_waiting();
    if (failed_start) {
      state->set_reason(known->second.failure);
      state->set_message(known->second.failure_message);
    } else {
      state->set_reason("CrashLoopBackOff");
      auto seconds = run.back_off_ms / 1000;
      auto text = seconds < 60 ? std::to_string(seconds) + "s" : std::to_string(seconds / 60) + "m" + std::to_string(seconds % 60) + "s";
      state->set_message("back-off " + text + " restarting failed container=" + container.name() + " pod=" + pod.metadata().name() +
                         "_" + pod.metadata().namespace_() + "(" + pod.metadata().uid() + ")");
    }
    set_terminated(*to.mutable_laststate(), run);
    return;
  }
  set_terminated(*to.mutable_state(), run);
  if (init && !is_sidecar(container)) to.set_ready(run.exit_code == 0);
}

core::ContainerStatus status_writer::container(const core::Container& container, bool init, const statuses& shown_all) const {
  core::ContainerStatus to;
  to.set_name(container.name());
  to.set_image(container.image());
  to.set_imageid("");
  to.set_ready(false);
  to.set_restartcount(0);
  to.set_started(false);
  auto* shown = shown_status(shown_all, container.name());
  auto* run = newest_run(view, container.name());
  if (!run || run->now == run_state::created) {
    waiting(to, container, init, shown);
    if (run) to.set_restartcount(static_cast<int32_t>(run->attempt));
  } else {
    to.set_restartcount(static_cast<int32_t>(run->attempt));
    to.set_containerid("containerd://" + run->id);
    if (!run->image.empty()) to.set_image(run->image);
    to.set_imageid(run->image_id);
    const container_view* before = nullptr;
    for (auto& other : view.containers)
      if (other.name == run->name && other.attempt < run->attempt && (!before || other.attempt > before->attempt)) before = &other;
    if (before && before->now == run_state::exited) set_terminated(*to.mutable_laststate(), *before);
    if (!before && shown && shown->restartcount() == to.restartcount() && shown->has_laststate()) *to.mutable_laststate() = shown->laststate();
    if (!before && shown && shown->restartcount() < to.restartcount() && shown->state().has_terminated()) *to.mutable_laststate() = shown->state();
    if (run->now == run_state::exited) {
      after_exit(to, container, init, *run);
    } else {
      set_time(to.mutable_state()->mutable_running()->mutable_startedat(), run->started_ns);
      auto found = memory.containers.find(container.name());
      bool hooked = found != memory.containers.end() && found->second.started_id == run->id;
      auto passed = [&](bool has, const probe_memory& probe) {
        return !has || (probe.container_id == run->id && probe.now == probe_memory::outcome::success);
      };
      bool started = hooked && passed(container.has_startupprobe(), found->second.startup);
      to.set_started(started);
      if (!init || is_sidecar(container)) to.set_ready(started && passed(container.has_readinessprobe(), found->second.readiness));
    }
  }
  for (auto& mount : container.volumemounts()) {
    auto* m = to.add_volumemounts();
    m->set_name(mount.name());
    m->set_mountpath(mount.mountpath());
    if (mount.readonly()) {
      m->set_readonly(true);
      m->set_recursivereadonly("Disabled");
    }
  }
  if (container.resources().requests_size() > 0) *to.mutable_allocatedresources() = container.resources().requests();
  if (container.has_resources()) *to.mutable_resources() = container.resources();
  to.mutable_resources()->clear_claims();
  return to;
}

std::string status_writer::phase(const core::PodStatus& to) const {
  if (at.failed) return "Failed";
  auto& shown = pod.status().phase();
  if (shown == "Succeeded" || shown == "Failed") return shown; // terminal phases never change
  if (at.init_failed) return "Failed";
  int running = 0, waiting = 0, stopped = 0, succeeded = 0;
  for (auto& status : to.containerstatuses()) {
    if (status.state().has_running()) ++running;
    auto* ended = status.state().has_terminated() ? &status.state().terminated()
                  : status.state().has_waiting() && status.laststate().has_terminated() ? &status.laststate().terminated() : nullptr;
    if (ended) {
      ++stopped;
      if (ended->exitcode() == 0) ++succeeded;
    } else if (!status.state().has_running()) {
      ++waiting;
    }
  }
  if (at.ending && running == 0 && stopped > 0) {
    for (auto& status : to.initcontainerstatuses())
      if (status.state().has_running()) return "Running"; // a sidecar is still ending
    return waiting == 0 && stopped == succeeded ? "Succeeded" : "Failed";
  }
  if (at.finished) return stopped == succeeded ? "Succeeded" : "Failed";
  if (!at.initialized && running == 0 && stopped == 0) return "Pending";
  if (waiting > 0) return "Pending";
  return "Running";
}

void status_writer::condition(core::PodStatus& to, const std::string& type, bool holds, const std::string& reason,
                              const std::string& message) const {
  core::PodCondition* c = nullptr;
  for (auto& existing : *to.mutable_conditions())
    if (existing.type() == type) c = &existing;
  if (!c) {
    c = to.add_conditions();
    c->set_type(type);
  }
  auto status = holds ? "True" : "False";
  if (c->status() != status) {
    set_time(c->mutable_lasttransitiontime(), in.wall_ns);
    c->set_status(status);
  }
  if (pod.metadata().generation() > 0) c->set_observedgeneration(pod.metadata().generation());
  c->clear_reason();
  c->clear_message();
  if (!reason.empty()) c->set_reason(reason);
  if (!message.empty()) c->set_message(message);
}

void status_writer::conditions(core::PodStatus& to) const {
  auto names = [](const std::vector<std::string>& list) {
    std::string text;
    for (auto& name : list) text += (text.empty() ? "" : " ") + name;
    return text;
  };
  auto& phase = to.phase();
  auto ended_reason = phase == "Succeeded" ? "PodCompleted" : phase == "Failed" ? "PodFailed" : "";
  condition(to, "PodReadyToStartContainers", ready_sandbox(view) != nullptr && !to.podip().empty(), "", "");
  std::vector<std::string> incomplete, unready;
  for (int i = 0; i < to.initcontainerstatuses_size(); ++i) {
    auto& status = to.initcontainerstatuses(i);
    bool sidecar = is_sidecar(pod.spec().initcontainers(i));
    if (sidecar ? !status.started() : !status.ready()) incomplete.push_back(status.name());
    if (sidecar && !status.ready()) unready.push_back(status.name());
  }
  bool initialized = at.initialized || phase == "Succeeded" || incomplete.empty();
  condition(to, "Initialized", initialized, initialized ? (phase == "Succeeded" ? "PodCompleted" : "") : "ContainersNotInitialized",
            initialized ? "" : "containers with incomplete status: [" + names(incomplete) + "]");
  for (auto& status : to.containerstatuses())
    if (!status.ready()) unready.push_back(status.name());
  bool ready = unready.empty() && phase == "Running";
  std::string reason, message;
  if (!ready) {
    reason = *ended_reason ? ended_reason : "ContainersNotReady";
    if (phase != "Succeeded" && !unready.empty()) message = "containers with unready status: [" + names(unready) + "]";
  }
  std::string gate;
  for (auto& wanted : pod.spec().readinessgates()) {
    bool holds = std::any_of(to.conditions().begin(), to.conditions().end(), [&](const core::PodCondition& c) {
      return c.type() == wanted.conditiontype() && c.status() == "True";
    });
    if (!holds && gate.empty()) gate = "the status of pod readiness gate \"" + wanted.conditiontype() + "\" is not \"True\"";
  }
  bool all = ready && gate.empty();
  condition(to, "Ready", all, all ? "" : ready ? "ReadinessGatesNotReady" : reason, ready ? gate : message);
  condition(to, "ContainersReady", ready, reason, message);
  condition(to, "PodScheduled", true, "", "");
}

} // namespace

core::PodStatus plan_status(const pod_input& input, const pod_memory& memory, const pod_situation& at) {
  status_writer writer{input, memory, at, *input.pod, *input.view};
  auto& pod = *input.pod;
  auto to = pod.status(); // conditions of others, nominations and the like stay as they are
  to.clear_containerstatuses();
  to.clear_initcontainerstatuses();
  for (auto& container : pod.spec().initcontainers())
    *to.add_initcontainerstatuses() = writer.container(container, true, pod.status().initcontainerstatuses());
  for (auto& container : pod.spec().containers())
    *to.add_containerstatuses() = writer.container(container, false, pod.status().containerstatuses());
  if (!to.has_starttime()) set_time(to.mutable_starttime(), input.wall_ns);
  if (pod.metadata().generation() > 0) to.set_observedgeneration(pod.metadata().generation());
  to.set_hostip(input.host_address);
  to.clear_hostips();
  to.add_hostips()->set_ip(input.host_address);
  auto* sandbox = ready_sandbox(*input.view);
  if (pod.spec().hostnetwork()) {
    to.set_podip(input.host_address);
    to.clear_podips();
    to.add_podips()->set_ip(input.host_address);
  } else if (sandbox && !sandbox->addresses.empty()) {
    to.set_podip(sandbox->addresses.front());
    to.clear_podips();
    for (auto& address : sandbox->addresses) to.add_podips()->set_ip(address);
  }
  to.set_phase(writer.phase(to));
  if (at.failed) {
    to.set_reason(at.failed_reason);
    to.set_message(at.failed_message);
  }
  writer.conditions(to);
  return to;
}

} // namespace troupe
