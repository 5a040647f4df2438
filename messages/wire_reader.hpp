// A cursor over protobuf bytes (encoding.proto of the protobuf documentation). A malformed input sets `failed` and ends the
// reading; nothing is thrown.
#pragma once
#include <cstdint>
#include <string_view>

namespace troupe {

struct wire_reader {
  const uint8_t *at = nullptr, *end = nullptr;
  bool failed = false;

  wire_reader() = default;
  explicit wire_reader(std::string_view bytes)
      : at(reinterpret_cast<const uint8_t*>(bytes.data())), end(at + bytes.size()) {}
  wire_reader(const uint8_t* from, const uint8_t* to) : at(from), end(to) {}

  bool more() const { return at < end; }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; at < end && shift < 64; shift += 7) {
      uint8_t byte = *at++;
      value |= uint64_t(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    fail();
    return 0;
  }
  std::string_view bytes() {
    uint64_t size = varint();
    if (size > uint64_t(end - at)) {
      fail();
      return {};
    }
    std::string_view text(reinterpret_cast<const char*>(at), size_t(size));
    at += size;
    return text;
  }
  /// Skips a value of this wire type (the low three bits of a tag).
  void skip(int type) {
    switch (type) {
      case 0: varint(); return;
      case 1: return skip_bytes(8);
      case 2: bytes(); return;
      case 5: return skip_bytes(4);
      default: fail(); // groups are not used by the API
    }
  }
  void fail() {
    failed = true;
    at = end;
  }

private:
  void skip_bytes(size_t count) {
    if (size_t(end - at) < count) return fail();
    at += count;
  }
};

/// Number of a tag, and its wire type.
constexpr uint64_t tag_number(uint64_t tag) { return tag >> 3; }
constexpr int tag_type(uint64_t tag) { return int(tag & 7); }

} // namespace troupe
