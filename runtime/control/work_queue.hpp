// The keys a controller must look at: each at most once, none twice at the same time, failures with back-off
// (client-go's workqueue and ItemExponentialFailureRateLimiter). Pure; times are steady milliseconds.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include "runtime/control/reconcile.hpp"

namespace troupe {

class work_queue {
public:
  /// Look at `key` soon. A key that is being worked on is queued again when it is done.
  void add(const std::string& key);
  /// Look at it at `at_ms`, or before if an event comes.
  void add_at(const std::string& key, int64_t at_ms);
  /// The next key to work on, in order of arrival; empty: none is due.
  std::optional<std::string> take(int64_t now_ms);
  /// The work on a key that take() gave is done. Failed: it comes again after its back-off, doubled each time.
  void done(const std::string& key, bool failed, int64_t now_ms);
  /// A key that take() gave cannot be worked on yet: it comes again at `at_ms`, and not before.
  void postpone(const std::string& key, int64_t at_ms);
  /// When a delayed key is due: the time to call take() again; unset: nothing is delayed.
  std::optional<int64_t> next_ms() const;

  size_t waiting() const { return ready_.size() + delayed_.size(); }
  size_t busy() const { return busy_.size(); }
  int failures(const std::string& key) const;
  /// Forgets what waits; what is being worked on stays.
  void clear();

private:
  void promote(int64_t now_ms);
  std::deque<std::string> ready_;
  std::set<std::string> queued_;                        // what is in ready_
  std::set<std::string> busy_, again_;                  // again_: of busy_, those to queue when done
  std::map<std::string, int64_t> delayed_;              // key -> due
  std::set<std::pair<int64_t, std::string>> by_time_;   // the same, by time
  std::map<std::string, int> failures_;
};

/// Delay before try number `failures` + 1: back_off_first_ms doubled, at most back_off_last_ms.
int64_t back_off_ms(int failures);

} // namespace troupe
