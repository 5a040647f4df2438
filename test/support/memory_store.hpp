// A store in memory for tests of the chain: state, events and writes, with versions of every object so that old revisions
// can be listed. Writes are applied and answered at once, on the caller's thread; any thread may call.
#pragma once
#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>
#include "messages/call.hpp"
#include "messages/event.hpp"
#include "messages/roots.hpp"

namespace troupe::test {

class memory_store final : public roots, public tables {
public:
  // ---- roots
  uint64_t revision() const override {
    std::lock_guard guard{mutex_};
    return revision_;
  }
  object_ptr get(const kind_row& kind, std::string_view space, std::string_view name) const override {
    std::lock_guard guard{mutex_};
    return at({&kind, std::string(space), std::string(name)}, revision_);
  }
  result<uint64_t> list(const list_range& range, std::vector<object_ptr>& to, bool& more) const override {
    std::lock_guard guard{mutex_};
    more = false;
    uint64_t shown = range.revision ? range.revision : revision_;
    if (shown < compacted_) return gone("The resourceVersion for the provided list is too old.");
    size_t found = 0;
    for (auto& [text, versions] : objects_) {
      auto now = newest(versions, shown);
      if (!now || &now->kind() != range.kind || (!range.space.empty() && now->space() != range.space) || text <= range.after) continue;
      if (range.limit && found == range.limit) {
        more = true;
        break;
      }
      to.push_back(now);
      ++found;
    }
    return shown;
  }
  size_t count(const kind_row& kind, std::string_view space) const override {
    std::lock_guard guard{mutex_};
    return static_cast<size_t>(std::count_if(objects_.begin(), objects_.end(), [&](auto& entry) {
      auto now = newest(entry.second, revision_);
      return now && &now->kind() == &kind && (space.empty() || now->space() == space);
    }));
  }

  // ---- tables
  uint64_t progress(const kind_row&) const override { return revision(); }
  bool read(const kind_row& kind, uint64_t after, size_t limit, std::vector<event_ptr>& to, uint64_t& through) const override {
    std::lock_guard guard{mutex_};
    if (after < window_from_) return false;
    through = revision_;
    for (auto& each : events_) {
      if (each->revision <= after || &each->object->kind() != &kind) continue;
      to.push_back(each);
      if (to.size() == limit) {
        through = each->revision;
        break;
      }
    }
    through = std::max(through, after);
    return true;
  }
  void read_history(const kind_row& kind, uint64_t after, std::function<void(result<history_page>)> done) const override {
    history_page page;
    {
      std::lock_guard guard{mutex_};
      if (after < compacted_) return done(gone("compacted"));
      for (auto& each : events_)
        if (each->revision > after && each->revision <= window_from_ && &each->object->kind() == &kind) page.events.push_back(each);
      page.through = std::max(window_from_, after);
    }
    done(std::move(page));
  }
  void subscribe(const kind_row& kind, std::weak_ptr<table_subscriber> subscriber) override {
    std::lock_guard guard{mutex_};
    subscribers_.emplace_back(&kind, std::move(subscriber));
  }

  // ---- writes
  txn_outcome apply(const txn& write) {
    std::unique_lock guard{mutex_};
    txn_outcome outcome;
    outcome.revision = revision_;
    for (size_t i = 0; i < write.operations.size(); ++i) {
      auto& operation = write.operations[i];
      auto now = at(operation.key, revision_);
      if (operation.expected == any_revision || operation.expected == (now ? now->revision() : absent_revision)) continue;
      outcome.what = txn_outcome::kind::conflicting;
      outcome.failed = i;
      outcome.current = now;
      return outcome;
    }
    ++revision_;
    for (auto& operation : write.operations) outcome.objects.push_back(change(operation));
    outcome.what = txn_outcome::kind::committed;
    outcome.revision = revision_;
    auto told = subscribers_;
    guard.unlock();
    for (auto& [kind, subscriber] : told)
      if (auto alive = subscriber.lock()) alive->table_changed(*kind, outcome.revision);
    return outcome;
  }
  /// chain::propose.
  void propose(call_ptr call) {
    call->where = call::state::proposed;
    call->outcome = apply(call->write);
    answer(std::move(call));
  }

  /// Events up to here can only be read from the history.
  void close_window(uint64_t through) {
    std::lock_guard guard{mutex_};
    window_from_ = through;
  }
  /// What is older can no longer be read at all.
  void compact(uint64_t through) {
    std::lock_guard guard{mutex_};
    compacted_ = window_from_ = through;
  }

private:
  using versions = std::map<uint64_t, object_ptr>; // null: removed at that revision

  static object_ptr newest(const versions& all, uint64_t revision) {
    auto after = all.upper_bound(revision);
    return after == all.begin() ? nullptr : std::prev(after)->second;
  }
  object_ptr at(const object_key& key, uint64_t revision) const {
    auto found = objects_.find(key.text());
    return found == objects_.end() ? nullptr : newest(found->second, revision);
  }
  object_ptr change(const operation& operation) {
    auto before = at(operation.key, revision_ - 1);
    if (operation.what == operation::verb::check) return before;
    if (operation.what == operation::verb::put) {
      auto now = object::make(*operation.key.kind, revision_, operation.bytes);
      objects_[operation.key.text()][revision_] = now;
      events_.push_back(std::make_shared<event>(event{before ? event::type::modified : event::type::added, revision_, now, before}));
      return now;
    }
    if (!before) return nullptr;
    auto last = object::make(*operation.key.kind, revision_, before->bytes());
    objects_[operation.key.text()][revision_] = nullptr;
    events_.push_back(std::make_shared<event>(event{event::type::deleted, revision_, last, before}));
    return last;
  }

  mutable std::mutex mutex_;
  uint64_t revision_ = 1, window_from_ = 0, compacted_ = 0;
  std::map<std::string, versions> objects_;
  std::vector<event_ptr> events_;
  std::vector<std::pair<const kind_row*, std::weak_ptr<table_subscriber>>> subscribers_;
};

} // namespace troupe::test
