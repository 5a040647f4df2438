#include "actors/node/streams_actor.hpp"
#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <nlohmann/json.hpp>
#include "actors/node/container_format.hpp"
#include "actors/node/types.hpp"
#include "messages/actors/pod.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

using verb = stream_begin::verb;
using ticket_ptr = std::shared_ptr<stream_ticket>;
using runtime_answer = std::function<void(const cri_reply&)>;

void refuse(const ticket_ptr& ticket, int code, std::string reason, std::string message) {
  stream_target target;
  target.code = code;
  target.reason = std::move(reason);
  target.message = std::move(message);
  ticket->answer(target);
}

class stream_finder {
public:
  stream_finder(streams_actor::pointer self, env_ptr env, std::shared_ptr<const node_options> options)
      : self_(self), env_(std::move(env)), options_(std::move(options)) {}

  void find(ticket_ptr ticket) {
    if (options_->simulated) return refuse(ticket, 501, "NotImplemented", "a simulated container has no streams");
    if (ticket->begin.what == verb::forward) return find_sandbox(ticket);
    auto request = std::make_shared<cri::ListContainersRequest>();
    auto& labels = *request->mutable_filter()->mutable_label_selector();
    select(ticket->begin, labels);
    labels[label_container_name] = ticket->begin.container;
    ask(ticket, request, [this, ticket](const cri_reply& reply) {
      auto& list = static_cast<const cri::ListContainersResponse&>(*reply.response);
      std::vector<const cri::Container*> runs;
      for (auto& one : list.containers())
        if (one.state() != cri::CONTAINER_CREATED) runs.push_back(&one);
      std::sort(runs.begin(), runs.end(), [](auto* a, auto* b) { return std::pair(a->metadata().attempt(), a->created_at()) > std::pair(b->metadata().attempt(), b->created_at()); });
      ticket->begin.what == verb::log ? log(ticket, runs) : process(ticket, runs);
    });
  }

private:
  void select(const stream_begin& begin, google::protobuf::Map<std::string, std::string>& labels) {
    labels[label_pod_space] = begin.space;
    labels[label_pod_name] = begin.pod;
    if (!begin.pod_uid.empty()) labels[label_pod_uid] = begin.pod_uid;
    labels[label_node] = options_->name;
  }
  /// `then` only for a good answer.
  void ask(const ticket_ptr& ticket, std::shared_ptr<google::protobuf::Message> request, runtime_answer then) {
    auto port = env_->actors.get<cri_port_actor>(options_->base + "/runtime");
    if (!port) return; // the ticket answers itself
    self_->request(port, std::chrono::milliseconds(stream_call_ms + 2'000), cri_call{std::move(request), stream_call_ms})
        .then(
            [ticket, then](const cri_reply& reply) {
              if (reply.code != 0) return refuse(ticket, 500, "InternalError", reply.message);
              then(reply);
            },
            [ticket](const caf::error&) {});
  }
  void log(const ticket_ptr& ticket, const std::vector<const cri::Container*>& runs);
  void process(const ticket_ptr& ticket, const std::vector<const cri::Container*>& runs);
  void find_sandbox(const ticket_ptr& ticket);
  streams_actor::pointer self_;
  env_ptr env_;
  std::shared_ptr<const node_options> options_;
};

void stream_finder::log(const ticket_ptr& ticket, const std::vector<const cri::Container*>& runs) {
  auto& begin = ticket->begin;
  auto place = "container \"" + begin.container + "\" in pod \"" + begin.pod + "\"";
  if (begin.previous && runs.size() < 2 && !(runs.size() == 1 && runs[0]->state() == cri::CONTAINER_EXITED))
    return refuse(ticket, 400, "BadRequest", "previous terminated " + place + " not found");
  if (runs.empty()) return refuse(ticket, 400, "BadRequest", place + " is waiting to start: ContainerCreating");
  auto* run = begin.previous && runs[0]->state() != cri::CONTAINER_EXITED ? runs[1] : begin.previous && runs.size() > 1 ? runs[1] : runs[0];
  auto request = std::make_shared<cri::ContainerStatusRequest>();
  request->set_container_id(run->id());
  ask(ticket, request, [ticket](const cri_reply& reply) {
    auto& status = static_cast<const cri::ContainerStatusResponse&>(*reply.response).status();
    stream_target target;
    target.container_id = status.id();
    target.log_path = status.log_path();
    target.running = status.state() == cri::CONTAINER_RUNNING;
    ticket->answer(target);
  });
}

void stream_finder::process(const ticket_ptr& ticket, const std::vector<const cri::Container*>& runs) {
  auto& begin = ticket->begin;
  if (runs.empty() || runs[0]->state() != cri::CONTAINER_RUNNING)
    return refuse(ticket, 500, "InternalError", "container not found (\"" + begin.container + "\")");
  auto id = runs[0]->id();
  auto answer = [ticket, id](const std::string& url) {
    stream_target target;
    target.container_id = id;
    target.url = url;
    ticket->answer(target);
  };
  if (begin.what == verb::exec) {
    auto request = std::make_shared<cri::ExecRequest>();
    request->set_container_id(id);
    for (auto& word : begin.arguments) request->add_cmd(word);
    request->set_tty(begin.tty);
    request->set_stdin(begin.in);
    request->set_stdout(begin.out);
    request->set_stderr(begin.err && !begin.tty);
    return ask(ticket, request, [answer](const cri_reply& reply) { answer(static_cast<const cri::ExecResponse&>(*reply.response).url()); });
  }
  auto request = std::make_shared<cri::AttachRequest>();
  request->set_container_id(id);
  request->set_tty(begin.tty);
  request->set_stdin(begin.in);
  request->set_stdout(begin.out);
  request->set_stderr(begin.err && !begin.tty);
  ask(ticket, request, [answer](const cri_reply& reply) { answer(static_cast<const cri::AttachResponse&>(*reply.response).url()); });
}

/// The pod's network namespace, as the runtime tells it in its verbose status.
void stream_finder::find_sandbox(const ticket_ptr& ticket) {
  auto request = std::make_shared<cri::ListPodSandboxRequest>();
  select(ticket->begin, *request->mutable_filter()->mutable_label_selector());
  ask(ticket, request, [this, ticket](const cri_reply& reply) {
    std::string id;
    for (auto& item : static_cast<const cri::ListPodSandboxResponse&>(*reply.response).items())
      if (item.state() == cri::SANDBOX_READY) id = item.id();
    if (id.empty()) return refuse(ticket, 500, "InternalError", "unable to forward port because pod is not running");
    auto request = std::make_shared<cri::PodSandboxStatusRequest>();
    request->set_pod_sandbox_id(id);
    request->set_verbose(true);
    ask(ticket, request, [ticket, id](const cri_reply& status) {
      auto& answer = static_cast<const cri::PodSandboxStatusResponse&>(*status.response);
      stream_target target;
      target.sandbox_id = id;
      if (answer.status().linux().namespaces().options().network() == cri::NODE) return ticket->answer(target);
      auto info = answer.info().find("info");
      auto document = info == answer.info().end() ? nlohmann::json() : nlohmann::json::parse(info->second, nullptr, false);
      auto pointer = nlohmann::json::json_pointer("/runtimeSpec/linux/namespaces");
      if (document.is_object() && document.contains(pointer))
        for (auto& one : document[pointer])
          if (one.value("type", "") == "network") target.network_namespace = one.value("path", "");
      if (target.network_namespace.empty() && document.is_object() && document.value("pid", 0) > 0)
        target.network_namespace = "/proc/" + std::to_string(document.value("pid", 0)) + "/ns/net";
      if (target.network_namespace.empty()) return refuse(ticket, 500, "InternalError", "the runtime does not tell the pod's network namespace");
      ticket->answer(target);
    });
  });
}

struct streams_state {
  explicit streams_state(caf::local_actor*) {}
  static inline const char* name = "streams";
  std::unique_ptr<stream_finder> finder;
};

streams_actor::behavior_type run_streams(streams_actor::stateful_pointer<streams_state> self, env_ptr env, std::shared_ptr<const node_options> options) {
  self->state.finder = std::make_unique<stream_finder>(self, std::move(env), std::move(options));
  return {
      [=](const stream_question& question) { self->state.finder->find(question.ticket); },
      [](tick_atom) {},
      [=](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec streams_spec(std::shared_ptr<const node_options> options) {
  child_spec spec;
  spec.name = "streams";
  spec.kind = "Streams";
  spec.start = [options = std::move(options)](const spawn_context& context, const env_ptr& env) {
    return spawn_child(context, run_streams, env, options);
  };
  return spec;
}

} // namespace troupe
