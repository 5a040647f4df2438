#include "persist/replica_engine.hpp"

#include <algorithm>
#include <set>

#include "persist/apply_txn.hpp"

namespace troupe {
namespace {

constexpr uint64_t own_id = 1;  // of the only voter
const char* const no_space = "no space left on the store's disk";
constexpr int64_t tick_at_least_ms = 1'000, tick_at_most_ms = 60'000;

std::string_view bytes_of(const log_entry& entry) {
  return {entry.bytes, entry.size};
}

}  // namespace

replica_engine::replica_engine(replica_state& state, options chosen) : state_(state), options_(std::move(chosen)) {}

void replica_engine::start(std::weak_ptr<log_listener> log, std::weak_ptr<history_listener> history) {
  state_.objects.discard();  // a predecessor may have died in the middle of a group
  state_.log->load(std::move(log));
  state_.history->load(std::move(history), state_.applied.index == 0);
}

void replica_engine::log_loaded(std::shared_ptr<log_image> image, instant now) {
  log_image_ = std::move(image);
  try_begin(now);
}

void replica_engine::history_loaded(std::shared_ptr<history_image> image, instant now) {
  history_image_ = std::move(image);
  try_begin(now);
}

void replica_engine::refuse(std::string why) {
  phase_ = phase::refused;
  why_ = std::move(why);
  refuse_queue(why_);
}

void replica_engine::port_failed(const std::string& why) {
  if (phase_ == phase::refused) return;
  phase_ = phase::failed;
  why_ = why;
}

/// The state as of the history where this process has none yet; what the history missed where it died is written again.
bool replica_engine::adopt_history() {
  auto& image = *history_image_;
  if (state_.applied.index == 0 && image.head.index != 0) {
    state_.objects.adopt(image.state);
    state_.expiries = std::move(image.expiries);
    state_.applied = image.head;
    state_.ring.reset(image.head.revision);
    state_.windows.reset(image.head.revision);
    return true;
  }
  if (image.head.index > state_.applied.index) return false;
  for (auto& group : state_.ring.groups_above(image.head.index)) state_.history->write(std::move(group));
  return true;
}

bool replica_engine::log_reaches(const log_image& log) const {
  auto& applied = state_.applied;
  if (applied.index == 0) return log.entries.empty() || log.first == 1;
  if (log.entries.empty() || log.first > applied.index + 1 || log.last() < applied.index) return false;
  return log.first > applied.index || log.entries[applied.index - log.first].term == applied.term;
}

/// A new log begins with the configuration, the same on every replica.
void replica_engine::bootstrap() {
  bootstrapping_ = true;
  log_image_->hard = {1, 0};
  log_image_->first = 1;
  log_image_->entries = {raft_engine::first_configuration(own_id)};
  log_batch batch;
  batch.has_hard = true;
  batch.hard = log_image_->hard;
  batch.first = 1;
  batch.entries = log_image_->entries;
  state_.log->append(std::move(batch));
  state_.log->run_here();
}

void replica_engine::try_begin(instant now) {
  if (!log_image_ || !history_image_ || phase_ != phase::loading) return;
  if (!bootstrapping_) {
    for (auto error : {log_image_->error, history_image_->error})
      if (!error.empty()) return refuse(error);
    if (!adopt_history()) return refuse("the history is ahead of the state");
    if (log_image_->hard.term == 0 && log_image_->entries.empty() && state_.applied.index == 0) return bootstrap();
    if (!log_reaches(*log_image_))
      return refuse("the log (entries " + std::to_string(log_image_->first) + " to " +
                    std::to_string(log_image_->last()) + ") does not reach the state (entry " +
                    std::to_string(state_.applied.index) + ")");
  }
  bootstrapping_ = false;
  raft_ = std::make_unique<raft_engine>(own_id, options_.seed);
  first_unapplied_ = state_.applied.index + 1;
  compacted_index_ = state_.applied.index;
  for (size_t i = 0; i < log_image_->entries.size(); ++i)
    if (log_image_->first + i >= first_unapplied_) unapplied_.push_back(log_image_->entries[i]);
  serve_from_ = log_image_->last();
  state_.replayed += unapplied_.size();
  compact_revision_ = 0;
  compact_at_ms_ = now.steady_ms + options_.compact_every_ms;
  auto to_do = raft_->start(*log_image_, state_.applied, now.steady_ms);
  log_image_.reset();
  history_image_.reset();
  bool settled = !to_do.append;  // else its term must be on the disk first
  carry_out(std::move(to_do), now);
  if (settled) serve();
}

void replica_engine::serve() {
  if (phase_ == phase::loading && raft_->leader() && state_.applied.index >= serve_from_) phase_ = phase::serving;
}

void replica_engine::carry_out(raft_engine::ready to_do, instant now) {
  if (!to_do.error.empty()) return port_failed("raft: " + to_do.error);
  if (to_do.append) {
    auto& batch = to_do.batch;
    for (size_t i = 0; i < batch.entries.size(); ++i) unapplied_.push_back(batch.entries[i]);
    state_.log->append(std::move(batch));
  }
  if (to_do.commit != 0) apply_up_to(to_do.commit, now);
  if (to_do.append) state_.log->run_here();
}

void replica_engine::log_durable(uint64_t index, uint64_t, instant now) {
  if (bootstrapping_) return try_begin(now);
  if (!raft_ || phase_ == phase::failed) return;
  if (index != 0) carry_out(raft_->persisted(index, now.steady_ms), now);
  serve();
}

void replica_engine::apply_up_to(uint64_t commit, instant now) {
  while (!unapplied_.empty() && first_unapplied_ <= commit && phase_ != phase::failed && phase_ != phase::refused) {
    auto entry = std::move(unapplied_.front());
    unapplied_.pop_front();
    apply_entry(first_unapplied_++, entry, now);
  }
}

void replica_engine::apply_entry(uint64_t index, const log_entry& entry, instant now) {
  history_group group;
  std::vector<txn_outcome> outcomes;
  std::vector<expiring> expiries;
  uint64_t revision = state_.applied.revision;
  if (raft_engine::is_command(entry.type)) {
    txn_reader transactions{bytes_of(entry), state_.names};
    txn_view write;
    while (transactions.next(write)) {
      size_t before = group.events.size();
      outcomes.push_back(apply_txn(state_.objects, write, revision, group.events));
      revision =
          std::max(revision, outcomes.back().what == txn_outcome::kind::committed ? outcomes.back().revision : 0);
      if (write.expires_s == 0) continue;
      group.expires_s.resize(group.events.size(), 0);
      for (size_t i = before; i < group.events.size(); ++i) {
        if (group.events[i]->what == event::type::deleted) continue;
        group.expires_s[i] = write.expires_s;
        expiries.push_back({write.expires_s, group.events[i]->object->key(), group.events[i]->revision});
      }
    }
    if (!transactions.error().empty()) {  // nothing of it was published
      state_.objects.discard();
      return refuse("entry " + std::to_string(index) + ": " + transactions.error());
    }
  }
  if (!group.expires_s.empty()) group.expires_s.resize(group.events.size(), 0);
  state_.applied = {index, entry.term, revision};
  group.position = state_.applied;
  // The ring before the root: who reads an older revision undoes what lies between.
  state_.ring.push(group);
  if (!group.events.empty()) state_.objects.publish(revision);
  for (auto& one : expiries) state_.expiries.add(std::move(one));
  auto answered = index == in_flight_index_ ? std::exchange(in_flight_, {}) : std::vector<waiting>{};
  if (!group.events.empty()) state_.windows.feed(group.events, revision);
  for (size_t i = 0; i < answered.size() && i < outcomes.size(); ++i) finish(answered[i], std::move(outcomes[i]));
  state_.history->write(std::move(group));
  // Last: it may commit, and so apply, the next entries, whose groups must reach the history after this one's.
  carry_out(raft_->applied(index, raft_engine::is_configuration(entry.type), now.steady_ms), now);
}

void replica_engine::finish(waiting& one, txn_outcome&& outcome) {
  bool committed = outcome.what == txn_outcome::kind::committed;
  ++(!committed ? done_.conflicting : one.request ? done_.committed : done_.expired);
  if (!one.request) return;  // an expiry; where it conflicts there is a newer object with a time of its own
  if (options_.witness && committed)
    for (auto& operation : one.request->write.operations)
      options_.witness("ack " + operation.key.text() + "@" + std::to_string(outcome.revision));
  one.request->outcome = std::move(outcome);
  answer(std::move(one.request));
}

void replica_engine::refuse_call(waiting& one, const std::string& why) {
  ++done_.refused;
  if (!one.request) {
    state_.expiries.add(std::move(one.expired));  // it is still due
    return;
  }
  one.request->outcome.what = txn_outcome::kind::refused;
  one.request->outcome.why = why;
  answer(std::move(one.request));
}

void replica_engine::refuse_queue(const std::string& why) {
  auto refused = std::exchange(queue_, {});
  queued_bytes_ = 0;
  for (auto& one : refused) refuse_call(one, why);
}

std::string replica_engine::why_not(const txn& write) const {
  if (phase_ == phase::refused || phase_ == phase::failed) return why_;
  if (stopping_) return "the store is shutting down";
  if (state_.log->full()) return no_space;
  if (queued_bytes_ > waiting_bytes_max) return "too many writes are waiting";
  if (write.operations.empty() || write.operations.size() > operations_max || encoded_size(write) > txn_bytes_max)
    return "the transaction is empty or too large";
  std::set<std::string> keys;
  if (write.operations.size() > 1)
    for (auto& one : write.operations)
      if (!keys.insert(one.key.text()).second) return "the transaction names a key twice";
  return "";
}

void replica_engine::propose(call_ptr request) {
  waiting one;
  one.request = std::move(request);
  if (auto why = why_not(one.request->write); !why.empty()) {
    refuse_call(one, why);
    return;
  }
  queued_bytes_ += encoded_size(one.request->write);
  queue_.push_back(std::move(one));
}

/// As many of those that wait as fit, at least one.
std::string replica_engine::next_entry(instant now) {
  std::string entry;
  while (!queue_.empty()) {
    auto& write = queue_.front().write();
    size_t size = encoded_size(write);
    if (!entry.empty() && entry.size() + size > entry_bytes_wanted) break;
    if (entry.empty()) entry.reserve(std::max(size, std::min(queued_bytes_, entry_bytes_wanted)) + sizeof(uint64_t));
    append_txn(entry, write, write.ttl_seconds == 0 ? 0 : now.wall_s + static_cast<int64_t>(write.ttl_seconds));
    queued_bytes_ -= size;
    if (queue_.front().request) queue_.front().request->where = call::state::proposed;
    in_flight_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  pad_entry(entry);
  return entry;
}

void replica_engine::flush(instant now) {
  if (phase_ != phase::serving || queue_.empty() || !in_flight_.empty()) return;
  if (!raft_->leader()) return refuse_queue("this replica does not lead");
  if (state_.log->full()) return refuse_queue(no_space);
  if (state_.history->pinned_bytes() > history_pinned_bytes_max) return state_.history->hurry();
  in_flight_index_ = raft_->last_index() + 1;
  ++done_.groups;
  carry_out(raft_->submit(next_entry(now), now.steady_ms), now);
}

/// What is on its way waits; the rest is refused. The history's file takes over what it can, so that the log may be
/// cut.
void replica_engine::log_full() {
  refuse_queue(no_space);
  state_.history->checkpoint();
}

void replica_engine::history_passed(const applied_position& position, const applied_position& safe, instant now) {
  state_.ring.passed(position.revision);
  state_.windows.passed(position.revision);
  if (safe.index > compacted_index_ && raft_ && phase_ == phase::serving) {
    compacted_index_ = safe.index;
    raft_->compacted(safe, now.steady_ms);
    state_.log->drop_to(safe.index);
  }
}

void replica_engine::expire(instant now) {
  for (auto& due : state_.expiries.take_due(now.wall_s, expiries_per_tick_max)) {
    auto current = state_.objects.head({due.key.kind->storage, due.key.space, due.key.name});
    if (!current || current->revision() != due.revision) continue;  // replaced: it has another time, or none
    waiting one;
    one.own = std::make_unique<txn>();
    one.own->operations.push_back({operation::verb::remove, due.key, due.revision, {}});
    one.expired = std::move(due);
    queued_bytes_ += encoded_size(*one.own);
    queue_.push_back(std::move(one));
  }
}

void replica_engine::tick(instant now) {
  if (phase_ != phase::serving) return;
  if (!stopping_ && state_.expiries.earliest_s() != 0 && state_.expiries.earliest_s() <= now.wall_s) expire(now);
  if (now.steady_ms < compact_at_ms_) return;
  compact_at_ms_ = now.steady_ms + options_.compact_every_ms;
  if (compact_revision_ != 0) state_.history->compact(compact_revision_);
  compact_revision_ = state_.applied.revision;
}

int64_t replica_engine::wait_ms(instant now) const {
  if (phase_ != phase::serving) return tick_at_most_ms;
  int64_t wait = compact_at_ms_ - now.steady_ms;
  // The calendar may jump, so nobody sleeps long over an expiry.
  if (state_.expiries.earliest_s() != 0)
    wait = std::min(wait,
                    std::clamp((state_.expiries.earliest_s() - now.wall_s) * 1000, tick_at_least_ms, tick_at_most_ms));
  return std::max(wait, tick_at_least_ms);
}

}  // namespace troupe
