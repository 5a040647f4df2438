#include "runtime/ports/streams/stream_loop.hpp"
#include <algorithm>
#include <chrono>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace troupe {

stream_loop::stream_loop() {
  poller_ = epoll_create1(EPOLL_CLOEXEC);
  waker_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = waker_;
  epoll_ctl(poller_, EPOLL_CTL_ADD, waker_, &event);
  thread_ = std::thread([this] { run(); });
}

stream_loop::~stream_loop() {
  {
    std::lock_guard guard{mutex_};
    ending_ = true;
  }
  eventfd_write(waker_, 1);
  thread_.join();
  close(waker_);
  close(poller_);
}

void stream_loop::post(std::function<void()> work) {
  {
    std::lock_guard guard{mutex_};
    if (ending_) return;
    posted_.push_back(std::move(work));
    if (posted_.size() > 1) return; // it is awake already, or will be
  }
  eventfd_write(waker_, 1);
}

void stream_loop::add(int file, uint32_t events, handler ready) {
  handlers_[file] = std::make_shared<handler>(std::move(ready));
  epoll_event event{};
  event.events = events;
  event.data.fd = file;
  epoll_ctl(poller_, EPOLL_CTL_ADD, file, &event);
}

void stream_loop::change(int file, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = file;
  epoll_ctl(poller_, EPOLL_CTL_MOD, file, &event);
}

void stream_loop::remove(int file) {
  epoll_ctl(poller_, EPOLL_CTL_DEL, file, nullptr);
  handlers_.erase(file);
}

int64_t stream_loop::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void stream_loop::after(int64_t wait_ms, std::function<void()> work) { timers_.emplace(now_ms() + wait_ms, std::move(work)); }

int stream_loop::next_wait_ms() const {
  if (timers_.empty()) return -1;
  return static_cast<int>(std::clamp<int64_t>(timers_.begin()->first - now_ms(), 0, 60'000));
}

void stream_loop::run_posted() {
  std::vector<std::function<void()>> work;
  {
    std::lock_guard guard{mutex_};
    work.swap(posted_);
  }
  for (auto& one : work) one();
}

void stream_loop::run() {
  epoll_event events[64];
  for (;;) {
    auto count = epoll_wait(poller_, events, 64, next_wait_ms());
    {
      std::lock_guard guard{mutex_};
      if (ending_) break;
    }
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == waker_) {
        eventfd_t value = 0;
        eventfd_read(waker_, &value);
        run_posted();
        continue;
      }
      auto found = handlers_.find(events[i].data.fd);
      if (found == handlers_.end()) continue; // removed by an earlier one of this round
      auto ready = found->second;
      (*ready)(events[i].events);
    }
    while (!timers_.empty() && timers_.begin()->first <= now_ms()) {
      auto work = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      work();
    }
  }
  handlers_.clear();
  timers_.clear();
  std::lock_guard guard{mutex_};
  posted_.clear();
}

} // namespace troupe
