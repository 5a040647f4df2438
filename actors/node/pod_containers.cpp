// One container's life: image, files, environment, create, start, postStart; preStop and stop; probes.
#include <algorithm>
#include "actors/node/pod_worker.hpp"
#include "runtime/log.hpp"

namespace troupe {

/// A start on its way. The spec is the pod's at its beginning.
struct pod_worker::start_job {
  std::shared_ptr<const core::Pod> pod;
  const core::Container* spec = nullptr; // in `pod`
  uint32_t attempt = 0;
  int64_t back_off_ms = 0;
  std::string image_id, container_id, sandbox_id;
  std::map<std::string, std::string> paths;
};

void pod_worker::start_container(const pod_step& step) {
  auto job = std::make_shared<start_job>();
  job->pod = pod_;
  job->spec = container(step.name);
  auto* sandbox = ready_sandbox(view_);
  if (!job->spec || !sandbox) return;
  job->attempt = step.attempt;
  job->back_off_ms = step.back_off_ms;
  job->sandbox_id = sandbox->id;
  auto& known = remembered(step.name);
  known.starting = true;
  if (known.failure == "CreateContainerConfigError") return fetch_objects([this, job] { start_image(job); });
  start_image(job);
}

void pod_worker::start_failed(std::shared_ptr<start_job> job, const std::string& reason, const std::string& text, bool image) {
  auto& known = remembered(job->spec->name());
  known.starting = false;
  known.failure = reason;
  known.failure_message = text;
  auto last = image ? image_back_off_last_ms : setup_back_off_last_ms;
  auto first = image ? image_back_off_first_ms : int64_t{1'000};
  known.failure_back_off_ms = known.failure_back_off_ms == 0 ? first : std::min(known.failure_back_off_ms * 2, last);
  known.retry_ms = now_ms() + known.failure_back_off_ms;
  look();
}

void pod_worker::start_image(std::shared_ptr<start_job> job) {
  auto request = std::make_shared<cri::ImageStatusRequest>();
  request->mutable_image()->set_image(job->spec->image());
  ask_runtime(request, runtime_call_ms, [this, job](const cri_reply& reply) {
    auto& image = job->spec->image();
    if (reply.code != 0) return start_failed(job, "ImageInspectError", reply.message, true);
    auto& status = static_cast<const cri::ImageStatusResponse&>(*reply.response);
    auto policy = pull_policy(*job->spec);
    if (status.has_image()) {
      job->image_id = status.image().id();
      auto problem = user_problem(*job->pod, *job->spec, status.image().has_uid() ? status.image().uid().value() : -1, status.image().username());
      if (!problem.empty()) {
        note("Warning", "Failed", "Error: " + problem);
        return start_failed(job, "CreateContainerConfigError", problem, false);
      }
    } else if (policy == "Never") {
      auto text = "Container image \"" + image + "\" is not present with pull policy of Never";
      note("Warning", "ErrImageNeverPull", text);
      return start_failed(job, "ErrImageNeverPull", text, false);
    }
    if (policy == "Always" || !status.has_image()) return start_pull(job);
    note("Normal", "Pulled", "Container image \"" + image + "\" already present on machine");
    start_files(job);
  });
}

void pod_worker::start_pull(std::shared_ptr<start_job> job) {
  auto request = std::make_shared<cri::PullImageRequest>();
  request->mutable_image()->set_image(job->spec->image());
  note("Normal", "Pulling", "Pulling image \"" + job->spec->image() + "\"");
  ask_runtime(request, image_pull_ms, [this, job](const cri_reply& reply) {
    auto& image = job->spec->image();
    if (reply.code != 0) {
      auto text = "failed to pull image \"" + image + "\": " + reply.message;
      note("Warning", "Failed", "Failed to pull image \"" + image + "\": " + reply.message);
      note("Warning", "Failed", "Error: ErrImagePull");
      start_failed(job, "ErrImagePull", text, true);
      return note("Normal", "BackOff", "Back-off pulling image \"" + image + "\"");
    }
    job->image_id = static_cast<const cri::PullImageResponse&>(*reply.response).image_ref();
    note("Normal", "Pulled", "Successfully pulled image \"" + image + "\"");
    start_files(job);
  });
}

/// The hosts file, and an empty file for the termination message of this run.
void pod_worker::start_files(std::shared_ptr<start_job> job) {
  if (options_->simulated) return start_create(job);
  host_call call;
  call.what = host_call::verb::prepare;
  auto files = std::make_shared<host_pod>();
  files->directory = volumes_.host.directory;
  files->log_directory = volumes_.host.log_directory;
  files->files.push_back({termination_file(volumes_.host, job->spec->name(), job->attempt), {}, 0666});
  if (!job->pod->spec().hostnetwork())
    files->files.push_back({hosts_file(volumes_.host), hosts_content(*job->pod, facts_now().environment.pod_addresses, options_->cluster_domain), 0644});
  call.pod = std::move(files);
  call.deadline_ms = host_call_ms;
  ask_host(call, [this, job](const host_reply& reply) {
    if (!reply.ok) return start_failed(job, "CreateContainerConfigError", reply.why, false);
    start_sub_path(job, 0);
  });
}

/// Volume mounts, one after the other: a subPath is made and checked on the host.
void pod_worker::start_sub_path(std::shared_ptr<start_job> job, int index) {
  for (; index < job->spec->volumemounts_size(); ++index) {
    auto& mount = job->spec->volumemounts(index);
    auto path = volumes_.paths.find(mount.name());
    if (path == volumes_.paths.end()) continue;
    auto sub = mount.subpath();
    if (!mount.subpathexpr().empty()) {
      auto variables = environment_of(*job->pod, *job->spec, *objects_, facts_now().environment);
      if (variables.ok()) sub = expand(mount.subpathexpr(), {variables->begin(), variables->end()});
    }
    if (sub.empty()) {
      job->paths[mount.mountpath()] = path->second;
      continue;
    }
    host_call call;
    call.what = host_call::verb::sub_path;
    call.path = path->second;
    call.sub = sub;
    return ask_host(call, [this, job, index](const host_reply& reply) {
      auto& at = job->spec->volumemounts(index);
      if (!reply.ok)
        return start_failed(job, "CreateContainerConfigError", "failed to prepare subPath for volumeMount \"" + at.name() + "\" of container \"" + job->spec->name() + "\": " + reply.why, false);
      job->paths[at.mountpath()] = reply.text;
      start_sub_path(job, index + 1);
    });
  }
  start_create(job);
}

void pod_worker::start_create(std::shared_ptr<start_job> job) {
  container_facts facts;
  auto now = facts_now();
  auto variables = environment_of(*job->pod, *job->spec, *objects_, now.environment);
  if (options_->simulated) variables = environment{};
  if (!variables.ok()) {
    note("Warning", "Failed", "Error: " + variables.error().message);
    return start_failed(job, "CreateContainerConfigError", variables.error().message, false);
  }
  facts.node = options_->name;
  facts.attempt = job->attempt;
  facts.back_off_ms = job->back_off_ms;
  facts.variables = std::move(*variables);
  facts.paths = job->paths;
  if (!job->pod->spec().hostnetwork()) facts.hosts_file = hosts_file(volumes_.host);
  facts.termination_file = termination_file(volumes_.host, job->spec->name(), job->attempt);
  facts.node_memory_bytes = machine_.memory_bytes;
  facts.image_reference = job->image_id.empty() ? job->spec->image() : job->image_id;
  sandbox_facts around{options_->name, options_->cluster_dns, options_->cluster_domain, volumes_.host.log_directory, volumes_.host.cgroup.path};
  auto request = std::make_shared<cri::CreateContainerRequest>();
  request->set_pod_sandbox_id(job->sandbox_id);
  *request->mutable_config() = container_config(*job->pod, *job->spec, facts);
  *request->mutable_sandbox_config() = sandbox_config(*job->pod, view_.sandboxes.empty() ? 0 : view_.sandboxes.front().attempt, around);
  ask_runtime(request, runtime_call_ms, [this, job](const cri_reply& reply) {
    if (reply.code != 0) {
      note("Warning", "Failed", "Error: " + reply.message);
      return start_failed(job, "CreateContainerError", reply.message, false);
    }
    job->container_id = static_cast<const cri::CreateContainerResponse&>(*reply.response).container_id();
    note("Normal", "Created", "Container created");
    start_run(job);
  });
}

void pod_worker::start_run(std::shared_ptr<start_job> job) {
  auto request = std::make_shared<cri::StartContainerRequest>();
  request->set_container_id(job->container_id);
  ask_runtime(request, runtime_call_ms, [this, job](const cri_reply& reply) {
    if (reply.code != 0) {
      note("Warning", "Failed", "Error: " + reply.message);
      return start_failed(job, "RunContainerError", reply.message, false);
    }
    note("Normal", "Started", "Container started");
    if (!job->spec->lifecycle().has_poststart()) return start_done(job);
    look(); // it runs already: let everybody see it
    start_hook(job);
  });
}

void pod_worker::start_hook(std::shared_ptr<start_job> job) {
  run_handler(job->spec->lifecycle().poststart(), *job->spec, job->container_id, image_pull_ms, [this, job](bool ok, const std::string& text) {
    if (ok) return start_done(job);
    note("Warning", "FailedPostStartHook", "PostStartHook failed: " + text);
    auto request = std::make_shared<cri::StopContainerRequest>();
    request->set_container_id(job->container_id);
    request->set_timeout(pod_->spec().terminationgraceperiodseconds());
    ask_runtime(request, runtime_call_ms, [this, job, text](const cri_reply&) { start_failed(job, "PostStartHookError", text, false); });
  });
}

void pod_worker::start_done(std::shared_ptr<start_job> job) {
  auto& known = remembered(job->spec->name());
  known.starting = false;
  known.started_id = job->container_id;
  known.failure.clear();
  known.failure_message.clear();
  known.failure_back_off_ms = 0;
  known.retry_ms = 0;
  look();
}

void pod_worker::stop_container(const pod_step& step) {
  auto& known = remembered(step.name);
  known.stopping = true;
  note("Normal", "Killing", step.why);
  auto begun_ms = now_ms();
  auto* spec = container(step.name);
  auto stop = [this, name = step.name, id = step.id, grace = step.grace_seconds, begun_ms](bool, const std::string&) {
    auto left = std::max<int64_t>(grace > 0 ? 2 : 0, grace - (now_ms() - begun_ms) / 1000); // two seconds even after a long hook
    auto request = std::make_shared<cri::StopContainerRequest>();
    request->set_container_id(id);
    request->set_timeout(left);
    ask_runtime(request, left * 1000 + runtime_call_ms, [this, name](const cri_reply& reply) {
      remembered(name).stopping = false;
      if (reply.code != 0 && reply.code != 5) {
        log_warning("container " + name + " of pod " + place_.space + "/" + place_.name + " could not be stopped: " + reply.message);
        view_.known = false;
        return wake_at(now_ms() + 1'000);
      }
      look();
    });
  };
  bool hook = step.hook && spec && spec->lifecycle().has_prestop() && step.grace_seconds > 0;
  if (!hook) return stop(true, {});
  run_handler(spec->lifecycle().prestop(), *spec, step.id, step.grace_seconds * 1000, [this, stop](bool ok, const std::string& text) {
    if (!ok) note("Warning", "FailedPreStopHook", "PreStopHook failed: " + text);
    stop(ok, text);
  });
}

/// A run that is no longer kept goes with its log and its termination message.
void pod_worker::forget_files(const std::string& id) {
  for (auto& run : view_.containers) {
    if (run.id != id || options_->simulated) continue;
    for (auto& path : {run.log_path, termination_file(pod_place(*pod_, facts_now()), run.name, run.attempt)}) {
      host_call call;
      call.what = host_call::verb::forget;
      call.path = path;
      ask_host(call, [](const host_reply&) {});
    }
  }
}

void pod_worker::remove_container(const pod_step& step) {
  remembered(step.name).removing = true;
  forget_files(step.id);
  auto request = std::make_shared<cri::RemoveContainerRequest>();
  request->set_container_id(step.id);
  ask_runtime(request, runtime_call_ms, [this, name = step.name](const cri_reply& reply) {
    remembered(name).removing = false;
    if (reply.code != 0 && reply.code != 5) {
      log_warning("container " + name + " of pod " + place_.space + "/" + place_.name + " could not be removed: " + reply.message);
      view_.known = false;
      return wake_at(now_ms() + 1'000);
    }
    look();
  });
}

// ---- hooks and probes

std::string pod_worker::pod_address() const {
  auto addresses = facts_now().environment.pod_addresses;
  return addresses.empty() ? std::string{} : addresses.front();
}

uint16_t pod_worker::port_of(const k8s::io::apimachinery::pkg::util::intstr::IntOrString& port, const core::Container& of) const {
  if (port.type() == 0) return static_cast<uint16_t>(port.intval());
  for (auto& named : of.ports())
    if (named.name() == port.strval()) return static_cast<uint16_t>(named.containerport());
  return static_cast<uint16_t>(std::atoi(port.strval().c_str()));
}

host_probe pod_worker::network_probe(const core::HTTPGetAction& action, const core::Container& of) const {
  host_probe probe;
  probe.http = true;
  probe.address = action.host().empty() ? pod_address() : action.host();
  probe.port = port_of(action.port(), of);
  probe.tls = action.scheme() == "HTTPS";
  probe.path = action.path().empty() ? "/" : action.path();
  for (auto& header : action.httpheaders()) {
    if (strcasecmp(header.name().c_str(), "host") == 0) probe.host_header = header.value();
    else probe.headers.emplace_back(header.name(), header.value());
  }
  return probe;
}

void pod_worker::run_handler(const core::LifecycleHandler& handler, const core::Container& of, const std::string& id,
                             int64_t deadline_ms, std::function<void(bool, const std::string&)> then) {
  if (handler.has_exec()) {
    auto request = std::make_shared<cri::ExecSyncRequest>();
    request->set_container_id(id);
    for (auto& word : handler.exec().command()) request->add_cmd(word);
    request->set_timeout(std::max<int64_t>(1, deadline_ms / 1000));
    return ask_runtime(request, deadline_ms, [then](const cri_reply& reply) {
      if (reply.code != 0) return then(false, reply.message);
      auto& done = static_cast<const cri::ExecSyncResponse&>(*reply.response);
      then(done.exit_code() == 0, "command exited with " + std::to_string(done.exit_code()) + ": " + done.stderr() + done.stdout());
    });
  }
  host_call call;
  call.what = host_call::verb::probe;
  call.deadline_ms = std::min<int64_t>(deadline_ms, 30'000);
  if (handler.has_httpget()) {
    call.probe = network_probe(handler.httpget(), of);
  } else if (handler.has_tcpsocket()) {
    call.probe.address = handler.tcpsocket().host().empty() ? pod_address() : handler.tcpsocket().host();
    call.probe.port = port_of(handler.tcpsocket().port(), of);
  } else if (handler.has_sleep()) {
    auto wait_ms = std::min(handler.sleep().seconds() * 1000, deadline_ms);
    timers_.emplace(now_ms() + wait_ms, [then] { then(true, {}); });
    return wake_at(now_ms() + wait_ms);
  } else {
    return then(true, {});
  }
  ask_host(call, [then](const host_reply& reply) { then(reply.ok, reply.why); });
}

void pod_worker::probe(const pod_step& step) {
  auto* of = container(step.name);
  if (!of) return;
  auto& known = remembered(step.name);
  auto& state = step.kind == probe_kind::startup ? known.startup : step.kind == probe_kind::readiness ? known.readiness : known.liveness;
  auto& spec = step.kind == probe_kind::startup ? of->startupprobe() : step.kind == probe_kind::readiness ? of->readinessprobe() : of->livenessprobe();
  state.running = true;
  auto timeout_ms = int64_t{std::max(1, spec.timeoutseconds())} * 1000;
  auto done = [this, name = step.name, id = step.id, kind = step.kind](bool ok, const std::string& text) { probed(name, id, kind, ok, text); };
  auto& handler = spec.handler();
  if (handler.has_exec()) {
    auto request = std::make_shared<cri::ExecSyncRequest>();
    request->set_container_id(step.id);
    for (auto& word : handler.exec().command()) request->add_cmd(word);
    request->set_timeout(timeout_ms / 1000);
    return ask_runtime(request, timeout_ms + 2'000, [done, timeout_ms](const cri_reply& reply) {
      if (reply.code == 4) return done(false, "command timed out after " + std::to_string(timeout_ms / 1000) + "s");
      if (reply.code != 0) return done(false, reply.message);
      auto& ended = static_cast<const cri::ExecSyncResponse&>(*reply.response);
      done(ended.exit_code() == 0, ended.stdout() + ended.stderr());
    });
  }
  host_call call;
  call.what = host_call::verb::probe;
  call.deadline_ms = timeout_ms;
  if (handler.has_httpget()) {
    call.probe = network_probe(handler.httpget(), *of);
  } else if (handler.has_tcpsocket()) {
    call.probe.address = handler.tcpsocket().host().empty() ? pod_address() : handler.tcpsocket().host();
    call.probe.port = port_of(handler.tcpsocket().port(), *of);
  } else {
    return done(false, "this node does not know this kind of probe"); // gRPC
  }
  ask_host(call, [done](const host_reply& reply) { done(reply.ok, reply.why); });
}

void pod_worker::probed(const std::string& name, const std::string& id, probe_kind kind, bool success, const std::string& text) {
  auto* of = container(name);
  if (!of) return;
  auto& known = remembered(name);
  auto& state = kind == probe_kind::startup ? known.startup : kind == probe_kind::readiness ? known.readiness : known.liveness;
  if (state.container_id != id) return; // of an earlier run
  auto& spec = kind == probe_kind::startup ? of->startupprobe() : kind == probe_kind::readiness ? of->readinessprobe() : of->livenessprobe();
  probe_outcome(spec, success, text, now_ms(), state);
  if (!success) note("Warning", "Unhealthy", std::string(probe_name(kind)) + " probe failed: " + text);
  evaluate();
}

} // namespace troupe
