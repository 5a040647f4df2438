// The real history port: a queue and the only thread that touches the database. Groups wait until there is a megabyte
// of them, a tenth of a second has passed, or somebody is in a hurry.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "persist/ports/history_port.hpp"
#include "persist/ports/sqlite_history.hpp"

namespace troupe {

class threaded_history_port : public history_port {
 public:
  explicit threaded_history_port(std::string path) : path_(std::move(path)) {}
  ~threaded_history_port() override { close(false); }

  void open() override;
  void close(bool gently) override;
  void load(std::weak_ptr<history_listener>, bool with_state) override;
  void write(history_group) override;
  size_t pinned_bytes() const override { return pinned_.load(std::memory_order_relaxed); }
  void hurry() override;
  void checkpoint() override;
  void compact(uint64_t revision) override;
  void read(const kind_row& kind, uint64_t after, std::function<void(result<history_page>)> done) override;

 private:
  struct load_job {
    std::weak_ptr<history_listener> listener;
    bool with_state = false;
  };
  struct read_job {
    const kind_row* kind;
    uint64_t after;
    std::function<void(result<history_page>)> done;
  };
  void run();
  bool ready_to_write() const;
  void take_groups();
  void write_taken();
  void work_load(const load_job&);
  void work_compaction();
  void work_checkpoint();
  void fail();
  bool refuse_reads(std::deque<read_job> reads);

  const std::string path_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<history_group> queue_;
  size_t queued_bytes_ = 0;
  std::chrono::steady_clock::time_point due_;  // of the oldest in queue_
  std::deque<load_job> loads_;
  std::deque<read_job> reads_;
  uint64_t compact_to_ = 0;
  bool open_ = false, closing_ = false, stop_ = false, gently_ = false, hurry_ = false, checkpoint_ = false;
  std::atomic<size_t> pinned_{0};
  std::thread thread_;
  // The thread's own.
  std::unique_ptr<sqlite_history> database_;
  std::weak_ptr<history_listener> listener_;
  std::vector<history_group> taken_;
  size_t taken_bytes_ = 0, unchecked_bytes_ = 0;
  applied_position safe_;
  bool failed_ = false;
};

}  // namespace troupe
