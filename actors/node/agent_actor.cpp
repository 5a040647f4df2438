#include "actors/node/agent_actor.hpp"
#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include "actors/node/api_format.hpp"
#include "actors/node/node_plan.hpp"
#include "messages/api/coordination/v1.pb.h"
#include "runtime/log.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

using std::chrono::milliseconds;
namespace coordination = k8s::io::api::coordination::v1;

constexpr int64_t lease_seconds = 40;
constexpr int64_t unready_ms = 200;  // between looks at a runtime that is not ready
constexpr int64_t retry_ms = 100;    // after the API could not be asked

class node_agent {
public:
  node_agent(agent_actor::pointer self, env_ptr env, std::shared_ptr<const node_options> options)
      : self_(self), env_(std::move(env)), options_(std::move(options)) {}

  /// One round: what the machine and the runtime are, then the Node, its status and its Lease.
  void round();

private:
  void ask_facts();
  void ask_runtime();
  void ask_images();
  void node();
  void registered(const node_response& response, bool created);
  void report();
  void lease();
  void put_lease(bool create);
  void ended(int64_t again_ms) {
    busy_ = false;
    self_->delayed_send(self_, milliseconds(again_ms), tick_atom::value);
  }
  void ask_api(node_request request, std::function<void(const node_response&)> then) {
    auto port = env_->actors.get<node_port_actor>(options_->port_path);
    if (!port) return then(node_response{});
    self_->request(port, milliseconds(10'000), std::move(request))
        .then([then](const node_response& r) { then(r); }, [then](const caf::error&) { then(node_response{}); });
  }
  void ask_cri(std::shared_ptr<google::protobuf::Message> request, std::function<void(const cri_reply&)> then) {
    auto port = env_->actors.get<cri_port_actor>(options_->base + "/runtime");
    if (!port) return then(cri_reply{14, "the runtime's port is not there", nullptr});
    self_->request(port, milliseconds(15'000), cri_call{std::move(request), 10'000})
        .then([then](const cri_reply& r) { then(r); }, [then](const caf::error&) { then(cri_reply{14, "the runtime's port went away", nullptr}); });
  }
  int64_t now_ms() const { return std::chrono::duration_cast<milliseconds>(self_->clock().now().time_since_epoch()).count(); }

  agent_actor::pointer self_;
  env_ptr env_;
  std::shared_ptr<const node_options> options_;
  node_facts facts_;
  core::Node node_;
  coordination::Lease lease_;
  bool busy_ = false, known_ = false, registered_ = false, leased_ = false, reported_ready_ = false;
  int64_t reported_ms_ = INT64_MIN / 2;
};

void node_agent::round() {
  if (busy_) return;
  busy_ = true;
  known_ ? ask_runtime() : ask_facts();
}

void node_agent::ask_facts() {
  auto port = env_->actors.get<host_port_actor>(options_->base + "/host");
  if (!port) return ended(retry_ms);
  host_call call;
  call.path = options_->data_directory;
  self_->request(port, milliseconds(20'000), call)
      .then(
          [this](const host_reply& reply) {
            facts_.machine = reply.facts;
            known_ = true;
            ask_runtime();
          },
          [this](const caf::error&) { ended(retry_ms); });
}

void node_agent::ask_runtime() {
  ask_cri(std::make_shared<cri::StatusRequest>(), [this](const cri_reply& reply) {
    facts_.runtime_ready = reply.code == 0;
    facts_.runtime_problem = reply.code == 0 ? "" : "container runtime is down: " + reply.message;
    if (reply.code == 0)
      for (auto& condition : static_cast<const cri::StatusResponse&>(*reply.response).status().conditions())
        if (!condition.status()) {
          facts_.runtime_ready = false;
          facts_.runtime_problem = "container runtime " + condition.type() + " is false, reason: " + condition.reason() + ", message: " + condition.message();
        }
    if (!facts_.runtime_ready || !facts_.runtime_version.empty()) return ask_images();
    ask_cri(std::make_shared<cri::VersionRequest>(), [this](const cri_reply& version) {
      if (version.code == 0) {
        auto& v = static_cast<const cri::VersionResponse&>(*version.response);
        facts_.runtime_version = v.runtime_name() + "://" + v.runtime_version();
      }
      ask_images();
    });
  });
}

void node_agent::ask_images() {
  bool due = facts_.runtime_ready && !options_->simulated && now_ms() - reported_ms_ >= options_->status_report_ms;
  if (!due) return node();
  ask_cri(std::make_shared<cri::ListImagesRequest>(), [this](const cri_reply& reply) {
    if (reply.code == 0) {
      facts_.images.clear();
      for (auto& image : static_cast<const cri::ListImagesResponse&>(*reply.response).images()) {
        node_image one;
        for (auto& name : image.repo_digests()) one.names.push_back(name);
        for (auto& name : image.repo_tags()) one.names.push_back(name);
        one.size_bytes = static_cast<int64_t>(image.size());
        facts_.images.push_back(std::move(one));
      }
      std::stable_sort(facts_.images.begin(), facts_.images.end(), [](auto& a, auto& b) { return a.size_bytes > b.size_bytes; });
    }
    node();
  });
}

void node_agent::node() {
  if (registered_) return report();
  auto path = "/api/v1/nodes/" + options_->name;
  ask_api(api_read(path), [this, path](const node_response& got) {
    if (got.code == 404) {
      core::Node fresh;
      plan_node(fresh, *options_, facts_);
      plan_node_status(fresh, *options_, facts_, env_->wall_ns());
      return ask_api(api_write("POST", "/api/v1/nodes", fresh, "v1", "Node"), [this](const node_response& r) { registered(r, true); });
    }
    core::Node there;
    if (got.code != 200 || !api_open(got.body, there)) {
      log_warning("node " + options_->name + " cannot register: " + api_error(got));
      return ended(retry_ms);
    }
    if (!plan_node(there, *options_, facts_)) return registered(got, false);
    ask_api(api_write("PUT", path, there, "v1", "Node"), [this](const node_response& r) { registered(r, false); });
  });
}

void node_agent::registered(const node_response& response, bool created) {
  if ((response.code != 200 && response.code != 201) || !api_open(response.body, node_)) {
    log_warning("node " + options_->name + " was not registered: " + api_error(response));
    return ended(retry_ms);
  }
  registered_ = true;
  log_info("node " + options_->name + (created ? " registered" : " found itself registered"));
  report();
}

/// Writes the status when readiness changed, and every status_report_ms.
void node_agent::report() {
  bool due = facts_.runtime_ready != reported_ready_ || now_ms() - reported_ms_ >= options_->status_report_ms;
  if (!due) return lease();
  plan_node_status(node_, *options_, facts_, env_->wall_ns());
  auto path = "/api/v1/nodes/" + options_->name;
  ask_api(api_write("PUT", path + "/status", node_, "v1", "Node"), [this, path, ready = facts_.runtime_ready](const node_response& response) {
    core::Node now;
    if (response.code == 200 && api_open(response.body, now)) {
      node_ = std::move(now);
      reported_ready_ = ready;
      reported_ms_ = now_ms();
      return lease();
    }
    if (response.code == 404) registered_ = false; // somebody deleted it: register again
    ask_api(api_read(path), [this](const node_response& got) {
      if (got.code == 200) api_open(got.body, node_);
      ended(got.code == 200 ? 20 : retry_ms);
    });
  });
}

void node_agent::lease() {
  if (leased_) return put_lease(false);
  ask_api(api_read("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/" + options_->name), [this](const node_response& got) {
    if (got.code == 404) return put_lease(true);
    if (got.code != 200 || !api_open(got.body, lease_)) return ended(retry_ms);
    leased_ = true;
    put_lease(false);
  });
}

void node_agent::put_lease(bool create) {
  auto& metadata = *lease_.mutable_metadata();
  metadata.set_name(options_->name);
  metadata.set_namespace_("kube-node-lease");
  metadata.clear_ownerreferences();
  auto* owner = metadata.add_ownerreferences();
  owner->set_apiversion("v1");
  owner->set_kind("Node");
  owner->set_name(options_->name);
  owner->set_uid(node_.metadata().uid());
  auto& spec = *lease_.mutable_spec();
  spec.set_holderidentity(options_->name);
  spec.set_leasedurationseconds(lease_seconds);
  auto wall_ns = env_->wall_ns();
  spec.mutable_renewtime()->set_seconds(wall_ns / 1'000'000'000);
  spec.mutable_renewtime()->set_nanos(static_cast<int32_t>(wall_ns % 1'000'000'000 / 1000 * 1000));
  std::string path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  if (create) metadata.clear_resourceversion();
  else path += "/" + options_->name;
  ask_api(api_write(create ? "POST" : "PUT", path, lease_, "coordination.k8s.io/v1", "Lease"), [this](const node_response& response) {
    coordination::Lease now;
    leased_ = (response.code == 200 || response.code == 201) && api_open(response.body, now);
    if (leased_) lease_ = std::move(now);
    if (!leased_) return ended(retry_ms);
    ended(facts_.runtime_ready ? options_->lease_renew_ms : unready_ms);
  });
}

struct agent_state {
  explicit agent_state(caf::local_actor*) {}
  static inline const char* name = "node_agent";
  std::unique_ptr<node_agent> agent;
};

agent_actor::behavior_type run_agent(agent_actor::stateful_pointer<agent_state> self, env_ptr env, std::shared_ptr<const node_options> options) {
  self->state.agent = std::make_unique<node_agent>(self, std::move(env), std::move(options));
  self->state.agent->round();
  return {
      [=](tick_atom) { self->state.agent->round(); },
      [=](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec agent_spec(std::shared_ptr<const node_options> options) {
  child_spec spec;
  spec.name = "agent";
  spec.kind = "Node";
  spec.start = [options = std::move(options)](const spawn_context& context, const env_ptr& env) {
    return spawn_child(context, run_agent, env, options);
  };
  return spec;
}

} // namespace troupe
