// The log as segments on a disk: which file, where in it, when to begin the next one, what to read at a start. One
// caller.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "persist/log_format.hpp"
#include "persist/ports/log_port.hpp"
#include "persist/ports/segment_disk.hpp"

namespace troupe {

class segment_log {
 public:
  explicit segment_log(segment_disk& disk) : disk_(disk) {}

  /// Reads everything, cuts a torn tail off, syncs what it read. image.error: the log must not be used.
  log_image load();
  /// One group of these batches, durable on return. full: nothing has changed, the same may be tried again. A group is
  /// at most group_bytes_max, except for a single larger batch.
  segment_disk::outcome commit(const std::vector<log_batch>& batches);
  /// An empty group: it proves that the one before it was durable, so that damage there is not taken for a torn tail.
  segment_disk::outcome mark();
  /// Entries up to this index are not needed: whole segments are used again.
  void drop_to(uint64_t index);
  /// Would a group of so many bytes begin a new segment?
  bool needs_new_segment(size_t bytes) const;
  size_t segments() const { return segments_.size(); }
  uint64_t groups() const { return last_group_; }

 private:
  struct segment {
    std::string name;
    segment_header header;
    uint64_t last_index = 0;
  };
  segment_disk::outcome write_group(group_builder& group);
  segment_disk::outcome begin_segment();
  segment_disk& disk_;
  std::deque<segment> segments_;
  group_builder group_;
  hard_state hard_;
  uint64_t last_group_ = 0;
  uint64_t end_ = 0;  // of the last segment's groups
};

constexpr size_t group_bytes_max = 8u << 20;

}  // namespace troupe
