#include "messages/go_names.hpp"

#include <google/protobuf/descriptor.h>

#include "messages/api/options.pb.h"

namespace troupe {
namespace {

namespace pb = google::protobuf;

// "v1.Pod": the last component of the package, as Go names its packages, and the type.
std::string go_name(const pb::Descriptor* type) {
  const std::string& package = type->file()->package();
  return package.substr(package.rfind('.') + 1) + "." + type->name();
}

std::string scalar_name(value_kind kind) {
  switch (kind) {
    case value_kind::boolean: return "bool";
    case value_kind::int32: return "int32";
    case value_kind::int64: return "int64";
    case value_kind::real: return "float64";
    case value_kind::bytes: return "[]uint8";
    default: return "string";
  }
}

} // namespace

std::string go_type(const field_table& field, bool item) {
  const Field& options = field.field->options().GetExtension(troupe::field);
  if (field.map && item) {
    const field_table& value = field.type->fields[1];
    return value.type ? go_name(value.type->descriptor) : scalar_name(value.kind);
  }
  std::string name;
  if (options.has_go()) {
    name = options.go();
  } else if (field.map) {
    return "map[string]" + go_type(field, true);
  } else if (options.has_enum_()) {
    const std::string& package = field.field->file()->package();
    const std::string& full = options.enum_();
    name = package.substr(package.rfind('.') + 1) + "." + full.substr(full.rfind('.') + 1);
  } else {
    name = field.type ? go_name(field.type->descriptor) : scalar_name(field.kind);
  }
  return field.repeated && !field.map && !item ? "[]" + name : name;
}

std::string_view json_type(char first) {
  switch (first) {
    case '{': return "object";
    case '[': return "array";
    case '"': return "string";
    case 't':
    case 'f': return "bool";
    default: return "number";
  }
}

} // namespace troupe
