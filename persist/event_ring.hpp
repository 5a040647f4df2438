// The newest changes of all kinds, in order. From it a paged list goes on at an older revision (the changes since then
// are undone), and the history port is given again what it had not committed when it died.
#pragma once
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "messages/event.hpp"
#include "persist/applied_position.hpp"
#include "persist/ports/history_port.hpp"

namespace troupe {

class event_ring {
 public:
  explicit event_ring(size_t bytes_max) : bytes_max_(bytes_max) {}
  /// Everything up to `floor` is elsewhere (a start from the history).
  void reset(uint64_t floor);
  /// The changes of one applied entry; before the root that shows them is published.
  void push(const history_group&);
  /// The history has committed up to here: what is older may be dropped when room is needed.
  void passed(uint64_t revision);
  /// Appends the changes of `kind` with after < revision <= upto. False: it does not reach back so far.
  bool changes(const kind_row& kind, uint64_t after, uint64_t upto, std::vector<event_ptr>& to) const;
  /// Every group above `index`, which the history has not got.
  std::vector<history_group> groups_above(uint64_t index) const;
  uint64_t floor() const;

 private:
  struct item {
    uint64_t revision, index, term;
    int64_t expires_s;
    uint32_t bytes;
    uint16_t kind;
    event_ptr change;
  };
  void trim();
  mutable std::mutex mutex_;  // held for the length of a copy
  std::deque<item> items_;
  size_t bytes_ = 0, bytes_max_;
  uint64_t floor_ = 0, passed_ = 0;
};

/// Bytes of memory that an event holds on to, about.
size_t held_bytes(const event&);

}  // namespace troupe
