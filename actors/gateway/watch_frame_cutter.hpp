// Cuts the byte stream of a protobuf watch into whole frames: 4 bytes of length, big-endian, then a metav1.WatchEvent
// (apimachinery, "length delimited" framing). Pure.
#pragma once
#include <cstdint>
#include <string>

namespace troupe {

class watch_frame_cutter {
public:
  /// Reads at most `room` bytes by `read(to, room)`; returns how many came.
  template <class Read> size_t take(Read read, size_t room) {
    auto had = bytes_.size();
    bytes_.resize(had + room);
    auto got = read(bytes_.data() + had, room);
    bytes_.resize(had + got);
    return got;
  }
  /// All whole frames so far, taken out; empty: none is whole yet.
  std::string whole() {
    size_t end = 0;
    while (bytes_.size() - end >= header_bytes) {
      uint32_t size = 0;
      for (size_t i = 0; i < header_bytes; ++i)
        size = size << 8 | static_cast<unsigned char>(bytes_[end + i]);
      if (bytes_.size() - end - header_bytes < size)
        break;
      end += header_bytes + size;
    }
    auto frames = bytes_.substr(0, end);
    bytes_.erase(0, end);
    return frames;
  }

private:
  static constexpr size_t header_bytes = 4;
  std::string bytes_;
};

} // namespace troupe
