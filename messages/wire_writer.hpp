// Appending protobuf fields to a string: for the few messages that are written by hand (envelopes, frames, lists).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::wire {

inline void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(char(value | 0x80));
  out.push_back(char(value));
}
inline size_t varint_size(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) size++;
  return size;
}
inline void put_head(std::string& out, int number, size_t size) {
  put_varint(out, uint64_t(number) << 3 | 2);
  put_varint(out, size);
}
inline void put_text(std::string& out, int number, std::string_view text) {
  put_head(out, number, text.size());
  out += text;
}
inline void put_integer(std::string& out, int number, uint64_t value) {
  put_varint(out, uint64_t(number) << 3);
  put_varint(out, value);
}
/// Bytes that put_text of a text of this size appends; field numbers below 16.
inline size_t text_size(size_t size) { return 1 + varint_size(size) + size; }

} // namespace troupe::wire
