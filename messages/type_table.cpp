#include "messages/type_table.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/generated_message_reflection.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "messages/api/options.pb.h"
#include "messages/api_files.hpp"
#include "messages/json_text.hpp"
#include "messages/kind_rows.hpp"

// Where a generated class keeps its fields is in a private member of its reflection; an explicit instantiation may name
// it (C++20 [temp.spec.general]/6). The codec reads and writes fields at these offsets, three times as fast as by
// reflection. The property tests check every message against the generated parser and writer.
static_assert(GOOGLE_PROTOBUF_VERSION == 3021012, "field offsets are checked for this version of protobuf only");

namespace {

template <class Tag, typename Tag::type Member>
struct expose {
  friend typename Tag::type exposed(Tag) { return Member; }
};
struct schema_tag {
  using type = const google::protobuf::internal::ReflectionSchema google::protobuf::Reflection::*;
  friend type exposed(schema_tag);
};
template struct expose<schema_tag, &google::protobuf::Reflection::schema_>;

} // namespace

namespace troupe {
namespace {

namespace pb = google::protobuf;

const std::unordered_map<std::string_view, value_kind>& special_types() {
  static const std::unordered_map<std::string_view, value_kind> types = {
      {"k8s.io.apimachinery.pkg.apis.meta.v1.Time", value_kind::time},
      {"k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime", value_kind::micro_time},
      {"k8s.io.apimachinery.pkg.apis.meta.v1.Duration", value_kind::duration},
      {"k8s.io.apimachinery.pkg.api.resource.Quantity", value_kind::quantity},
      {"k8s.io.apimachinery.pkg.util.intstr.IntOrString", value_kind::int_or_string},
      {"k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1", value_kind::raw},
      {"k8s.io.apimachinery.pkg.runtime.RawExtension", value_kind::raw},
      {"k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSON", value_kind::raw},
      {"k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool", value_kind::schema_or_bool},
      {"k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray", value_kind::schema_or_array},
      {"k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray",
       value_kind::schema_or_strings}};
  return types;
}

value_kind kind_of(const pb::Descriptor* descriptor) {
  const auto& special = special_types();
  if (auto at = special.find(descriptor->full_name()); at != special.end()) return at->second;
  if (descriptor->options().GetExtension(troupe::message).json_as() == "[]string") return value_kind::string_list;
  return value_kind::object;
}

value_kind kind_of(const pb::FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_BOOL: return value_kind::boolean;
    case pb::FieldDescriptor::CPPTYPE_INT32: return value_kind::int32;
    case pb::FieldDescriptor::CPPTYPE_INT64: return value_kind::int64;
    case pb::FieldDescriptor::CPPTYPE_DOUBLE: return value_kind::real;
    default: break;
  }
  return field->type() == pb::FieldDescriptor::TYPE_BYTES ? value_kind::bytes : value_kind::string;
}

uint32_t hash_of(std::string_view text) {
  uint64_t hash = text.size() * 0x9E3779B97F4A7C15ull, word;
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    memcpy(&word, text.data() + at, 8);
    hash = (hash ^ word) * 0x9FB21C651E98DF25ull;
    hash ^= hash >> 32;
  }
  word = 0;
  memcpy(&word, text.data() + at, text.size() - at);
  hash = (hash ^ word) * 0x9FB21C651E98DF25ull;
  return uint32_t(hash >> 32) | 1;
}

size_t count_names(const type_table& table) {
  size_t count = 0;
  for (const field_table& field : table.fields) count += field.inlined ? count_names(*field.type) : 1;
  return count;
}

void add_names(type_table& root, const type_table& table, std::vector<int16_t> path) {
  for (const field_table& field : table.fields) {
    auto inner = path;
    inner.push_back(int16_t(field.index));
    if (field.inlined) {
      add_names(root, *field.type, inner);
      continue;
    }
    if (field.name == "-" || field.name.empty()) continue;
    name_slot slot;
    slot.name = field.name;
    slot.hash = hash_of(field.name);
    slot.depth = int16_t(inner.size());
    std::copy(inner.begin(), inner.end(), slot.path);
    uint32_t at = slot.hash & root.slot_mask;
    while (root.slots[at].depth >= 0) at = (at + 1) & root.slot_mask;
    root.slots[at] = slot;
  }
}

// True for the list kinds: a message of ListMeta and items, and nothing else.
bool is_list(const pb::Descriptor* descriptor) {
  auto* metadata = descriptor->FindFieldByName("metadata");
  return descriptor->field_count() == 2 && descriptor->FindFieldByName("items") && metadata &&
         metadata->message_type() && metadata->message_type()->name() == "ListMeta";
}

std::unordered_map<const pb::Descriptor*, std::unique_ptr<type_table>> tables; // guarded by tables_lock; only grows
std::recursive_mutex tables_lock;

field_table make_field(const pb::FieldDescriptor* descriptor, int index, const pb::internal::ReflectionSchema& schema,
                       bool of_list) {
  const Field& options = descriptor->options().GetExtension(troupe::field);
  field_table field;
  field.field = descriptor;
  field.index = index;
  field.number = descriptor->number();
  std::string json = options.has_json() ? options.json() : descriptor->name();
  field.key = "\"" + (json.empty() ? "-" : json) + "\":";
  field.repeated = descriptor->is_repeated();
  field.map = options.map();
  field.pointer = options.pointer();
  field.keep = options.keep();
  field.omitzero = options.omitzero();
  field.inlined = options.inline_() && descriptor->message_type();
  field.list_items = of_list && descriptor->name() == "items";
  field.offset = schema.GetFieldOffset(descriptor);
  field.has_bit = field.repeated ? 0 : schema.HasBitIndex(descriptor);
  if (options.has_item_kind()) {
    field.item_prefix = "\"kind\":";
    append_json_string(field.item_prefix, options.item_kind());
    field.item_prefix += ",\"apiVersion\":";
    append_json_string(field.item_prefix, options.item_api_version());
  }
  if (descriptor->message_type()) {
    field.type = &table_of(descriptor->message_type());
    field.kind = field.type->kind;
  } else {
    field.kind = kind_of(descriptor);
  }
  return field;
}

void fill(type_table& table, const pb::Descriptor* descriptor) {
  table.descriptor = descriptor;
  table.name = descriptor->name();
  table.prototype = pb::MessageFactory::generated_factory()->GetPrototype(descriptor);
  table.reflection = table.prototype->GetReflection();
  table.kind = kind_of(descriptor);
  table.typed = descriptor->options().GetExtension(troupe::message).resource();
  const auto& schema = table.reflection->*exposed(schema_tag());
  table.has_bits = schema.HasHasbits() ? schema.HasBitsOffset() : 0;
  bool of_list = is_list(descriptor);
  int greatest = 0;
  for (int i = 0; i < descriptor->field_count(); i++) {
    table.fields.push_back(make_field(descriptor->field(i), i, schema, of_list));
    greatest = std::max(greatest, table.fields.back().number);
  }
  table.by_number.assign(size_t(greatest) + 1, -1);
  for (field_table& field : table.fields) {
    field.name = std::string_view(field.key).substr(1, field.key.size() - 3);
    table.by_number[size_t(field.number)] = int16_t(field.index);
    if (field.field->name() == "metadata" && field.type && field.type->name == "ObjectMeta") table.metadata = &field;
  }
  for (int16_t index : table.by_number)
    if (index >= 0) table.wire_order.push_back(uint16_t(index));
  size_t slots = 4;
  while (slots < 2 * count_names(table)) slots *= 2;
  table.slots.resize(slots);
  table.slot_mask = uint32_t(slots - 1);
  add_names(table, table, {});
}

} // namespace

const name_slot* type_table::find(std::string_view json_name) const {
  uint32_t hash = hash_of(json_name);
  for (uint32_t at = hash & slot_mask; slots[at].depth >= 0; at = (at + 1) & slot_mask)
    if (slots[at].hash == hash && slots[at].name == json_name) return &slots[at];
  return nullptr;
}

const field_table* type_table::field(std::string_view proto_name) const {
  for (const field_table& each : fields)
    if (each.field->name() == proto_name) return &each;
  return nullptr;
}

const type_table& table_of(const pb::Descriptor* descriptor) {
  std::lock_guard guard(tables_lock);
  auto& table = tables[descriptor];
  if (!table) {
    table = std::make_unique<type_table>();
    fill(*table, descriptor);
  }
  return *table;
}

const type_table& table_of(const pb::Message& message) { return table_of(message.GetDescriptor()); }

const type_table* find_table(std::string_view full_name) {
  static const bool linked = !api_files().empty();
  auto* descriptor =
      linked ? pb::DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(full_name)) : nullptr;
  return descriptor ? &table_of(descriptor) : nullptr;
}

const type_table* find_table(std::string_view group, std::string_view version, std::string_view kind) {
  constexpr std::string_view meta = "k8s.io.apimachinery.pkg.apis.meta.v1";
  if (kind.empty() || kind.find('.') != std::string_view::npos) return nullptr;
  auto in = [&](std::string_view package) { return find_table(std::string(package) + "." + std::string(kind)); };
  for (const group_package& each : group_packages())
    if (each.group == group && each.version == version)
      if (auto* table = in(each.package)) return table;
  // Machinery kinds belong to every group: Status and DeleteOptions also come as v1 and GROUP/VERSION.
  bool machinery = kind == "Status" || kind.ends_with("Options") || kind == "WatchEvent" ||
                   kind.starts_with("PartialObjectMetadata") || kind.starts_with("API");
  return machinery ? in(meta) : nullptr;
}

const type_table& kind_row::table() const {
  static const std::vector<const type_table*> tables = [] {
    std::vector<const type_table*> all;
    for (const kind_row& row : kinds()) all.push_back(find_table(row.message));
    return all;
  }();
  return *tables[index];
}

} // namespace troupe
