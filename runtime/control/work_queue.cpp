#include "runtime/control/work_queue.hpp"
#include <algorithm>

namespace troupe {

int64_t back_off_ms(int failures) {
  int64_t delay = back_off_first_ms;
  for (int i = 1; i < failures && delay < back_off_last_ms; ++i)
    delay *= 2;
  return std::min(delay, back_off_last_ms);
}

void work_queue::add(const std::string& key) {
  if (auto delayed = delayed_.find(key); delayed != delayed_.end()) {
    by_time_.erase({delayed->second, key});
    delayed_.erase(delayed);
  }
  if (busy_.contains(key)) {
    again_.insert(key);
    return;
  }
  if (queued_.insert(key).second)
    ready_.push_back(key);
}

void work_queue::add_at(const std::string& key, int64_t at_ms) {
  if (queued_.contains(key) || again_.contains(key))
    return; // it comes before
  auto delayed = delayed_.find(key);
  if (delayed != delayed_.end()) {
    if (delayed->second <= at_ms)
      return;
    by_time_.erase({delayed->second, key});
    delayed_.erase(delayed);
  }
  delayed_.emplace(key, at_ms);
  by_time_.emplace(at_ms, key);
}

void work_queue::promote(int64_t now_ms) {
  while (!by_time_.empty() && by_time_.begin()->first <= now_ms) {
    auto key = by_time_.begin()->second;
    add(key); // takes it out of the delayed
  }
}

std::optional<std::string> work_queue::take(int64_t now_ms) {
  promote(now_ms);
  if (ready_.empty())
    return std::nullopt;
  auto key = std::move(ready_.front());
  ready_.pop_front();
  queued_.erase(key);
  busy_.insert(key);
  return key;
}

void work_queue::done(const std::string& key, bool failed, int64_t now_ms) {
  if (!busy_.erase(key))
    return;
  bool again = again_.erase(key) > 0;
  if (!failed) {
    failures_.erase(key);
    if (again)
      add(key);
    return;
  }
  auto count = ++failures_[key];
  // An event that came meanwhile does not shorten the back-off: it may be the echo of what failed.
  add_at(key, now_ms + back_off_ms(count));
}

void work_queue::postpone(const std::string& key, int64_t at_ms) {
  if (!busy_.erase(key))
    return;
  again_.erase(key);
  add_at(key, at_ms);
}

std::optional<int64_t> work_queue::next_ms() const {
  if (by_time_.empty())
    return std::nullopt;
  return by_time_.begin()->first;
}

int work_queue::failures(const std::string& key) const {
  auto found = failures_.find(key);
  return found == failures_.end() ? 0 : found->second;
}

void work_queue::clear() {
  ready_.clear();
  queued_.clear();
  again_.clear();
  delayed_.clear();
  by_time_.clear();
  failures_.clear();
}

} // namespace troupe
