// What is to be removed when its time is over (Events). It says only what is due: the removal itself is a proposal like
// any other, made by the leader, which alone looks at a clock.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "messages/object.hpp"

namespace troupe {

struct expiring {
  int64_t expires_s = 0;  // calendar time, seconds
  object_key key;
  uint64_t revision = 0;  // of the object that expires; a newer one has its own entry
};

class expiry_table {
 public:
  void add(expiring one) { by_time_.emplace(one.expires_s, std::move(one)); }
  /// 0: nothing expires.
  int64_t earliest_s() const { return by_time_.empty() ? 0 : by_time_.begin()->first; }
  /// Takes out what is due, at most `limit`.
  std::vector<expiring> take_due(int64_t now_s, size_t limit) {
    std::vector<expiring> due;
    while (!by_time_.empty() && by_time_.begin()->first <= now_s && due.size() < limit) {
      due.push_back(std::move(by_time_.begin()->second));
      by_time_.erase(by_time_.begin());
    }
    return due;
  }
  size_t size() const { return by_time_.size(); }

 private:
  std::multimap<int64_t, expiring> by_time_;
};

}  // namespace troupe
