#include "messages/envelope.hpp"

#include "messages/json_text.hpp"
#include "messages/wire_reader.hpp"
#include "messages/wire_writer.hpp"

namespace troupe {
namespace {

constexpr std::string_view magic("k8s\0", 4);
// Field numbers: runtime.Unknown, runtime.TypeMeta, meta.v1.WatchEvent, runtime.RawExtension, meta.v1.ListMeta, lists.
constexpr int unknown_type_meta = 1, unknown_raw = 2, unknown_content_encoding = 3, unknown_content_type = 4;
constexpr int type_meta_api_version = 1, type_meta_kind = 2;
constexpr int watch_event_type = 1, watch_event_object = 2;
constexpr int raw_extension_raw = 1;
constexpr int list_self_link = 1, list_resource_version = 2, list_continue = 3, list_remaining = 4;
constexpr int list_metadata = 1, list_items = 2;

size_t envelope_size(std::string_view api_version, std::string_view kind, size_t bytes) {
  size_t type = wire::text_size(api_version.size()) + wire::text_size(kind.size());
  return magic.size() + wire::text_size(type) + wire::text_size(bytes) + 2 * wire::text_size(0);
}

// The envelope up to its raw bytes, which the caller appends before ending it.
void begin_envelope(std::string& out, std::string_view api_version, std::string_view kind, size_t bytes) {
  out += magic;
  wire::put_head(out, unknown_type_meta, wire::text_size(api_version.size()) + wire::text_size(kind.size()));
  wire::put_text(out, type_meta_api_version, api_version);
  wire::put_text(out, type_meta_kind, kind);
  wire::put_head(out, unknown_raw, bytes);
}

void end_envelope(std::string& out) {
  wire::put_text(out, unknown_content_encoding, {});
  wire::put_text(out, unknown_content_type, {});
}

} // namespace

void wrap_protobuf(std::string& out, std::string_view api_version, std::string_view kind, std::string_view bytes) {
  out.reserve(out.size() + envelope_size(api_version, kind, bytes.size()));
  begin_envelope(out, api_version, kind, bytes.size());
  out += bytes;
  end_envelope(out);
}

std::string wrap_protobuf(std::string_view api_version, std::string_view kind, std::string_view bytes) {
  std::string out;
  wrap_protobuf(out, api_version, kind, bytes);
  return out;
}

std::optional<envelope> unwrap_protobuf(std::string_view text, std::string* error) {
  auto wrong = [&](std::string_view why) -> std::optional<envelope> {
    if (error) *error = why;
    return std::nullopt;
  };
  if (text.empty()) return wrong("empty data");
  if (!text.starts_with(magic))
    return wrong("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  if (text.size() == magic.size()) return wrong("empty body");
  envelope found;
  wire_reader reader(text.substr(magic.size()));
  while (reader.more()) {
    uint64_t tag = reader.varint(), number = tag_number(tag);
    if (tag_type(tag) != 2) {
      reader.skip(tag_type(tag));
      continue;
    }
    std::string_view value = reader.bytes();
    if (number == unknown_raw) found.bytes = value;
    if (number != unknown_type_meta) continue;
    wire_reader type(value);
    while (type.more()) {
      uint64_t inner = type.varint();
      if (tag_type(inner) != 2) {
        type.skip(tag_type(inner));
        continue;
      }
      std::string_view part = type.bytes();
      if (tag_number(inner) == type_meta_api_version) found.api_version = part;
      if (tag_number(inner) == type_meta_kind) found.kind = part;
    }
    if (type.failed) return wrong("unexpected EOF");
  }
  if (reader.failed) return wrong("unexpected EOF");
  return found;
}

std::string_view watch_type(event::type what) {
  switch (what) {
    case event::type::added: return "ADDED";
    case event::type::modified: return "MODIFIED";
    default: return "DELETED";
  }
}

void append_watch_json(std::string& out, std::string_view type, std::string_view object_json) {
  out.reserve(out.size() + object_json.size() + 40);
  out += "{\"type\":\"";
  out += type;
  out += "\",\"object\":";
  out += object_json;
  out += "}\n";
}

void append_watch_protobuf(std::string& out, std::string_view type, std::string_view api_version, std::string_view kind,
                           std::string_view bytes) {
  size_t object = envelope_size(api_version, kind, bytes.size());
  size_t extension = wire::text_size(object);
  size_t frame = wire::text_size(type.size()) + wire::text_size(extension);
  out.reserve(out.size() + 4 + frame);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(char(frame >> shift));
  wire::put_text(out, watch_event_type, type);
  wire::put_head(out, watch_event_object, extension);
  wire::put_head(out, raw_extension_raw, object);
  wrap_protobuf(out, api_version, kind, bytes);
}

void append_list_head_json(std::string& out, const kind_row& row, const list_meta& meta) {
  out += "{\"kind\":\"";
  out += row.kind;
  out += "List\",\"apiVersion\":\"";
  out += api_version(row);
  out += "\",\"metadata\":{\"resourceVersion\":";
  append_json_string(out, meta.resource_version);
  if (!meta.continue_token.empty()) {
    out += ",\"continue\":";
    append_json_string(out, meta.continue_token);
  }
  if (meta.remaining_items) {
    out += ",\"remainingItemCount\":";
    append_integer(out, *meta.remaining_items);
  }
  out += "},\"items\":[";
}

void append_list_json(std::string& out, const kind_row& row, const list_meta& meta, const std::vector<object_ptr>& items) {
  append_list_head_json(out, row, meta);
  bool first = true;
  for (const object_ptr& item : items) {
    if (!first) out.push_back(',');
    first = false;
    item->append_item_json(out);
  }
  out += "]}";
}

void append_list_protobuf(std::string& out, const kind_row& row, const list_meta& meta,
                          const std::vector<object_ptr>& items) {
  std::string head;
  wire::put_text(head, list_self_link, {});
  wire::put_text(head, list_resource_version, meta.resource_version);
  wire::put_text(head, list_continue, meta.continue_token);
  if (meta.remaining_items) wire::put_integer(head, list_remaining, uint64_t(*meta.remaining_items));
  std::string bytes;
  size_t size = head.size() + 16;
  for (const object_ptr& item : items) size += item->bytes().size() + 32;
  bytes.reserve(size);
  wire::put_text(bytes, list_metadata, head);
  for (const object_ptr& item : items) wire::put_text(bytes, list_items, item->protobuf());
  wrap_protobuf(out, api_version(row), std::string(row.kind) + "List", bytes);
}

} // namespace troupe
