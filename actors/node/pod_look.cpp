// The runtime's view of a pod, gathered in two lists and a status for what is new.
#include <algorithm>
#include <charconv>
#include "actors/node/pod_worker.hpp"
#include "runtime/log.hpp"

namespace troupe {

struct pod_worker::gathering {
  pod_view view;
  std::vector<bool> known;      // by container: its status is already complete
  size_t missing = 2;           // answers to come
  bool failed = false;
  int64_t containers_at = 0;
};

namespace {

container_view::state state_of(cri::ContainerState state) {
  switch (state) {
    case cri::CONTAINER_CREATED: return container_view::state::created;
    case cri::CONTAINER_RUNNING: return container_view::state::running;
    case cri::CONTAINER_EXITED: return container_view::state::exited;
    default: return container_view::state::unknown;
  }
}

std::string image_id_of(const cri::ContainerStatus& status) {
  return status.image_ref().empty() ? status.image_id() : status.image_ref();
}

void fill(container_view& to, const cri::ContainerStatus& status) {
  to.now = state_of(status.state());
  to.created_ns = status.created_at();
  to.started_ns = status.started_at();
  to.finished_ns = status.finished_at();
  to.exit_code = status.exit_code();
  to.reason = status.reason();
  if (!status.message().empty()) to.message = status.message();
  to.image = status.image().image();
  to.image_id = image_id_of(status);
  to.log_path = status.log_path();
  auto image = status.annotations().find(annotation_image);
  if (image != status.annotations().end()) to.wanted_image = image->second;
  // The runtime may show the image by its id: people wrote a name.
  if (!to.wanted_image.empty() && (to.image.empty() || to.image.starts_with("sha256:"))) to.image = to.wanted_image;
  auto back_off = status.annotations().find(annotation_back_off);
  if (back_off != status.annotations().end())
    std::from_chars(back_off->second.data(), back_off->second.data() + back_off->second.size(), to.back_off_ms);
}

constexpr int64_t termination_message_bytes_max = 4096, termination_log_bytes_max = 2048;

} // namespace

void pod_worker::look() {
  if (!pod_) return;
  if (looking_) {
    look_again_ = true;
    return;
  }
  looking_ = true;
  auto found = std::make_shared<gathering>();
  auto listed = [this, found] {
    if (--found->missing > 0) return;
    if (!found->failed) return gather_statuses(found);
    looking_ = false;
    wake_at(now_ms() + 1'000);
  };
  auto sandboxes = std::make_shared<cri::ListPodSandboxRequest>();
  (*sandboxes->mutable_filter()->mutable_label_selector())[label_pod_uid] = pod_->metadata().uid();
  ask_runtime(sandboxes, runtime_call_ms, [found, listed](const cri_reply& reply) {
    if (reply.code != 0) {
      found->failed = true;
    } else {
      for (auto& item : static_cast<const cri::ListPodSandboxResponse&>(*reply.response).items())
        found->view.sandboxes.push_back({item.id(), item.metadata().attempt(), item.state() == cri::SANDBOX_READY, item.created_at(), {}});
    }
    listed();
  });
  auto containers = std::make_shared<cri::ListContainersRequest>();
  (*containers->mutable_filter()->mutable_label_selector())[label_pod_uid] = pod_->metadata().uid();
  ask_runtime(containers, runtime_call_ms, [found, listed](const cri_reply& reply) {
    if (reply.code != 0) {
      found->failed = true;
    } else {
      for (auto& item : static_cast<const cri::ListContainersResponse&>(*reply.response).containers()) {
        container_view one;
        one.id = item.id();
        one.name = item.metadata().name();
        one.attempt = item.metadata().attempt();
        one.sandbox_id = item.pod_sandbox_id();
        one.now = state_of(item.state());
        one.created_ns = item.created_at();
        found->view.containers.push_back(std::move(one));
      }
    }
    listed();
  });
}

void pod_worker::gather_statuses(std::shared_ptr<gathering> found) {
  auto& view = found->view;
  std::sort(view.sandboxes.begin(), view.sandboxes.end(),
            [](auto& a, auto& b) { return std::tie(a.attempt, a.created_ns) > std::tie(b.attempt, b.created_ns); });
  std::sort(view.containers.begin(), view.containers.end(),
            [](auto& a, auto& b) { return std::tie(a.name, b.attempt, b.created_ns) < std::tie(b.name, a.attempt, a.created_ns); });
  found->missing = 1; // this function itself
  for (size_t i = 0; i < view.sandboxes.size(); ++i) {
    auto old = std::find_if(view_.sandboxes.begin(), view_.sandboxes.end(), [&](auto& s) { return s.id == view.sandboxes[i].id; });
    if (old != view_.sandboxes.end()) view.sandboxes[i].addresses = old->addresses;
    if (!view.sandboxes[i].ready || !view.sandboxes[i].addresses.empty()) continue;
    ++found->missing;
    auto request = std::make_shared<cri::PodSandboxStatusRequest>();
    request->set_pod_sandbox_id(view.sandboxes[i].id);
    ask_runtime(request, runtime_call_ms, [this, found, i](const cri_reply& reply) {
      if (reply.code == 0) {
        auto& network = static_cast<const cri::PodSandboxStatusResponse&>(*reply.response).status().network();
        if (!network.ip().empty()) found->view.sandboxes[i].addresses.push_back(network.ip());
        for (auto& more : network.additional_ips()) found->view.sandboxes[i].addresses.push_back(more.ip());
      }
      gathered(found);
    });
  }
  for (size_t i = 0; i < view.containers.size(); ++i) {
    auto& one = view.containers[i];
    auto old = std::find_if(view_.containers.begin(), view_.containers.end(), [&](auto& c) { return c.id == one.id; });
    if (old != view_.containers.end() && old->now == one.now && one.now != container_view::state::unknown) {
      auto sandbox = one.sandbox_id;
      one = *old;
      one.sandbox_id = sandbox;
      continue;
    }
    ++found->missing;
    gather_container(found, i);
  }
  gathered(found);
}

void pod_worker::gather_container(std::shared_ptr<gathering> found, size_t index) {
  auto request = std::make_shared<cri::ContainerStatusRequest>();
  request->set_container_id(found->view.containers[index].id);
  ask_runtime(request, runtime_call_ms, [this, found, index](const cri_reply& reply) {
    if (reply.code != 0) {
      found->failed = found->failed || reply.code != 5; // not found: it was removed meanwhile
      look_again_ = look_again_ || reply.code == 5;
      return gathered(found);
    }
    auto& one = found->view.containers[index];
    fill(one, static_cast<const cri::ContainerStatusResponse&>(*reply.response).status());
    if (one.now == container_view::state::exited && !options_->simulated) return gather_message(found, index);
    gathered(found);
  });
}

/// What the process left as its last words: its termination file, or the end of its log where that was asked for.
void pod_worker::gather_message(std::shared_ptr<gathering> found, size_t index) {
  auto& one = found->view.containers[index];
  auto* spec = container(one.name);
  host_call call;
  call.what = host_call::verb::tail;
  call.path = termination_file(pod_place(*pod_, facts_now()), one.name, one.attempt);
  call.limit_bytes = termination_message_bytes_max;
  ask_host(call, [this, found, index, spec](const host_reply& reply) {
    auto& ended = found->view.containers[index];
    if (!reply.text.empty()) ended.message = reply.text;
    bool log = reply.text.empty() && ended.message.empty() && ended.exit_code != 0 && spec && spec->terminationmessagepolicy() == "FallbackToLogsOnError";
    if (!log) return gathered(found);
    host_call more;
    more.what = host_call::verb::tail;
    more.path = ended.log_path;
    more.limit_bytes = termination_log_bytes_max;
    ask_host(more, [this, found, index](const host_reply& tail) {
      std::string text;
      for (size_t at = 0; at < tail.text.size();) { // CRI lines: time stream tag text
        auto end = std::min(tail.text.find('\n', at), tail.text.size());
        auto line = std::string_view(tail.text).substr(at, end - at);
        auto tag = line.find(" F ");
        if (tag != std::string_view::npos) text.append(line.substr(tag + 3)).push_back('\n');
        at = end + 1;
      }
      found->view.containers[index].message = text;
      gathered(found);
    });
  });
}

void pod_worker::gathered(std::shared_ptr<gathering> found) {
  if (--found->missing > 0) return;
  looking_ = false;
  if (found->failed) return wake_at(now_ms() + 1'000);
  view_ = std::move(found->view);
  view_.known = true;
  if (!adopted_) adopt();
  if (look_again_) {
    look_again_ = false;
    look();
  }
  evaluate();
}

/// First look of this incarnation: what runs was started by an earlier one, and what the API shows of it still holds.
void pod_worker::adopt() {
  adopted_ = true;
  auto shown = [&](const std::string& name) -> const core::ContainerStatus* {
    for (auto* list : {&pod_->status().containerstatuses(), &pod_->status().initcontainerstatuses()})
      for (auto& status : *list)
        if (status.name() == name) return &status;
    return nullptr;
  };
  for (auto& run : view_.containers) {
    if (run.now != container_view::state::running) continue;
    auto& known = remembered(run.name);
    known.started_id = run.id;
    auto* status = shown(run.name);
    bool same = status && status->containerid() == "containerd://" + run.id;
    if (!same) continue;
    probe_adopt(run.id, status->started(), known.startup);
    probe_adopt(run.id, status->ready(), known.readiness);
  }
}

} // namespace troupe
