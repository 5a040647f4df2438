#include "actors/gateway/verbs/watch_hub.hpp"
#include <algorithm>
#include <atomic>

namespace troupe::gateway {

/// Told on the table's thread; brings the news home, one message at a time.
struct watch_hub::waker : table_subscriber {
  waker(std::weak_ptr<watch_hub> hub, std::shared_ptr<reply_sink> home) : hub_(std::move(hub)), home_(std::move(home)) {}

  void table_changed(const kind_row& kind, uint64_t) override {
    if (pending.exchange(true)) return;
    home_->post([hub = hub_, row = &kind] {
      if (auto self = hub.lock()) self->feed(*row);
    });
  }

  std::atomic<bool> pending{false};

private:
  std::weak_ptr<watch_hub> hub_;
  std::shared_ptr<reply_sink> home_;
};

void watch_hub::add(tables& source, const kind_row& storage, watch_stream* stream) {
  auto& group = groups_[storage.index];
  if (!group.news) {
    group.source = &source;
    group.storage = &storage;
    group.news = std::make_shared<waker>(weak_from_this(), home_);
    source.subscribe(storage, group.news);
  }
  if (group.streams.empty()) group.position = source.progress(storage); // the stream catches up by itself to here at least
  group.streams.push_back(stream);
}

void watch_hub::remove(watch_stream* stream) {
  for (auto& [index, group] : groups_) {
    auto at = std::find(group.streams.begin(), group.streams.end(), stream);
    if (at == group.streams.end()) continue;
    if (group.feeding) *at = nullptr;
    else group.streams.erase(at);
    return;
  }
}

void watch_hub::feed(const kind_row& storage) {
  auto found = groups_.find(storage.index);
  if (found == groups_.end()) return;
  auto& group = found->second;
  group.news->pending = false;
  if (group.streams.empty() || group.feeding) return;
  group.feeding = true;
  std::vector<event_ptr> events;
  do {
    events.clear();
    uint64_t through = group.position;
    if (!group.source->read(*group.storage, group.position, watch_catch_up_events, events, through)) {
      group.position = group.source->progress(*group.storage);
      for (size_t at = 0; at < group.streams.size(); ++at)
        if (group.streams[at]) group.streams[at]->lost();
      break;
    }
    group.position = std::max(group.position, through);
    deliver(group, events);
  } while (events.size() == watch_catch_up_events);
  for (size_t at = 0; at < group.streams.size(); ++at)
    if (group.streams[at]) group.streams[at]->wake();
  std::erase(group.streams, nullptr);
  group.feeding = false;
}

void watch_hub::deliver(group& to, const std::vector<event_ptr>& events) {
  for (auto& event : events) {
    event_frames frames(event);
    for (auto* stream : to.streams)
      if (stream) stream->happened(frames);
  }
  for (auto* stream : to.streams)
    if (stream) stream->progressed(to.position);
}

namespace {

class watch_body : public body {
public:
  watch_body(std::shared_ptr<watch_hub> hub, std::shared_ptr<watch_stream> stream, tables& source, const kind_row& storage)
      : hub_(std::move(hub)), stream_(std::move(stream)) {
    hub_->add(source, storage, stream_.get());
  }
  ~watch_body() override {
    stream_->attach(nullptr);
    hub_->remove(stream_.get());
  }
  size_t read(char* to, size_t room) override { return stream_->read(to, room); }
  bool done() const override { return stream_->done(); }
  void attach(body_sink* sink) override { stream_->attach(sink); }
  void tick(int64_t now_ms) override { stream_->tick(now_ms); }
  void wind_up() override { stream_->wind_up(); }

private:
  std::shared_ptr<watch_hub> hub_;
  std::shared_ptr<watch_stream> stream_;
};

} // namespace

std::unique_ptr<body> make_watch_body(std::shared_ptr<watch_hub> hub, std::shared_ptr<watch_stream> stream, tables& source, const kind_row& storage) {
  return std::make_unique<watch_body>(std::move(hub), std::move(stream), source, storage);
}

} // namespace troupe::gateway
