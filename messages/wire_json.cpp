// Protobuf bytes to JSON without a message between: one scan of an object's bytes notes where its fields are, then they are
// written in struct order. Rules of omission as in json_encode.cpp; the tests hold the two together.
#include <cstring>

#include "messages/codec.hpp"
#include "messages/json_shape.hpp"
#include "messages/limits.hpp"
#include "messages/wire_reader.hpp"

namespace troupe {
namespace {

using shape::put_key;

// Where a field's value was seen: the last of a single one, the first of a repeated one.
struct seen_field {
  const uint8_t* at;
  uint32_t count;
};

class wire_writer {
public:
  wire_writer(std::string& out, const field_table* metadata, std::string_view version) : out_(out), metadata_(metadata) {
    if (version.empty()) metadata_ = nullptr;
    version_bytes_.push_back(char(version.size())); // a revision has at most 20 digits
    version_bytes_ += version;
  }

  void fields(std::string_view wire, const type_table& table, char& separator) {
    seen_field seen[type_fields_max];
    size_t count = table.fields.size();
    memset(seen, 0, count * sizeof seen[0]);
    wire_reader reader(wire);
    while (reader.more()) {
      uint64_t tag = reader.varint(), number = tag_number(tag);
      int index = number < table.by_number.size() ? table.by_number[number] : -1;
      if (index >= 0) {
        seen_field& field = seen[index];
        if (!table.fields[size_t(index)].repeated || field.count == 0) field.at = reader.at;
        field.count++;
      }
      reader.skip(tag_type(tag));
    }
    for (size_t i = 0; i < count; i++) {
      const field_table& field = table.fields[i];
      wire_reader value(seen[i].at, reader.end);
      if (version_table_ == &table && field.number == version_number) {
        value = wire_reader(version_bytes_);
        seen[i].count = 1;
        version_table_ = nullptr;
      }
      if (field.repeated)
        repeated(value, seen[i].count, field, separator);
      else
        single(value, seen[i].count != 0, field, separator);
    }
  }

private:
  static constexpr int version_number = 6; // ObjectMeta.resourceVersion

  void object(std::string_view wire, const type_table& table) {
    char separator = '{';
    fields(wire, table, separator);
    shape::close(out_, separator);
  }

  void repeated(wire_reader value, uint32_t count, const field_table& field, char& separator) {
    if (count == 0 && !field.keep) return;
    put_key(out_, separator, field);
    if (count == 0) {
      out_ += field.list_items ? "[]" : "null";
      return;
    }
    char before = field.map ? '{' : '[';
    while (count != 0 && !value.failed) {
      out_.push_back(before);
      before = ',';
      item(value, field);
      if (--count == 0) break;
      while (value.more()) { // to the next of this field
        uint64_t tag = value.varint();
        if (int(tag_number(tag)) == field.number) break;
        value.skip(tag_type(tag));
      }
    }
    out_.push_back(field.map ? '}' : ']');
  }

  void item(wire_reader& value, const field_table& field) {
    if (field.map) return entry(value.bytes(), *field.type);
    switch (field.kind) {
      case value_kind::string: return append_json_string(out_, value.bytes());
      case value_kind::bytes: return append_json_base64(out_, value.bytes());
      case value_kind::boolean: out_ += value.varint() != 0 ? "true" : "false"; return;
      case value_kind::int32:
      case value_kind::int64: return append_integer(out_, int64_t(value.varint()));
      case value_kind::real: return append_real(out_, fixed(value));
      default: break;
    }
    if (field.item_prefix.empty()) return message(value.bytes(), *field.type, true);
    out_.push_back('{');
    out_ += field.item_prefix;
    char separator = ',';
    fields(value.bytes(), *field.type, separator);
    out_.push_back('}');
  }

  void entry(std::string_view wire, const type_table& table) {
    const field_table& value = table.fields[1];
    std::string_view key_text, value_text;
    for (wire_reader reader(wire); reader.more();) {
      uint64_t tag = reader.varint();
      (tag_number(tag) == 1 ? key_text : value_text) = reader.bytes();
    }
    append_json_string(out_, key_text);
    out_.push_back(':');
    if (value.kind == value_kind::string)
      append_json_string(out_, value_text);
    else if (value.kind == value_kind::bytes)
      append_json_base64(out_, value_text);
    else
      message(value_text, *value.type, true);
  }

  void single(wire_reader value, bool set, const field_table& field, char& separator) {
    if (field.inlined) return fields(set ? value.bytes() : std::string_view(), *field.type, separator);
    if (set) return set_single(value, field, separator);
    if (!shape::always(field)) return;
    put_key(out_, separator, field);
    if (!shape::put_unset(out_, field)) message({}, *field.type, false);
  }

  void set_single(wire_reader value, const field_table& field, char& separator) {
    if (field.name == "-") return;
    bool zeros = field.pointer || field.keep;
    switch (field.kind) {
      case value_kind::string: {
        std::string_view text = value.bytes();
        if (text.empty() && !zeros) return;
        put_key(out_, separator, field);
        return append_json_string(out_, text);
      }
      case value_kind::bytes: {
        std::string_view bytes = value.bytes();
        if (bytes.empty() && !field.keep) return;
        put_key(out_, separator, field);
        return append_json_base64(out_, bytes);
      }
      case value_kind::boolean: {
        bool truth = value.varint() != 0;
        if (!truth && !zeros) return;
        put_key(out_, separator, field);
        out_ += truth ? "true" : "false";
        return;
      }
      case value_kind::int32:
      case value_kind::int64: {
        auto number = int64_t(value.varint());
        if (number == 0 && !zeros) return;
        put_key(out_, separator, field);
        return append_integer(out_, number);
      }
      case value_kind::real: {
        double number = fixed(value);
        if (number == 0 && !zeros) return;
        put_key(out_, separator, field);
        return append_real(out_, number);
      }
      default: break;
    }
    std::string_view inner = value.bytes();
    if (field.omitzero && field.kind == value_kind::time && inner.empty()) return;
    put_key(out_, separator, field);
    if (&field == metadata_) {
      version_table_ = field.type;
      metadata_ = nullptr;
    }
    message(inner, *field.type, true);
  }

  double fixed(wire_reader& value) {
    double number = 0;
    if (value.end - value.at >= 8) memcpy(&number, value.at, 8);
    value.skip(1);
    return number;
  }

  // A message by its own form.
  void message(std::string_view wire, const type_table& table, bool set) {
    switch (table.kind) {
      case value_kind::object: return object(wire, table);
      case value_kind::string_list: return text_list(wire);
      case value_kind::schema_or_array:
      case value_kind::schema_or_strings: return schema_or_list(wire, table);
      case value_kind::schema_or_bool: return schema_or_bool(wire, table);
      default: return special(wire, table, set);
    }
  }

  // Types of at most three scalar fields.
  void special(std::string_view wire, const type_table& table, bool set) {
    int64_t numbers[4] = {};
    std::string_view texts[4];
    bool first = false; // field 1 was there
    for (wire_reader reader(wire); reader.more();) {
      uint64_t tag = reader.varint(), number = tag_number(tag) & 3;
      if (tag_type(tag) == 0) {
        numbers[number] = int64_t(reader.varint());
        first |= number == 1;
      } else if (tag_type(tag) == 2) {
        texts[number] = reader.bytes();
      } else {
        reader.skip(tag_type(tag));
      }
    }
    switch (table.kind) {
      case value_kind::time:
      case value_kind::micro_time:
        if (!set || !first)
          out_ += "null";
        else
          shape::put_time(out_, numbers[1], int32_t(numbers[2]), table.kind == value_kind::micro_time);
        return;
      case value_kind::duration: return shape::put_duration(out_, numbers[1]);
      case value_kind::quantity: return shape::put_quantity(out_, texts[1]);
      case value_kind::int_or_string:
        if (numbers[1] == 1)
          append_json_string(out_, texts[3]);
        else
          append_integer(out_, int32_t(numbers[2]));
        return;
      default: return shape::put_raw(out_, texts[1]);
    }
  }

  template <class Visit>
  static void each(std::string_view wire, uint64_t number, Visit&& visit) {
    for (wire_reader reader(wire); reader.more();) {
      uint64_t tag = reader.varint();
      if (tag_number(tag) == number)
        visit(reader);
      else
        reader.skip(tag_type(tag));
    }
  }

  void text_list(std::string_view wire) {
    char before = '[';
    each(wire, 1, [&](wire_reader& reader) {
      out_.push_back(before);
      before = ',';
      append_json_string(out_, reader.bytes());
    });
    if (before == '[') out_.push_back('[');
    out_.push_back(']');
  }

  void schema_or_list(std::string_view wire, const type_table& table) {
    const field_table &schema = table.fields[0], &many = table.fields[1];
    char before = '[';
    each(wire, 2, [&](wire_reader& reader) {
      out_.push_back(before);
      before = ',';
      if (many.type)
        object(reader.bytes(), *many.type);
      else
        append_json_string(out_, reader.bytes());
    });
    if (before == ',') return out_.push_back(']');
    bool found = false;
    each(wire, 1, [&](wire_reader& reader) {
      found = true;
      object(reader.bytes(), *schema.type);
    });
    if (!found) out_ += "null";
  }

  void schema_or_bool(std::string_view wire, const type_table& table) {
    bool allows = false, found = false;
    each(wire, 1, [&](wire_reader& reader) { allows = reader.varint() != 0; });
    each(wire, 2, [&](wire_reader& reader) {
      found = true;
      object(reader.bytes(), *table.fields[1].type);
    });
    if (!found) out_ += allows ? "true" : "false";
  }

  std::string& out_;
  const field_table* metadata_;               // the field in which the version is shown, until then
  const type_table* version_table_ = nullptr; // set between metadata and its resourceVersion
  std::string version_bytes_;                 // length and digits, as on the wire
};

void append_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(char(value | 0x80));
  out.push_back(char(value));
}

} // namespace

void wire_to_json(std::string& out, std::string_view bytes, const type_table& table, std::string_view api_version,
                  std::string_view kind, std::string_view resource_version) {
  char separator = shape::put_type_meta(out, api_version, kind);
  wire_writer(out, table.metadata, resource_version).fields(bytes, table, separator);
  shape::close(out, separator);
}

void wire_with_version(std::string& out, std::string_view bytes, std::string_view resource_version) {
  constexpr uint64_t metadata_tag = 1 << 3 | 2, version_tag = 6 << 3 | 2;
  wire_reader reader(bytes);
  if (reader.varint() != metadata_tag || reader.failed) {
    out += bytes;
    return;
  }
  std::string_view metadata = reader.bytes();
  std::string_view rest(reinterpret_cast<const char*>(reader.at), size_t(reader.end - reader.at));
  // Up to the version, which stands in number order, and from after it.
  wire_reader inner(metadata);
  const uint8_t *before = inner.end, *after = inner.end;
  while (inner.more()) {
    const uint8_t* start = inner.at;
    uint64_t tag = inner.varint();
    if (tag > version_tag) {
      if (before == inner.end) before = after = start;
      break;
    }
    inner.skip(tag_type(tag));
    if (tag == version_tag) {
      before = start;
      after = inner.at;
      break;
    }
  }
  const uint8_t* start = reinterpret_cast<const uint8_t*>(metadata.data());
  size_t head = size_t(before - start), tail = size_t(start + metadata.size() - after);
  out.reserve(out.size() + bytes.size() + resource_version.size() + 8);
  append_varint(out, metadata_tag);
  append_varint(out, head + tail + 2 + resource_version.size());
  out.append(metadata, 0, head);
  append_varint(out, version_tag);
  append_varint(out, resource_version.size());
  out += resource_version;
  out.append(metadata, metadata.size() - tail, tail);
  out += rest;
}

} // namespace troupe
