#include "runtime/ports/simulated_runtime.hpp"
#include <algorithm>
#include <charconv>
#include <cstdio>
#include "messages/cri/cri.pb.h"

namespace troupe {
namespace {

cri_reply failed(int code, std::string message) { return {code, std::move(message), nullptr}; }

template <class Response> cri_reply answered(std::shared_ptr<Response> response) { return {0, {}, std::move(response)}; }
template <class Response> cri_reply empty() { return answered(std::make_shared<Response>()); }

int64_t number_of(const google::protobuf::Map<std::string, std::string>& annotations, const char* key, int64_t otherwise) {
  auto found = annotations.find(key);
  if (found == annotations.end()) return otherwise;
  int64_t value = otherwise;
  std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

template <class Labels> bool selected(const Labels& wanted, const Labels& labels) {
  return std::all_of(wanted.begin(), wanted.end(), [&](auto& entry) {
    auto found = labels.find(entry.first);
    return found != labels.end() && found->second == entry.second;
  });
}

struct sandbox_record {
  cri::PodSandboxConfig config;
  bool ready = true;
  int64_t created_ns = 0;
  uint32_t address = 0; // host part; 0: on the host's network
};

struct container_record {
  cri::ContainerConfig config;
  std::string sandbox;
  cri::ContainerState state = cri::CONTAINER_CREATED;
  int64_t created_ns = 0, started_ns = 0, finished_ns = 0, ends_ns = INT64_MAX;
  int exit_code = 0;
  std::string reason;
};

} // namespace

struct simulated_runtime::content {
  std::string network; // "10.244.3."
  uint64_t serial = 0;
  std::map<std::string, sandbox_record> sandboxes;     // by id
  std::map<std::string, container_record> containers;  // by id
  std::set<uint32_t> addresses;
  int64_t next_end_ns = INT64_MAX;

  std::string new_id(const char* what) {
    char text[65];
    std::snprintf(text, sizeof text, "%s%056llx", what, static_cast<unsigned long long>(++serial));
    return text;
  }
  uint32_t new_address() {
    uint32_t address = 2;
    while (addresses.count(address)) ++address;
    addresses.insert(address);
    return address;
  }
  std::string text_of(uint32_t address) const {
    // More than a /24 holds goes on in the next one: simulated nodes may be asked to run thousands.
    if (address < 255) return network + std::to_string(address);
    return "10." + std::to_string(128 + (address >> 16)) + "." + std::to_string((address >> 8) & 255) + "." + std::to_string(address & 255);
  }
  void end(container_record& container, int code, std::string reason, int64_t wall_ns) {
    container.state = cri::CONTAINER_EXITED;
    container.exit_code = code;
    container.reason = std::move(reason);
    container.finished_ns = wall_ns;
    container.ends_ns = INT64_MAX;
  }
  void stop_in(const std::string& sandbox, int code, const char* reason, int64_t wall_ns) {
    for (auto& [id, container] : containers)
      if (container.sandbox == sandbox && container.state == cri::CONTAINER_RUNNING) end(container, code, reason, wall_ns);
  }

  cri_reply run(const cri::RunPodSandboxRequest& request, int64_t wall_ns);
  cri_reply create(const cri::CreateContainerRequest& request, int64_t wall_ns);
  cri_reply start(const cri::StartContainerRequest& request, int64_t wall_ns);
  cri_reply status(const cri::ContainerStatusRequest& request) const;
  cri_reply status(const cri::PodSandboxStatusRequest& request) const;
  cri_reply list(const cri::ListContainersRequest& request) const;
  cri_reply list(const cri::ListPodSandboxRequest& request) const;
  cri_reply stop_sandbox(const std::string& id, int64_t wall_ns);
  cri_reply remove_sandbox(const std::string& id, int64_t wall_ns);
  cri_reply runtime_status() const;
};

cri_reply simulated_runtime::content::run(const cri::RunPodSandboxRequest& request, int64_t wall_ns) {
  auto& wanted = request.config().metadata();
  for (auto& [id, sandbox] : sandboxes) {
    auto& other = sandbox.config.metadata();
    if (other.uid() == wanted.uid() && other.attempt() == wanted.attempt()) return failed(2, "name is reserved for \"" + id + "\"");
  }
  auto id = new_id("5a5a5a5a");
  auto& sandbox = sandboxes[id];
  sandbox.config = request.config();
  sandbox.created_ns = wall_ns;
  auto& options = request.config().linux().security_context().namespace_options();
  if (options.network() != cri::NODE) sandbox.address = new_address();
  auto response = std::make_shared<cri::RunPodSandboxResponse>();
  response->set_pod_sandbox_id(id);
  return answered(response);
}

cri_reply simulated_runtime::content::create(const cri::CreateContainerRequest& request, int64_t wall_ns) {
  auto sandbox = sandboxes.find(request.pod_sandbox_id());
  if (sandbox == sandboxes.end() || !sandbox->second.ready) return failed(2, "sandbox is not running");
  for (auto& [id, other] : containers)
    if (other.sandbox == request.pod_sandbox_id() && other.config.metadata().name() == request.config().metadata().name() &&
        other.config.metadata().attempt() == request.config().metadata().attempt())
      return failed(2, "name is reserved for \"" + id + "\"");
  auto id = new_id("c0c0c0c0");
  auto& container = containers[id];
  container.config = request.config();
  container.sandbox = request.pod_sandbox_id();
  container.created_ns = wall_ns;
  auto response = std::make_shared<cri::CreateContainerResponse>();
  response->set_container_id(id);
  return answered(response);
}

cri_reply simulated_runtime::content::start(const cri::StartContainerRequest& request, int64_t wall_ns) {
  auto found = containers.find(request.container_id());
  if (found == containers.end()) return failed(5, "container not found");
  auto& container = found->second;
  if (container.state != cri::CONTAINER_CREATED) return failed(2, "container is not in created state");
  container.state = cri::CONTAINER_RUNNING;
  container.started_ns = wall_ns;
  auto run_ms = number_of(container.config.annotations(), simulated_run_annotation, -1);
  if (run_ms >= 0) container.ends_ns = wall_ns + run_ms * 1'000'000;
  next_end_ns = std::min(next_end_ns, container.ends_ns);
  return empty<cri::StartContainerResponse>();
}

cri_reply simulated_runtime::content::status(const cri::ContainerStatusRequest& request) const {
  auto found = containers.find(request.container_id());
  if (found == containers.end()) return failed(5, "container not found");
  auto& container = found->second;
  auto response = std::make_shared<cri::ContainerStatusResponse>();
  auto& status = *response->mutable_status();
  status.set_id(found->first);
  *status.mutable_metadata() = container.config.metadata();
  status.set_state(container.state);
  status.set_created_at(container.created_ns);
  status.set_started_at(container.started_ns);
  status.set_finished_at(container.finished_ns);
  status.set_exit_code(container.exit_code);
  status.set_reason(container.reason);
  *status.mutable_image() = container.config.image();
  status.set_image_ref("simulated@sha256:0000");
  *status.mutable_labels() = container.config.labels();
  *status.mutable_annotations() = container.config.annotations();
  return answered(response);
}

cri_reply simulated_runtime::content::status(const cri::PodSandboxStatusRequest& request) const {
  auto found = sandboxes.find(request.pod_sandbox_id());
  if (found == sandboxes.end()) return failed(5, "sandbox not found");
  auto& sandbox = found->second;
  auto response = std::make_shared<cri::PodSandboxStatusResponse>();
  auto& status = *response->mutable_status();
  status.set_id(found->first);
  *status.mutable_metadata() = sandbox.config.metadata();
  status.set_state(sandbox.ready ? cri::SANDBOX_READY : cri::SANDBOX_NOTREADY);
  status.set_created_at(sandbox.created_ns);
  if (sandbox.address) status.mutable_network()->set_ip(text_of(sandbox.address));
  *status.mutable_labels() = sandbox.config.labels();
  return answered(response);
}

cri_reply simulated_runtime::content::list(const cri::ListContainersRequest& request) const {
  auto response = std::make_shared<cri::ListContainersResponse>();
  for (auto& [id, container] : containers) {
    if (!selected(request.filter().label_selector(), container.config.labels())) continue;
    auto& to = *response->add_containers();
    to.set_id(id);
    to.set_pod_sandbox_id(container.sandbox);
    *to.mutable_metadata() = container.config.metadata();
    to.set_state(container.state);
    to.set_created_at(container.created_ns);
    *to.mutable_labels() = container.config.labels();
  }
  return answered(response);
}

cri_reply simulated_runtime::content::list(const cri::ListPodSandboxRequest& request) const {
  auto response = std::make_shared<cri::ListPodSandboxResponse>();
  for (auto& [id, sandbox] : sandboxes) {
    if (!selected(request.filter().label_selector(), sandbox.config.labels())) continue;
    auto& to = *response->add_items();
    to.set_id(id);
    *to.mutable_metadata() = sandbox.config.metadata();
    to.set_state(sandbox.ready ? cri::SANDBOX_READY : cri::SANDBOX_NOTREADY);
    to.set_created_at(sandbox.created_ns);
    *to.mutable_labels() = sandbox.config.labels();
  }
  return answered(response);
}

cri_reply simulated_runtime::content::stop_sandbox(const std::string& id, int64_t wall_ns) {
  auto found = sandboxes.find(id);
  if (found == sandboxes.end()) return empty<cri::StopPodSandboxResponse>(); // as the interface wants it
  stop_in(id, 137, "Error", wall_ns);
  found->second.ready = false;
  addresses.erase(found->second.address);
  found->second.address = 0;
  return empty<cri::StopPodSandboxResponse>();
}

cri_reply simulated_runtime::content::remove_sandbox(const std::string& id, int64_t wall_ns) {
  stop_sandbox(id, wall_ns);
  std::erase_if(containers, [&](auto& entry) { return entry.second.sandbox == id; });
  sandboxes.erase(id);
  return empty<cri::RemovePodSandboxResponse>();
}

cri_reply simulated_runtime::content::runtime_status() const {
  auto response = std::make_shared<cri::StatusResponse>();
  for (auto* type : {"RuntimeReady", "NetworkReady"}) {
    auto* condition = response->mutable_status()->add_conditions();
    condition->set_type(type);
    condition->set_status(true);
  }
  return answered(response);
}

simulated_runtime::simulated_runtime(std::string pod_cidr) : content_(std::make_unique<content>()) {
  content_->network = pod_cidr.substr(0, pod_cidr.rfind('.') + 1);
}
simulated_runtime::~simulated_runtime() = default;

cri_reply simulated_runtime::handle(const google::protobuf::Message& request, int64_t wall_ns) {
  auto& c = *content_;
  if (auto* m = dynamic_cast<const cri::RunPodSandboxRequest*>(&request)) return c.run(*m, wall_ns);
  if (auto* m = dynamic_cast<const cri::CreateContainerRequest*>(&request)) return c.create(*m, wall_ns);
  if (auto* m = dynamic_cast<const cri::StartContainerRequest*>(&request)) return c.start(*m, wall_ns);
  if (auto* m = dynamic_cast<const cri::ContainerStatusRequest*>(&request)) return c.status(*m);
  if (auto* m = dynamic_cast<const cri::PodSandboxStatusRequest*>(&request)) return c.status(*m);
  if (auto* m = dynamic_cast<const cri::ListContainersRequest*>(&request)) return c.list(*m);
  if (auto* m = dynamic_cast<const cri::ListPodSandboxRequest*>(&request)) return c.list(*m);
  if (auto* m = dynamic_cast<const cri::StopPodSandboxRequest*>(&request)) return c.stop_sandbox(m->pod_sandbox_id(), wall_ns);
  if (auto* m = dynamic_cast<const cri::RemovePodSandboxRequest*>(&request)) return c.remove_sandbox(m->pod_sandbox_id(), wall_ns);
  if (auto* m = dynamic_cast<const cri::StopContainerRequest*>(&request)) {
    auto found = c.containers.find(m->container_id());
    if (found != c.containers.end() && found->second.state == cri::CONTAINER_RUNNING) c.end(found->second, 0, "Completed", wall_ns);
    return empty<cri::StopContainerResponse>();
  }
  if (auto* m = dynamic_cast<const cri::RemoveContainerRequest*>(&request)) {
    c.containers.erase(m->container_id());
    return empty<cri::RemoveContainerResponse>();
  }
  if (auto* m = dynamic_cast<const cri::ExecSyncRequest*>(&request)) {
    auto found = c.containers.find(m->container_id());
    if (found == c.containers.end() || found->second.state != cri::CONTAINER_RUNNING) return failed(5, "container not found");
    auto response = std::make_shared<cri::ExecSyncResponse>();
    auto& annotations = found->second.config.annotations();
    auto fail = annotations.find(simulated_probe_annotation);
    response->set_exit_code(fail != annotations.end() && fail->second == "fail" ? 1 : 0);
    return answered(response);
  }
  if (auto* m = dynamic_cast<const cri::ImageStatusRequest*>(&request)) {
    auto response = std::make_shared<cri::ImageStatusResponse>();
    response->mutable_image()->set_id("sha256:0000");
    response->mutable_image()->add_repo_tags(m->image().image());
    return answered(response);
  }
  if (dynamic_cast<const cri::PullImageRequest*>(&request)) { // every image there is can be had
    auto response = std::make_shared<cri::PullImageResponse>();
    response->set_image_ref("simulated@sha256:0000");
    return answered(response);
  }
  if (dynamic_cast<const cri::StatusRequest*>(&request)) return c.runtime_status();
  if (dynamic_cast<const cri::ListImagesRequest*>(&request)) return empty<cri::ListImagesResponse>();
  if (dynamic_cast<const cri::VersionRequest*>(&request)) {
    auto response = std::make_shared<cri::VersionResponse>();
    response->set_runtime_name("simulated");
    response->set_runtime_version("1");
    response->set_runtime_api_version("v1");
    return answered(response);
  }
  return failed(12, "the simulated runtime does not know this request");
}

bool simulated_runtime::advance(int64_t wall_ns) {
  auto& c = *content_;
  if (c.next_end_ns > wall_ns) return false;
  bool ended = false;
  c.next_end_ns = INT64_MAX;
  for (auto& [id, container] : c.containers) {
    if (container.state == cri::CONTAINER_RUNNING && container.ends_ns <= wall_ns) {
      auto code = static_cast<int>(number_of(container.config.annotations(), simulated_exit_annotation, 0));
      c.end(container, code, code == 0 ? "Completed" : "Error", wall_ns);
      ended = true;
    }
    c.next_end_ns = std::min(c.next_end_ns, container.ends_ns);
  }
  return ended;
}

int64_t simulated_runtime::next_end_ns() const { return content_->next_end_ns; }

void simulated_runtime::reboot(int64_t wall_ns) {
  for (auto& [id, sandbox] : content_->sandboxes) {
    content_->stop_in(id, 255, "Unknown", wall_ns);
    sandbox.ready = false;
    content_->addresses.erase(sandbox.address);
    sandbox.address = 0;
  }
}

size_t simulated_runtime::running() const {
  return static_cast<size_t>(std::count_if(content_->containers.begin(), content_->containers.end(),
                                           [](auto& entry) { return entry.second.state == cri::CONTAINER_RUNNING; }));
}

} // namespace troupe
