// An API server small enough for the node's tests: objects by path, a watch of pods, no checks.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>
#include "actors/node/types.hpp"
#include "messages/actors/node.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe::test {

class fake_api {
public:
  /// The actor at /SERVER/nodes/NAME.
  static child_spec port(std::string name, std::shared_ptr<fake_api> api);

  // For the test's thread.
  void put(const std::string& path, const std::string& api_version, const std::string& kind, google::protobuf::Message& object);
  void put_pod(core::Pod pod); // of its metadata's place; uid made where it is missing
  core::Pod pod(const std::string& space, const std::string& name); // no name: it is not there
  bool has(const std::string& path);
  template <class T> T get(const std::string& path) {
    T to;
    std::lock_guard guard{mutex_};
    auto found = objects_.find(path);
    if (found != objects_.end()) to.ParseFromString(found->second.bytes);
    return to;
  }
  /// As a client's delete does: sets deletionTimestamp; 0 removes at once.
  void delete_pod(const std::string& space, const std::string& name, int64_t grace_seconds);
  std::vector<std::string> notes(); // reason and message of the Events
  size_t writes(); // PUTs and POSTs so far
  /// Called on a change, on any thread.
  void on_change(std::function<void()> told);

  node_response handle(const node_request& request); // for the port actor
  /// Frames of pod events after `revision`, which becomes the newest.
  std::string news(uint64_t& revision, const std::string& node);

private:
  struct object {
    std::string api_version, kind, bytes;
    uint64_t revision = 0;
  };
  struct change {
    uint64_t revision;
    std::string type, bytes;
  };
  node_response write(const node_request& request, const std::string& path);
  node_response remove(const std::string& path);
  node_response answer(int code, const object& what) const;
  node_response problem(int code, const std::string& text) const;
  node_response list(const std::string& path, const std::string& query);
  void store(const std::string& path, object what, bool added);
  std::mutex mutex_;
  std::string life_ = "uid-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()) + "-"; // no two servers give one twice
  uint64_t revision_ = 1, uids_ = 0, writes_ = 0;
  std::map<std::string, object> objects_;
  std::vector<change> changes_;
  std::vector<std::string> notes_;
  std::function<void()> told_;
};

} // namespace troupe::test
