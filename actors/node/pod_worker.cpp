#include "actors/node/pod_worker.hpp"
#include <algorithm>
#include <chrono>
#include <utility>
#include <google/protobuf/util/message_differencer.h>
#include "actors/node/api_format.hpp"
#include "runtime/control/api_path.hpp"
#include "runtime/log.hpp"

namespace troupe {

using std::chrono::milliseconds;

pod_worker::pod_worker(pointer self, env_ptr env, std::shared_ptr<const node_options> options, pod_place_name place)
    : self_(self), env_(std::move(env)), options_(std::move(options)), place_(std::move(place)), events_("kubelet", options_->name) {}

int64_t pod_worker::now_ms() const {
  return std::chrono::duration_cast<milliseconds>(self_->clock().now().time_since_epoch()).count();
}

// ---- ports

void pod_worker::ask_runtime(message_ptr request, int64_t deadline_ms, std::function<void(const cri_reply&)> then) {
  auto port = env_->actors.get<cri_port_actor>(options_->base + "/runtime");
  if (!port) return then(cri_reply{14, "the runtime's port is not there", nullptr});
  self_->request(port, milliseconds(deadline_ms + 5'000), cri_call{std::move(request), deadline_ms})
      .then([then](const cri_reply& reply) { then(reply); },
            [then](const caf::error&) { then(cri_reply{14, "the runtime's port went away", nullptr}); });
}

void pod_worker::ask_host(host_call call, std::function<void(const host_reply&)> then) {
  host_reply lost;
  lost.why = "the machine's port went away";
  auto port = env_->actors.get<host_port_actor>(options_->base + "/host");
  if (!port) return then(lost);
  auto timeout = milliseconds(call.deadline_ms + 30'000);
  self_->request(port, timeout, std::move(call))
      .then([then](const host_reply& reply) { then(reply); }, [then, lost](const caf::error&) { then(lost); });
}

void pod_worker::ask_api(node_request request, std::function<void(const node_response&)> then) {
  auto port = env_->actors.get<node_port_actor>(options_->port_path);
  if (!port) return then(node_response{});
  self_->request(port, milliseconds(api_call_ms), std::move(request))
      .then([then](const node_response& response) { then(response); }, [then](const caf::error&) { then(node_response{}); });
}

// ---- the loop

void pod_worker::begin() {
  ask_host({}, [this](const host_reply& reply) { machine_ = reply.facts; });
  auto source = env_->actors.get<source_actor>(options_->base + "/source");
  if (source) self_->send(source, pod_wanted{place_.space, place_.name});
  if (!pod_) wake_at(now_ms() + 1'000); // nobody answered: ask again
}

void pod_worker::updated(const pod_update& update) {
  auto pod = std::make_shared<core::Pod>();
  if (!pod->ParseFromString(update.bytes)) return;
  if (!pod_ && update.uid.empty()) return;
  if (pod_ && !update.uid.empty() && pod_->metadata().uid() != update.uid) return; // another pod of this name: its turn comes later
  if (update.gone) {
    gone_ = true;
    if (pod_) pod = std::make_shared<core::Pod>(*pod_);
  }
  take_pod(std::move(pod));
  view_.known ? evaluate() : look();
}

void pod_worker::take_pod(std::shared_ptr<const core::Pod> pod) {
  auto version = [](const core::Pod& p) { return std::strtoull(p.metadata().resourceversion().c_str(), nullptr, 10); };
  if (pod_ && version(*pod) < version(*pod_)) return; // news that our own write has overtaken
  bool labels_changed = pod_ && volumes_.changes &&
                        (pod_->metadata().labels_size() != pod->metadata().labels_size() ||
                         pod_->metadata().annotations_size() != pod->metadata().annotations_size() ||
                         !google::protobuf::util::MessageDifferencer::Equals(pod_->metadata(), pod->metadata()));
  pod_ = std::move(pod);
  if (labels_changed && memory_.prepared) refresh_ms_ = now_ms(); // downward files
}

void pod_worker::wake() {
  wake_ms_ = INT64_MAX;
  while (!timers_.empty() && timers_.begin()->first <= now_ms()) {
    auto work = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    work();
  }
  if (!timers_.empty()) wake_at(timers_.begin()->first);
  if (!pod_) return begin();
  if (!view_.known) return look();
  if (refresh_ms_ <= now_ms()) refresh();
  evaluate();
}

void pod_worker::wake_at(int64_t at_ms) {
  if (at_ms >= wake_ms_) return;
  wake_ms_ = at_ms;
  self_->delayed_send(self_, milliseconds(std::max<int64_t>(0, at_ms - now_ms())), tick_atom::value);
}

void pod_worker::evaluate() {
  if (!pod_ || !view_.known) return;
  auto now = now_ms();
  pod_input input{pod_.get(), gone_, &view_, now, env_->wall_ns(), options_->host_address};
  bool ending = gone_ || pod_->metadata().has_deletiontimestamp();
  if (ending && memory_.stopping_since_ms < 0) {
    // The grace period began when the delete was answered, whoever has seen it.
    auto grace_ms = pod_->metadata().deletiongraceperiodseconds() * 1000;
    auto left_ms = pod_->metadata().has_deletiontimestamp()
                       ? (pod_->metadata().deletiontimestamp().seconds() * 1'000'000'000 - input.wall_ns) / 1'000'000 : grace_ms;
    memory_.stopping_since_ms = now - std::clamp<int64_t>(grace_ms - left_ms, 0, std::max<int64_t>(0, grace_ms));
  }
  auto decision = plan_pod(input, memory_);
  bool same = google::protobuf::util::MessageDifferencer::Equivalent(decision.status, pod_->status());
  if (same != memory_.published) {
    memory_.published = same;
    decision = plan_pod(input, memory_);
  }
  if (decision.report && !same && !gone_) publish(decision.status);
  for (auto& step : decision.steps) run(step);
  wake_at(std::min(decision.again_ms, refresh_ms_));
}

void pod_worker::run(const pod_step& step) {
  using verb = pod_step::verb;
  switch (step.what) {
    case verb::prepare: return prepare();
    case verb::run_sandbox: return run_sandbox(step.attempt);
    case verb::stop_sandbox: return stop_sandbox(step.id);
    case verb::remove_sandbox: return remove_sandbox(step.id);
    case verb::start_container: return start_container(step);
    case verb::stop_container: return stop_container(step);
    case verb::remove_container: return remove_container(step);
    case verb::probe: return probe(step);
    case verb::clean: return clean();
    case verb::finish: return finish();
  }
}

/// Writes the whole pod with the version it was computed from: a write of somebody else in between is seen first.
void pod_worker::publish(const core::PodStatus& status) {
  if (putting_) return;
  if (now_ms() < put_retry_ms_) return wake_at(put_retry_ms_);
  putting_ = true;
  core::Pod body = *pod_;
  *body.mutable_status() = status;
  auto path = pod_path(place_.space, place_.name);
  ask_api(api_write("PUT", path + "/status", body, "v1", "Pod"), [this, path](const node_response& response) {
    putting_ = false;
    if (response.code == 200) {
      auto pod = std::make_shared<core::Pod>();
      if (api_open(response.body, *pod) && pod->metadata().uid() == pod_->metadata().uid()) take_pod(std::move(pod));
      failures_shown();
      return evaluate();
    }
    if (response.code == 409) {
      putting_ = true;
      return ask_api(api_read(path), [this](const node_response& got) {
        putting_ = false;
        auto pod = std::make_shared<core::Pod>();
        if (got.code == 200 && api_open(got.body, *pod) && pod->metadata().uid() == pod_->metadata().uid()) take_pod(std::move(pod));
        put_retry_ms_ = now_ms() + 20;
        wake_at(put_retry_ms_);
      });
    }
    if (response.code != 404) // gone: the source will say so
      log_warning("status of pod " + place_.space + "/" + place_.name + " was not taken: " + api_error(response));
    put_retry_ms_ = now_ms() + 1'000;
    wake_at(put_retry_ms_);
  });
}

/// What went wrong has been shown; from now on the wait for the next try is.
void pod_worker::failures_shown() {
  for (auto& [name, known] : memory_.containers) {
    auto* of = container(name);
    if (known.failure == "ErrImagePull" && of) {
      known.failure = "ImagePullBackOff";
      known.failure_message = "Back-off pulling image \"" + of->image() + "\": ErrImagePull: " + known.failure_message;
    } else if (known.failure == "RunContainerError") {
      known.failure.clear(); // its run has ended: CrashLoopBackOff
    }
  }
}

void pod_worker::note(const std::string& type, const std::string& reason, const std::string& text) {
  if (options_->simulated || !pod_) return; // thousands of simulated pods would say the same
  static const auto* kind = find_kind("", "v1", "pods");
  notice said{object_key{kind, place_.space, place_.name}, pod_->metadata().uid(), type, reason, text};
  auto action = events_.record(said, env_->wall_ns(), env_->random());
  if (!action) return;
  auto wanted = action_request(*action);
  node_request request{wanted.method, wanted.path, wanted.query, std::string(wanted.header("content-type")), wanted.body};
  ask_api(std::move(request), [this, said](const node_response& response) {
    if (response.code >= 400) events_.forget(said);
  });
}

const core::Container* pod_worker::container(const std::string& name, bool* init) const {
  for (auto& one : pod_->spec().initcontainers())
    if (one.name() == name) {
      if (init) *init = true;
      return &one;
    }
  for (auto& one : pod_->spec().containers())
    if (one.name() == name) {
      if (init) *init = false;
      return &one;
    }
  return nullptr;
}

void pod_worker::fail_setup(const std::string& text, std::string& kept) {
  kept = text;
  memory_.back_off_ms = memory_.back_off_ms == 0 ? setup_back_off_first_ms : std::min(memory_.back_off_ms * 2, setup_back_off_last_ms);
  memory_.retry_ms = now_ms() + memory_.back_off_ms;
}

} // namespace troupe
