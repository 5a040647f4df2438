// One thread's readiness loop over epoll: descriptors, timers and a bell that any thread may ring. Interest in a descriptor
// is level-triggered and changed only where it really changes, so a request costs three system calls (wait, read, write)
// and no epoll_ctl. One object, one thread; only ring() and stop() may be called from elsewhere.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace troupe {

/// What is told that a descriptor is ready.
class watcher {
public:
  virtual ~watcher() = default;
  /// `readable` also at the peer's end: the next read shows it.
  virtual void ready(bool readable, bool writable) = 0;
  /// A reset, or both directions are shut. Reported again and again, whatever the interest is: remove the descriptor.
  virtual void hung_up() = 0;
};

class event_loop {
public:
  event_loop();
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// Watches a descriptor for reading. False: the kernel refused (out of memory).
  bool add(int descriptor, std::shared_ptr<watcher>);
  /// A listening socket that several loops watch: the kernel wakes one of them.
  bool add_listener(int descriptor, std::shared_ptr<watcher>);
  void interest(int descriptor, bool read, bool write);
  /// Before the descriptor is closed. Events that the kernel has already reported for it are dropped.
  void remove(int descriptor);

  /// Runs once, on this thread, not before so long; in the order of their times.
  void after(int64_t ms, std::function<void()>);
  /// Steady milliseconds, as of the last wake-up.
  int64_t now_ms() const { return now_ms_; }
  static int64_t steady_ms();

  /// Makes run() call `rung` soon. From any thread, any number of times.
  void ring();
  /// Called after each batch of events, before the loop waits again; true: do not wait, there is more to do.
  std::function<bool()> batch_end;
  std::function<void()> rung;
  void run();
  /// Ends run() after the batch. From any thread.
  void stop();

private:
  struct entry {
    std::shared_ptr<watcher> target;
    uint32_t serial = 0; // tells a descriptor from an older one with the same number
    uint32_t events = 0;
  };
  bool enroll(int descriptor, std::shared_ptr<watcher>, uint32_t events);
  void dispatch(uint64_t key, uint32_t events);
  int wait_ms(bool more) const;
  void run_timers();
  int epoll_ = -1, bell_ = -1;
  uint32_t serial_ = 0;
  int64_t now_ms_ = 0;
  std::vector<entry> entries_; // by descriptor
  std::multimap<int64_t, std::function<void()>> timers_;
  std::atomic<bool> stopped_{false};
};

} // namespace troupe
