#include "persist/ports/threaded_history_port.hpp"

#include <utility>

#include "persist/event_ring.hpp"

namespace troupe {
namespace {

constexpr size_t write_bytes_wanted = 1u << 20;
constexpr size_t write_bytes_max = 8u << 20;    // in one SQLite transaction
constexpr size_t checkpoint_bytes = 32u << 20;  // written since the last one
constexpr size_t reads_waiting_max = 10'000;
constexpr auto patience = std::chrono::milliseconds(100);
constexpr auto full_pause = std::chrono::milliseconds(200);

size_t group_bytes(const history_group& group) {
  size_t bytes = sizeof group;
  for (auto& one : group.events) bytes += held_bytes(*one);
  return bytes;
}

status closed() {
  return service_unavailable("the history is being restarted", 1);
}

}  // namespace

void threaded_history_port::open() {
  std::lock_guard guard{mutex_};
  if (open_) return;
  open_ = true;
  stop_ = gently_ = false;
  failed_ = true;  // nothing may be written before a load
  thread_ = std::thread{[this] { run(); }};
}

void threaded_history_port::close(bool gently) {
  std::deque<read_job> reads;
  {
    std::lock_guard guard{mutex_};
    if (!open_ || closing_) return;
    closing_ = true;
    stop_ = true;
    gently_ = gently;
    reads.swap(reads_);
  }
  changed_.notify_all();
  thread_.join();
  refuse_reads(std::move(reads));
  std::weak_ptr<history_listener> listener;
  {
    std::lock_guard guard{mutex_};
    queue_.clear();
    queued_bytes_ = 0;
    taken_.clear();
    pinned_ = 0;
    open_ = closing_ = false;
    listener = std::exchange(listener_, {});
    reads.swap(reads_);
  }
  refuse_reads(std::move(reads));
  if (auto told = listener.lock()) told->history_failed("the history's port was closed");
}

bool threaded_history_port::refuse_reads(std::deque<read_job> reads) {
  for (auto& one : reads) one.done(closed());
  return !reads.empty();
}

void threaded_history_port::load(std::weak_ptr<history_listener> listener, bool with_state) {
  std::lock_guard guard{mutex_};
  loads_.push_back({std::move(listener), with_state});
  changed_.notify_all();
}

void threaded_history_port::write(history_group group) {
  size_t bytes = group_bytes(group);
  std::lock_guard guard{mutex_};
  if (!open_ || closing_) return;  // the listener has been told, or will be
  bool was_empty = queue_.empty();
  if (was_empty) due_ = std::chrono::steady_clock::now() + patience;
  queue_.push_back(std::move(group));
  queued_bytes_ += bytes;
  pinned_ += bytes;
  bool enough = queued_bytes_ >= write_bytes_wanted && queued_bytes_ - bytes < write_bytes_wanted;
  if (was_empty || enough) changed_.notify_all();
}

void threaded_history_port::hurry() {
  std::lock_guard guard{mutex_};
  hurry_ = true;
  changed_.notify_all();
}

void threaded_history_port::checkpoint() {
  std::lock_guard guard{mutex_};
  hurry_ = checkpoint_ = true;
  changed_.notify_all();
}

void threaded_history_port::compact(uint64_t revision) {
  std::lock_guard guard{mutex_};
  compact_to_ = std::max(compact_to_, revision);
  changed_.notify_all();
}

void threaded_history_port::read(const kind_row& kind, uint64_t after, std::function<void(result<history_page>)> done) {
  {
    std::lock_guard guard{mutex_};
    if (open_ && !closing_ && reads_.size() < reads_waiting_max) {
      reads_.push_back({&kind, after, std::move(done)});
      changed_.notify_all();
      return;
    }
  }
  done(closed());
}

/// With the lock.
void threaded_history_port::take_groups() {
  hurry_ = false;
  taken_bytes_ = 0;
  while (!queue_.empty() && taken_bytes_ < write_bytes_max) {
    taken_bytes_ += group_bytes(queue_.front());
    taken_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queued_bytes_ -= taken_bytes_;
}

bool threaded_history_port::ready_to_write() const {
  return !queue_.empty() && (queued_bytes_ >= write_bytes_wanted || hurry_ || !loads_.empty());
}

void threaded_history_port::run() {
  database_ = std::make_unique<sqlite_history>();
  std::string open_error = database_->open(path_);
  unchecked_bytes_ = 0;
  std::unique_lock lock{mutex_};
  for (;;) {
    auto other_work = [&] { return stop_ || !loads_.empty() || !reads_.empty() || compact_to_ != 0 || checkpoint_; };
    changed_.wait(lock, [&] { return other_work() || !queue_.empty(); });
    if (!queue_.empty()) changed_.wait_until(lock, due_, [&] { return other_work() || ready_to_write(); });
    if (stop_ && !gently_) break;
    bool due = std::chrono::steady_clock::now() >= due_;
    if (!queue_.empty() && (due || ready_to_write() || stop_)) {
      take_groups();
      lock.unlock();
      write_taken();
      lock.lock();
      continue;
    }
    if (stop_) break;
    if (!reads_.empty()) {
      auto job = std::move(reads_.front());
      reads_.pop_front();
      lock.unlock();
      job.done(failed_ ? result<history_page>{closed()} : database_->read(*job.kind, job.after));
      lock.lock();
    } else if (!loads_.empty()) {
      auto job = loads_.front();
      loads_.pop_front();
      lock.unlock();
      if (!open_error.empty()) {
        auto image = std::make_shared<history_image>();
        image->error = open_error;
        if (auto told = job.listener.lock()) told->history_is_loaded(image);
      } else {
        work_load(job);
      }
      lock.lock();
    } else if (checkpoint_) {
      checkpoint_ = false;
      lock.unlock();
      work_checkpoint();
      if (auto told = listener_.lock(); told && !failed_) told->history_has_passed(database_->head().position, safe_);
      lock.lock();
    } else if (compact_to_ != 0) {
      lock.unlock();
      work_compaction();
      lock.lock();
    }
  }
  lock.unlock();
  if (gently_ && !failed_) work_checkpoint();
  database_.reset();
}

void threaded_history_port::work_load(const load_job& job) {
  auto image = std::make_shared<history_image>();
  listener_ = job.listener;
  failed_ = false;
  database_->load(*image, job.with_state);
  if (!image->error.empty()) failed_ = true;
  safe_ = {};
  if (auto told = listener_.lock()) told->history_is_loaded(image);
}

void threaded_history_port::write_taken() {
  auto release = [&] {
    pinned_ -= taken_bytes_;
    taken_.clear();
  };
  for (;;) {
    if (failed_) return release();  // told already
    auto outcome = database_->append(taken_);
    if (outcome == sqlite_history::outcome::ok) break;
    if (outcome == sqlite_history::outcome::failed) {
      fail();
      return release();
    }
    std::unique_lock lock{mutex_};
    if (changed_.wait_for(lock, full_pause, [&] { return stop_; })) return release();
  }
  unchecked_bytes_ += taken_bytes_;
  release();
  if (auto told = listener_.lock()) told->history_has_passed(database_->head().position, safe_);
  if (unchecked_bytes_ > checkpoint_bytes) work_checkpoint();  // told with the next commit
}

void threaded_history_port::work_checkpoint() {
  if (failed_ || !database_->checkpoint()) return;  // the next one will
  safe_ = database_->head().position;
  unchecked_bytes_ = 0;
}

void threaded_history_port::work_compaction() {
  uint64_t revision;
  {
    std::lock_guard guard{mutex_};
    revision = compact_to_;
  }
  bool done = true;
  auto outcome = failed_ ? sqlite_history::outcome::ok : database_->compact(revision, done);
  if (outcome == sqlite_history::outcome::failed) fail();
  std::unique_lock lock{mutex_};
  if (outcome == sqlite_history::outcome::again)
    changed_.wait_for(lock, full_pause, [&] { return stop_; });
  else if (done && compact_to_ == revision)
    compact_to_ = 0;
}

void threaded_history_port::fail() {
  failed_ = true;
  if (auto told = listener_.lock()) told->history_failed("the history cannot be written: " + database_->error());
}

}  // namespace troupe
