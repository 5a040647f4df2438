// Reading and writing fields of generated messages at their offsets (type_table.cpp says how these are known and checked).
// Internal to the codec: includes protobuf.
#pragma once
#include <google/protobuf/arenastring.h>
#include <google/protobuf/message.h>
#include <google/protobuf/repeated_field.h>

#include <utility>

#include "messages/type_table.hpp"

namespace troupe::access {

namespace pb = google::protobuf;
using pb::Message;
using pb::internal::ArenaStringPtr;

template <class T>
const T& at(const Message& message, const field_table& field) {
  return *reinterpret_cast<const T*>(reinterpret_cast<const char*>(&message) + field.offset);
}
template <class T>
T& at(Message& message, const field_table& field) {
  return *reinterpret_cast<T*>(reinterpret_cast<char*>(&message) + field.offset);
}

inline const uint32_t* has_words(const Message& message, const type_table& table) {
  return reinterpret_cast<const uint32_t*>(reinterpret_cast<const char*>(&message) + table.has_bits);
}
inline bool has(const Message& message, const type_table& table, const field_table& field) {
  return has_words(message, table)[field.has_bit >> 5] >> (field.has_bit & 31) & 1;
}
inline void set_has(Message& message, const type_table& table, const field_table& field) {
  const_cast<uint32_t*>(has_words(message, table))[field.has_bit >> 5] |= 1u << (field.has_bit & 31);
}

// Single fields.
inline const std::string& text(const Message& message, const field_table& field) {
  return at<ArenaStringPtr>(message, field).Get();
}
inline bool boolean(const Message& message, const field_table& field) { return at<bool>(message, field); }
inline int32_t int32(const Message& message, const field_table& field) { return at<int32_t>(message, field); }
inline int64_t int64(const Message& message, const field_table& field) { return at<int64_t>(message, field); }
inline double real(const Message& message, const field_table& field) { return at<double>(message, field); }
inline const Message& inner(const Message& message, const field_table& field) {
  auto* pointer = at<Message*>(message, field);
  return pointer ? *pointer : *field.type->prototype;
}

inline void set_text(Message& message, const type_table& table, const field_table& field, std::string&& value) {
  at<ArenaStringPtr>(message, field).Set(std::move(value), message.GetArena());
  set_has(message, table, field);
}
template <class T>
void set(Message& message, const type_table& table, const field_table& field, T value) {
  at<T>(message, field) = value;
  set_has(message, table, field);
}
inline Message& edit(Message& message, const type_table& table, const field_table& field) {
  auto*& pointer = at<Message*>(message, field);
  if (!pointer) pointer = field.type->prototype->New(message.GetArena());
  set_has(message, table, field);
  return *pointer;
}

// Repeated fields. Pointers to messages and strings are kept alike, so the size of any of them is read as of messages.
using messages = pb::RepeatedPtrField<Message>;
using texts = pb::RepeatedPtrField<std::string>;

inline int size(const Message& message, const field_table& field) {
  switch (field.kind) {
    case value_kind::int32: return at<pb::RepeatedField<int32_t>>(message, field).size();
    case value_kind::int64: return at<pb::RepeatedField<int64_t>>(message, field).size();
    case value_kind::boolean: return at<pb::RepeatedField<bool>>(message, field).size();
    case value_kind::real: return at<pb::RepeatedField<double>>(message, field).size();
    default: return at<messages>(message, field).size();
  }
}
inline const Message& item(const Message& message, const field_table& field, int index) {
  return at<messages>(message, field).Get(index);
}
inline Message& item(Message& message, const field_table& field, int index) {
  return *at<messages>(message, field).Mutable(index);
}
inline const std::string& text_item(const Message& message, const field_table& field, int index) {
  return at<texts>(message, field).Get(index);
}
/// Of booleans and integers.
inline int64_t integer_item(const Message& message, const field_table& field, int index) {
  if (field.kind == value_kind::int32) return at<pb::RepeatedField<int32_t>>(message, field).Get(index);
  if (field.kind == value_kind::int64) return at<pb::RepeatedField<int64_t>>(message, field).Get(index);
  return at<pb::RepeatedField<bool>>(message, field).Get(index);
}
inline Message& add(Message& message, const field_table& field) {
  Message* made = field.type->prototype->New(message.GetArena());
  at<messages>(message, field).UnsafeArenaAddAllocated(made);
  return *made;
}
inline void add_text(Message& message, const field_table& field, std::string&& value) {
  *at<texts>(message, field).Add() = std::move(value);
}

} // namespace troupe::access
