#include "actors/node/pod_plan.hpp"
#include <algorithm>

namespace troupe {
namespace {

using run_state = container_view::state;
using verb = pod_step::verb;

bool live(const container_view& run) { return run.now == run_state::running || run.now == run_state::unknown; }

int64_t wall_of(const meta::Time& time) { return time.seconds() * 1'000'000'000 + time.nanos(); }

/// Everything that the parts of the plan need.
struct planner {
  const pod_input& in;
  pod_memory& memory;
  const core::Pod& pod;
  const pod_view& view;
  pod_situation at;
  pod_decision out;

  pod_step& step(verb what) {
    out.steps.emplace_back().what = what;
    return out.steps.back();
  }
  void again(int64_t at_ms) { out.again_ms = std::min(out.again_ms, at_ms); }
  container_memory& remembered(const std::string& name) { return memory.containers[name]; }

  void stop_run(const container_view& run, int64_t grace_seconds, std::string why, bool hook) {
    auto& known = remembered(run.name);
    if (known.stopping || !live(run)) return;
    auto& s = step(verb::stop_container);
    s.name = run.name;
    s.id = run.id;
    s.grace_seconds = grace_seconds;
    s.why = std::move(why);
    s.hook = hook;
  }

  bool stop_all(int64_t grace_seconds);
  void end_pod();
  void run_pod();
  bool make_sandbox();
  bool start_inits(const sandbox_view& sandbox);
  void start_containers(const sandbox_view& sandbox);
  bool tend(const core::Container& container, bool init, const sandbox_view& sandbox);
  void probe(const core::Container& container, const container_view& run);
  void probe_one(const core::Container& container, const container_view& run, const core::Probe& probe, probe_kind kind,
                 probe_memory& state);
  void tidy(const sandbox_view& sandbox);
};

/// Stops what runs: containers first, side by side; then sidecars, the last one first. True when nothing runs.
bool planner::stop_all(int64_t grace_seconds) {
  auto sidecar = [&](const std::string& name) {
    return std::any_of(pod.spec().initcontainers().begin(), pod.spec().initcontainers().end(),
                       [&](const core::Container& c) { return c.name() == name && is_sidecar(c); });
  };
  bool mains = false, any = false;
  for (auto& run : view.containers)
    if (live(run) && !sidecar(run.name)) {
      mains = any = true;
      stop_run(run, grace_seconds, "Stopping container " + run.name, true);
    }
  for (int i = pod.spec().initcontainers_size(); i-- > 0;) {
    auto& name = pod.spec().initcontainers(i).name();
    if (!sidecar(name)) continue;
    for (auto& run : view.containers)
      if (run.name == name && live(run)) {
        if (!mains && !any) stop_run(run, grace_seconds, "Stopping container " + run.name, true);
        any = true;
      }
  }
  return !any;
}

/// Deleted, gone or failed by the node.
void planner::end_pod() {
  if (!stop_all(at.grace_seconds)) return;
  for (auto& [name, known] : memory.containers)
    if (known.starting || known.stopping) return;
  if (memory.sandbox_busy || memory.preparing) return;
  for (auto& sandbox : view.sandboxes)
    if (sandbox.ready) {
      step(verb::stop_sandbox).id = sandbox.id;
      return;
    }
  if (!at.ending) return; // finished or failed: its logs stay until it is deleted
  if (!in.gone && !memory.published) return; // first let everybody see how it ended
  if (!view.sandboxes.empty()) {
    step(verb::remove_sandbox).id = view.sandboxes.back().id;
    return;
  }
  if (!view.containers.empty()) {
    auto& s = step(verb::remove_container);
    s.name = view.containers.back().name;
    s.id = view.containers.back().id;
    return;
  }
  if (!memory.cleaned) {
    if (!memory.cleaning) step(verb::clean);
    return;
  }
  if (!memory.finishing) step(verb::finish);
}

/// True when there is a sandbox to work in.
bool planner::make_sandbox() {
  if (memory.sandbox_busy || memory.preparing) return false;
  if (!memory.prepared) {
    if (in.now_ms < memory.retry_ms) return again(memory.retry_ms), false;
    step(verb::prepare);
    return false;
  }
  if (ready_sandbox(view)) return true;
  // What is left of an older sandbox must be still before the next one: two runs of one container never overlap.
  bool still = true;
  for (auto& run : view.containers)
    if (live(run)) {
      still = false;
      stop_run(run, at.grace_seconds, "Pod sandbox changed, it will be killed and re-created.", false);
    }
  if (!still) return false;
  if (in.now_ms < memory.retry_ms) return again(memory.retry_ms), false;
  auto& s = step(verb::run_sandbox);
  s.attempt = view.sandboxes.empty() ? 0 : view.sandboxes.front().attempt + 1;
  return false;
}

void planner::probe_one(const core::Container& container, const container_view& run, const core::Probe& probe,
                        probe_kind kind, probe_memory& state) {
  auto running_ms = (in.wall_ns - run.started_ns) / 1'000'000;
  auto due = probe_due(probe, kind, run.id, running_ms, in.now_ms, state);
  if (due > in.now_ms) {
    if (due != INT64_MAX) again(due);
    return;
  }
  auto& s = step(verb::probe);
  s.name = container.name();
  s.id = run.id;
  s.kind = kind;
}

void planner::probe(const core::Container& container, const container_view& run) {
  auto& known = remembered(container.name());
  if (known.started_id != run.id) return; // its postStart hook has not ended
  if (container.has_startupprobe()) {
    probe_one(container, run, container.startupprobe(), probe_kind::startup, known.startup);
    if (known.startup.now != probe_memory::outcome::success) return;
  }
  if (container.has_readinessprobe()) probe_one(container, run, container.readinessprobe(), probe_kind::readiness, known.readiness);
  if (container.has_livenessprobe()) probe_one(container, run, container.livenessprobe(), probe_kind::liveness, known.liveness);
}

/// Keeps one container as it should be. True when it needs nothing more before the next one may start.
bool planner::tend(const core::Container& container, bool init, const sandbox_view& sandbox) {
  auto& name = container.name();
  auto& known = remembered(name);
  if (known.starting || known.stopping || known.removing) return !init && known.stopping;
  auto* run = newest_run(view, name, sandbox.id);
  auto* last = run ? run : newest_run(view, name);
  if (run && run->now == run_state::created) { // made by an incarnation that died before the start
    auto& s = step(verb::remove_container);
    s.name = name;
    s.id = run->id;
    return false;
  }
  if (run && run->now == run_state::unknown) {
    stop_run(*run, at.grace_seconds, "Container is in unknown state", false);
    return false;
  }
  if (run && run->now == run_state::running) {
    auto failed = known.startup.now == probe_memory::outcome::failure && known.startup.container_id == run->id ? &known.startup
                : known.liveness.now == probe_memory::outcome::failure && known.liveness.container_id == run->id ? &known.liveness
                                                                                                               : nullptr;
    if (failed) {
      auto& probe = failed == &known.startup ? container.startupprobe() : container.livenessprobe();
      auto grace = probe.has_terminationgraceperiodseconds() ? probe.terminationgraceperiodseconds()
                                                             : pod.spec().terminationgraceperiodseconds();
      stop_run(*run, grace, "Container " + name + " failed " + (failed == &known.startup ? "startup" : "liveness") +
                                " probe, will be restarted", true);
      return true;
    }
    if (!run->wanted_image.empty() && run->wanted_image != container.image()) {
      stop_run(*run, pod.spec().terminationgraceperiodseconds(), "Container " + name + " definition changed, will be restarted", true);
      return true;
    }
    if (!init || is_sidecar(container)) probe(container, *run);
    if (!init) return true;
    if (!is_sidecar(container)) return false;
    return known.started_id == run->id &&
           (!container.has_startupprobe() || known.startup.now == probe_memory::outcome::success);
  }
  int64_t back_off_ms = 0;
  if (last) {
    bool again_anyway = !run && (init || pod.spec().restartpolicy() == "Always"); // a new sandbox runs init containers again
    if (!again_anyway && !runs_again(pod, container, init, *last)) return true;
    auto start_ms = restart_ms(*last, in.now_ms, in.wall_ns, back_off_ms);
    if (in.now_ms < start_ms) {
      again(start_ms);
      return !init; // containers do not wait for each other's back-off
    }
  }
  if (in.now_ms < known.retry_ms) {
    again(known.retry_ms);
    return !init;
  }
  auto& s = step(verb::start_container);
  s.name = name;
  s.attempt = next_attempt(pod, view, name);
  s.back_off_ms = back_off_ms;
  return false;
}

/// Init containers and sidecars, in order. True when the containers may start.
bool planner::start_inits(const sandbox_view& sandbox) {
  for (auto& container : pod.spec().initcontainers()) {
    if (at.initialized && !is_sidecar(container)) continue;
    auto* run = newest_run(view, container.name(), sandbox.id);
    bool done = !is_sidecar(container) && run && run->now == run_state::exited && run->exit_code == 0;
    if (done) continue;
    bool enough = tend(container, true, sandbox);
    if (!enough && !at.initialized) return false;
  }
  return true;
}

/// One start at a time, in the order of the spec: a postStart hook holds the next container up.
void planner::start_containers(const sandbox_view& sandbox) {
  for (auto& container : pod.spec().containers())
    if (!tend(container, false, sandbox)) return;
}

/// Keeps one finished run of each container (for `logs --previous` and lastState), and no older sandbox without runs.
void planner::tidy(const sandbox_view& sandbox) {
  std::map<std::string, int> kept;
  for (auto& run : view.containers) {
    if (kept[run.name]++ < 2 || live(run)) continue;
    auto& known = remembered(run.name);
    if (known.removing || known.starting) continue;
    auto& s = step(verb::remove_container);
    s.name = run.name;
    s.id = run.id;
    return;
  }
  if (memory.sandbox_busy) return;
  for (auto& other : view.sandboxes) {
    if (other.id == sandbox.id) continue;
    bool used = std::any_of(view.containers.begin(), view.containers.end(),
                            [&](const container_view& run) { return run.sandbox_id == other.id; });
    if (!used || other.ready) {
      step(other.ready ? verb::stop_sandbox : verb::remove_sandbox).id = other.id;
      return;
    }
  }
}

void planner::run_pod() {
  if (at.finished) {
    if (stop_all(at.grace_seconds) && !memory.sandbox_busy)
      if (auto* sandbox = ready_sandbox(view)) step(verb::stop_sandbox).id = sandbox->id;
    return;
  }
  if (!make_sandbox()) return;
  auto& sandbox = *ready_sandbox(view);
  if (start_inits(sandbox)) start_containers(sandbox);
  tidy(sandbox);
  if (pod.spec().has_activedeadlineseconds() && pod.status().has_starttime()) {
    auto left_ns = wall_of(pod.status().starttime()) + pod.spec().activedeadlineseconds() * 1'000'000'000 - in.wall_ns;
    again(in.now_ms + std::max<int64_t>(1, left_ns / 1'000'000));
  }
}

/// Where the init containers stand, in the newest sandbox.
void judge_inits(const pod_input& input, pod_situation& at) {
  auto& pod = *input.pod;
  auto* sandbox = input.view->sandboxes.empty() ? nullptr : &input.view->sandboxes.front();
  if (pod.spec().initcontainers_size() == 0) {
    at.initialized = true;
    return;
  }
  if (!sandbox) return;
  for (auto& container : pod.spec().containers())
    if (newest_run(*input.view, container.name(), sandbox->id)) at.initialized = true;
  if (at.initialized) return;
  at.initialized = true;
  for (auto& container : pod.spec().initcontainers()) {
    auto* run = newest_run(*input.view, container.name(), sandbox->id);
    if (is_sidecar(container)) {
      at.initialized = at.initialized && run && run->now == run_state::running;
      continue;
    }
    bool done = run && run->now == run_state::exited && run->exit_code == 0;
    at.initialized = at.initialized && done;
    if (run && run->now == run_state::exited && run->exit_code != 0 && !runs_again(pod, container, true, *run)) at.init_failed = true;
  }
}

} // namespace

bool is_sidecar(const core::Container& container) { return container.restartpolicy() == "Always"; }

const container_view* newest_run(const pod_view& view, const std::string& name, const std::string& sandbox_id) {
  const container_view* newest = nullptr;
  for (auto& run : view.containers)
    if (run.name == name && (sandbox_id.empty() || run.sandbox_id == sandbox_id))
      if (!newest || run.attempt > newest->attempt) newest = &run;
  return newest;
}

const sandbox_view* ready_sandbox(const pod_view& view) {
  // Only the newest counts: an older one that is ready is left over and will be stopped.
  return !view.sandboxes.empty() && view.sandboxes.front().ready ? &view.sandboxes.front() : nullptr;
}

bool runs_again(const core::Pod& pod, const core::Container& container, bool init, const container_view& run) {
  bool success = run.now == run_state::exited && run.exit_code == 0;
  if (init && is_sidecar(container)) return true;
  auto& policy = container.has_restartpolicy() && !container.restartpolicy().empty() ? container.restartpolicy() : pod.spec().restartpolicy();
  if (init) return !success && policy != "Never";
  if (policy == "Never") return false;
  return policy == "OnFailure" ? !success : true;
}

int64_t restart_ms(const container_view& run, int64_t now_ms, int64_t wall_ns, int64_t& next_back_off_ms) {
  bool forgiven = run.started_ns > 0 && run.finished_ns - run.started_ns > restart_forgiven_ns;
  if (run.back_off_ms == 0 || forgiven) {
    next_back_off_ms = restart_back_off_first_ms;
    return now_ms;
  }
  next_back_off_ms = std::min(run.back_off_ms * 2, restart_back_off_last_ms);
  auto since_ms = run.finished_ns > 0 ? (wall_ns - run.finished_ns) / 1'000'000 : run.back_off_ms;
  return now_ms + std::max<int64_t>(0, run.back_off_ms - std::max<int64_t>(0, since_ms));
}

uint32_t next_attempt(const core::Pod& pod, const pod_view& view, const std::string& name) {
  if (auto* run = newest_run(view, name)) return run->attempt + 1;
  auto find = [&](auto& statuses) -> const core::ContainerStatus* {
    for (auto& status : statuses)
      if (status.name() == name) return &status;
    return nullptr;
  };
  auto* status = find(pod.status().containerstatuses());
  if (!status) status = find(pod.status().initcontainerstatuses());
  if (!status) return 0;
  return static_cast<uint32_t>(status->restartcount()) + (status->containerid().empty() ? 0 : 1);
}

pod_situation situation_of(const pod_input& input, const pod_memory& memory) {
  pod_situation at;
  auto& pod = *input.pod;
  at.ending = input.gone || pod.metadata().has_deletiontimestamp();
  at.grace_seconds = pod.spec().has_terminationgraceperiodseconds() ? pod.spec().terminationgraceperiodseconds() : 30;
  if (pod.metadata().has_deletiongraceperiodseconds()) at.grace_seconds = pod.metadata().deletiongraceperiodseconds();
  if (at.ending && memory.stopping_since_ms >= 0)
    at.grace_seconds = std::max<int64_t>(1, at.grace_seconds - (input.now_ms - memory.stopping_since_ms) / 1000);
  auto& phase = pod.status().phase();
  if (pod.spec().has_activedeadlineseconds() && pod.status().has_starttime() && phase != "Succeeded" && phase != "Failed" &&
      input.wall_ns >= wall_of(pod.status().starttime()) + pod.spec().activedeadlineseconds() * 1'000'000'000) {
    at.failed = true;
    at.failed_reason = "DeadlineExceeded";
    at.failed_message = "Pod was active on the node longer than the specified deadline";
  } else if (phase == "Failed" && !pod.status().reason().empty()) { // by an earlier incarnation, or evicted by somebody else
    at.failed = true;
    at.failed_reason = pod.status().reason();
    at.failed_message = pod.status().message();
  }
  judge_inits(input, at);
  at.finished = at.init_failed || phase == "Succeeded" || phase == "Failed";
  if (!at.finished) {
    at.finished = pod.spec().containers_size() > 0;
    for (auto& container : pod.spec().containers()) {
      auto* run = newest_run(*input.view, container.name());
      at.finished = at.finished && run && run->now == run_state::exited && !runs_again(pod, container, false, *run);
    }
  }
  return at;
}

pod_decision plan_pod(const pod_input& input, pod_memory& memory) {
  planner p{input, memory, *input.pod, *input.view, situation_of(input, memory), {}};
  if (!input.view->known) return std::move(p.out);
  if (p.at.ending || p.at.failed) {
    p.end_pod();
  } else {
    p.run_pod();
  }
  p.out.status = plan_status(input, memory, p.at);
  p.out.report = true;
  return std::move(p.out);
}

} // namespace troupe
