#include "persist/log_format.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "persist/checksum.hpp"
#include "persist/packed.hpp"

namespace troupe {
namespace {

constexpr uint64_t segment_magic = 0x0a31304745535254;  // "TRSEG01\n"
constexpr uint32_t group_magic = 0x50524754;            // "TGRP"

struct header_fields {
  uint64_t magic, sequence, epoch, first_group;
  uint32_t crc, zero;
};
struct group_header {
  uint32_t magic, crc, size, count;
  uint64_t number, epoch;
};
struct record_header {
  uint64_t index, term;
  uint32_t size;
  uint16_t kind, type;
};
static_assert(sizeof(group_header) == 32 && sizeof(record_header) == 24);

enum record_kind : uint16_t { record_entry = 1, record_hard = 2, record_cut = 3 };

size_t padded(size_t size, size_t to) {
  return (size + to - 1) / to * to;
}

/// Is there a whole group at `offset`, of this epoch?
bool group_at(std::string_view segment, size_t offset, uint64_t epoch, group_header& header) {
  if (offset + log_block_bytes > segment.size()) return false;
  std::memcpy(&header, segment.data() + offset, sizeof header);
  if (header.magic != group_magic || header.epoch != epoch) return false;
  size_t whole = sizeof header + static_cast<size_t>(header.size);
  if (offset + whole > segment.size()) return false;
  constexpr size_t covered_from = offsetof(group_header, size);
  return header.crc == crc32c(0, segment.data() + offset + covered_from, whole - covered_from);
}

}  // namespace

std::string encode_segment_header(const segment_header& header) {
  header_fields fields{segment_magic, header.sequence, header.epoch, header.first_group, 0, 0};
  fields.crc = crc32c(0, &fields, offsetof(header_fields, crc));
  std::string bytes;
  put_packed(bytes, fields);
  bytes.resize(log_block_bytes, '\0');
  return bytes;
}

bool decode_segment_header(std::string_view bytes, segment_header& to) {
  packed_reader from{bytes};
  auto fields = from.take<header_fields>();
  if (!from.ok() || fields.magic != segment_magic || fields.crc != crc32c(0, &fields, offsetof(header_fields, crc)))
    return false;
  to = {fields.sequence, fields.epoch, fields.first_group};
  return true;
}

void block_buffer::reserve(size_t size) {
  if (size <= capacity_) return;
  size_t grown = std::max<size_t>(capacity_ * 2, 64 * log_block_bytes);
  grown = padded(std::max(grown, size), log_block_bytes);
  auto memory = static_cast<char*>(std::aligned_alloc(log_block_bytes, grown));
  if (memory == nullptr) throw std::bad_alloc{};
  if (size_ != 0) std::memcpy(memory, bytes_, size_);
  std::free(bytes_);
  bytes_ = memory;
  capacity_ = grown;
}

void block_buffer::append(const void* bytes, size_t size) {
  reserve(size_ + size);
  if (size != 0) std::memcpy(bytes_ + size_, bytes, size);
  size_ += size;
}

void block_buffer::append_zeros(size_t size) {
  reserve(size_ + size);
  std::memset(bytes_ + size_, 0, size);
  size_ += size;
}

void group_builder::clear() {
  bytes_.clear();
  bytes_.append_zeros(sizeof(group_header));
  content_size_ = bytes_.size();
  count_ = 0;
  last_index_ = 0;
}

void group_builder::add_record(uint64_t index, uint64_t term, uint16_t kind, uint16_t type, const char* bytes,
                               uint32_t size) {
  record_header header{index, term, size, kind, type};
  bytes_.append(&header, sizeof header);
  bytes_.append(bytes, size);
  bytes_.append_zeros(padded(size, 8) - size);
  content_size_ = bytes_.size();
  ++count_;
}

void group_builder::add_hard(const hard_state& hard) {
  add_record(hard.vote, hard.term, record_hard, 0, nullptr, 0);
}
void group_builder::add_cut(uint64_t from) {
  add_record(from, 0, record_cut, 0, nullptr, 0);
}
void group_builder::add_entry(uint64_t index, const log_entry& entry) {
  add_record(index, entry.term, record_entry, entry.type, entry.bytes, entry.size);
  last_index_ = std::max(last_index_, index);
}

void group_builder::add(const log_batch& batch) {
  if (batch.has_hard) add_hard(batch.hard);
  if (batch.cut_from != 0) add_cut(batch.cut_from);
  for (size_t i = 0; i < batch.entries.size(); ++i) add_entry(batch.first + i, batch.entries[i]);
}

std::string_view group_builder::seal(uint64_t number, uint64_t epoch) {
  bytes_.append_zeros(padded(bytes_.size(), log_block_bytes) - bytes_.size());
  group_header header{group_magic, 0, static_cast<uint32_t>(content_size_ - sizeof header), count_, number, epoch};
  std::memcpy(bytes_.data(), &header, sizeof header);
  constexpr size_t covered_from = offsetof(group_header, size);
  header.crc = crc32c(0, bytes_.data() + covered_from, content_size_ - covered_from);
  std::memcpy(bytes_.data(), &header, sizeof header);
  return bytes_.view();
}

bool log_reader::fail(std::string why) {
  to_.error = std::move(why);
  return false;
}

bool log_reader::read_segment(std::string_view bytes, const std::string& name, segment_header& header, size_t& end) {
  if (!decode_segment_header(bytes.substr(0, log_block_bytes), header)) return fail(name + ": its header is damaged");
  if (any_segment_ && (header.sequence != last_sequence_ + 1 || header.first_group != last_group_ + 1))
    return fail(name + ": a segment or a group before it is missing");
  any_segment_ = true;
  last_sequence_ = header.sequence;
  last_group_ = header.first_group - 1;
  segment_last_index_ = 0;
  group_header group;
  for (end = log_block_bytes;; end += padded(sizeof group + group.size, log_block_bytes)) {
    if (!group_at(bytes, end, header.epoch, group) || group.number != last_group_ + 1) break;
    if (!read_records(bytes.substr(end + sizeof group, group.size), group.count, name)) return false;
    last_group_ = group.number;
  }
  for (size_t at = end + log_block_bytes; at + log_block_bytes <= bytes.size(); at += log_block_bytes)
    if (group_at(bytes, at, header.epoch, group) && group.number > last_group_)
      return fail(name + ": group " + std::to_string(last_group_ + 1) + " at byte " + std::to_string(end) +
                  " is damaged, valid groups follow");
  return true;
}

bool log_reader::read_records(std::string_view records, uint32_t count, const std::string& name) {
  packed_reader from{records};
  for (uint32_t i = 0; i < count; ++i) {
    auto header = from.take<record_header>();
    auto bytes = from.take_bytes(header.size);
    from.take_bytes(padded(header.size, 8) - header.size);
    if (!from.ok()) return fail(name + ": a record is longer than its group");
    if (header.kind == record_hard) {
      to_.hard = {header.term, header.index};
    } else if (header.kind == record_cut) {
      while (!to_.entries.empty() && to_.last() >= header.index) to_.entries.pop_back();
    } else {
      std::shared_ptr<char> block(new char[bytes.size() + 1], std::default_delete<char[]>());
      std::memcpy(block.get(), bytes.data(), bytes.size());
      if (!take_entry(header.index, {header.term, header.type, block, block.get(), header.size}, name)) return false;
    }
  }
  return true;
}

bool log_reader::take_entry(uint64_t index, log_entry entry, const std::string& name) {
  while (!to_.entries.empty() && to_.last() >= index) to_.entries.pop_back();
  if (to_.entries.empty()) to_.first = index;
  if (index != to_.first + to_.entries.size())
    return fail(name + ": entry " + std::to_string(index) + " does not follow");
  to_.entries.push_back(std::move(entry));
  segment_last_index_ = std::max(segment_last_index_, index);
  return true;
}

}  // namespace troupe
