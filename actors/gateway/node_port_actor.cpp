#include <cstdint>
#include <map>
#include <memory>
#include <caf/typed_response_promise.hpp>
#include "actors/gateway/node_port.hpp"
#include "actors/gateway/watch_frame_cutter.hpp"
#include "messages/actors/node.hpp"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"
#include "runtime/control/api_client.hpp"
#include "runtime/control/envelope.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

constexpr std::string_view protobuf_type = "application/vnd.kubernetes.protobuf";

using node_promise = caf::typed_response_promise<node_response>;
using watch_key = std::pair<caf::actor_id, uint64_t>; // the watcher, and its id for the watch

struct open_watch : body_sink {
  void body_ready() override {
    if (ready)
      ready();
  }
  std::function<void()> ready;
  node_client_actor watcher;
  std::unique_ptr<body> stream; // null: the answer has not come yet
  watch_frame_cutter frames;
};

struct node_port_state {
  node_port_state(caf::local_actor* actor) : self(actor) {}
  /// Who waits for an answer must not wait for its deadline.
  ~node_port_state() {
    for (auto& [number, promise] : requests)
      promise.deliver(node_response{0, {}});
    for (auto& [key, one] : watches)
      caf::anon_send(one->watcher, node_watch_end{key.second});
  }
  static inline const char* name = "node_port";

  caf::local_actor* self;
  std::unique_ptr<api_client> api;
  std::map<uint64_t, node_promise> requests;
  uint64_t numbers = 0;
  std::map<watch_key, std::shared_ptr<open_watch>> watches;
};
static_assert(!std::is_aggregate_v<node_port_state>);

using node_port_pointer = node_port_actor::stateful_pointer<node_port_state>;

std::string status_envelope(const status& error) {
  k8s::io::apimachinery::pkg::apis::meta::v1::Status to;
  to.set_status("Failure");
  to.set_code(error.code);
  to.set_reason(error.reason);
  to.set_message(error.message);
  return put_in_envelope("v1", "Status", to_wire(to));
}

node_response response_of(api_reply& answer) {
  if (answer.code >= 400 && !answer.content_type.starts_with(protobuf_type))
    return {answer.code, status_envelope(answer.error)};
  return {answer.code, std::move(answer.body)};
}

request request_of(const node_request& asked) {
  request in;
  in.method = asked.method;
  in.path = asked.path;
  in.query = asked.query;
  in.headers = {{"accept", std::string{protobuf_type}}};
  if (!asked.body.empty())
    in.headers.emplace_back("content-type", asked.content_type.empty() ? std::string{protobuf_type} : asked.content_type);
  in.body = asked.body;
  return in;
}

node_promise serve(node_port_pointer self, const node_request& asked) {
  auto& state = self->state;
  auto promise = self->make_response_promise<node_response>();
  if (state.requests.size() >= node_requests_in_flight_max) {
    promise.deliver(node_response{429, status_envelope(too_many_requests("the node asks too much at once", 1))});
    return promise;
  }
  auto number = ++state.numbers;
  state.requests.emplace(number, promise);
  state.api->call(request_of(asked), nullptr, [self, number](api_reply& answer) {
    if (auto waiting = self->state.requests.extract(number))
      waiting.mapped().deliver(response_of(answer));
  });
  return promise;
}

void end_watch(node_port_pointer self, watch_key key) {
  auto& state = self->state;
  auto found = state.watches.extract(key);
  if (!found)
    return;
  self->send(found.mapped()->watcher, node_watch_end{key.second});
  state.api->keep_ticking(!state.watches.empty());
}

/// Sends what the watch has, in whole frames.
void pump(node_port_pointer self, watch_key key) {
  auto found = self->state.watches.find(key);
  if (found == self->state.watches.end() || !found->second->stream)
    return;
  auto one = found->second;
  for (;;) {
    constexpr size_t piece_bytes = 64u << 10;
    auto got = one->frames.take([&](char* to, size_t room) { return one->stream->read(to, room); }, piece_bytes);
    auto whole = one->frames.whole();
    if (!whole.empty())
      self->send(one->watcher, node_watch_news{key.second, std::move(whole)});
    if (got == 0)
      break;
  }
  if (one->stream->done())
    end_watch(self, key);
}

void watch_answered(node_port_pointer self, watch_key key, api_reply& answer) {
  auto found = self->state.watches.find(key);
  if (found == self->state.watches.end())
    return; // it was given up meanwhile
  if (!answer.ok() || !answer.stream)
    return end_watch(self, key); // the node lists again, and hears there what is wrong
  auto& one = *found->second;
  one.stream = std::move(answer.stream);
  one.ready = [self, key] { pump(self, key); };
  one.stream->attach(&one);
  pump(self, key);
}

void watch(node_port_pointer self, const node_watch& wanted) {
  auto& state = self->state;
  auto sender = self->current_sender();
  if (!sender)
    return;
  auto watcher = caf::actor_cast<node_client_actor>(sender);
  watch_key key{sender->id(), wanted.id};
  if (state.watches.contains(key) || state.watches.size() >= node_watches_max)
    return self->send(watcher, node_watch_end{wanted.id});
  self->monitor(watcher);
  auto one = std::make_shared<open_watch>();
  one->watcher = watcher;
  state.watches.emplace(key, one);
  request in;
  in.method = "GET";
  in.path = wanted.path;
  in.query = wanted.query.empty() ? "watch=1" : wanted.query + "&watch=1";
  in.headers = {{"accept", std::string{protobuf_type} + ";stream=watch"}};
  state.api->call(std::move(in), nullptr, [self, key](api_reply& answer) { watch_answered(self, key, answer); });
  state.api->keep_ticking(true);
}

void watcher_ended(node_port_pointer self, caf::actor_id watcher) {
  auto& watches = self->state.watches;
  std::erase_if(watches, [&](auto& one) { return one.first.first == watcher; });
  self->state.api->keep_ticking(!watches.empty());
}

void tick(node_port_pointer self) {
  auto& state = self->state;
  state.api->tick();
  std::vector<watch_key> keys;
  for (auto& [key, one] : state.watches)
    if (one->stream)
      keys.push_back(key);
  for (auto& key : keys) {
    if (auto found = state.watches.find(key); found != state.watches.end())
      found->second->stream->tick(steady_ms(*self));
    pump(self, key);
  }
}

node_port_actor::behavior_type node_port(node_port_pointer self, env_ptr env, const std::string& name) {
  api_identity who{"system:node:" + name, {"system:nodes"}, "kubelet", true};
  self->state.api = std::make_unique<api_client>(self, std::move(env), std::move(who));
  self->set_down_handler([self](const caf::down_msg& down) { watcher_ended(self, down.source.id()); });
  return {
    [self](const node_request& asked) { return serve(self, asked); },
    [self](const node_watch& wanted) { watch(self, wanted); },
    [self](const node_unwatch& which) {
      auto sender = self->current_sender();
      self->state.watches.erase({sender ? sender->id() : 0, which.id});
    },
    [](const table_news&) {},
    [self](call_home& message) { self->state.api->home(message); },
    [self](posted& message) { self->state.api->run_posted(message); },
    [self](tick_atom) { tick(self); },
    [self](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec node_port_child(const std::string& name) {
  child_spec spec;
  spec.name = name;
  spec.kind = "NodePort";
  spec.start = [name](const spawn_context& context, const env_ptr& env) { return spawn_child(context, node_port, env, name); };
  return spec;
}

} // namespace troupe
