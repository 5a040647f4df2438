#include "persist/event_windows.hpp"

#include <algorithm>

#include "persist/event_ring.hpp"

namespace troupe {

event_windows::event_windows(size_t window_bytes_max, history_port& history)
    : bytes_max_(window_bytes_max), history_(history) {
  tables_.resize(kinds().size());
  for (auto& row : kinds())
    if (row.stored && row.storage == row.index) tables_[row.index] = std::make_unique<table>();
}

/// With window_mutex held. `fed` was read before any lock: all events up to it had been put into their feeds by then.
uint64_t event_windows::progress_locked(const table& in, uint64_t fed) const {
  std::lock_guard guard{in.feed_mutex};
  return in.feed.empty() ? std::max(fed, in.through) : in.through;
}

uint64_t event_windows::progress(const kind_row& kind) const {
  auto fed = fed_.load(std::memory_order_acquire);
  auto& in = of(kind);
  std::lock_guard guard{in.window_mutex};
  return progress_locked(in, fed);
}

bool event_windows::read(const kind_row& kind, uint64_t after, size_t limit, std::vector<event_ptr>& to,
                         uint64_t& through) const {
  auto fed = fed_.load(std::memory_order_acquire);
  auto& in = of(kind);
  std::lock_guard guard{in.window_mutex};
  if (after < in.floor) return false;
  auto at = std::partition_point(in.window.begin(), in.window.end(),
                                 [&](const event_ptr& one) { return one->revision <= after; });
  size_t taken = 0;
  for (; at != in.window.end(); ++at, ++taken) {
    // Events of one transaction share its revision: they are never separated.
    if (taken >= limit && (*at)->revision != to.back()->revision) break;
    to.push_back(*at);
  }
  if (at != in.window.end())
    through = to.empty() ? after : to.back()->revision;
  else
    through = std::max(after, progress_locked(in, fed));
  return true;
}

void event_windows::read_history(const kind_row& kind, uint64_t after,
                                 std::function<void(result<history_page>)> done) const {
  history_.read(*(&kinds()[kind.storage]), after, std::move(done));
}

void event_windows::subscribe(const kind_row& kind, std::weak_ptr<table_subscriber> subscriber) {
  auto& in = of(kind);
  std::lock_guard guard{in.window_mutex};
  std::erase_if(in.subscribers, [](auto& one) { return one.expired(); });
  in.subscribers.push_back(std::move(subscriber));
}

void event_windows::reset(uint64_t revision) {
  for (auto& in : tables_) {
    if (!in) continue;
    std::lock_guard window_guard{in->window_mutex};
    std::lock_guard feed_guard{in->feed_mutex};
    in->window.clear();
    in->feed.clear();
    in->bytes = 0;
    in->floor = in->through = revision;
  }
  passed_ = revision;
  fed_ = revision;
}

void event_windows::feed(const std::vector<event_ptr>& events, uint64_t revision) {
  std::vector<const kind_row*> touched;  // few kinds a group, in order of their first event
  for (size_t i = 0; i < events.size();) {
    auto& kind = events[i]->object->kind();
    auto& in = of(kind);
    size_t end = i + 1;
    while (end < events.size() && events[end]->object->kind().storage == kind.storage) ++end;
    {
      std::lock_guard guard{in.feed_mutex};
      in.feed.insert(in.feed.end(), events.begin() + static_cast<ptrdiff_t>(i),
                     events.begin() + static_cast<ptrdiff_t>(end));
    }
    if (std::find(touched.begin(), touched.end(), &kind) == touched.end()) touched.push_back(&kind);
    i = end;
  }
  fed_.store(revision, std::memory_order_release);
  for (auto kind : touched) {
    auto& in = of(*kind);
    std::lock_guard guard{in.feed_mutex};
    if (in.wake) in.wake(revision);
  }
}

void event_windows::on_feed(const kind_row& kind, std::function<void(uint64_t)> wake) {
  auto& in = of(kind);
  std::lock_guard guard{in.feed_mutex};
  in.wake = std::move(wake);
}

void event_windows::drain(const kind_row& kind) {
  auto passed = passed_.load(std::memory_order_acquire);
  auto& in = of(kind);
  std::vector<std::shared_ptr<table_subscriber>> listeners;
  std::vector<event_ptr> fresh, old;  // destroyed after the locks are released
  uint64_t revision = 0;
  {
    std::lock_guard guard{in.window_mutex};
    {
      std::lock_guard feed_guard{in.feed_mutex};
      fresh.swap(in.feed);
    }
    for (auto& one : fresh) in.bytes += held_bytes(*one);
    in.window.insert(in.window.end(), fresh.begin(), fresh.end());
    if (!fresh.empty()) in.through = fresh.back()->revision;
    // Only what the history holds may go: so window and history meet without a gap.
    while (in.bytes > bytes_max_ && !in.window.empty() && in.window.front()->revision <= passed) {
      in.floor = in.window.front()->revision;
      in.bytes -= held_bytes(*in.window.front());
      old.push_back(std::move(in.window.front()));
      in.window.pop_front();
    }
    revision = in.through;
    if (fresh.empty()) return;
    for (auto& weak : in.subscribers)
      if (auto strong = weak.lock()) listeners.push_back(std::move(strong));
  }
  for (auto& listener : listeners) listener->table_changed(kind, revision);
}

}  // namespace troupe
