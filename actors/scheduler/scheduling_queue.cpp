#include "actors/scheduler/scheduling_queue.hpp"
#include <algorithm>

namespace troupe::scheduling {

namespace {

int64_t back_off_after(int attempts) {
  int64_t delay = pod_back_off_first_ms;
  for (int i = 1; i < attempts && delay < pod_back_off_last_ms; ++i) delay *= 2;
  return std::min(delay, pod_back_off_last_ms);
}

} // namespace

void scheduling_queue::leave(const std::string& key, entry& of) {
  switch (of.at) {
    case place::active: active_.erase({-int64_t{of.priority}, of.arrival, key}); break;
    case place::back_off: back_off_.erase({of.ready_ms, key}); break;
    case place::unschedulable: unschedulable_.erase({of.ready_ms, key}); break;
    case place::taken: break;
  }
}

void scheduling_queue::enter(const std::string& key, entry& of, place at) {
  of.at = at;
  switch (at) {
    case place::active: active_.insert({-int64_t{of.priority}, of.arrival, key}); break;
    case place::back_off: back_off_.insert({of.ready_ms, key}); break;
    case place::unschedulable: unschedulable_.insert({of.ready_ms, key}); break;
    case place::taken: break;
  }
}

void scheduling_queue::add(const std::string& key, int32_t priority, int64_t now_ms) {
  auto [found, fresh] = entries_.try_emplace(key);
  auto& of = found->second;
  if (fresh) of.arrival = ++arrivals_;
  else leave(key, of);
  of.priority = priority;
  enter(key, of, of.ready_ms > now_ms ? place::back_off : place::active);
}

void scheduling_queue::remove(const std::string& key) {
  auto found = entries_.find(key);
  if (found == entries_.end()) return;
  leave(key, found->second);
  entries_.erase(found);
}

std::optional<std::string> scheduling_queue::take(int64_t now_ms) {
  while (!back_off_.empty() && back_off_.begin()->first <= now_ms) {
    auto key = back_off_.begin()->second;
    auto& of = entries_.at(key);
    leave(key, of);
    enter(key, of, place::active);
  }
  while (!unschedulable_.empty() && unschedulable_.begin()->first + pod_unschedulable_ms <= now_ms) {
    auto key = unschedulable_.begin()->second;
    auto& of = entries_.at(key);
    leave(key, of);
    enter(key, of, place::active);
  }
  if (active_.empty()) return std::nullopt;
  auto key = std::get<2>(*active_.begin());
  auto& of = entries_.at(key);
  leave(key, of);
  of.at = place::taken;
  return key;
}

void scheduling_queue::failed(const std::string& key, int64_t now_ms) {
  auto found = entries_.find(key);
  if (found == entries_.end()) return;
  auto& of = found->second;
  leave(key, of);
  of.ready_ms = now_ms + back_off_after(++of.attempts);
  enter(key, of, place::unschedulable);
}

void scheduling_queue::refused(const std::string& key, int64_t now_ms) {
  auto found = entries_.find(key);
  if (found == entries_.end()) return;
  auto& of = found->second;
  leave(key, of);
  of.ready_ms = now_ms + back_off_after(++of.attempts);
  enter(key, of, place::back_off);
}

void scheduling_queue::something_changed(int64_t now_ms) {
  while (!unschedulable_.empty()) {
    auto key = unschedulable_.begin()->second;
    auto& of = entries_.at(key);
    leave(key, of);
    enter(key, of, of.ready_ms > now_ms ? place::back_off : place::active);
  }
}

std::optional<int64_t> scheduling_queue::next_ms() const {
  std::optional<int64_t> next;
  if (!back_off_.empty()) next = back_off_.begin()->first;
  if (!unschedulable_.empty()) {
    auto at = unschedulable_.begin()->first + pod_unschedulable_ms;
    next = next ? std::min(*next, at) : at;
  }
  return next;
}

} // namespace troupe::scheduling
