// sqlite_history, continued: forgetting. What was replaced at or before the given revision goes first, removals after
// it: a removal hides the older rows of its key, so it must be the last of them to go, also across a crash.
#include <algorithm>

#include "persist/ports/sqlite_history.hpp"

namespace troupe {
namespace {

constexpr size_t slice_rows_max = 2000;  // forgotten in one transaction

using dead_rows = std::vector<std::pair<uint64_t, std::string>>;  // revision, key; sorted

std::string text_of(const history_row& row) {
  return std::string{row.kind}.append("/").append(row.space).append("/").append(row.name);
}

bool is_dead(const dead_rows& dead, const history_row& row) {
  auto at = std::lower_bound(dead.begin(), dead.end(), row.revision,
                             [](const auto& one, uint64_t revision) { return one.first < revision; });
  for (; at != dead.end() && at->first == row.revision; ++at)
    if (at->second == text_of(row)) return true;
  return false;
}

}  // namespace

sqlite_history::outcome sqlite_history::compact(uint64_t revision, bool& done) {
  done = true;
  revision = std::min(revision, head_.position.revision);
  if (revision <= head_.cleaned) return outcome::ok;
  if (auto result = begin(); result != outcome::ok) return result;
  auto next = head_;
  next.compacted = std::max(next.compacted, revision);  // from now on nobody reads below it
  dead_rows dead;
  stored_batch batch;
  uint64_t covered = compact_at_;
  after_.bind(1, compact_at_);
  bool whole = true;
  while (whole && after_.next() == sqlite_statement::outcome::row) {
    if (!(whole = next_batch(after_, batch))) break;
    if (batch.first > revision || (dead.size() >= slice_rows_max && batch.first > covered)) break;
    for (auto& row : batch.content.rows) {
      if (row.revision <= compact_at_ || row.revision > revision) continue;
      if (!second_pass_ && row.previous != 0) dead.emplace_back(row.previous, text_of(row));
      if (second_pass_ && row.removed) dead.emplace_back(row.revision, text_of(row));
    }
    covered = std::min(batch.last, revision);
  }
  bool more = dead.size() >= slice_rows_max && covered < revision;
  after_.reset();
  std::sort(dead.begin(), dead.end());
  if (!whole || !forget(dead)) return whole ? give_up() : (give_up(), outcome::failed);
  bool pass_over = !more;
  if (pass_over && second_pass_) next.cleaned = revision;
  if (auto result = commit(next); result != outcome::ok) return result;
  if (!pass_over) {
    compact_at_ = covered;
  } else if (!second_pass_) {
    second_pass_ = true;
    compact_at_ = head_.cleaned;
  } else {
    second_pass_ = false;
    compact_at_ = revision;
    return outcome::ok;
  }
  done = false;
  return outcome::ok;
}

/// Inside a transaction. `dead` is sorted; each batch that holds some of them is rewritten once.
bool sqlite_history::forget(const dead_rows& dead) {
  std::vector<uint64_t> numbers;
  stored_batch batch;
  uint64_t covered = 0;
  for (auto& [revision, key] : dead) {
    if (revision == covered) continue;
    at_.bind(1, revision);
    while (at_.next() == sqlite_statement::outcome::row && at_.number(1) <= revision) numbers.push_back(at_.number(0));
    at_.reset();
    covered = revision;
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  for (auto number : numbers) {
    one_.bind(1, number);
    bool whole = one_.next() == sqlite_statement::outcome::row && next_batch(one_, batch);
    one_.reset();
    if (!whole || !rewrite(batch, dead)) return false;
  }
  for (auto number : numbers)
    if (!join_small(number)) return false;
  return true;
}

bool sqlite_history::rewrite(stored_batch& batch, const dead_rows& dead) {
  rows_.clear();
  uint32_t count = 0;
  for (auto& row : batch.content.rows) {
    if (is_dead(dead, row)) continue;
    append_row(rows_, row);
    ++count;
  }
  return put_batch(batch.number, batch.first, batch.last, batch.content.previous, count, rows_);
}

/// A batch that has become small is joined with the one behind it, under that one's number.
bool sqlite_history::join_small(uint64_t number) {
  stored_batch left, right;
  one_.bind(1, number);
  bool is_there = one_.next() == sqlite_statement::outcome::row;
  bool whole = !is_there || next_batch(one_, left);
  one_.reset();
  if (!is_there || !whole) return whole;
  successor_.bind(1, number);
  bool followed = successor_.next() == sqlite_statement::outcome::row;
  whole = !followed || next_batch(successor_, right);
  successor_.reset();
  if (!followed || !whole) return whole;
  auto bytes_of = [](const stored_batch& batch) {
    size_t bytes = 0;
    for (auto& row : batch.content.rows) bytes += row_bytes(row);
    return bytes;
  };
  size_t small = bytes_of(left);
  if (small > history_batch_raw_bytes / 4 || small + bytes_of(right) > history_batch_raw_bytes) return true;
  rows_.clear();
  for (auto batch : {&left, &right})
    for (auto& row : batch->content.rows) append_row(rows_, row);
  auto count = static_cast<uint32_t>(left.content.rows.size() + right.content.rows.size());
  return remove_.bind(1, left.number).finish() &&
         put_batch(right.number, left.first, right.last, left.content.previous, count, rows_);
}

}  // namespace troupe
