#include "persist/ports/threaded_log_port.hpp"

#include <algorithm>
#include <utility>

namespace troupe {
namespace {

constexpr auto quiet = std::chrono::milliseconds(50);        // after that an empty group proves the last one
constexpr auto full_pause = std::chrono::milliseconds(100);  // between tries on a full disk

}  // namespace

threaded_log_port::threaded_log_port(std::function<std::unique_ptr<segment_disk>()> make_disk)
    : make_disk_(std::move(make_disk)) {}

threaded_log_port::~threaded_log_port() {
  close();
}

void threaded_log_port::open() {
  std::lock_guard guard{mutex_};
  if (open_) return;
  disk_ = make_disk_();
  log_ = std::make_unique<segment_log>(*disk_);
  open_ = true;
  stop_ = false;
  failed_ = true;  // nothing may be appended before a load
  proven_ = true;
  thread_ = std::thread{[this] { run(); }};
}

void threaded_log_port::close() {
  std::weak_ptr<log_listener> listener;
  {
    std::unique_lock lock{mutex_};
    if (!open_ || closing_) return;
    closing_ = true;
    stop_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !busy_; });
  }
  thread_.join();
  {
    std::lock_guard guard{mutex_};
    // A load that nobody has begun waits for the next open.
    std::erase_if(queue_, [](const job& one) { return !one.is_load; });
    queued_bytes_ = 0;
    log_.reset();
    disk_.reset();
    open_ = closing_ = false;
    full_ = false;
    listener = std::exchange(listener_, {});
  }
  if (auto told = listener.lock()) told->log_failed("the log's port was closed");
}

void threaded_log_port::post(job one, size_t bytes, bool small) {
  std::lock_guard guard{mutex_};
  queue_.push_back(std::move(one));
  queued_bytes_ += bytes;
  // Small work is left to the caller's run_here().
  if (!small || queued_bytes_ > run_here_bytes_max) changed_.notify_all();
}

void threaded_log_port::load(std::weak_ptr<log_listener> listener) {
  job one;
  one.is_load = true;
  one.listener = std::move(listener);
  post(std::move(one), 0, false);
}

void threaded_log_port::append(log_batch batch) {
  job one;
  size_t bytes = batch.bytes();
  one.batch = std::move(batch);
  post(std::move(one), bytes, bytes <= run_here_bytes_max);
}

void threaded_log_port::drop_to(uint64_t index) {
  job one;
  one.drop_to = index;
  post(std::move(one), 0, false);
}

bool threaded_log_port::run_here() {
  bool was_proven = proven_;
  {
    std::lock_guard guard{mutex_};
    if (queue_.empty()) return true;
    bool may = open_ && !closing_ && !busy_ && !failed_ && !full_ && queued_bytes_ <= run_here_bytes_max &&
               !log_->needs_new_segment(queued_bytes_ + run_here_bytes_max);
    for (auto& one : queue_) may = may && !one.is_load;
    if (!may) {
      changed_.notify_all();
      return false;
    }
    here_.swap(queue_);
    queued_bytes_ = 0;
    busy_ = true;
  }
  work(here_);
  here_.clear();
  std::lock_guard guard{mutex_};
  busy_ = false;
  if (!queue_.empty() || closing_ || was_proven) changed_.notify_all();
  return true;
}

/// After a quiet while an empty group proves the last one. Called with the lock, by the port's thread.
void threaded_log_port::prove(std::unique_lock<std::mutex>& lock) {
  busy_ = true;
  lock.unlock();
  bool written = !failed_ && log_->mark() == segment_disk::outcome::ok;
  if (!written && !failed_) fail("the log cannot be written");
  proven_ = true;
  lock.lock();
  busy_ = false;
  changed_.notify_all();
}

void threaded_log_port::run() {
  std::vector<job> jobs;
  std::unique_lock lock{mutex_};
  while (!stop_) {
    auto wanted = [&] { return stop_ || (!queue_.empty() && !busy_); };
    if (proven_) {
      changed_.wait(lock, [&] { return wanted() || !proven_; });
    } else {
      auto before = groups();
      bool anything = changed_.wait_for(lock, quiet, wanted);
      if (!anything && !busy_ && queue_.empty() && groups() == before) prove(lock);
    }
    if (stop_ || queue_.empty() || busy_) continue;
    jobs.swap(queue_);
    queued_bytes_ = 0;
    busy_ = true;
    lock.unlock();
    work(jobs);
    jobs.clear();
    lock.lock();
    busy_ = false;
  }
  changed_.notify_all();
}

/// Done by whoever is busy, without the lock. False: the port has failed or is closing.
bool threaded_log_port::work(std::vector<job>& jobs) {
  size_t bytes = 0;
  uint64_t last = 0, term = 0;
  bool any = false;
  batches_.clear();
  auto sync = [&] {
    if (batches_.empty()) return true;
    bool ok = commit(batches_);
    batches_.clear();
    bytes = 0;
    return ok;
  };
  for (auto& one : jobs) {
    if (one.is_load) {
      if (!sync() || !work_load(one)) return false;
      any = false;
      continue;
    }
    if (failed_) continue;  // told already; what was appended behind a failure is void
    if (one.drop_to != 0) log_->drop_to(one.drop_to);
    if (one.batch.entries.empty() && !one.batch.has_hard) continue;
    if (bytes != 0 && bytes + one.batch.bytes() > group_bytes_max && !sync()) return false;
    bytes += one.batch.bytes();
    any = true;
    if (!one.batch.entries.empty()) {
      last = one.batch.first + one.batch.entries.size() - 1;
      term = one.batch.entries.back().term;
    }
    batches_.push_back(std::move(one.batch));
  }
  if (!sync()) return false;
  if (any) tell_durable(last, term);
  return true;
}

bool threaded_log_port::work_load(const job& one) {
  failed_ = false;
  listener_ = one.listener;
  auto image = std::make_shared<log_image>(log_->load());
  if (!image->error.empty()) failed_ = true;
  proven_ = true;
  if (auto told = listener_.lock()) told->log_is_loaded(image);
  return !failed_;
}

bool threaded_log_port::commit(std::vector<log_batch>& batches) {
  for (;;) {
    auto outcome = log_->commit(batches);
    bool was_full = full_.exchange(outcome == segment_disk::outcome::full);
    if (full_ && !was_full)
      if (auto told = listener_.lock()) told->log_is_full();
    if (outcome == segment_disk::outcome::ok) {
      groups_.fetch_add(1, std::memory_order_relaxed);
      proven_ = false;
      return true;
    }
    if (outcome == segment_disk::outcome::failed) {
      fail("the log cannot be written");
      return false;
    }
    std::unique_lock lock{mutex_};
    if (changed_.wait_for(lock, full_pause, [&] { return stop_.load(); })) return false;
    lock.unlock();
    drop_queued();  // it may be what makes room
  }
}

void threaded_log_port::drop_queued() {
  uint64_t index = 0;
  {
    std::lock_guard guard{mutex_};
    for (auto& one : queue_) index = std::max(index, one.drop_to);
  }
  if (index != 0) log_->drop_to(index);
}

void threaded_log_port::tell_durable(uint64_t index, uint64_t term) {
  if (auto told = listener_.lock()) told->log_is_durable(index, term);
}

void threaded_log_port::fail(const std::string& why) {
  failed_ = true;
  if (auto told = listener_.lock()) told->log_failed(why);
}

}  // namespace troupe
