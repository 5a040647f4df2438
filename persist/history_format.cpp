#include "persist/history_format.hpp"

#include <lz4.h>

#include <cstring>

#include "persist/checksum.hpp"
#include "persist/packed.hpp"

namespace troupe {
namespace {

struct batch_header {
  uint32_t crc, raw, count, codec;
  uint64_t previous;
};
struct row_header {
  uint64_t revision, previous;
  int64_t expires_s;
  uint32_t bytes;
  uint16_t kind, space, name;
  uint8_t removed, zero;
  uint32_t zeros;
};
struct head_fields {
  uint64_t version, index, term, revision, batch, compacted, cleaned;
};
static_assert(sizeof(batch_header) == 24 && sizeof(row_header) == 40);

constexpr uint32_t codec_plain = 0, codec_lz4 = 1;
constexpr uint64_t head_version = 1;
constexpr size_t raw_bytes_max = 64u << 20;  // of a batch that is believed: the largest transaction, many times over

uint32_t batch_crc(uint64_t number, std::string_view blob) {
  uint32_t seed = crc32c(0, &number, sizeof number);
  return crc32c(seed, blob.data() + sizeof(uint32_t), blob.size() - sizeof(uint32_t));
}

}  // namespace

history_row row_of(const event& of, int64_t expires_s) {
  history_row row;
  row.revision = of.revision;
  row.previous = of.previous ? of.previous->revision() : 0;
  row.expires_s = expires_s;
  row.kind = group_resource(of.object->kind());
  row.space = of.object->space();
  row.name = of.object->name();
  row.removed = of.what == event::type::deleted;
  if (!row.removed) row.bytes = of.object->bytes();
  return row;
}

size_t row_bytes(const history_row& row) {
  return sizeof(row_header) + row.kind.size() + row.space.size() + row.name.size() + row.bytes.size();
}

void append_row(std::string& rows, const history_row& row) {
  put_packed(rows, row_header{row.revision, row.previous, row.expires_s, static_cast<uint32_t>(row.bytes.size()),
                              static_cast<uint16_t>(row.kind.size()), static_cast<uint16_t>(row.space.size()),
                              static_cast<uint16_t>(row.name.size()), row.removed, 0, 0});
  rows.append(row.kind).append(row.space).append(row.name).append(row.bytes);
}

std::string encode_batch(uint64_t number, uint64_t previous, uint32_t count, std::string_view rows) {
  batch_header header{0, static_cast<uint32_t>(rows.size()), count, codec_lz4, previous};
  std::string blob(sizeof header + static_cast<size_t>(LZ4_compressBound(static_cast<int>(rows.size()))), '\0');
  int packed = LZ4_compress_default(rows.data(), blob.data() + sizeof header, static_cast<int>(rows.size()),
                                    static_cast<int>(blob.size() - sizeof header));
  if (packed > 0 && static_cast<size_t>(packed) < rows.size() * 9 / 10) {
    blob.resize(sizeof header + static_cast<size_t>(packed));
  } else {
    header.codec = codec_plain;
    blob.resize(sizeof header);
    blob.append(rows);
  }
  std::memcpy(blob.data(), &header, sizeof header);
  header.crc = batch_crc(number, blob);
  std::memcpy(blob.data(), &header.crc, sizeof header.crc);
  return blob;
}

bool decode_batch(uint64_t number, std::string_view blob, decoded_batch& to) {
  packed_reader start{blob};
  auto header = start.take<batch_header>();
  if (!start.ok() || header.crc != batch_crc(number, blob) || header.raw > raw_bytes_max) return false;
  to.previous = header.previous;
  to.rows.clear();
  auto packed = blob.substr(sizeof header);
  if (header.codec == codec_lz4) {
    to.raw.resize(header.raw);
    if (LZ4_decompress_safe(packed.data(), to.raw.data(), static_cast<int>(packed.size()),
                            static_cast<int>(header.raw)) != static_cast<int>(header.raw))
      return false;
    packed = to.raw;
  }
  packed_reader from{packed};
  to.rows.reserve(header.count);
  for (uint32_t i = 0; i < header.count && from.ok(); ++i) {
    auto fields = from.take<row_header>();
    history_row row;
    row.revision = fields.revision;
    row.previous = fields.previous;
    row.expires_s = fields.expires_s;
    row.kind = from.take_bytes(fields.kind);
    row.space = from.take_bytes(fields.space);
    row.name = from.take_bytes(fields.name);
    row.removed = fields.removed != 0;
    row.bytes = from.take_bytes(fields.bytes);
    to.rows.push_back(row);
  }
  return from.ok() && from.at_end();
}

std::string encode_head(const history_head& head) {
  std::string bytes;
  put_packed(bytes, head_fields{head_version, head.position.index, head.position.term, head.position.revision,
                                head.batch, head.compacted, head.cleaned});
  put_packed(bytes, static_cast<uint64_t>(crc32c(0, bytes.data(), bytes.size())));
  return bytes;
}

bool decode_head(std::string_view bytes, history_head& to) {
  packed_reader from{bytes};
  auto fields = from.take<head_fields>();
  auto crc = from.take<uint64_t>();
  if (!from.ok() || !from.at_end() || crc != crc32c(0, bytes.data(), sizeof fields) || fields.version != head_version)
    return false;
  to = {{fields.index, fields.term, fields.revision}, fields.batch, fields.compacted, fields.cleaned};
  return true;
}

}  // namespace troupe
