// Walks over the fields of a protobuf message without knowing it (protobuf.dev, "Encoding"). Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace troupe {

class wire_reader {
public:
  explicit wire_reader(std::string_view bytes) : left_(bytes) {}
  /// The next field: its number, and its content where it is length-delimited. False: the end, or broken().
  bool next(uint32_t& number, std::string_view& content);
  bool broken() const { return broken_; }

private:
  bool varint(uint64_t& value);
  bool skip(size_t size);
  std::string_view left_;
  bool broken_ = false;
};

inline bool wire_reader::varint(uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !left_.empty(); shift += 7) {
    auto byte = uint8_t(left_.front());
    left_.remove_prefix(1);
    value |= uint64_t(byte & 127) << shift;
    if (byte < 128) return true;
  }
  return !(broken_ = true);
}

inline bool wire_reader::skip(size_t size) {
  if (size > left_.size()) return !(broken_ = true);
  left_.remove_prefix(size);
  return true;
}

inline bool wire_reader::next(uint32_t& number, std::string_view& content) {
  uint64_t key = 0, size = 0;
  if (left_.empty() || broken_ || !varint(key)) return false;
  number = uint32_t(key >> 3);
  content = {};
  switch (key & 7) {
    case 0: return varint(size);
    case 1: return skip(8);
    case 5: return skip(4);
    case 2:
      if (!varint(size) || size > left_.size()) return !(broken_ = true);
      content = left_.substr(0, size);
      return skip(size);
    default: return !(broken_ = true);
  }
}

} // namespace troupe
