#include "test/sim/store_ports.hpp"

#include <algorithm>

#include "persist/event_ring.hpp"
#include "persist/history_format.hpp"
#include "persist/history_loader.hpp"
#include "persist/log_format.hpp"
#include "persist/segment_log.hpp"

namespace troupe::sim {

std::vector<std::string> memory_segment_disk::names() {
  std::vector<std::string> found;
  for (auto& [name, bytes] : files) found.push_back(name);
  return found;
}

bool memory_segment_disk::read(const std::string& name, std::string& to) {
  to = files[name];
  return true;
}

segment_disk::outcome memory_segment_disk::write(const std::string& name, uint64_t offset, std::string_view bytes) {
  auto& file = files[name];
  on_their_way_.push_back({name, offset, file.substr(offset, bytes.size()), false});
  file.replace(offset, bytes.size(), bytes);
  return random_.chance(failure) ? outcome::failed : outcome::ok;
}

segment_disk::outcome memory_segment_disk::take_spare(const std::string& name, std::string_view header) {
  if (files.size() >= segments_max) return outcome::full;
  std::string content(segment_bytes_, '\0');
  if (!spares_.empty()) {
    content = std::move(spares_.back());
    spares_.pop_back();
  }
  content.replace(0, header.size(), header);
  files[name] = std::move(content);
  on_their_way_.push_back({name, 0, {}, true});
  return outcome::ok;
}

void memory_segment_disk::recycle(const std::string& name) {
  spares_.push_back(std::move(files[name]));
  files.erase(name);
}

void memory_segment_disk::undo(const change& one) {
  if (one.created)
    files.erase(one.name);
  else if (auto file = files.find(one.name); file != files.end())
    file->second.replace(one.offset, one.before.size(), one.before);
}

void memory_segment_disk::lose_power() {
  size_t kept = random_.below(on_their_way_.size() + 1);
  for (size_t i = on_their_way_.size(); i-- > kept;) {
    auto& one = on_their_way_[i];
    if (i != kept || one.created) {
      undo(one);
      continue;
    }
    for (size_t at = 0; at < one.before.size(); at += log_block_bytes)  // torn: any of its blocks, in any order
      if (random_.chance(0.5))
        files[one.name].replace(one.offset + at, log_block_bytes, one.before.substr(at, log_block_bytes));
  }
  on_their_way_.clear();
}

void store_disk::lose_power() {
  log.lose_power();
  if (faults.chance(damaged_tail)) history.resize(safe + faults.below(history.size() - safe + 1));
}

namespace {

class simulated_log_port : public log_port {
 public:
  simulated_log_port(std::shared_ptr<store_disk> disk, later_function later, random_stream delays)
      : disk_(std::move(disk)), later_(std::move(later)), delays_(delays) {}
  void open() override {
    open_ = true;
    failed_ = true;  // until a load
    log_ = std::make_unique<segment_log>(disk_->log);
    next();
  }
  void close() override {
    if (!open_) return;
    open_ = busy_ = false;
    ++*generation_;
    std::erase_if(queue_, [](auto& one) { return !one.is_load; });
    disk_->log.settle();  // the kernel still writes what it was given
    if (auto told = std::exchange(listener_, {}).lock()) told->log_failed("the log's port was closed");
  }
  void load(std::weak_ptr<log_listener> listener) override {
    job one;
    one.is_load = true;
    one.listener = std::move(listener);
    post(std::move(one));
  }
  void append(log_batch batch) override {
    job one;
    one.batch = std::move(batch);
    post(std::move(one));
  }
  void drop_to(uint64_t index) override {
    job one;
    one.drop_to = index;
    post(std::move(one));
  }
  bool run_here() override { return false; }
  bool full() const override { return full_; }

 private:
  struct job {
    bool is_load = false;
    std::weak_ptr<log_listener> listener;
    log_batch batch;
    uint64_t drop_to = 0;
  };
  void post(job one) {
    queue_.push_back(std::move(one));
    next();
  }
  void after(nanoseconds least, nanoseconds most, std::function<void()> work) {
    busy_ = true;
    later_(delays_.between(least, most),
           [this, work = std::move(work), life = std::weak_ptr<uint64_t>(generation_), mine = *generation_] {
             if (life.expired() || mine != *generation_) return;
             busy_ = false;
             work();
             next();
           });
  }
  void next() {
    if (!open_ || busy_ || queue_.empty()) return;
    if (queue_.front().is_load) return begin_load();
    std::vector<log_batch> batches;
    while (!queue_.empty() && !queue_.front().is_load) {
      if (queue_.front().drop_to != 0 && !failed_) log_->drop_to(queue_.front().drop_to);
      if (queue_.front().batch.has_hard || !queue_.front().batch.entries.empty())
        batches.push_back(std::move(queue_.front().batch));
      queue_.pop_front();
    }
    if (!failed_ && !batches.empty())
      commit(std::move(batches));
    else
      next();
  }
  void begin_load() {
    auto listener = queue_.front().listener;
    queue_.pop_front();
    after(50 * us, 500 * us, [this, listener] {
      listener_ = listener;
      auto image = std::make_shared<log_image>(log_->load());
      disk_->log.settle();
      failed_ = !image->error.empty();
      if (auto told = listener_.lock()) told->log_is_loaded(image);
    });
  }
  void commit(std::vector<log_batch> batches) {
    auto outcome = log_->commit(batches);
    bool was_full = std::exchange(full_, outcome == segment_disk::outcome::full);
    if (full_) {
      if (auto told = listener_.lock(); told && !was_full) told->log_is_full();
      return after(100 * ms, 100 * ms, [this, batches = std::move(batches)] {
        for (auto& one : queue_)
          if (one.drop_to != 0) log_->drop_to(one.drop_to);
        commit(batches);
      });
    }
    uint64_t index = 0, term = 0;
    for (auto& batch : batches)
      if (!batch.entries.empty()) index = batch.first + batch.entries.size() - 1, term = batch.entries.back().term;
    if (disk_->acknowledge_early)
      if (auto told = listener_.lock()) told->log_is_durable(index, term);
    after(80 * us, 400 * us, [this, index, term, outcome] {
      auto told = listener_.lock();
      if (outcome == segment_disk::outcome::failed) {
        failed_ = true;
        if (told) told->log_failed("the log cannot be written");
        return;
      }
      disk_->log.settle();
      if (told && !disk_->acknowledge_early) told->log_is_durable(index, term);
    });
  }

  std::shared_ptr<store_disk> disk_;
  later_function later_;
  random_stream delays_;
  std::unique_ptr<segment_log> log_;
  std::deque<job> queue_;
  std::weak_ptr<log_listener> listener_;
  std::shared_ptr<uint64_t> generation_ = std::make_shared<uint64_t>(0);  // of open(); gone with the port
  bool open_ = false, busy_ = false, full_ = false, failed_ = true;
};

class simulated_history_port : public history_port {
 public:
  simulated_history_port(std::shared_ptr<store_disk> disk, later_function later, random_stream delays)
      : disk_(std::move(disk)), later_(std::move(later)), delays_(delays) {}
  void open() override {
    open_ = true;
    failed_ = true;  // until a load: what comes before it has a gap behind it
    work();
  }
  void close(bool gently) override {
    if (!open_) return;
    if (gently) commit();
    open_ = false;
    busy_ = false;
    ++*generation_;
    queue_.clear();
    pinned_ = 0;
    if (auto told = std::exchange(listener_, {}).lock()) told->history_failed("the history's port was closed");
  }
  void load(std::weak_ptr<history_listener> listener, bool with_state) override {
    loads_.push_back({std::move(listener), with_state});
    work();
  }
  void write(history_group group) override {
    if (!open_ || failed_) return;
    for (auto& one : group.events) pinned_ += held_bytes(*one);
    queue_.push_back(std::move(group));
    work();
  }
  size_t pinned_bytes() const override { return pinned_; }
  void hurry() override {}
  void checkpoint() override {
    later_(delays_.between(100 * us, 2 * ms), [this, life = std::weak_ptr<uint64_t>(generation_), mine = *generation_] {
      if (life.expired() || mine != *generation_) return;
      commit();
      disk_->safe = disk_->history.size();
      tell_passed();
    });
  }
  void compact(uint64_t revision) override { disk_->compacted = std::max(disk_->compacted, revision); }
  void read(const kind_row& kind, uint64_t after, std::function<void(result<history_page>)> done) override {
    if (!open_ || failed_) return done(service_unavailable("the history is being restarted", 1));
    if (after < disk_->compacted) return done(gone("the revision is older than what is kept"));
    history_page page;
    page.through = after;
    for (auto& group : disk_->history) {
      page.through = std::max(page.through, group.position.revision);
      for (auto& one : group.events)
        if (one->revision > after && one->object->kind().storage == kind.storage) page.events.push_back(one);
      if (page.events.size() >= history_page_events_max) break;
    }
    later_(delays_.between(100 * us, 2 * ms), [done = std::move(done), page = std::move(page)] { done(page); });
  }

 private:
  void work() {
    if (!open_ || busy_ || (queue_.empty() && loads_.empty())) return;
    busy_ = true;
    // Writes wait for company, loads do not.
    auto wait = loads_.empty() ? 100 * ms : delays_.between(100 * us, 1 * ms);
    later_(wait, [this, life = std::weak_ptr<uint64_t>(generation_), mine = *generation_] {
      if (life.expired() || mine != *generation_) return;
      busy_ = false;
      commit();
      if (!loads_.empty()) answer_load();
      work();
    });
  }
  void commit() {
    if (queue_.empty()) return;
    for (auto& group : queue_) disk_->history.push_back(std::move(group));
    queue_.clear();
    pinned_ = 0;
    if (delays_.chance(0.3)) disk_->safe = disk_->history.size();
    tell_passed();
  }
  void tell_passed() {
    if (disk_->history.empty()) return;
    auto safe = disk_->safe == 0 ? applied_position{} : disk_->history[disk_->safe - 1].position;
    if (auto told = listener_.lock()) told->history_has_passed(disk_->history.back().position, safe);
  }
  void answer_load() {
    auto [listener, with_state] = loads_.front();
    loads_.pop_front();
    listener_ = listener;
    failed_ = false;
    auto image = std::make_shared<history_image>();
    if (!disk_->history.empty()) image->head = disk_->history.back().position;
    image->compacted = disk_->compacted;
    kind_names names;
    history_loader loader{*image, names};
    for (size_t i = disk_->history.size(); with_state && i-- > 0;) {
      auto& group = disk_->history[i];
      for (size_t k = group.events.size(); k-- > 0;)
        loader.add(row_of(*group.events[k], group.expires_s.empty() ? 0 : group.expires_s[k]));
    }
    if (with_state) loader.finish();
    if (auto told = listener_.lock()) told->history_is_loaded(image);
  }

  std::shared_ptr<store_disk> disk_;
  later_function later_;
  random_stream delays_;
  std::deque<history_group> queue_;
  size_t pinned_ = 0;
  std::deque<std::pair<std::weak_ptr<history_listener>, bool>> loads_;
  std::weak_ptr<history_listener> listener_;
  std::shared_ptr<uint64_t> generation_ = std::make_shared<uint64_t>(0);  // of open(); gone with the port
  bool open_ = false, busy_ = false, failed_ = true;
};

}  // namespace

std::unique_ptr<log_port> make_log_port(std::shared_ptr<store_disk> disk, later_function later, random_stream delays) {
  return std::make_unique<simulated_log_port>(std::move(disk), std::move(later), delays);
}

std::unique_ptr<history_port> make_history_port(std::shared_ptr<store_disk> disk, later_function later,
                                                random_stream delays) {
  return std::make_unique<simulated_history_port>(std::move(disk), std::move(later), delays);
}

}  // namespace troupe::sim
