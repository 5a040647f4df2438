#include "runtime/control/envelope.hpp"
#include <cstdint>

namespace troupe {
namespace {

using namespace std::string_view_literals;
constexpr auto magic = "k8s\0"sv;

// Fields of runtime.Unknown and of its TypeMeta.
constexpr uint32_t type_meta_field = 1, raw_field = 2, api_version_field = 1, kind_field = 2;
constexpr uint32_t length_delimited = 2;

void put_varint(std::string& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

void put_text(std::string& to, uint32_t field, std::string_view text) {
  put_varint(to, field << 3 | length_delimited);
  put_varint(to, text.size());
  to += text;
}

bool take_varint(std::string_view& from, uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !from.empty(); shift += 7) {
    auto byte = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80)
      return true;
  }
  return false;
}

/// Calls `seen(field, text)` for every field; only strings and bytes may occur.
template <class Seen> bool each_text(std::string_view from, Seen seen) {
  while (!from.empty()) {
    uint64_t tag = 0, size = 0;
    if (!take_varint(from, tag) || (tag & 7) != length_delimited || !take_varint(from, size) || size > from.size())
      return false;
    seen(static_cast<uint32_t>(tag >> 3), from.substr(0, size));
    from.remove_prefix(size);
  }
  return true;
}

} // namespace

std::string put_in_envelope(std::string_view api_version, std::string_view kind, std::string_view raw) {
  std::string type_meta;
  put_text(type_meta, api_version_field, api_version);
  put_text(type_meta, kind_field, kind);
  std::string bytes;
  bytes.reserve(magic.size() + type_meta.size() + raw.size() + 24);
  bytes += magic;
  put_text(bytes, type_meta_field, type_meta);
  put_text(bytes, raw_field, raw);
  put_text(bytes, 3, {}); // contentEncoding and contentType: upstream writes them, empty
  put_text(bytes, 4, {});
  return bytes;
}

result<enveloped> open_envelope(std::string_view bytes) {
  if (!bytes.starts_with(magic))
    return bad_request("the body has not the magic bytes of Kubernetes' protobuf encoding");
  enveloped found;
  bool good = true;
  good &= each_text(bytes.substr(magic.size()), [&](uint32_t field, std::string_view text) {
    if (field == raw_field)
      found.raw = text;
    if (field == type_meta_field)
      good &= each_text(text, [&](uint32_t inner, std::string_view value) {
        if (inner == api_version_field)
          found.api_version = value;
        if (inner == kind_field)
          found.kind = value;
      });
  });
  if (!good)
    return bad_request("the protobuf envelope is broken");
  return found;
}

} // namespace troupe
