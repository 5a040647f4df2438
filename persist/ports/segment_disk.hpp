// The few things that the log does to files. Real: segment_files (a folder). In tests and the simulation: memory that
// forgets what a crash forgets.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

class segment_disk {
 public:
  enum class outcome : uint8_t {
    ok,      // durable
    full,    // no space: nothing was changed, try again later
    failed,  // what is on the disk now is unknown
  };
  virtual ~segment_disk() = default;
  /// Names of the segments (not the spares), sorted.
  virtual std::vector<std::string> names() = 0;
  /// All bytes; false: cannot be read.
  virtual bool read(const std::string& name, std::string& to) = 0;
  /// Makes what was read durable (it may come from a cache that a crash would lose).
  virtual bool sync(const std::string& name) = 0;
  /// Whole blocks, durable on return. `offset` and the sizes are multiples of a block.
  virtual outcome write(const std::string& name, uint64_t offset, std::string_view bytes) = 0;
  /// Turns a preallocated file into segment `name`; full: there is none and no space for one.
  virtual outcome take_spare(const std::string& name, std::string_view header) = 0;
  /// Makes a segment that is not needed a spare, or removes it.
  virtual void recycle(const std::string& name) = 0;
  virtual uint64_t segment_bytes() const = 0;
  /// A random number: the epoch of a new segment.
  virtual uint64_t random() = 0;
};

}  // namespace troupe
