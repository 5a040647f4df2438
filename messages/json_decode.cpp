// from_json: a recursive walk over the text that fills a message by its type table. As Go's decoder does, it goes on after
// a value of the wrong type and reports the first one; a syntax error anywhere outweighs it; a value that a type's own
// parser refuses (time, quantity) outweighs other wrong types.
#include <algorithm>
#include <charconv>
#include <limits>

#include "messages/base64.hpp"
#include "messages/codec.hpp"
#include "messages/field_access.hpp"
#include "messages/go_names.hpp"
#include "messages/json_reader.hpp"
#include "messages/json_text.hpp"
#include "messages/limits.hpp"
#include "messages/quantity.hpp"
#include "messages/time_format.hpp"

namespace troupe {
namespace {

using access::Message;

constexpr std::string_view type_meta_type =
    R"(struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" })";
constexpr size_t slots_max = 256;

// A decoder of one text; about as long as a file may be, since every shape of a value is a few lines here.
class json_decoder {
public:
  json_decoder(std::string_view text, std::vector<decode_problem>* problems) : reader_(text), problems_(problems) {}

  decode_error run(Message& message, type_meta* type) {
    type_ = type;
    char first = reader_.peek();
    if (first == 'n') {
      reader_.null();
    } else if (first == '{') {
      object(message, table_of(message));
    } else {
      reader_.skip();
      if (!reader_.failed())
        unrecognized_ = "json: cannot unmarshal " + std::string(json_type(first)) + " into Go value of type " +
                        std::string(type_meta_type);
    }
    reader_.finish();
    using kind = decode_error::kind;
    if (reader_.failed()) return {kind::unrecognized, reader_.error()};
    if (!unrecognized_.empty()) return {kind::unrecognized, unrecognized_};
    if (!aborted_.empty()) return {kind::value, aborted_};
    if (!mismatch_.empty()) return {kind::value, mismatch_};
    return {};
  }

private:
  // A step of the path to where the reader is: a field of a struct, an index, or a key of a map.
  struct step {
    const type_table* owner; // of a field
    std::string_view name;   // of a field or key
    int index;               // -1: none
  };
  class stepped {
  public:
    stepped(json_decoder& decoder, step taken) : steps_(decoder.steps_) { steps_.push_back(taken); }
    ~stepped() { steps_.pop_back(); }
    stepped(const stepped&) = delete;
    stepped& operator=(const stepped&) = delete;

  private:
    std::vector<step>& steps_;
  };

  std::string path() const {
    std::string text;
    for (const step& each : steps_) {
      if (each.index >= 0) {
        text += "[" + std::to_string(each.index) + "]";
        continue;
      }
      if (!text.empty()) text += ".";
      text += each.name;
    }
    return text;
  }

  void report(std::string path, bool duplicate) {
    if (!problems_ || quiet_ != 0 || problems_->size() >= strict_problems_max) return;
    for (const decode_problem& each : *problems_)
      if (each.duplicate == duplicate && each.path == path) return;
    problems_->push_back({std::move(path), duplicate});
  }
  void report_here(std::string_view name, bool duplicate) {
    std::string text = path();
    if (!name.empty()) text += (text.empty() ? "" : ".") + std::string(name);
    report(std::move(text), duplicate);
  }

  // A value of another type than the field's: noted once, with Go's words.
  void wrong_type(std::string_view value, const std::string& type) {
    if (!mismatch_.empty()) return;
    std::string fields;
    const type_table* owner = nullptr;
    for (const step& each : steps_) {
      if (!each.owner) continue;
      owner = each.owner;
      fields += (fields.empty() ? "" : ".") + std::string(each.name);
    }
    mismatch_ = "json: cannot unmarshal " + std::string(value) + " into Go ";
    mismatch_ += owner ? "struct field " + std::string(owner->name) + "." + fields + " of type " + type
                       : "value of type " + type;
  }
  void abort(std::string text) {
    if (aborted_.empty()) aborted_ = std::move(text);
  }
  // Skips the value and notes that it does not fit.
  void refuse(const field_table& field, bool item) {
    char first = reader_.peek();
    reader_.skip();
    wrong_type(json_type(first), go_type(field, item));
  }
  void abort_type(char first, std::string_view go_type) {
    reader_.skip();
    abort("json: cannot unmarshal " + std::string(json_type(first)) + " into Go value of type " + std::string(go_type));
  }

  void object(Message& message, const type_table& table) {
    if (++depth_ > message_depth_max) {
      reader_.skip();
      abort("exceeded max depth");
      depth_--;
      return;
    }
    uint64_t seen[slots_max / 64] = {};
    if (reader_.enter('{')) do {
        std::string_view name = reader_.name();
        if (reader_.failed()) break;
        if (const name_slot* slot = table.find(name)) {
          size_t index = size_t(slot - table.slots.data());
          bool again = seen[index / 64] >> (index % 64) & 1;
          seen[index / 64] |= uint64_t(1) << (index % 64);
          member(message, table, *slot, again);
        } else {
          other_member(table, name);
        }
      } while (reader_.more('}'));
    depth_--;
  }

  void member(Message& message, const type_table& table, const name_slot& slot, bool again) {
    Message* owner = &message;
    const type_table* owner_table = &table;
    if (slot.depth > 1) {
      if (reader_.null()) return;
      for (int i = 0; i + 1 < slot.depth; i++) {
        const field_table& inlined = owner_table->fields[size_t(slot.path[i])];
        owner = &access::edit(*owner, *owner_table, inlined);
        owner_table = inlined.type;
      }
    }
    const field_table& field = owner_table->fields[size_t(slot.path[slot.depth - 1])];
    if (again) {
      report_here(field.name, true);
      bool merges = field.map || (field.kind == value_kind::object && !field.repeated);
      if (!merges) owner_table->reflection->ClearField(owner, field.field);
    }
    if (reader_.null()) return;
    stepped into(*this, {&table, field.name, -1});
    if (field.map)
      map(*owner, field);
    else if (field.repeated)
      list(*owner, *owner_table, field);
    else
      single(*owner, *owner_table, field);
  }

  // A name that is no field: kind and apiVersion, or unknown.
  void other_member(const type_table& table, std::string_view name) {
    bool of_type = name == "kind" || name == "apiVersion";
    if (!of_type || !(table.typed || depth_ == 1)) {
      report_here(name, false);
      reader_.skip();
      return;
    }
    bool is_kind = name == "kind";
    if (reader_.null()) return;
    char first = reader_.peek();
    if (first != '"') {
      reader_.skip();
      if (depth_ == 1 && unrecognized_.empty())
        unrecognized_ = "json: cannot unmarshal " + std::string(json_type(first)) + " into Go struct field ." +
                        (is_kind ? "kind" : "apiVersion") + " of type string";
      return;
    }
    std::string_view value = reader_.string();
    if (depth_ == 1 && type_) (is_kind ? type_->kind : type_->api_version) = value;
  }

  void map(Message& message, const field_table& field) {
    if (reader_.peek() != '{') return refuse(field, false);
    const type_table& entry_table = *field.type;
    const field_table &key = entry_table.fields[0], &value = entry_table.fields[1];
    if (reader_.enter('{')) do {
        std::string_view name = reader_.name();
        if (reader_.failed()) break;
        Message& entry = access::add(message, field);
        access::set_text(entry, entry_table, key, std::string(name));
        if (reader_.null()) continue;
        stepped into(*this, {nullptr, access::text(entry, key), -1});
        if (value.kind == value_kind::string) {
          if (reader_.peek() != '"') {
            refuse(field, true);
            continue;
          }
          access::set_text(entry, entry_table, value, std::string(reader_.string()));
        } else if (value.kind == value_kind::bytes) {
          if (reader_.peek() != '"') {
            refuse(field, true);
            continue;
          }
          access::set_text(entry, entry_table, value, base64_text());
        } else {
          typed(access::edit(entry, entry_table, value), *value.type, field, true);
        }
      } while (reader_.more('}'));
    sort_map(message, field);
  }

  // Entries in key order, as they are kept; of equal keys the last one stays.
  void sort_map(Message& message, const field_table& field) {
    const type_table& entry_table = *field.type;
    auto key = [&](const Message* entry) -> const std::string& { return access::text(*entry, entry_table.fields[0]); };
    auto& entries = access::at<access::messages>(message, field);
    bool sorted = true;
    for (int i = 1; i < entries.size() && sorted; i++) sorted = key(&entries.Get(i - 1)) < key(&entries.Get(i));
    if (sorted) return;
    std::stable_sort(entries.pointer_begin(), entries.pointer_end(),
                     [&](const Message* a, const Message* b) { return key(a) < key(b); });
    for (int i = entries.size() - 1; i > 0; i--) {
      if (key(&entries.Get(i)) != key(&entries.Get(i - 1))) continue;
      report_here(key(&entries.Get(i)), true);
      entries.DeleteSubrange(i - 1, 1);
    }
  }

  void list(Message& message, const type_table& table, const field_table& field) {
    if (reader_.peek() != '[') return refuse(field, false);
    int index = 0;
    if (reader_.enter('[')) do {
        stepped into(*this, {nullptr, {}, index++});
        list_item(message, table, field);
      } while (reader_.more(']'));
  }

  void list_item(Message& message, const type_table& table, const field_table& field) {
    switch (field.kind) {
      case value_kind::string:
      case value_kind::bytes: {
        bool fits = reader_.peek() == '"';
        std::string value;
        if (fits)
          value = field.kind == value_kind::bytes ? base64_text() : std::string(reader_.string());
        else if (!reader_.null())
          refuse(field, true);
        access::add_text(message, field, std::move(value));
        return;
      }
      case value_kind::boolean: table.reflection->AddBool(&message, field.field, boolean(field, true)); return;
      case value_kind::int32:
        table.reflection->AddInt32(&message, field.field, int32_t(integer(field, true)));
        return;
      case value_kind::int64: table.reflection->AddInt64(&message, field.field, integer(field, true)); return;
      case value_kind::real: table.reflection->AddDouble(&message, field.field, real(field, true)); return;
      default: {
        Message& item = access::add(message, field);
        if (!reader_.null()) typed(item, *field.type, field, true);
      }
    }
  }

  // Zero stays unset in a field without presence: less memory, and the writers know.
  void single(Message& message, const type_table& table, const field_table& field) {
    switch (field.kind) {
      case value_kind::string: {
        if (reader_.peek() != '"') return refuse(field, false);
        std::string_view value = reader_.string();
        if (field.pointer || !value.empty()) access::set_text(message, table, field, std::string(value));
        return;
      }
      case value_kind::bytes:
        if (reader_.peek() != '"') return refuse(field, false);
        access::set_text(message, table, field, base64_text());
        return;
      case value_kind::boolean: {
        bool value = boolean(field, false);
        if (field.pointer || value) access::set<bool>(message, table, field, value);
        return;
      }
      case value_kind::int32: {
        auto value = int32_t(integer(field, false));
        if (field.pointer || value != 0) access::set<int32_t>(message, table, field, value);
        return;
      }
      case value_kind::int64: {
        int64_t value = integer(field, false);
        if (field.pointer || value != 0) access::set<int64_t>(message, table, field, value);
        return;
      }
      case value_kind::real: {
        double value = real(field, false);
        if (field.pointer || value != 0) access::set<double>(message, table, field, value);
        return;
      }
      default: typed(access::edit(message, table, field), *field.type, field, false);
    }
  }

  bool boolean(const field_table& field, bool item) {
    char first = reader_.peek();
    if (first == 't' || first == 'f') return reader_.boolean();
    if (!(item && reader_.null())) refuse(field, item);
    return false;
  }

  // 0 after an error; what does not fit is named with its digits, as Go does.
  int64_t integer(const field_table& field, bool item) {
    char first = reader_.peek();
    if (first != '-' && (first < '0' || first > '9')) {
      if (!(item && reader_.null())) refuse(field, item);
      return 0;
    }
    std::string_view digits = reader_.number();
    int64_t value = 0;
    auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    bool fits = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
    if (field.kind == value_kind::int32)
      fits &= value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
    if (fits || reader_.failed()) return value;
    wrong_type("number " + std::string(digits), go_type(field, item));
    return 0;
  }

  double real(const field_table& field, bool item) {
    char first = reader_.peek();
    if (first != '-' && (first < '0' || first > '9')) {
      if (!(item && reader_.null())) refuse(field, item);
      return 0;
    }
    std::string_view digits = reader_.number();
    double value = 0;
    auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec == std::errc() || reader_.failed()) return value;
    wrong_type("number " + std::string(digits), go_type(field, item));
    return 0;
  }

  std::string base64_text() {
    size_t wrong_at = 0;
    auto bytes = from_base64(reader_.string(), &wrong_at);
    if (bytes) return std::move(*bytes);
    if (mismatch_.empty()) mismatch_ = "illegal base64 data at input byte " + std::to_string(wrong_at);
    return {};
  }

  // A message, by its own form. Null was handled.
  void typed(Message& message, const type_table& table, const field_table& field, bool item) {
    switch (table.kind) {
      case value_kind::object:
        if (reader_.peek() != '{') return refuse(field, item);
        return object(message, table);
      case value_kind::string_list:
        if (reader_.peek() != '[') return refuse(field, item);
        return list(message, table, table.fields[0]);
      case value_kind::time:
      case value_kind::micro_time: return time(message, table);
      case value_kind::duration: return duration(message, table);
      case value_kind::quantity: return amount(message, table);
      case value_kind::int_or_string: return int_or_string(message, table);
      case value_kind::raw: {
        std::string compact;
        append_compact_json(compact, reader_.raw());
        return access::set_text(message, table, table.fields[0], std::move(compact));
      }
      default: return schema_or(message, table);
    }
  }

  void time(Message& message, const type_table& table) {
    char first = reader_.peek();
    if (first != '"') return abort_type(first, "string");
    std::string error;
    bool micro = table.kind == value_kind::micro_time;
    std::string_view text = reader_.string();
    auto instant = micro ? parse_micro_time(text, &error) : parse_time(text, &error);
    if (!instant) return abort(error);
    access::set<int64_t>(message, table, table.fields[0], instant->seconds);
    access::set<int32_t>(message, table, table.fields[1], micro ? instant->nanoseconds : 0);
  }

  void duration(Message& message, const type_table& table) {
    char first = reader_.peek();
    if (first != '"') return abort_type(first, "string");
    std::string error;
    auto nanoseconds = parse_duration(reader_.string(), &error);
    if (!nanoseconds) return abort(error);
    access::set<int64_t>(message, table, table.fields[0], *nanoseconds);
  }

  void amount(Message& message, const type_table& table) {
    std::string error;
    bool quoted = reader_.peek() == '"';
    std::string_view text = quoted ? reader_.string() : reader_.raw();
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    auto parsed = quantity::parse(text, &error);
    if (!parsed) return abort(error);
    access::set_text(message, table, table.fields[0], parsed->text());
  }

  void int_or_string(Message& message, const type_table& table) {
    const auto& fields = table.fields; // type, intVal, strVal
    char first = reader_.peek();
    if (first == '"') {
      access::set<int64_t>(message, table, fields[0], 1);
      access::set_text(message, table, fields[2], std::string(reader_.string()));
      return;
    }
    if (first != '-' && (first < '0' || first > '9')) return abort_type(first, "int32");
    std::string_view digits = reader_.number();
    int32_t value = 0;
    auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size())
      return abort("json: cannot unmarshal number " + std::string(digits) + " into Go value of type int32");
    access::set<int64_t>(message, table, fields[0], 0);
    access::set<int32_t>(message, table, fields[1], value);
  }

  // JSONSchemaPropsOrBool, ...OrArray, ...OrStringArray. Upstream parses what is inside laxly.
  void schema_or(Message& message, const type_table& table) {
    const auto& fields = table.fields;
    char first = reader_.peek();
    quiet_++;
    if (table.kind == value_kind::schema_or_bool) {
      if (first == '{') {
        access::set<bool>(message, table, fields[0], true);
        object(access::edit(message, table, fields[1]), *fields[1].type);
      } else if (first == 't' || first == 'f') {
        access::set<bool>(message, table, fields[0], reader_.boolean());
      } else {
        reader_.skip();
        abort("boolean or JSON schema expected");
      }
    } else if (first == '{') {
      object(access::edit(message, table, fields[0]), *fields[0].type);
    } else if (first == '[') {
      list(message, table, fields[1]);
    } else {
      reader_.skip();
    }
    quiet_--;
  }

  json_reader reader_;
  std::vector<decode_problem>* problems_;
  type_meta* type_ = nullptr;
  std::vector<step> steps_;
  std::string unrecognized_, aborted_, mismatch_;
  int depth_ = 0; // of messages
  int quiet_ = 0; // problems are not reported
};

} // namespace

decode_error from_json(std::string_view text, access::Message& message, type_meta* type, std::vector<decode_problem>* problems) {
  return json_decoder(text, problems).run(message, type);
}

} // namespace troupe
