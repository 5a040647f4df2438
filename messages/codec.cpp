#include "messages/codec.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>

#include <algorithm>

#include "messages/field_access.hpp"
#include "messages/json_reader.hpp"
#include "messages/json_text.hpp"
#include "messages/limits.hpp"
#include "messages/quantity.hpp"
#include "messages/wire_reader.hpp"

namespace troupe {
namespace {

using access::Message;

// Brings a message that a client encoded into the form that our own decoder makes.
class normalizer {
public:
  std::string error;

  void object(Message& message, const type_table& table) {
    switch (table.kind) {
      case value_kind::raw: return raw(message, table);
      case value_kind::quantity: return amount(message, table);
      case value_kind::time:
        if (access::has(message, table, table.fields[0])) access::set<int32_t>(message, table, table.fields[1], 0);
        return;
      case value_kind::micro_time: {
        int32_t nanoseconds = access::int32(message, table.fields[1]);
        if (nanoseconds < 0 || nanoseconds >= 1'000'000'000) error = "invalid nanoseconds of a time";
        access::set<int32_t>(message, table, table.fields[1], nanoseconds / 1000 * 1000);
        return;
      }
      default: fields(message, table);
    }
  }

private:
  void fields(Message& message, const type_table& table) {
    for (const field_table& field : table.fields) {
      if (!field.type) continue;
      if (field.repeated) {
        for (int i = 0; i < access::size(message, field); i++) object(access::item(message, field, i), *field.type);
        if (field.map) sort_map(message, field);
      } else if (access::has(message, table, field)) {
        object(access::edit(message, table, field), *field.type);
      }
    }
  }

  void raw(Message& message, const type_table& table) {
    const std::string& text = access::text(message, table.fields[0]);
    if (text.empty()) return;
    if (std::string wrong = json_error(text); !wrong.empty()) {
      error = wrong;
      return;
    }
    std::string compact;
    append_compact_json(compact, text);
    access::set_text(message, table, table.fields[0], std::move(compact));
  }

  void amount(Message& message, const type_table& table) {
    const std::string& text = access::text(message, table.fields[0]);
    if (text.empty()) return; // no bytes: zero
    auto parsed = quantity::parse(text, &error);
    if (parsed) access::set_text(message, table, table.fields[0], parsed->text());
  }

  static void sort_map(Message& message, const field_table& field) {
    auto& entries = access::at<access::messages>(message, field);
    const field_table& key_field = field.type->fields[0];
    auto key = [&](const Message* entry) -> const std::string& { return access::text(*entry, key_field); };
    std::stable_sort(entries.pointer_begin(), entries.pointer_end(),
                     [&](const Message* a, const Message* b) { return key(a) < key(b); });
    for (int i = entries.size() - 1; i > 0; i--)
      if (key(&entries.Get(i)) == key(&entries.Get(i - 1))) entries.DeleteSubrange(i - 1, 1);
  }
};

// The wire type that a field's values have.
int wire_type_of(const field_table& field) {
  switch (field.kind) {
    case value_kind::boolean:
    case value_kind::int32:
    case value_kind::int64: return 0;
    case value_kind::real: return 1;
    default: return 2;
  }
}

// Protobuf takes a known field of another wire type for an unknown one; upstream refuses it. Texts that are no UTF-8 are
// refused too: JSON could not show them. Empty: all fit.
std::string wire_error(std::string_view bytes, const type_table& table, int depth) {
  if (depth > 2 * message_depth_max) return "exceeded max depth";
  wire_reader reader(bytes);
  while (reader.more()) {
    uint64_t tag = reader.varint(), number = tag_number(tag);
    int index = number < table.by_number.size() ? table.by_number[number] : -1;
    if (index < 0) {
      reader.skip(tag_type(tag));
      continue;
    }
    const field_table& field = table.fields[size_t(index)];
    bool packed = field.repeated && !field.type && tag_type(tag) == 2;
    if (tag_type(tag) != wire_type_of(field) && !packed) {
      std::string name = &field == table.metadata ? "ObjectMeta" : std::string(field.name);
      name[0] = char(toupper(uint8_t(name[0])));
      return "proto: wrong wireType = " + std::to_string(tag_type(tag)) + " for field " + name;
    }
    if (field.kind == value_kind::string && !is_utf8(reader.bytes()))
      return "proto: field " + std::string(field.name) + " contains invalid UTF-8";
    if (!field.type) {
      if (field.kind != value_kind::string) reader.skip(tag_type(tag));
      continue;
    }
    std::string inner = wire_error(reader.bytes(), *field.type, depth + 1);
    if (!inner.empty()) return inner;
  }
  return reader.failed ? "unexpected EOF" : "";
}

} // namespace

std::unique_ptr<Message> new_message(const type_table& table) { return std::unique_ptr<Message>(table.prototype->New()); }
std::unique_ptr<Message> new_message(const kind_row& row) { return new_message(row.table()); }

std::unique_ptr<Message> clone(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

Message* object_meta(Message& message) {
  const type_table& table = table_of(message);
  return table.metadata ? &access::edit(message, table, *table.metadata) : nullptr;
}

const Message* object_meta(const Message& message) {
  const type_table& table = table_of(message);
  return table.metadata ? &access::inner(message, *table.metadata) : nullptr;
}

decode_error from_wire(std::string_view bytes, Message& message) {
  message.Clear();
  if (std::string wrong = wire_error(bytes, table_of(message), 0); !wrong.empty())
    return {decode_error::kind::value, wrong};
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()), int(bytes.size()));
  input.SetRecursionLimit(2 * message_depth_max); // a map's entry is a message too
  if (!message.ParseFromCodedStream(&input) || !input.ConsumedEntireMessage())
    return {decode_error::kind::value, "unexpected EOF"};
  normalizer normal;
  normal.object(message, table_of(message));
  if (!normal.error.empty()) return {decode_error::kind::value, normal.error};
  return {};
}

} // namespace troupe
