// What a node-side actor knows of one kind: lists it through the node port, watches it from there, begins anew where the
// watch ends. The actor owns it and passes on what it receives; waiting is by the actor's alarm. Its bound is the list
// itself: nothing is kept here but a page.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>
#include "messages/actors/node.hpp"
#include "runtime/control/alarm.hpp"
#include "runtime/env.hpp"

namespace troupe {

/// Bytes are protobuf without envelope, valid during the call.
struct mirror_events {
  std::function<void(const std::vector<std::string_view>& all)> replaced; // everything that there is
  std::function<void(std::string_view)> changed;                          // added or modified
  std::function<void(std::string_view)> removed;                          // its last state
};

/// How the mirror talks; node_mirror_doors() makes them for an actor.
struct mirror_doors {
  std::function<bool(node_request, std::function<void(const node_response&)>)> ask; // false: nobody is there
  std::function<bool(node_watch)> watch;
  std::function<void(uint64_t id)> unwatch;
  std::function<uint64_t()> new_id;
};

class node_mirror {
public:
  /// `path`: of the collection, "/api/v1/services".
  node_mirror(std::string path, mirror_events events, mirror_doors doors, alarm& timer);
  void start() { list(""); }
  void on_news(const node_watch_news& news);
  void on_end(const node_watch_end& end);
  void on_tick();
  /// The node port died: whatever was asked or watched there is gone.
  void on_port_down();
  bool complete() const { return complete_; } // everything has been seen at least once

private:
  void list(const std::string& next);
  void listed(uint64_t attempt, const node_response& response);
  void watch(const std::string& revision);
  bool take_frame(std::string_view frame);
  void again();

  std::string path_;
  mirror_events events_;
  mirror_doors doors_;
  alarm& timer_;
  uint64_t watch_id_ = 0;       // 0: no watch
  uint64_t attempt_ = 0;        // answers to earlier attempts are dropped
  std::vector<std::string> pages_;
  std::string revision_;        // seen up to here
  int failures_ = 0;
  int64_t again_at_ms_ = alarm::never;
  bool complete_ = false;
};

constexpr int64_t mirror_request_ms = 15'000;
constexpr int64_t mirror_back_off_first_ms = 50, mirror_back_off_last_ms = 5'000;
constexpr int mirror_page_objects = 500;

/// Doors through the node port at `port_path`, asked for at each use; the actor monitors who it talks to and must call
/// on_port_down() from its down handler.
template <class Self>
mirror_doors node_mirror_doors(Self* self, env_ptr env, std::string port_path) {
  mirror_doors doors;
  doors.ask = [=](node_request request, std::function<void(const node_response&)> done) {
    auto port = env->actors.get<node_port_actor>(port_path);
    if (!port) return false;
    self->request(port, std::chrono::milliseconds(mirror_request_ms), std::move(request))
        .then([done](const node_response& response) { done(response); }, [done](const caf::error&) { done(node_response{}); });
    return true;
  };
  doors.watch = [=](node_watch what) {
    auto port = env->actors.get<node_port_actor>(port_path);
    if (!port) return false;
    self->monitor(port);
    self->send(port, std::move(what));
    return true;
  };
  doors.unwatch = [=](uint64_t id) {
    if (auto port = env->actors.get<node_port_actor>(port_path)) self->send(port, node_unwatch{id});
  };
  doors.new_id = [=] { return env->random() | 1; };
  return doors;
}

} // namespace troupe
