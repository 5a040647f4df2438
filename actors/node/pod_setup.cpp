// What surrounds a pod's containers: objects of the API, volumes, the sandbox, and the end.
#include <algorithm>
#include "actors/node/api_format.hpp"
#include "actors/node/pod_worker.hpp"
#include "messages/api/authentication/v1.pb.h"
#include "runtime/control/api_path.hpp"
#include "runtime/log.hpp"

namespace troupe {

namespace authentication = k8s::io::api::authentication::v1;

volume_facts pod_worker::facts_now() const {
  volume_facts facts{options_->data_directory, options_->cgroup_parent, {}};
  facts.environment.host_address = options_->host_address;
  facts.environment.node_cpu_milli = machine_.cpus * 1000;
  facts.environment.node_memory_bytes = machine_.memory_bytes;
  if (pod_->spec().hostnetwork()) facts.environment.pod_addresses = {options_->host_address};
  else if (auto* sandbox = ready_sandbox(view_)) facts.environment.pod_addresses = sandbox->addresses;
  return facts;
}

void pod_worker::fetch_objects(std::function<void()> then) {
  if (options_->simulated) return then();
  auto wishes = wanted_objects(*pod_);
  auto to = std::make_shared<pod_objects>();
  to->tokens = objects_->tokens;
  to->token_ends_ns = objects_->token_ends_ns;
  auto missing = std::make_shared<size_t>(wishes.size() + 1);
  auto one = [this, to, missing, then] {
    if (--*missing > 0) return;
    objects_ = to;
    then();
  };
  for (auto& wish : wishes) fetch(wish, to, one);
  one();
}

namespace {

std::string core_path(const std::string& space, const char* resource, const std::string& name) {
  return "/api/v1/namespaces/" + space + "/" + resource + (name.empty() ? "" : "/" + percent_encode(name));
}

} // namespace

void pod_worker::fetch(const object_wish& wish, std::shared_ptr<pod_objects> to, std::function<void()> then) {
  using kind = object_wish::kind;
  auto key = wish.key();
  auto failed = [to, key](const node_response& response) {
    if (response.code != 404) to->failures[key] = api_error(response);
  };
  if (wish.what == kind::token) {
    auto fresh = to->token_ends_ns.find(key);
    if (fresh != to->token_ends_ns.end() && env_->wall_ns() < fresh->second) return then();
    authentication::TokenRequest request;
    if (!wish.audience.empty()) request.mutable_spec()->add_audiences(wish.audience);
    request.mutable_spec()->set_expirationseconds(wish.expiration_seconds);
    auto* bound = request.mutable_spec()->mutable_boundobjectref();
    bound->set_kind("Pod");
    bound->set_apiversion("v1");
    bound->set_name(place_.name);
    bound->set_uid(pod_->metadata().uid());
    auto path = core_path(place_.space, "serviceaccounts", wish.name) + "/token";
    auto life_ns = wish.expiration_seconds * 1'000'000'000 / 5 * 4; // a new one after four fifths of its life
    return ask_api(api_write("POST", path, request, "authentication.k8s.io/v1", "TokenRequest"),
                   [this, to, key, life_ns, then, failed](const node_response& response) {
                     authentication::TokenRequest answer;
                     if (response.code < 300 && response.code > 0 && api_open(response.body, answer)) {
                       to->tokens[key] = answer.status().token();
                       to->token_ends_ns[key] = env_->wall_ns() + life_ns;
                     } else {
                       to->failures[key] = api_error(response);
                     }
                     then();
                   });
  }
  auto request = wish.what == kind::config_map ? api_read(core_path(place_.space, "configmaps", wish.name))
               : wish.what == kind::secret     ? api_read(core_path(place_.space, "secrets", wish.name))
               : wish.what == kind::services   ? api_read(core_path(place_.space, "services", ""))
                                               : api_read(core_path("default", "services", "kubernetes"));
  ask_api(std::move(request), [to, wish, then, failed](const node_response& response) {
    if (response.code != 200) {
      failed(response);
    } else if (wish.what == kind::config_map) {
      auto object = std::make_shared<core::ConfigMap>();
      if (api_open(response.body, *object)) to->config_maps[wish.name] = std::move(object);
    } else if (wish.what == kind::secret) {
      auto object = std::make_shared<core::Secret>();
      if (api_open(response.body, *object)) to->secrets[wish.name] = std::move(object);
    } else if (wish.what == kind::services) {
      core::ServiceList list;
      if (api_open(response.body, list)) to->services.insert(to->services.end(), list.items().begin(), list.items().end());
    } else {
      core::Service service;
      if (api_open(response.body, service)) to->services.insert(to->services.begin(), service); // the pod's own may overwrite it
    }
    then();
  });
}

void pod_worker::prepare() {
  if (options_->simulated) { // no files: nobody would read them
    volumes_.host = pod_place(*pod_, facts_now());
    memory_.prepared = true;
    return evaluate();
  }
  memory_.preparing = true;
  fetch_objects([this] {
    auto fail = [this](const std::string& text) {
      memory_.preparing = false;
      fail_setup(text, memory_.prepare_failure);
      note("Warning", "FailedMount", text);
      evaluate();
    };
    auto planned = plan_volumes(*pod_, *objects_, facts_now());
    if (!planned.ok()) return fail(planned.error().message);
    volumes_ = std::move(*planned);
    host_call call;
    call.what = host_call::verb::prepare;
    call.pod = std::make_shared<host_pod>(volumes_.host);
    call.deadline_ms = host_call_ms;
    ask_host(call, [this, fail](const host_reply& reply) {
      if (!reply.ok) return fail(reply.why);
      memory_.preparing = false;
      memory_.prepared = true;
      memory_.prepare_failure.clear();
      memory_.back_off_ms = 0;
      if (volumes_.changes && !options_->simulated) refresh_ms_ = now_ms() + volume_refresh_ms;
      evaluate();
    });
  });
}

void pod_worker::refresh() {
  refresh_ms_ = now_ms() + volume_refresh_ms;
  if (refreshing_ || !memory_.prepared || memory_.cleaning) return;
  refreshing_ = true;
  fetch_objects([this] {
    auto planned = plan_volumes(*pod_, *objects_, facts_now());
    if (!planned.ok() || memory_.cleaning) {
      refreshing_ = false;
      if (!planned.ok()) note("Warning", "FailedMount", planned.error().message);
      return;
    }
    volumes_ = std::move(*planned);
    host_call call;
    call.what = host_call::verb::prepare;
    call.pod = std::make_shared<host_pod>(volumes_.host);
    call.deadline_ms = host_call_ms;
    ask_host(call, [this](const host_reply&) { refreshing_ = false; });
  });
}

void pod_worker::run_sandbox(uint32_t attempt) {
  memory_.sandbox_busy = true;
  sandbox_facts facts{options_->name, options_->cluster_dns, options_->cluster_domain, volumes_.host.log_directory, volumes_.host.cgroup.path};
  auto request = std::make_shared<cri::RunPodSandboxRequest>();
  *request->mutable_config() = sandbox_config(*pod_, attempt, facts);
  ask_runtime(request, runtime_call_ms, [this](const cri_reply& reply) {
    memory_.sandbox_busy = false;
    if (reply.code != 0) {
      fail_setup(reply.message, memory_.sandbox_failure);
      note("Warning", "FailedCreatePodSandBox", "Failed to create pod sandbox: " + reply.message);
    } else {
      memory_.sandbox_failure.clear();
      memory_.back_off_ms = 0;
    }
    look();
  });
}

void pod_worker::stop_sandbox(const std::string& id) {
  memory_.sandbox_busy = true;
  auto request = std::make_shared<cri::StopPodSandboxRequest>();
  request->set_pod_sandbox_id(id);
  ask_runtime(request, runtime_call_ms, [this](const cri_reply& reply) {
    memory_.sandbox_busy = false;
    if (reply.code != 0 && reply.code != 5) {
      log_warning("sandbox of pod " + place_.space + "/" + place_.name + " could not be stopped: " + reply.message);
      view_.known = false; // look again after a while
      return wake_at(now_ms() + 1'000);
    }
    look();
  });
}

void pod_worker::remove_sandbox(const std::string& id) {
  memory_.sandbox_busy = true;
  auto request = std::make_shared<cri::RemovePodSandboxRequest>();
  request->set_pod_sandbox_id(id);
  ask_runtime(request, runtime_call_ms, [this](const cri_reply& reply) {
    memory_.sandbox_busy = false;
    if (reply.code != 0 && reply.code != 5) {
      log_warning("sandbox of pod " + place_.space + "/" + place_.name + " could not be removed: " + reply.message);
      view_.known = false;
      return wake_at(now_ms() + 1'000);
    }
    look();
  });
}

void pod_worker::clean() {
  memory_.cleaning = true;
  host_call call;
  call.what = host_call::verb::clean;
  call.pod = std::make_shared<host_pod>(pod_place(*pod_, facts_now()));
  call.deadline_ms = host_call_ms;
  ask_host(call, [this](const host_reply& reply) {
    memory_.cleaning = false;
    if (!reply.ok) {
      log_warning("pod " + place_.space + "/" + place_.name + " could not be cleaned up: " + reply.why);
      view_.known = false;
      return wake_at(now_ms() + 1'000);
    }
    memory_.cleaned = true;
    evaluate();
  });
}

void pod_worker::finish() {
  if (now_ms() < finish_retry_ms_) return wake_at(finish_retry_ms_);
  memory_.finishing = true;
  auto uid = pod_->metadata().uid();
  auto ended = [this, uid] {
    auto source = env_->actors.get<source_actor>(options_->base + "/source");
    if (source) self_->send(source, pod_ended{place_.space, place_.name, uid});
    memory_.finishing = false; // said again until this actor is removed: the source may just be restarting
    finish_retry_ms_ = now_ms() + 2'000;
    wake_at(finish_retry_ms_);
  };
  if (gone_) return ended();
  ask_api(api_remove(pod_path(place_.space, place_.name), 0, uid), [this, ended](const node_response& response) {
    bool other = response.code == 409; // the name belongs to another pod by now
    if (response.code == 200 || response.code == 404 || other) {
      gone_ = true;
      return ended();
    }
    memory_.finishing = false;
    finish_retry_ms_ = now_ms() + 1'000;
    wake_at(finish_retry_ms_);
  });
}

} // namespace troupe
