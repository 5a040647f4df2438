// Equality as the API means it: an absent field and a zero one are the same unless the field is a pointer upstream.
#include <google/protobuf/message.h>
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "messages/api/options.pb.h"

namespace troupe::gateway {
namespace pb = google::protobuf;
namespace {

bool same_scalar(const Message& left, const Message& right, const pb::FieldDescriptor* field) {
  auto* reflection = left.GetReflection();
  using type = pb::FieldDescriptor;
  switch (field->cpp_type()) {
    case type::CPPTYPE_STRING: {
      std::string scratch_left, scratch_right;
      return reflection->GetStringReference(left, field, &scratch_left) ==
             reflection->GetStringReference(right, field, &scratch_right);
    }
    case type::CPPTYPE_BOOL:
      return reflection->GetBool(left, field) == reflection->GetBool(right, field);
    case type::CPPTYPE_INT32:
      return reflection->GetInt32(left, field) == reflection->GetInt32(right, field);
    case type::CPPTYPE_INT64:
      return reflection->GetInt64(left, field) == reflection->GetInt64(right, field);
    case type::CPPTYPE_DOUBLE:
      return reflection->GetDouble(left, field) == reflection->GetDouble(right, field);
    case type::CPPTYPE_UINT32:
      return reflection->GetUInt32(left, field) == reflection->GetUInt32(right, field);
    case type::CPPTYPE_UINT64:
      return reflection->GetUInt64(left, field) == reflection->GetUInt64(right, field);
    default:
      return true;  // the API has no other
  }
}

bool same_item(const Message& left, const Message& right, const pb::FieldDescriptor* field, int at) {
  auto* reflection = left.GetReflection();
  using type = pb::FieldDescriptor;
  switch (field->cpp_type()) {
    case type::CPPTYPE_MESSAGE:
      return same(reflection->GetRepeatedMessage(left, field, at), reflection->GetRepeatedMessage(right, field, at));
    case type::CPPTYPE_STRING:
      return reflection->GetRepeatedString(left, field, at) == reflection->GetRepeatedString(right, field, at);
    case type::CPPTYPE_INT32:
      return reflection->GetRepeatedInt32(left, field, at) == reflection->GetRepeatedInt32(right, field, at);
    case type::CPPTYPE_INT64:
      return reflection->GetRepeatedInt64(left, field, at) == reflection->GetRepeatedInt64(right, field, at);
    case type::CPPTYPE_BOOL:
      return reflection->GetRepeatedBool(left, field, at) == reflection->GetRepeatedBool(right, field, at);
    default:
      return true;
  }
}

bool same_field(const Message& left, const Message& right, const pb::FieldDescriptor* field) {
  auto* reflection = left.GetReflection();
  if (field->is_repeated()) {
    int size = reflection->FieldSize(left, field);
    if (size != reflection->FieldSize(right, field)) return false;
    for (int i = 0; i < size; ++i)
      if (!same_item(left, right, field, i)) return false;
    return true;
  }
  bool set_left = reflection->HasField(left, field), set_right = reflection->HasField(right, field);
  if (!set_left && !set_right) return true;
  bool pointer = field->options().GetExtension(troupe::field).pointer();
  if (pointer && set_left != set_right) return false;
  if (field->message_type()) return same(reflection->GetMessage(left, field), reflection->GetMessage(right, field));
  return same_scalar(left, right, field);
}

}  // namespace

bool same(const Message& left, const Message& right) {
  auto* type = left.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i)
    if (!same_field(left, right, type->field(i))) return false;
  return true;
}

}  // namespace troupe::gateway
