// One watch: what it wants, where it is, and what waits to be sent. Lives on one I/O thread.
//
// A watch begins by catching up: it pulls events from the tables (and before their window, from the durable history) as
// its client reads, so a client that resumes from far back costs no memory. Once it has caught up it is fed by the hub,
// through a queue with two bounds; when the queue is full, the watch ends after a whole event and its client resumes.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include "actors/gateway/verbs/selection.hpp"
#include "actors/gateway/verbs/watch_frames.hpp"
#include "messages/body.hpp"
#include "messages/call.hpp"
#include "messages/event.hpp"

namespace troupe::gateway {

constexpr size_t watch_queue_bytes_max = 1u << 20;
constexpr size_t watch_queue_events_max = 1'000;
constexpr size_t watch_catch_up_events = 256;         // pulled at once
constexpr int64_t bookmark_every_ms = 60'000;
constexpr int64_t bookmark_before_end_ms = 2'000;     // a last bookmark goes out so long before the time is up

struct watch_wish {
  watch_format format;
  selection wanted;
  std::string space, name;          // empty: all
  uint64_t after = 0;               // events above this revision
  std::vector<object_ptr> initial;  // sent first, as ADDED
  bool initial_ends = false;        // a bookmark ends the initial events
  bool bookmarks = false;
  int64_t begins_ms = 0, ends_ms = 0; // steady
};

class watch_stream : public std::enable_shared_from_this<watch_stream> {
public:
  watch_stream(watch_wish wish, tables& source, const kind_row& storage, std::shared_ptr<reply_sink> home);

  // For the body.
  size_t read(char* to, size_t room);
  bool done() const { return ending_ && queue_.empty() && !current_; }
  void attach(body_sink* sink) { sink_ = sink; }
  void tick(int64_t now_ms);
  void wind_up();

  // For the hub.
  void happened(event_frames&);
  /// The hub has shown everything up to `revision`.
  void progressed(uint64_t revision);
  /// Tells the sink, if something came since the last call.
  void wake();
  /// The hub lost events (it was too slow): the client must list again.
  void lost();

private:
  void next_piece();
  void catch_up();
  void take_history(result<history_page> page);
  /// Queues what the event means to this watch; false: nothing.
  bool take(const event& what, event_frames* shared);
  void push(text_ptr frame);
  text_ptr frame(watch_type type, const object_ptr& stored);
  void bookmark(bool ends_initial);
  void end_with(const status& error);

  watch_wish wish_;
  tables& source_;
  const kind_row& storage_;
  std::shared_ptr<reply_sink> home_;
  body_sink* sink_ = nullptr;
  std::deque<text_ptr> queue_;
  size_t queue_bytes_ = 0;
  text_ptr current_;
  size_t at_ = 0, initial_at_ = 0;
  uint64_t seen_ = 0;
  int64_t bookmarked_ms_ = 0;
  bool catching_up_ = true, waiting_for_history_ = false, ending_ = false, news_ = false, columns_sent_ = false, last_bookmark_ = false;
};

} // namespace troupe::gateway
