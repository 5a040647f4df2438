// Defaults that the API states at a field itself (option `default`), and the canonical form of quantities: by
// reflection, guided by a table of the places where there is any such field, so that most of an object is never
// visited.
#include <charconv>
#include <unordered_map>
#include "actors/gateway/strategies/defaults.hpp"
#include "messages/api/meta/intstr.pb.h"
#include "messages/api/meta/quantity.pb.h"
#include "messages/api/options.pb.h"
#include "messages/kind.hpp"
#include "messages/quantity.hpp"

namespace troupe::gateway {
namespace {

namespace pb = google::protobuf;

struct marked_field {
  const pb::FieldDescriptor* field;
  std::string text;  // the default as JSON
  bool pointer;      // unset and zero differ
};
struct places {
  std::vector<marked_field> marked;
  std::vector<const pb::FieldDescriptor*> inner;  // messages with places of their own
  bool quantity = false;
  bool any() const { return quantity || !marked.empty() || !inner.empty(); }
};
using place_table = std::unordered_map<const pb::Descriptor*, places>;

void collect(const pb::Descriptor* type, place_table& table) {
  if (!table.try_emplace(type).second) return;
  places own;
  own.quantity = type == Quantity::descriptor();
  std::vector<const pb::FieldDescriptor*> messages;
  for (int i = 0; i < type->field_count(); ++i) {
    auto* field = type->field(i);
    if (field->message_type()) {
      messages.push_back(field);
      collect(field->message_type(), table);
    } else if (!field->is_repeated() && field->options().GetExtension(troupe::field).has_default_()) {
      auto& option = field->options().GetExtension(troupe::field);
      own.marked.push_back({field, option.default_(), option.pointer()});
    }
  }
  own.inner = std::move(messages);
  table[type] = std::move(own);
}

/// Drops the fields that lead nowhere, until nothing changes (types may contain themselves).
place_table make_table() {
  place_table table;
  for (auto& kind : kinds())
    if (auto* type = pb::DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(kind.message)))
      collect(type, table);
  std::unordered_map<const pb::Descriptor*, bool> leads;
  for (bool changed = true; changed;) {
    changed = false;
    for (auto& [type, own] : table) {
      bool any = own.quantity || !own.marked.empty();
      for (auto* field : own.inner) any = any || leads[field->message_type()];
      if (any && !leads[type]) leads[type] = changed = true;
    }
  }
  for (auto& [type, own] : table) std::erase_if(own.inner, [&](auto* field) { return !leads[field->message_type()]; });
  return table;
}

const place_table& table() {
  static const place_table made = make_table();
  return made;
}

void set_marked(pb::Message& message, const marked_field& mark) {
  auto* reflection = message.GetReflection();
  auto* field = mark.field;
  bool set = reflection->HasField(message, field);
  if (set && mark.pointer) return;
  using type = pb::FieldDescriptor;
  switch (field->cpp_type()) {
    case type::CPPTYPE_STRING: {
      if (set && !reflection->GetString(message, field).empty()) return;
      std::string text = mark.text.size() >= 2 ? mark.text.substr(1, mark.text.size() - 2) : std::string();
      if (mark.pointer || !text.empty()) reflection->SetString(&message, field, text);
      return;
    }
    case type::CPPTYPE_BOOL:
      if (mark.pointer || mark.text == "true") reflection->SetBool(&message, field, mark.text == "true");
      return;
    case type::CPPTYPE_INT32:
    case type::CPPTYPE_INT64: {
      int64_t value = 0;
      std::from_chars(mark.text.data(), mark.text.data() + mark.text.size(), value);
      bool wide = field->cpp_type() == type::CPPTYPE_INT64;
      int64_t now = wide ? reflection->GetInt64(message, field) : reflection->GetInt32(message, field);
      if (!mark.pointer && (now != 0 || value == 0)) return;
      if (wide)
        reflection->SetInt64(&message, field, value);
      else
        reflection->SetInt32(&message, field, static_cast<int32_t>(value));
      return;
    }
    default:
      return;  // the API has no other
  }
}

void visit(pb::Message& message, const place_table& all) {
  auto found = all.find(message.GetDescriptor());
  if (found == all.end()) return;
  auto& own = found->second;
  if (own.quantity) {
    auto& quantity = static_cast<Quantity&>(message);
    if (!quantity.string().empty()) quantity.set_string(troupe::quantity::parse_or_zero(quantity.string()).text());
    return;
  }
  auto* reflection = message.GetReflection();
  using entry = k8s::io::apimachinery::pkg::api::resource::QuantityEntry;
  if (message.GetDescriptor() == entry::descriptor()) {  // lists of resources know no parts smaller than a thousandth
    auto& amount = *static_cast<entry&>(message).mutable_value();
    amount.set_string(troupe::quantity::parse_or_zero(amount.string()).rounded_to_milli().text());
    return;
  }
  for (auto& mark : own.marked) set_marked(message, mark);
  for (auto* field : own.inner) {
    if (field->is_repeated()) {
      for (int i = 0, size = reflection->FieldSize(message, field); i < size; ++i)
        visit(*reflection->MutableRepeatedMessage(&message, field, i), all);
    } else if (reflection->HasField(message, field)) {
      visit(*reflection->MutableMessage(&message, field), all);
    }
  }
}

}  // namespace

void default_marked_fields(pb::Message& message) {
  visit(message, table());
}

void set_int(IntOrString* to, int32_t value) {
  to->Clear();
  to->set_intval(value);
}
void set_text(IntOrString* to, std::string_view text) {
  to->Clear();
  to->set_type(1);
  to->set_strval(std::string(text));
}
bool is_zero(const IntOrString& value) {
  return value.type() == 0 ? value.intval() == 0 : value.strval().empty();
}

}  // namespace troupe::gateway
