#include "actors/gateway/format/shapes.hpp"
#include <cmath>
#include "actors/gateway/strategies/strategy.hpp"
#include "messages/json_reader.hpp"
#include "messages/json_text.hpp"
#include "messages/wire_reader.hpp"
#include "messages/wire_writer.hpp"

namespace troupe::gateway {
namespace {

void append_cell(std::string& out, const cell& value) {
  if (auto* text = std::get_if<std::string>(&value)) append_json_string(out, *text);
  else if (auto* number = std::get_if<int64_t>(&value)) append_integer(out, *number);
  else if (auto* real = std::get_if<double>(&value)) append_real(out, *real);
  else if (auto* flag = std::get_if<bool>(&value)) out += *flag ? "true" : "false";
  else out += "null";
}

void append_columns(std::string& out, const kind_row& kind) {
  out += ",\"columnDefinitions\":[";
  for (auto& column : kind.columns) {
    if (out.back() != '[') out += ',';
    out += "{\"name\":";
    append_json_string(out, column.name);
    out += ",\"type\":";
    append_json_string(out, column.type);
    out += ",\"format\":";
    append_json_string(out, column.format);
    out += ",\"description\":\"\",\"priority\":";
    append_integer(out, column.priority);
    out += '}';
  }
  out += ']';
}

void append_row(std::string& out, const table_head& head, const object_ptr& shown) {
  table_row row;
  strategy_of(*head.kind).print(*shown, head.wall_ns, row);
  out += "{\"cells\":[";
  for (size_t at = 0; at < row.cells.size(); ++at) {
    if (at) out += ',';
    append_cell(out, row.cells[at]);
  }
  out += ']';
  if (!row.conditions.empty()) {
    out += ",\"conditions\":[";
    for (auto& condition : row.conditions) {
      if (out.back() != '[') out += ',';
      out += "{\"type\":";
      append_json_string(out, condition.type);
      out += ",\"status\":";
      append_json_string(out, condition.status);
      if (!condition.reason.empty()) {
        out += ",\"reason\":";
        append_json_string(out, condition.reason);
      }
      if (!condition.message.empty()) {
        out += ",\"message\":";
        append_json_string(out, condition.message);
      }
      out += '}';
    }
    out += ']';
  }
  out += ",\"object\":";
  if (head.with == include::none) out += "null";
  else if (head.with == include::object) out += *shown->json();
  else append_partial_json(out, *shown, head.version, true);
  out += '}';
}

} // namespace

result<include> read_include(std::string_view word) {
  if (word.empty() || word == "Metadata") return include::metadata;
  if (word == "Object") return include::object;
  if (word == "None") return include::none;
  return bad_request("Unable to convert to Table as requested: includeObject: Invalid value: \"" + std::string(word) +
                     "\": must be 'Metadata', 'Object', 'None', or empty");
}

std::string list_meta_bytes(uint64_t revision, std::string_view continuation, int64_t remaining) {
  std::string out;
  wire::put_text(out, 1, {});
  wire::put_text(out, 2, revision ? std::to_string(revision) : std::string{});
  wire::put_text(out, 3, continuation);
  if (remaining >= 0) wire::put_integer(out, 4, static_cast<uint64_t>(remaining));
  return out;
}

std::string list_meta_json(uint64_t revision, std::string_view continuation, int64_t remaining) {
  std::string out = "{";
  if (revision) out += "\"resourceVersion\":\"" + std::to_string(revision) + "\"";
  if (!continuation.empty()) {
    if (out.size() > 1) out += ',';
    out += "\"continue\":";
    append_json_string(out, continuation);
  }
  if (remaining >= 0) out += std::string(out.size() > 1 ? "," : "") + "\"remainingItemCount\":" + std::to_string(remaining);
  return out + "}";
}

std::string table_json(const table_head& head, const std::vector<object_ptr>& objects, uint64_t revision, std::string_view continuation,
                       int64_t remaining, bool columns) {
  std::string out = "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/" + std::string(head.version) + "\",\"metadata\":";
  out += list_meta_json(revision, continuation, remaining);
  if (columns) append_columns(out, *head.kind);
  else out += ",\"columnDefinitions\":null";
  out += ",\"rows\":[";
  for (auto& shown : objects) {
    if (out.back() != '[') out += ',';
    append_row(out, head, shown);
  }
  return out + "]}";
}

void append_partial_json(std::string& out, const object& shown, std::string_view version, bool typed) {
  out += '{';
  if (typed) out += "\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/" + std::string(version) + "\",";
  out += "\"metadata\":";
  auto text = shown.json();
  json_reader reader(*text);
  if (reader.enter('{')) do {
      bool wanted = reader.name() == "metadata";
      auto value = reader.raw();
      if (!wanted) continue;
      out += value;
      out += '}';
      return;
    } while (reader.more('}'));
  out += "{}}";
}

std::string partial_bytes(const object& shown) {
  auto message = shown.protobuf();
  std::string out;
  for (wire_reader reader{message}; reader.more();) {
    uint64_t tag = reader.varint();
    if (tag_number(tag) != 1) {
      reader.skip(tag_type(tag));
      continue;
    }
    wire::put_text(out, 1, reader.bytes());
    break;
  }
  return out;
}

} // namespace troupe::gateway
