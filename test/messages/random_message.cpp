#include "test/messages/random_message.hpp"

#include <google/protobuf/descriptor.h>

#include <set>

#include "messages/json_text.hpp"
#include "messages/quantity.hpp"

namespace troupe::test {

namespace {

namespace pb = google::protobuf;
using pb::Message;

constexpr int depth_max = 7;
constexpr int budget = 400;

} // namespace

void random_messages::fill(Message& message) {
  budget_ = budget;
  fill(message, table_of(message), 0);
}

// Letters, what JSON escapes, and characters of two to four bytes.
std::string random_messages::text() {
  static const char* const pieces[] = {"a", "Z", "0", "-", ".", "/", "\"", "\\", "\n", "\t", "\r", "\x01", "\x1f", "\x7f",
                                       "<", ">", "&", "\xC3\xBC", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x82\xAC",
                                       "\xF0\x9F\x98\x80", "long enough for sixteen bytes at a time"};
  std::string made;
  for (size_t count = below(6); count != 0; count--) made += pieces[below(std::size(pieces))];
  return made;
}

int64_t random_messages::integer() {
  switch (below(5)) {
    case 0: return 0;
    case 1: return 1;
    case 2: return INT64_MIN;
    case 3: return INT64_MAX;
    default: return int64_t(next());
  }
}

std::string random_messages::raw_json(int depth) {
  switch (depth > 3 ? below(4) : below(6)) {
    case 0: return "true";
    case 1: return std::to_string(integer());
    case 2: return "-1.5e-7";
    case 3: {
      std::string out;
      append_json_string(out, text());
      return out;
    }
    case 4: return "[" + raw_json(depth + 1) + "," + raw_json(depth + 1) + "]";
    default: return "{\"f:a\":" + raw_json(depth + 1) + ",\"\":{}}";
  }
}

void random_messages::fill_special(Message& message, const type_table& table, int depth) {
  const auto& fields = table.fields;
  auto* reflection = table.reflection;
  auto set_text = [&](const field_table& field, std::string value) {
    reflection->SetString(&message, field.field, std::move(value));
  };
  switch (table.kind) {
    case value_kind::time:
    case value_kind::micro_time: {
      int64_t seconds = below(4) == 0 ? 0 : int64_t(next() % 253'402'300'800ull) - (below(2) ? 0 : 30'000'000'000);
      reflection->SetInt64(&message, fields[0].field, seconds);
      reflection->SetInt32(&message, fields[1].field,
                           table.kind == value_kind::time ? 0 : int32_t(below(1'000'000)) * 1000);
      return;
    }
    case value_kind::duration: reflection->SetInt64(&message, fields[0].field, int64_t(next()) / 3); return;
    case value_kind::quantity:
      set_text(fields[0], quantity::of_milli(int64_t(next() >> below(60)), quantity::form(below(3))).text());
      return;
    case value_kind::int_or_string: {
      bool is_text = below(2) != 0;
      reflection->SetInt64(&message, fields[0].field, is_text);
      if (is_text)
        set_text(fields[2], text());
      else
        reflection->SetInt32(&message, fields[1].field, int32_t(next()));
      return;
    }
    case value_kind::raw: set_text(fields[0], raw_json(0)); return;
    case value_kind::schema_or_bool: {
      bool schema = below(2) != 0;
      reflection->SetBool(&message, fields[0].field, schema || below(2) != 0);
      if (schema) fill(*reflection->MutableMessage(&message, fields[1].field), *fields[1].type, depth + 1);
      return;
    }
    default: break;
  }
  // A schema, or a list that is not empty.
  bool one = table.kind != value_kind::string_list && below(2) != 0;
  if (one) return fill(*reflection->MutableMessage(&message, fields[0].field), *fields[0].type, depth + 1);
  const field_table& many = table.kind == value_kind::string_list ? fields[0] : fields[1];
  for (size_t count = 1 + below(3); count != 0; count--) {
    if (many.type)
      fill(*reflection->AddMessage(&message, many.field), *many.type, depth + 1);
    else
      reflection->AddString(&message, many.field, text());
  }
}

void random_messages::fill_map(Message& message, const field_table& field, int depth) {
  std::set<std::string> keys;
  for (size_t count = below(4); count != 0; count--) keys.insert(text());
  const type_table& entries = *field.type;
  for (const std::string& key : keys) {
    Message& entry = *entries.prototype->New(message.GetArena());
    table_of(message).reflection->AddAllocatedMessage(&message, field.field, &entry);
    entries.reflection->SetString(&entry, entries.fields[0].field, key);
    const field_table& value = entries.fields[1];
    if (value.type)
      fill(*entries.reflection->MutableMessage(&entry, value.field), *value.type, depth + 1);
    else
      entries.reflection->SetString(&entry, value.field, text());
  }
}

void random_messages::fill_field(Message& message, const type_table& table, const field_table& field, int depth) {
  auto* reflection = table.reflection;
  if (field.map) return fill_map(message, field, depth);
  size_t count = field.repeated ? below(3) : 1;
  for (size_t i = 0; i < count; i++) {
    switch (field.kind) {
      case value_kind::string:
      case value_kind::bytes: {
        std::string value = field.kind == value_kind::bytes ? text() + std::string("\0\xFF", 2) : text();
        if (field.repeated)
          reflection->AddString(&message, field.field, value);
        else if (field.pointer || !value.empty())
          reflection->SetString(&message, field.field, value);
        break;
      }
      case value_kind::boolean:
        if (field.repeated)
          reflection->AddBool(&message, field.field, below(2) != 0);
        else if (bool value = below(2) != 0; field.pointer || value)
          reflection->SetBool(&message, field.field, value);
        break;
      case value_kind::int32:
        if (field.repeated)
          reflection->AddInt32(&message, field.field, int32_t(integer()));
        else if (auto value = int32_t(integer()); field.pointer || value != 0)
          reflection->SetInt32(&message, field.field, value);
        break;
      case value_kind::int64:
        if (field.repeated)
          reflection->AddInt64(&message, field.field, integer());
        else if (int64_t value = integer(); field.pointer || value != 0)
          reflection->SetInt64(&message, field.field, value);
        break;
      case value_kind::real: reflection->SetDouble(&message, field.field, double(int64_t(next())) / 1e7 + 0.5); break;
      default:
        if (budget_-- <= 0) return;
        fill(field.repeated ? *reflection->AddMessage(&message, field.field) : *reflection->MutableMessage(&message, field.field),
             *field.type, depth + 1);
    }
  }
}

void random_messages::fill(Message& message, const type_table& table, int depth) {
  if (table.kind != value_kind::object) return fill_special(message, table, depth);
  for (const field_table& field : table.fields) {
    bool skipped = depth > depth_max || below(3) == 0 || field.name == "-";
    if (!skipped) fill_field(message, table, field, depth);
  }
}

} // namespace troupe::test
