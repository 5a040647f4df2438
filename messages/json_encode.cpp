// Message to JSON, in struct order, with Go's rules of omission.
#include "messages/codec.hpp"
#include "messages/field_access.hpp"
#include "messages/json_shape.hpp"

namespace troupe {
namespace {

using access::Message;
using shape::put_key;

void put_fields(std::string& out, const Message& message, const type_table& table, char& separator);

void put_object(std::string& out, const Message& message, const type_table& table) {
  char separator = '{';
  put_fields(out, message, table, separator);
  shape::close(out, separator);
}

// A schema, or the values of the repeated field 2 where it has any.
void put_schema_or_list(std::string& out, const Message& message, const type_table& table) {
  const field_table &schema = table.fields[0], &many = table.fields[1];
  int count = access::size(message, many);
  for (int i = 0; i < count; i++) {
    out.push_back(i == 0 ? '[' : ',');
    if (many.type)
      put_object(out, access::item(message, many, i), *many.type);
    else
      append_json_string(out, access::text_item(message, many, i));
  }
  if (count != 0)
    out.push_back(']');
  else if (access::has(message, table, schema))
    put_object(out, access::inner(message, schema), *schema.type);
  else
    out += "null";
}

// A message by its own form; `set` tells an unset time from 1970.
void put_message(std::string& out, const Message& message, const type_table& table, bool set) {
  const auto& fields = table.fields;
  switch (table.kind) {
    case value_kind::object: return put_object(out, message, table);
    case value_kind::time:
    case value_kind::micro_time:
      if (!set || !access::has(message, table, fields[0]))
        out += "null";
      else
        shape::put_time(out, access::int64(message, fields[0]), access::int32(message, fields[1]),
                        table.kind == value_kind::micro_time);
      return;
    case value_kind::duration: return shape::put_duration(out, access::int64(message, fields[0]));
    case value_kind::quantity: return shape::put_quantity(out, access::text(message, fields[0]));
    case value_kind::int_or_string:
      if (access::int64(message, fields[0]) == 1)
        append_json_string(out, access::text(message, fields[2]));
      else
        append_integer(out, access::int32(message, fields[1]));
      return;
    case value_kind::raw: return shape::put_raw(out, access::text(message, fields[0]));
    case value_kind::string_list: {
      int count = access::size(message, fields[0]);
      out.push_back('[');
      for (int i = 0; i < count; i++) {
        if (i != 0) out.push_back(',');
        append_json_string(out, access::text_item(message, fields[0], i));
      }
      out.push_back(']');
      return;
    }
    case value_kind::schema_or_bool:
      if (access::has(message, table, fields[1]))
        put_object(out, access::inner(message, fields[1]), *fields[1].type);
      else
        out += access::boolean(message, fields[0]) ? "true" : "false";
      return;
    default: return put_schema_or_list(out, message, table);
  }
}

void put_map(std::string& out, const Message& message, const field_table& field, int count) {
  const type_table& entry_table = *field.type;
  const field_table &key = entry_table.fields[0], &value = entry_table.fields[1];
  for (int i = 0; i < count; i++) {
    const Message& entry = access::item(message, field, i);
    out.push_back(i == 0 ? '{' : ',');
    append_json_string(out, access::text(entry, key));
    out.push_back(':');
    if (value.kind == value_kind::string)
      append_json_string(out, access::text(entry, value));
    else if (value.kind == value_kind::bytes)
      append_json_base64(out, access::text(entry, value));
    else
      put_message(out, access::inner(entry, value), *value.type, access::has(entry, entry_table, value));
  }
  out.push_back('}');
}

void put_list(std::string& out, const Message& message, const field_table& field, int count) {
  for (int i = 0; i < count; i++) {
    out.push_back(i == 0 ? '[' : ',');
    switch (field.kind) {
      case value_kind::string: append_json_string(out, access::text_item(message, field, i)); break;
      case value_kind::bytes: append_json_base64(out, access::text_item(message, field, i)); break;
      case value_kind::boolean: out += access::integer_item(message, field, i) ? "true" : "false"; break;
      case value_kind::int32:
      case value_kind::int64: append_integer(out, access::integer_item(message, field, i)); break;
      case value_kind::real: append_real(out, access::at<access::pb::RepeatedField<double>>(message, field).Get(i)); break;
      default:
        if (field.item_prefix.empty()) {
          put_message(out, access::item(message, field, i), *field.type, true);
        } else {
          out.push_back('{');
          out += field.item_prefix;
          char separator = ',';
          put_fields(out, access::item(message, field, i), *field.type, separator);
          out.push_back('}');
        }
    }
  }
  out.push_back(']');
}

void put_repeated(std::string& out, const Message& message, const field_table& field, char& separator) {
  int count = access::size(message, field);
  if (count == 0 && !field.keep) return;
  put_key(out, separator, field);
  if (count == 0)
    out += field.list_items ? "[]" : "null";
  else if (field.map)
    put_map(out, message, field, count);
  else
    put_list(out, message, field, count);
}

// A field that is set; zero is left out where Go's omitempty does so.
void put_set(std::string& out, const Message& message, const field_table& field, char& separator) {
  bool zeros = field.pointer || field.keep;
  switch (field.kind) {
    case value_kind::string: {
      const std::string& text = access::text(message, field);
      if (text.empty() && !zeros) return;
      put_key(out, separator, field);
      return append_json_string(out, text);
    }
    case value_kind::bytes: {
      const std::string& bytes = access::text(message, field);
      if (bytes.empty() && !field.keep) return;
      put_key(out, separator, field);
      return append_json_base64(out, bytes);
    }
    case value_kind::boolean: {
      bool value = access::boolean(message, field);
      if (!value && !zeros) return;
      put_key(out, separator, field);
      out += value ? "true" : "false";
      return;
    }
    case value_kind::int32:
    case value_kind::int64: {
      bool narrow = field.kind == value_kind::int32;
      int64_t value = narrow ? access::int32(message, field) : access::int64(message, field);
      if (value == 0 && !zeros) return;
      put_key(out, separator, field);
      return append_integer(out, value);
    }
    case value_kind::real: {
      double value = access::real(message, field);
      if (value == 0 && !zeros) return;
      put_key(out, separator, field);
      return append_real(out, value);
    }
    default: {
      const Message& inner = access::inner(message, field);
      bool zero_time = field.omitzero && field.kind == value_kind::time &&
                       !access::has(inner, *field.type, field.type->fields[0]);
      if (zero_time) return;
      put_key(out, separator, field);
      put_message(out, inner, *field.type, true);
    }
  }
}

void put_fields(std::string& out, const Message& message, const type_table& table, char& separator) {
  for (const field_table& field : table.fields) {
    if (field.repeated) {
      put_repeated(out, message, field, separator);
    } else if (field.inlined) {
      put_fields(out, access::inner(message, field), *field.type, separator);
    } else if (access::has(message, table, field)) {
      if (field.name != "-") put_set(out, message, field, separator);
    } else if (shape::always(field)) {
      put_key(out, separator, field);
      if (!shape::put_unset(out, field)) put_message(out, *field.type->prototype, *field.type, false);
    }
  }
}

} // namespace

void append_json(std::string& out, const Message& message, std::string_view api_version, std::string_view kind) {
  char separator = shape::put_type_meta(out, api_version, kind);
  put_fields(out, message, table_of(message), separator);
  shape::close(out, separator);
}

std::string to_json(const Message& message, std::string_view api_version, std::string_view kind) {
  std::string out;
  append_json(out, message, api_version, kind);
  return out;
}

std::string to_json(const Message& message, const kind_row& row) {
  return to_json(message, api_version(row), row.kind);
}

} // namespace troupe
