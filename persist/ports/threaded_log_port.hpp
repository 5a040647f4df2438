// The real log port: a queue and a thread that syncs. What queues up during one sync becomes the next group.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "persist/ports/log_port.hpp"
#include "persist/ports/segment_disk.hpp"
#include "persist/segment_log.hpp"

namespace troupe {

class threaded_log_port : public log_port {
 public:
  /// `make_disk` is called at every open().
  explicit threaded_log_port(std::function<std::unique_ptr<segment_disk>()> make_disk);
  ~threaded_log_port() override;

  void open() override;
  void close() override;
  void load(std::weak_ptr<log_listener>) override;
  void append(log_batch) override;
  void drop_to(uint64_t index) override;
  bool run_here() override;
  bool full() const override { return full_.load(std::memory_order_relaxed); }

  uint64_t groups() const { return groups_.load(std::memory_order_relaxed); }
  static constexpr size_t run_here_bytes_max = 16u << 10;

 private:
  struct job {
    bool is_load = false;
    std::weak_ptr<log_listener> listener;  // of a load
    log_batch batch;                       // empty: none
    uint64_t drop_to = 0;
  };
  void run();
  void prove(std::unique_lock<std::mutex>& lock);
  void post(job, size_t bytes, bool small);
  bool work(std::vector<job>&);
  bool work_load(const job&);
  bool commit(std::vector<log_batch>&);
  void drop_queued();
  void tell_durable(uint64_t index, uint64_t term);
  void fail(const std::string& why);

  std::function<std::unique_ptr<segment_disk>()> make_disk_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<job> queue_;
  size_t queued_bytes_ = 0;
  bool open_ = false, closing_ = false;
  bool busy_ = false;                // somebody is at the disk: this thread or a caller of run_here
  std::atomic<bool> failed_{false};  // until the next load
  std::atomic<bool> full_{false}, stop_{false};
  std::atomic<bool> proven_{true};  // the last group is known to have been durable
  std::atomic<uint64_t> groups_{0};
  std::thread thread_;
  // For whoever is busy.
  std::unique_ptr<segment_disk> disk_;
  std::unique_ptr<segment_log> log_;
  std::weak_ptr<log_listener> listener_;
  std::vector<job> here_;
  std::vector<log_batch> batches_;
};

}  // namespace troupe
