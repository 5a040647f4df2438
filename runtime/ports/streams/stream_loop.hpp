// The one thread that moves the bytes of a node's sessions: readiness by epoll, work posted from elsewhere, timers.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe {

class stream_loop {
public:
  stream_loop();
  /// Ends the thread; what was posted and not run is dropped.
  ~stream_loop();
  stream_loop(const stream_loop&) = delete;

  /// From any thread: runs `work` on the loop's thread, in order.
  void post(std::function<void()> work);

  // On the loop's thread only.
  using handler = std::function<void(uint32_t events)>;
  void add(int file, uint32_t events, handler ready);
  void change(int file, uint32_t events);
  void remove(int file); // does not close it
  /// `work` after so long; it must hold weakly what may end before.
  void after(int64_t wait_ms, std::function<void()> work);
  int64_t now_ms() const;

private:
  void run();
  void run_posted();
  int next_wait_ms() const;
  int poller_ = -1, waker_ = -1;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
  bool ending_ = false;
  std::map<int, std::shared_ptr<handler>> handlers_;
  std::multimap<int64_t, std::function<void()>> timers_;
  std::thread thread_;
};

} // namespace troupe
