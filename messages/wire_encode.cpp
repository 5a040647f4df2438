// Message to protobuf as upstream's generated Go code writes it: fields in number order, those without presence always,
// written backwards so that lengths are known without a size pass.
#include <cstring>

#include "messages/codec.hpp"
#include "messages/field_access.hpp"

namespace troupe {
namespace {

using access::Message;

constexpr int wire_varint = 0, wire_fixed64 = 1, wire_bytes = 2;

// A buffer that grows to the front.
class back_writer {
public:
  explicit back_writer(size_t room) : buffer_(room, 0), at_(room) {}
  size_t size() const { return buffer_.size() - at_; }
  std::string_view text() const { return std::string_view(buffer_).substr(at_); }

  void bytes(std::string_view text) {
    if (text.empty()) return;
    need(text.size());
    at_ -= text.size();
    memcpy(&buffer_[at_], text.data(), text.size());
  }
  void varint(uint64_t value) {
    char digits[10];
    size_t count = 0;
    do {
      digits[count++] = char((value & 0x7F) | (value >= 0x80 ? 0x80 : 0));
      value >>= 7;
    } while (value != 0);
    bytes({digits, count});
  }
  void tag(int number, int type) { varint(uint64_t(number) << 3 | uint64_t(type)); }
  void text_field(int number, std::string_view text) {
    bytes(text);
    varint(text.size());
    tag(number, wire_bytes);
  }
  void varint_field(int number, uint64_t value) {
    varint(value);
    tag(number, wire_varint);
  }

private:
  void need(size_t count) {
    if (at_ >= count) return;
    size_t used = size(), room = 2 * buffer_.size() + count;
    std::string larger(room, 0);
    memcpy(&larger[room - used], &buffer_[at_], used);
    buffer_.swap(larger);
    at_ = room - used;
  }
  std::string buffer_;
  size_t at_;
};

void write(back_writer& to, const Message& message, const type_table& table);

void write_message(back_writer& to, const Message& message, const field_table& field) {
  size_t before = to.size();
  write(to, message, *field.type);
  to.varint(to.size() - before);
  to.tag(field.number, wire_bytes);
}

void write_repeated(back_writer& to, const Message& message, const field_table& field) {
  for (int i = access::size(message, field) - 1; i >= 0; i--) {
    if (field.type) {
      write_message(to, access::item(message, field, i), field);
    } else if (field.kind == value_kind::string || field.kind == value_kind::bytes) {
      to.text_field(field.number, access::text_item(message, field, i));
    } else if (field.kind == value_kind::real) {
      double value = access::at<access::pb::RepeatedField<double>>(message, field).Get(i);
      to.bytes({reinterpret_cast<const char*>(&value), sizeof value});
      to.tag(field.number, wire_fixed64);
    } else {
      to.varint_field(field.number, uint64_t(access::integer_item(message, field, i)));
    }
  }
}

// The zero time has no bytes inside its field; 1970 has two zeros.
bool zero_time(const Message& message, const field_table& field) {
  if (field.kind != value_kind::time && field.kind != value_kind::micro_time) return false;
  return !access::has(message, *field.type, field.type->fields[0]);
}

void write_single(back_writer& to, const Message& message, const field_table& field) {
  switch (field.kind) {
    case value_kind::string:
    case value_kind::bytes: return to.text_field(field.number, access::text(message, field));
    case value_kind::boolean: return to.varint_field(field.number, access::boolean(message, field));
    case value_kind::int32: return to.varint_field(field.number, uint64_t(int64_t(access::int32(message, field))));
    case value_kind::int64: return to.varint_field(field.number, uint64_t(access::int64(message, field)));
    case value_kind::real: {
      double value = access::real(message, field);
      to.bytes({reinterpret_cast<const char*>(&value), sizeof value});
      return to.tag(field.number, wire_fixed64);
    }
    default: break;
  }
  const Message& inner = access::inner(message, field);
  bool empty_raw = field.kind == value_kind::raw && access::text(inner, field.type->fields[0]).empty();
  if (empty_raw || zero_time(inner, field)) return to.text_field(field.number, {});
  write_message(to, inner, field);
}

void write(back_writer& to, const Message& message, const type_table& table) {
  if (table.kind == value_kind::quantity) { // no text means zero, which upstream writes
    const std::string& text = access::text(message, table.fields[0]);
    return to.text_field(table.fields[0].number, text.empty() ? std::string_view("0") : text);
  }
  for (size_t i = table.wire_order.size(); i-- != 0;) {
    const field_table& field = table.fields[table.wire_order[i]];
    if (field.repeated) {
      write_repeated(to, message, field);
      continue;
    }
    bool presence = field.pointer || field.kind == value_kind::string_list || field.kind == value_kind::bytes;
    if (presence && !access::has(message, table, field)) continue;
    write_single(to, message, field);
  }
}

} // namespace

std::string to_wire(const Message& message) {
  constexpr size_t first_room_bytes = 4096; // most objects fit
  back_writer writer(first_room_bytes);
  write(writer, message, table_of(message));
  return std::string(writer.text());
}

} // namespace troupe
