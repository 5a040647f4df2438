// The watches of one I/O thread, by kind: one subscription and one reading of the events for all that watch a kind here.
#pragma once
#include <map>
#include <memory>
#include <vector>
#include "actors/gateway/verbs/watch_stream.hpp"

namespace troupe::gateway {

class watch_hub : public std::enable_shared_from_this<watch_hub> {
public:
  explicit watch_hub(std::shared_ptr<reply_sink> home) : home_(std::move(home)) {}
  /// From now on the stream is fed. Subscribes to the kind at the first one.
  void add(tables& source, const kind_row& storage, watch_stream*);
  void remove(watch_stream*);
  void tick(int64_t /*now_ms*/) {}

private:
  struct waker;
  struct group {
    tables* source = nullptr;
    const kind_row* storage = nullptr;
    uint64_t position = 0;
    std::vector<watch_stream*> streams; // null: removed while the group was being fed
    std::shared_ptr<waker> news;
    bool feeding = false;
  };
  void feed(const kind_row& storage);
  void deliver(group&, const std::vector<event_ptr>& events);

  std::shared_ptr<reply_sink> home_;
  std::map<uint16_t, group> groups_; // by the storage row's index
};

/// The body of a watch: registers the stream and takes it out again when the connection or the client is gone.
std::unique_ptr<body> make_watch_body(std::shared_ptr<watch_hub> hub, std::shared_ptr<watch_stream> stream, tables& source, const kind_row& storage);

} // namespace troupe::gateway
