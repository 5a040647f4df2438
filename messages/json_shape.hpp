// What both JSON writers (from messages, from bytes) must agree on. Internal to the codec.
#pragma once
#include <string>

#include "messages/json_text.hpp"
#include "messages/time_format.hpp"
#include "messages/type_table.hpp"

namespace troupe::shape {

/// Appends the separator, which is '{' before an object's first member, and the field's key.
inline void put_key(std::string& out, char& separator, const field_table& field) {
  out.push_back(separator);
  separator = ',';
  out.append(field.key);
}

/// Ends an object whose members were put with `separator`.
inline void close(std::string& out, char separator) {
  if (separator == '{') out.push_back('{');
  out.push_back('}');
}

/// kind, then apiVersion; either may be empty. Returns the separator for what follows.
inline char put_type_meta(std::string& out, std::string_view api_version, std::string_view kind) {
  char separator = '{';
  if (!kind.empty()) {
    out += "{\"kind\":";
    append_json_string(out, kind);
    separator = ',';
  }
  if (!api_version.empty()) {
    out.push_back(separator);
    out += "\"apiVersion\":";
    append_json_string(out, api_version);
    separator = ',';
  }
  return separator;
}

/// True if the field is written although it is not set.
inline bool always(const field_table& field) {
  if (field.name == "-") return false;
  return field.keep || (field.type && !field.pointer && !field.omitzero && field.kind != value_kind::string_list);
}

/// What an unset field that is always written shows; false: a message, which shows itself when empty.
inline bool put_unset(std::string& out, const field_table& field) {
  if (field.pointer || field.kind == value_kind::string_list || field.kind == value_kind::bytes) {
    out += "null";
    return true;
  }
  switch (field.kind) {
    case value_kind::string: out += "\"\""; return true;
    case value_kind::boolean: out += "false"; return true;
    case value_kind::int32:
    case value_kind::int64:
    case value_kind::real: out += "0"; return true;
    default: return false;
  }
}

inline void put_time(std::string& out, int64_t seconds, int32_t nanoseconds, bool micro) {
  out.push_back('"');
  if (micro)
    append_micro_time(out, seconds, nanoseconds);
  else
    append_time(out, seconds);
  out.push_back('"');
}

inline void put_duration(std::string& out, int64_t nanoseconds) {
  out.push_back('"');
  out += format_duration(nanoseconds);
  out.push_back('"');
}

inline void put_quantity(std::string& out, std::string_view text) {
  append_json_string(out, text.empty() ? std::string_view("0") : text);
}

inline void put_raw(std::string& out, std::string_view json) { out += json.empty() ? std::string_view("null") : json; }

} // namespace troupe::shape
