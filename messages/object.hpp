// The stored object: its encoded protobuf bytes in one immutable allocation, shared by store, tables, watches and
// controllers. JSON text and typed message are made on demand and shared while anybody holds them (notes: 5 to 7 times
// less memory than parsed messages).
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include "messages/kind.hpp"

namespace google::protobuf {
class Message;
}

namespace troupe {

class object;
using object_ptr = std::shared_ptr<const object>;
using text_ptr = std::shared_ptr<const std::string>;

/// Name of an object in the store. The text form, "GROUP_RESOURCE/NAMESPACE/NAME" (namespace empty for cluster scope),
/// orders objects as the API lists them.
struct object_key {
  const kind_row* kind = nullptr; // the storage row
  std::string space, name;        // namespace, name
  std::string text() const;
  bool operator==(const object_key&) const = default;
};

class object {
public:
  /// `bytes`: protobuf as upstream writes it (non-pointer fields always present), without metadata.resourceVersion,
  /// which is `revision` and is put in whenever the object is shown. Never fails: bytes come from our own encoder.
  static object_ptr make(const kind_row&, uint64_t revision, std::string_view bytes);
  object(const object&) = delete;
  object& operator=(const object&) = delete;

  const kind_row& kind() const { return *kind_; }
  uint64_t revision() const { return revision_; }
  std::string_view bytes() const;
  size_t memory_bytes() const;

  // Decoded once at make(): views into bytes().
  std::string_view name() const;
  std::string_view space() const; // namespace; empty for cluster scope
  std::string_view uid() const;
  bool deleting() const { return deleting_; } // has a deletionTimestamp
  object_key key() const;
  /// A label's value; data() == nullptr: no such label.
  std::string_view label(std::string_view key) const;
  /// Calls `visit(key, value)` for every label, in stored order.
  template <class Visit> void each_label(Visit&& visit) const;

  /// Compact JSON as the API answers it, resourceVersion included. Made at most once while anyone holds it.
  text_ptr json() const;
  /// Appends the same without kind and apiVersion, as an item of a list; made from the bytes where nobody holds the text.
  void append_item_json(std::string& out) const;
  /// The protobuf message with metadata.resourceVersion set (no envelope).
  std::string protobuf() const;
  /// Typed message, resourceVersion set; T must be the generated class of kind().message.
  template <class T> std::shared_ptr<const T> as() const { return std::static_pointer_cast<const T>(message()); }
  std::shared_ptr<const google::protobuf::Message> message() const;

private:
  object(const kind_row*, uint64_t revision, uint32_t size);
  struct dropper { void operator()(const object*) const; };
  bool next_label(size_t& at, std::string_view& key, std::string_view& value) const;
  const kind_row* kind_;
  uint64_t revision_;
  uint32_t size_;
  uint32_t name_at_ = 0, space_at_ = 0, uid_at_ = 0, labels_at_ = 0; // offsets into bytes()
  uint16_t name_size_ = 0, space_size_ = 0;
  uint8_t uid_size_ = 0;
  bool deleting_ = false;
  mutable std::weak_ptr<const std::string> json_;
  mutable std::weak_ptr<const google::protobuf::Message> message_;
};

template <class Visit>
void object::each_label(Visit&& visit) const {
  std::string_view key, value;
  for (size_t at = labels_at_; next_label(at, key, value);) visit(key, value);
}

} // namespace troupe
