// The recent events of every kind: what watches and controllers read. The replica puts a group's events into their
// kinds' feeds (a lock that nobody else holds for longer than a swap); the kind's table actor moves the feed into the
// window and wakes the subscribers. Both lie outside any actor, so a table actor that dies loses nothing: its successor
// drains the feed.
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "messages/event.hpp"
#include "persist/ports/history_port.hpp"

namespace troupe {

class event_windows : public tables {
 public:
  event_windows(size_t window_bytes_max, history_port& history);

  // ---- tables, any thread
  uint64_t progress(const kind_row& kind) const override;
  bool read(const kind_row& kind, uint64_t after, size_t limit, std::vector<event_ptr>& to,
            uint64_t& through) const override;
  void read_history(const kind_row& kind, uint64_t after,
                    std::function<void(result<history_page>)> done) const override;
  void subscribe(const kind_row& kind, std::weak_ptr<table_subscriber> subscriber) override;

  // ---- the replica
  /// Everything up to `revision` is known only to the history (a start).
  void reset(uint64_t revision);
  /// The events of one applied entry, after their root was published.
  void feed(const std::vector<event_ptr>& events, uint64_t revision);
  void passed(uint64_t revision) { passed_.store(revision, std::memory_order_release); }

  // ---- the table actor of a kind
  /// Whom to wake when the kind has events. Set it, then drain: so nothing falls between two incarnations.
  void on_feed(const kind_row& kind, std::function<void(uint64_t revision)> wake);
  void drain(const kind_row& kind);

 private:
  struct table {
    mutable std::mutex window_mutex;  // before feed_mutex where both are held
    std::deque<event_ptr> window;
    size_t bytes = 0;
    uint64_t floor = 0, through = 0;  // the window holds every event in (floor, through]
    std::vector<std::weak_ptr<table_subscriber>> subscribers;
    mutable std::mutex feed_mutex;
    std::vector<event_ptr> feed;
    std::function<void(uint64_t)> wake;
  };
  table& of(const kind_row& kind) const { return *tables_[kind.storage]; }
  uint64_t progress_locked(const table&, uint64_t fed) const;

  std::vector<std::unique_ptr<table>> tables_;  // by row index; null: not stored
  size_t bytes_max_;
  history_port& history_;
  std::atomic<uint64_t> fed_{0};     // every event up to here is in its feed or window
  std::atomic<uint64_t> passed_{0};  // the history holds everything up to here
};

}  // namespace troupe
