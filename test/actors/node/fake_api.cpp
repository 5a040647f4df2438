#include "test/actors/node/fake_api.hpp"
#include <chrono>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include "actors/node/api_format.hpp"
#include "messages/api/authentication/v1.pb.h"
#include "messages/api/coordination/v1.pb.h"
#include "messages/api/core/v1/event.pb.h"
#include "runtime/control/envelope.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe::test {
namespace {

namespace authentication = k8s::io::api::authentication::v1;

std::unique_ptr<google::protobuf::Message> message_of(const std::string& kind) {
  if (kind == "Pod") return std::make_unique<core::Pod>();
  if (kind == "Node") return std::make_unique<core::Node>();
  if (kind == "ConfigMap") return std::make_unique<core::ConfigMap>();
  if (kind == "Secret") return std::make_unique<core::Secret>();
  if (kind == "Service") return std::make_unique<core::Service>();
  if (kind == "Lease") return std::make_unique<k8s::io::api::coordination::v1::Lease>();
  return nullptr;
}

meta::ObjectMeta& metadata_of(google::protobuf::Message& message) {
  auto* field = message.GetDescriptor()->FindFieldByName("metadata");
  return static_cast<meta::ObjectMeta&>(*message.GetReflection()->MutableMessage(&message, field));
}

struct fake_state {
  explicit fake_state(caf::local_actor*) {}
  static inline const char* name = "fake_port";
  struct watcher {
    node_client_actor who;
    uint64_t id;
    uint64_t revision;
  };
  std::vector<watcher> watchers;
};

node_port_actor::behavior_type run_port(node_port_actor::stateful_pointer<fake_state> self, std::string name, std::shared_ptr<fake_api> api) {
  auto flush = [=] {
    for (auto& watcher : self->state.watchers) {
      auto frames = api->news(watcher.revision, name);
      if (!frames.empty()) self->send(watcher.who, node_watch_news{watcher.id, std::move(frames)});
    }
  };
  auto address = caf::actor_cast<caf::actor_addr>(self);
  api->on_change([address] {
    if (auto port = caf::actor_cast<node_port_actor>(address)) caf::anon_send(port, tick_atom::value);
  });
  return {
      [=](const node_request& request) { return api->handle(request); },
      [=](const node_watch& watch) {
        auto at = watch.query.find("resourceVersion=");
        self->state.watchers.push_back({caf::actor_cast<node_client_actor>(self->current_sender()), watch.id,
                                        std::strtoull(watch.query.c_str() + at + 16, nullptr, 10)});
        flush();
      },
      [=](const node_unwatch& which) { std::erase_if(self->state.watchers, [&](auto& w) { return w.id == which.id; }); },
      [](const table_news&) {},
      [](const call_home&) {},
      [](const posted&) {},
      [=](tick_atom) { flush(); },
      [=](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec fake_api::port(std::string name, std::shared_ptr<fake_api> api) {
  child_spec spec;
  spec.name = name;
  spec.kind = "NodePort";
  spec.start = [name, api](const spawn_context& context, const env_ptr&) { return spawn_child(context, run_port, name, api); };
  return spec;
}

void fake_api::on_change(std::function<void()> told) {
  std::lock_guard guard{mutex_};
  told_ = std::move(told);
}

void fake_api::store(const std::string& path, object what, bool added) {
  what.revision = ++revision_;
  auto message = message_of(what.kind);
  message->ParseFromString(what.bytes);
  auto& metadata = metadata_of(*message);
  if (metadata.uid().empty()) metadata.set_uid(life_ + std::to_string(++uids_));
  metadata.set_resourceversion(std::to_string(what.revision));
  what.bytes = message->SerializeAsString();
  if (what.kind == "Pod") changes_.push_back({what.revision, added ? "ADDED" : "MODIFIED", what.bytes});
  objects_[path] = std::move(what);
  if (told_) told_();
}

void fake_api::put(const std::string& path, const std::string& api_version, const std::string& kind, google::protobuf::Message& message) {
  std::lock_guard guard{mutex_};
  store(path, {api_version, kind, message.SerializeAsString(), 0}, !objects_.count(path));
}

void fake_api::put_pod(core::Pod pod) {
  put(pod_path(pod.metadata().namespace_(), pod.metadata().name()), "v1", "Pod", pod);
}

core::Pod fake_api::pod(const std::string& space, const std::string& name) { return get<core::Pod>(pod_path(space, name)); }

bool fake_api::has(const std::string& path) {
  std::lock_guard guard{mutex_};
  return objects_.count(path) != 0;
}

void fake_api::delete_pod(const std::string& space, const std::string& name, int64_t grace_seconds) {
  auto path = pod_path(space, name);
  std::lock_guard guard{mutex_};
  if (grace_seconds == 0) {
    remove(path);
    return;
  }
  auto what = objects_[path];
  core::Pod pod;
  pod.ParseFromString(what.bytes);
  auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  pod.mutable_metadata()->mutable_deletiontimestamp()->set_seconds(now + grace_seconds);
  pod.mutable_metadata()->set_deletiongraceperiodseconds(grace_seconds);
  what.bytes = pod.SerializeAsString();
  store(path, what, false);
}

std::vector<std::string> fake_api::notes() {
  std::lock_guard guard{mutex_};
  return notes_;
}

size_t fake_api::writes() {
  std::lock_guard guard{mutex_};
  return writes_;
}

node_response fake_api::answer(int code, const object& what) const {
  return {code, put_in_envelope(what.api_version, what.kind, what.bytes)};
}

node_response fake_api::problem(int code, const std::string& text) const {
  meta::Status status;
  status.set_code(code);
  status.set_message(text);
  return {code, put_in_envelope("v1", "Status", status.SerializeAsString())};
}

node_response fake_api::list(const std::string& path, const std::string& query) {
  if (path.ends_with("/services")) {
    core::ServiceList list;
    for (auto& [at, what] : objects_)
      if (at.starts_with(path + "/")) list.add_items()->ParseFromString(what.bytes);
    return {200, put_in_envelope("v1", "ServiceList", list.SerializeAsString())};
  }
  core::PodList list;
  list.mutable_metadata()->set_resourceversion(std::to_string(revision_));
  auto node = query.substr(query.find("%3D") + 3);
  for (auto& [at, what] : objects_) {
    core::Pod pod;
    if (what.kind == "Pod" && pod.ParseFromString(what.bytes) && pod.spec().nodename() == node) *list.add_items() = pod;
  }
  return {200, put_in_envelope("v1", "PodList", list.SerializeAsString())};
}

node_response fake_api::remove(const std::string& path) {
  auto found = objects_.find(path);
  if (found == objects_.end()) return problem(404, "not found");
  auto what = found->second;
  objects_.erase(found);
  if (what.kind == "Pod") changes_.push_back({++revision_, "DELETED", what.bytes});
  if (told_) told_();
  return answer(200, what);
}

node_response fake_api::write(const node_request& request, const std::string& wanted_path) {
  ++writes_;
  auto opened = open_envelope(request.body);
  if (!opened.ok()) return problem(400, "no protobuf");
  object what{std::string(opened->api_version), std::string(opened->kind), std::string(opened->raw), 0};
  if (what.kind == "Event") {
    core::Event event;
    event.ParseFromString(what.bytes);
    notes_.push_back(event.reason() + ": " + event.message());
    return {201, request.body};
  }
  if (what.kind == "TokenRequest") {
    authentication::TokenRequest token;
    token.ParseFromString(what.bytes);
    token.mutable_status()->set_token("token-of-" + token.spec().boundobjectref().name());
    return {201, put_in_envelope(what.api_version, what.kind, token.SerializeAsString())};
  }
  auto message = message_of(what.kind);
  if (!message || !message->ParseFromString(what.bytes)) return problem(400, "unknown kind " + what.kind);
  auto path = wanted_path;
  if (request.method == "POST") path += "/" + metadata_of(*message).name();
  if (path.ends_with("/status")) path.resize(path.size() - 7);
  auto there = objects_.find(path);
  if (request.method == "POST" && there != objects_.end()) return problem(409, "exists");
  if (request.method == "PUT") {
    if (there == objects_.end()) return problem(404, "not found");
    auto& version = metadata_of(*message).resourceversion();
    if (!version.empty() && version != std::to_string(there->second.revision)) return problem(409, "conflict");
  }
  bool added = there == objects_.end();
  store(path, std::move(what), added);
  return answer(added ? 201 : 200, objects_[path]);
}

node_response fake_api::handle(const node_request& request) {
  std::lock_guard guard{mutex_};
  if (request.method == "GET") {
    if (request.path == "/api/v1/pods" || request.path.ends_with("/services")) return list(request.path, request.query);
    auto found = objects_.find(request.path);
    return found == objects_.end() ? problem(404, "not found") : answer(200, found->second);
  }
  if (request.method == "DELETE") return remove(request.path);
  if (request.method == "PATCH") return problem(404, "not found");
  return write(request, request.path);
}

std::string fake_api::news(uint64_t& revision, const std::string& node) {
  std::lock_guard guard{mutex_};
  std::string frames;
  for (auto& change : changes_) {
    core::Pod pod;
    if (change.revision <= revision || !pod.ParseFromString(change.bytes) || pod.spec().nodename() != node) continue;
    meta::WatchEvent event;
    event.set_type(change.type);
    event.mutable_object()->set_raw(put_in_envelope("v1", "Pod", change.bytes));
    auto bytes = event.SerializeAsString();
    for (int shift = 24; shift >= 0; shift -= 8) frames += static_cast<char>(bytes.size() >> shift);
    frames += bytes;
  }
  revision = revision_;
  return frames;
}

} // namespace troupe::test
