#include "messages/schema.hpp"

#include <google/protobuf/descriptor.h>

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "messages/api/options.pb.h"
#include "messages/type_table.hpp"

namespace troupe {
namespace {

// Of a place that is neither list nor map.
class plain_schema : public schema {
public:
  const schema* field(std::string_view) const override { return nullptr; }
  const schema* item() const override { return nullptr; }
  bool open() const override { return false; }
  list_type list() const override { return list_type::atomic; }
  std::span<const std::string> keys() const override { return {}; }
  std::string_view merge_key() const override { return {}; }
  bool merges() const override { return false; }
  bool replaces() const override { return false; }
};

class type_schema;
const schema* schema_within(const type_table& table);

// A field: what its options say, in front of the schema of its type.
class field_schema final : public plain_schema {
public:
  explicit field_schema(const field_table& field) : is_map_(field.map), is_list_(field.repeated && !field.map) {
    const Field& options = field.field->options().GetExtension(troupe::field);
    const type_table* of = field.map ? field.type->fields[1].type : field.type;
    if (of && of->kind == value_kind::object) inner_ = schema_within(*of);
    if (options.list() == Field::MAP && options.has_list()) list_ = list_type::map;
    if (options.list() == Field::SET && options.has_list()) list_ = list_type::set;
    keys_.assign(options.key().begin(), options.key().end());
    merge_key_ = options.patch_key();
    for (int strategy : options.patch()) {
      merges_ |= strategy == Field::MERGE;
      replaces_ |= strategy == Field::REPLACE;
    }
  }
  const schema* field(std::string_view name) const override {
    if (is_list_ || !inner_) return nullptr;
    return is_map_ ? inner_ : inner_->field(name);
  }
  const schema* item() const override { return is_list_ ? inner_ : nullptr; }
  bool open() const override { return is_map_; }
  list_type list() const override { return list_; }
  std::span<const std::string> keys() const override { return keys_; }
  std::string_view merge_key() const override { return merge_key_; }
  bool merges() const override { return merges_; }
  bool replaces() const override { return replaces_; }

private:
  const schema* inner_ = nullptr;
  bool is_map_, is_list_, merges_ = false, replaces_ = false;
  list_type list_ = list_type::atomic;
  std::vector<std::string> keys_;
  std::string merge_key_;
};

// A message: its fields, those of inlined ones included.
class type_schema final : public plain_schema {
public:
  void add(const type_table& table) {
    for (const field_table& each : table.fields) {
      if (each.inlined)
        add(*each.type);
      else
        fields_.emplace(each.name, std::make_unique<field_schema>(each));
    }
  }
  const schema* field(std::string_view name) const override {
    auto at = fields_.find(name);
    return at == fields_.end() ? nullptr : at->second.get();
  }

private:
  std::unordered_map<std::string_view, std::unique_ptr<field_schema>> fields_;
};

std::unordered_map<const type_table*, std::unique_ptr<type_schema>> schemas; // guarded by schemas_lock; only grows
std::recursive_mutex schemas_lock;

const schema* schema_within(const type_table& table) {
  std::lock_guard guard(schemas_lock);
  auto& made = schemas[&table];
  if (!made) {
    made = std::make_unique<type_schema>(); // before its fields: types may contain themselves
    made->add(table);
  }
  return made.get();
}

} // namespace

const schema& schema_of(const type_table& table) { return *schema_within(table); }
const schema& schema_of(const kind_row& row) { return schema_of(row.table()); }

} // namespace troupe
