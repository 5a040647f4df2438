// The log's bytes.
//   segment := header(4 KiB) group*                preallocated and zero-filled; used again when it is no longer needed
//   header  := magic:8 sequence:8 epoch:8 first_group:8 crc:4 zero:4
//   group   := magic:4 crc:4 size:4 count:4 number:8 epoch:8 record* zero-padding to 4 KiB     crc covers size.. and
//   the records record  := index:8 term:8 size:4 kind:2 type:2 bytes padding to 8
// Group numbers are dense over all segments; an epoch is one life of a segment file, so a group of an earlier life is
// never taken for one of this.
//
// A group is written only when the one before it is durable. So a bad group with nothing valid behind it was never
// acknowledged (a torn tail: cut it off), and a bad one with a valid group or segment behind it was (damage: refuse).
#pragma once
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "persist/ports/log_port.hpp"

namespace troupe {

constexpr size_t log_block_bytes = 4096;  // what a disk writes whole

struct segment_header {
  uint64_t sequence = 0, epoch = 0, first_group = 0;
};
/// One block.
std::string encode_segment_header(const segment_header&);
bool decode_segment_header(std::string_view bytes, segment_header& to);

/// Memory that starts at a multiple of a block, as direct I/O wants it.
class block_buffer {
 public:
  block_buffer() = default;
  ~block_buffer() { std::free(bytes_); }
  block_buffer(const block_buffer&) = delete;
  block_buffer& operator=(const block_buffer&) = delete;
  void append(const void* bytes, size_t size);
  void append_zeros(size_t size);
  void clear() { size_ = 0; }
  char* data() { return bytes_; }
  size_t size() const { return size_; }
  std::string_view view() const { return {bytes_, size_}; }

 private:
  void reserve(size_t size);
  char* bytes_ = nullptr;
  size_t size_ = 0, capacity_ = 0;
};

/// One group in the making.
class group_builder {
 public:
  group_builder() { clear(); }
  void clear();
  void add_hard(const hard_state&);
  void add_cut(uint64_t from);
  void add_entry(uint64_t index, const log_entry&);
  void add(const log_batch&);
  bool empty() const { return count_ == 0; }
  /// Bytes that the group will take on the disk.
  size_t padded_size() const { return (bytes_.size() + log_block_bytes - 1) / log_block_bytes * log_block_bytes; }
  uint64_t last_index() const { return last_index_; }
  /// Completes it; may be called again with another number and epoch (the group is written somewhere else).
  std::string_view seal(uint64_t number, uint64_t epoch);

 private:
  void add_record(uint64_t index, uint64_t term, uint16_t kind, uint16_t type, const char* bytes, uint32_t size);
  block_buffer bytes_;
  size_t content_size_ = 0;  // without padding
  uint32_t count_ = 0;
  uint64_t last_index_ = 0;
};

/// Puts records together to what the log says, over all segments in order.
class log_reader {
 public:
  explicit log_reader(log_image& to) : to_(to) {}

  /// Reads one segment and sets where its valid part ends. False: to.error says what is wrong (the file is named
  /// `name`). A torn end is no error here; if a segment follows, that one's first group tells whether something is
  /// missing.
  bool read_segment(std::string_view bytes, const std::string& name, segment_header& header, size_t& end);
  uint64_t last_group() const { return last_group_; }
  uint64_t last_index_of_segment() const { return segment_last_index_; }

 private:
  bool read_records(std::string_view records, uint32_t count, const std::string& name);
  bool take_entry(uint64_t index, log_entry entry, const std::string& name);
  bool fail(std::string why);
  log_image& to_;
  bool any_segment_ = false;
  uint64_t last_sequence_ = 0, last_group_ = 0, segment_last_index_ = 0;
};

}  // namespace troupe
