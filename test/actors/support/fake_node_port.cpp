#include "test/actors/support/fake_node_port.hpp"
#include <caf/send.hpp>
#include "messages/actors/node.hpp"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"
#include "runtime/control/alarm.hpp"
#include "runtime/control/envelope.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe::test {

namespace {

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;
constexpr int64_t look_ms = 3;
constexpr size_t page_objects = 2; // small, so that paging is always met

struct subscription {
  caf::actor to;
  std::string path;
  uint64_t seen = 0;
};

struct port_state {
  explicit port_state(caf::local_actor* self) : timer(self) {}
  static inline const char* name = "fake-node-port";
  alarm timer;
  std::shared_ptr<fake_collections> held;
  std::map<std::pair<caf::actor_id, uint64_t>, subscription> watches;
};

using port_pointer = node_port_actor::stateful_pointer<port_state>;

void append_field(std::string& to, int number, std::string_view content) {
  to += char(number << 3 | 2);
  for (size_t size = content.size(); ; size >>= 7) {
    to += char(size < 128 ? size : (size & 127) | 128);
    if (size < 128) break;
  }
  to += content;
}

std::string frame(const std::string& type, std::string_view bytes) {
  meta::WatchEvent event;
  event.set_type(type);
  event.mutable_object()->set_raw(put_in_envelope("v1", "Thing", bytes));
  std::string text = event.SerializeAsString();
  auto size = uint32_t(text.size());
  return std::string{char(size >> 24), char(size >> 16), char(size >> 8), char(size)} + text;
}

/// Later pages show what the first one showed: the token names its revision and the place reached.
node_response list(fake_collections& held, const node_request& request) {
  if (held.unreachable) return {};
  auto token = request.query.find("&continue=");
  size_t at = 0, taken = 0;
  uint64_t revision = held.revision;
  if (token == request.query.npos) {
    held.pages[{request.path, revision}] = held.objects[request.path];
  } else {
    revision = std::stoull(request.query.substr(token + 10));
    at = std::stoul(request.query.substr(request.query.find('-', token) + 1));
  }
  auto& objects = held.pages[{request.path, revision}];
  std::string items, list;
  for (auto object = std::next(objects.begin(), std::ptrdiff_t(at)); object != objects.end() && taken < page_objects; ++object, ++taken)
    append_field(items, 2, object->second);
  meta::ListMeta about;
  about.set_resourceversion(std::to_string(revision));
  if (at + taken < objects.size()) about.set_continue_(std::to_string(revision) + "-" + std::to_string(at + taken));
  append_field(list, 1, about.SerializeAsString());
  return {200, put_in_envelope("v1", "ThingList", list + items)};
}

void push(port_pointer self) {
  auto& held = *self->state.held;
  for (auto& [key, watch] : self->state.watches) {
    std::string frames;
    if (watch.seen < held.lost_before) frames = frame("ERROR", "");
    else
      for (auto& change : held.changes)
        if (change.revision > watch.seen && change.path == watch.path) frames += frame(change.type, change.bytes);
    watch.seen = held.revision;
    if (!frames.empty()) self->send(caf::actor_cast<node_client_actor>(watch.to), node_watch_news{key.second, frames});
  }
  self->state.timer.at(self->state.timer.now_ms() + look_ms);
}

node_port_actor::behavior_type port(port_pointer self, std::shared_ptr<fake_collections> held) {
  self->state.held = held;
  self->state.timer.at(self->state.timer.now_ms() + look_ms);
  return {
      [self](const node_request& request) { return list(*self->state.held, request); },
      [self](const node_watch& what) {
        auto at = what.query.find("resourceVersion=");
        auto from = caf::actor_cast<caf::actor>(self->current_sender());
        self->state.watches[{from.id(), what.id}] = {from, what.path, std::stoull(what.query.substr(at + 16))};
      },
      [self](const node_unwatch& what) {
        if (auto from = caf::actor_cast<caf::actor>(self->current_sender())) self->state.watches.erase({from.id(), what.id});
      },
      [](const table_news&) {},
      [](const call_home&) {},
      [](const posted&) {},
      [self](tick_atom) {
        self->state.timer.fired();
        push(self);
      },
      [self](stop_atom) { self->quit(); },
  };
}

} // namespace

void fake_collections::put(const std::string& path, const std::string& name, const google::protobuf::Message& object) {
  auto copy = clone(object);
  static_cast<meta::ObjectMeta*>(object_meta(*copy))->set_resourceversion(std::to_string(++revision));
  std::string bytes = copy->SerializeAsString();
  auto& place = objects[path][name];
  changes.push_back({revision, path, place.empty() ? "ADDED" : "MODIFIED", bytes});
  place = bytes;
}

void fake_collections::remove(const std::string& path, const std::string& name) {
  auto found = objects[path].find(name);
  if (found == objects[path].end()) return;
  changes.push_back({++revision, path, "DELETED", found->second});
  objects[path].erase(found);
}

child_spec fake_node_port(const std::string& name, std::shared_ptr<fake_collections> collections) {
  child_spec spec;
  spec.name = name;
  spec.kind = "NodePort";
  spec.start = [collections](const spawn_context& context, const env_ptr&) { return spawn_child(context, port, collections); };
  return spec;
}

} // namespace troupe::test
