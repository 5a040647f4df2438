// The durable history's rows and batches. A batch is a blob of many rows, compressed: one page of SQLite's where the
// rows are small.
//   batch := crc:4 raw:4 count:4 codec:4 previous:8 lz4(row*)     crc covers the rest, seeded with the batch's number;
//                                                                 `previous` is the number of the batch before: a batch
//                                                                 that is missing is noticed
//   row   := revision:8 previous:8 expires_s:8 bytes:4 kind:2 space:2 name:2 removed:1 zero:1 zero:4  kind space name
//   bytes head  := version:8 index:8 term:8 revision:8 batch:8 compacted:8 cleaned:8 crc:4 zero:4      in one SQLite
//   transaction with its batches
// A removal has no bytes: the last state is the row of the revision before.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/event.hpp"
#include "persist/applied_position.hpp"

namespace troupe {

struct history_row {
  uint64_t revision = 0;
  uint64_t previous = 0;  // revision of what it replaced or removed; 0: nothing was there
  int64_t expires_s = 0;
  std::string_view kind, space, name;
  bool removed = false;
  std::string_view bytes;
};

history_row row_of(const event&, int64_t expires_s);
void append_row(std::string& rows, const history_row&);
size_t row_bytes(const history_row&);

/// The blob of a batch.
std::string encode_batch(uint64_t number, uint64_t previous, uint32_t count, std::string_view rows);

struct decoded_batch {
  uint64_t previous = 0;
  std::string raw;  // what the rows point into, where it was compressed
  std::vector<history_row> rows;
};
/// False: damaged. The rows point into `to.raw` or into `blob`.
bool decode_batch(uint64_t number, std::string_view blob, decoded_batch& to);

struct history_head {
  applied_position position;
  uint64_t batch = 0;      // number of the last batch
  uint64_t compacted = 0;  // what was replaced or removed up to here may be gone
  uint64_t cleaned = 0;    // ... and up to here is gone for certain
};
std::string encode_head(const history_head&);
bool decode_head(std::string_view bytes, history_head& to);

// Limits
constexpr size_t history_batch_bytes_max = 65'000;  // a blob up to here lies in one page of 64 KiB
constexpr size_t history_batch_raw_bytes =
    2 * history_batch_bytes_max;  // rows are collected up to here, then compressed

}  // namespace troupe
