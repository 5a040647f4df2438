#include "runtime/http/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <stdexcept>

namespace troupe {
namespace {

constexpr int events_per_wait = 128;
constexpr uint64_t bell_key = std::numeric_limits<uint64_t>::max();

uint64_t key_of(int descriptor, uint32_t serial) { return uint64_t(serial) << 32 | uint32_t(descriptor); }

} // namespace

event_loop::event_loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)), bell_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  // Edge-triggered: every ring() is an edge, and the counter need never be read.
  epoll_event bell{EPOLLIN | EPOLLET, {.u64 = bell_key}};
  if (epoll_ < 0 || bell_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, bell_, &bell) != 0)
    throw std::runtime_error("no descriptors left for an event loop");
  now_ms_ = steady_ms();
}

event_loop::~event_loop() {
  if (bell_ >= 0) close(bell_);
  if (epoll_ >= 0) close(epoll_);
}

int64_t event_loop::steady_ms() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

bool event_loop::add(int descriptor, std::shared_ptr<watcher> target) { return enroll(descriptor, std::move(target), EPOLLIN); }

bool event_loop::add_listener(int descriptor, std::shared_ptr<watcher> target) {
  return enroll(descriptor, std::move(target), EPOLLIN | EPOLLEXCLUSIVE);
}

bool event_loop::enroll(int descriptor, std::shared_ptr<watcher> target, uint32_t events) {
  if (size_t(descriptor) >= entries_.size()) entries_.resize(size_t(descriptor) + 1);
  auto& e = entries_[size_t(descriptor)];
  e = {std::move(target), ++serial_, events};
  epoll_event wanted{events, {.u64 = key_of(descriptor, e.serial)}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &wanted) == 0) return true;
  e = {};
  return false;
}

void event_loop::interest(int descriptor, bool read, bool write) {
  auto& e = entries_[size_t(descriptor)];
  uint32_t events = (read ? uint32_t(EPOLLIN) : 0) | (write ? uint32_t(EPOLLOUT) : 0);
  if (!e.target || e.events == events) return;
  e.events = events;
  epoll_event wanted{events, {.u64 = key_of(descriptor, e.serial)}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &wanted);
}

void event_loop::remove(int descriptor) {
  if (size_t(descriptor) >= entries_.size() || !entries_[size_t(descriptor)].target) return;
  entries_[size_t(descriptor)] = {};
  epoll_event unused{};
  epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, &unused);
}

void event_loop::after(int64_t ms, std::function<void()> work) { timers_.emplace(now_ms_ + ms, std::move(work)); }

void event_loop::ring() {
  uint64_t one = 1;
  [[maybe_unused]] auto written = write(bell_, &one, sizeof one); // full (2^64-1 rings) is rung as well
}

void event_loop::stop() {
  stopped_ = true;
  ring();
}

int event_loop::wait_ms(bool more) const {
  if (more) return 0;
  if (timers_.empty()) return -1;
  return int(std::clamp<int64_t>(timers_.begin()->first - steady_ms(), 0, 60'000));
}

void event_loop::run() {
  epoll_event events[events_per_wait];
  bool more = false;
  while (!stopped_) {
    int count = epoll_wait(epoll_, events, events_per_wait, wait_ms(more));
    now_ms_ = steady_ms();
    bool bell = false;
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 == bell_key) bell = true;
      else dispatch(events[i].data.u64, events[i].events);
    }
    if (bell && rung) rung();
    run_timers();
    more = batch_end && batch_end();
  }
}

void event_loop::dispatch(uint64_t key, uint32_t events) {
  auto& e = entries_[uint32_t(key)];
  if (!e.target || e.serial != uint32_t(key >> 32)) return; // removed by an earlier event of this batch
  auto target = e.target;
  if (events & (EPOLLERR | EPOLLHUP)) target->hung_up();
  else target->ready(events & EPOLLIN, events & EPOLLOUT);
}

void event_loop::run_timers() {
  while (!timers_.empty() && timers_.begin()->first <= now_ms_) {
    auto work = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    work();
  }
}

} // namespace troupe
