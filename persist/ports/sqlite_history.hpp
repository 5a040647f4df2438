// The history as a SQLite database: batches of rows and one head, changed together. One caller (the port's thread).
//   hist(number, first, last, data)   batches (history_format.hpp); first and last: revisions it covers
//   meta('head', ...)
// SQLite drops the tail of a damaged write-ahead log without a word, so what is only there still needs our own log:
// checkpoint() says when the file alone holds everything.
#pragma once
#include <string>
#include <vector>

#include "persist/history_format.hpp"
#include "persist/kind_names.hpp"
#include "persist/ports/history_port.hpp"
#include "persist/ports/sqlite_file.hpp"

namespace troupe {

class sqlite_history {
 public:
  /// Not empty: why it cannot be used.
  std::string open(const std::string& path);
  /// Head and, where wanted, the state. image.error: damaged.
  void load(history_image& image, bool with_state);
  enum class outcome : uint8_t { ok, again, failed };  // again: no space; nothing was changed
  outcome append(const std::vector<history_group>& groups);
  bool checkpoint() { return database_.checkpoint(); }
  result<history_page> read(const kind_row& kind, uint64_t after);
  /// Forgets what was replaced or removed up to `revision`. In slices, so that commits come in between: false: not done
  /// yet, call again. Goes on after a crash.
  outcome compact(uint64_t revision, bool& done);
  const history_head& head() const { return head_; }
  std::string error() const { return database_.error(); }

 private:
  struct stored_batch {
    uint64_t number = 0, first = 0, last = 0;
    decoded_batch content;
  };
  outcome begin();
  outcome commit(history_head next);
  outcome give_up();
  bool put_batch(uint64_t number, uint64_t first, uint64_t last, uint64_t previous, uint32_t count,
                 const std::string& rows);
  bool append_rows(const std::vector<history_group>& groups, history_head& next);
  bool load_head(std::string& error);
  bool load_rows(history_image& image);
  bool next_batch(sqlite_statement& from, stored_batch& to);
  object_ptr object_at(uint64_t revision, const history_row& like, const kind_row& kind);
  bool add_events(const stored_batch& batch, const kind_row& kind, uint64_t after, history_page& page,
                  std::vector<object_ptr>& seen, size_t& bytes);
  bool forget(const std::vector<std::pair<uint64_t, std::string>>& dead);
  bool rewrite(stored_batch& batch, const std::vector<std::pair<uint64_t, std::string>>& dead);
  bool join_small(uint64_t number);

  std::string path_;
  sqlite_file database_;
  sqlite_statement insert_, set_head_, after_, at_, one_, successor_, remove_;
  history_head head_;
  kind_names names_;
  std::string rows_;  // buffer
  // Where a compaction is: first it drops what was replaced, then (second_pass_) the removals, which hide it,
  // themselves.
  uint64_t compact_at_ = 0;
  bool second_pass_ = false;
};

}  // namespace troupe
