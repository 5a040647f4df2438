#include "messages/object.hpp"

#include <google/protobuf/message.h>

#include <cstring>
#include <mutex>
#include <new>

#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"
#include "messages/wire_reader.hpp"

namespace troupe {
namespace {

using object_meta_type = k8s::io::apimachinery::pkg::apis::meta::v1::ObjectMeta;

// Field numbers of ObjectMeta; its own number is 1 in every kind.
constexpr uint64_t metadata_number = 1;
constexpr uint64_t name_number = 1, space_number = 3, uid_number = 5, deletion_number = 9, labels_number = 11;
constexpr uint64_t labels_tag = labels_number << 3 | 2;

// Guards the weak pointers of objects; striped, because an object is too small for a mutex of its own.
constexpr size_t lock_stripes = 64;
std::mutex& lock_of(const object* of) {
  static std::mutex locks[lock_stripes];
  return locks[reinterpret_cast<uintptr_t>(of) >> 6 & (lock_stripes - 1)];
}

} // namespace

std::string object_key::text() const {
  std::string text(kind ? group_resource(*kind) : std::string_view());
  text.reserve(text.size() + space.size() + name.size() + 2);
  text.append("/").append(space).append("/").append(name);
  return text;
}

object::object(const kind_row* kind, uint64_t revision, uint32_t size) : kind_(kind), revision_(revision), size_(size) {}

object_ptr object::make(const kind_row& kind, uint64_t revision, std::string_view bytes) {
  void* block = ::operator new(sizeof(object) + bytes.size());
  auto* made = new (block) object(&kind, revision, uint32_t(bytes.size()));
  memcpy(static_cast<void*>(made + 1), bytes.data(), bytes.size());
  auto start = reinterpret_cast<const uint8_t*>(made + 1);
  auto offset = [&](std::string_view part) { return uint32_t(reinterpret_cast<const uint8_t*>(part.data()) - start); };
  wire_reader whole(made->bytes());
  if (tag_number(whole.varint()) == metadata_number) {
    for (wire_reader meta(whole.bytes()); meta.more();) {
      const uint8_t* at = meta.at;
      uint64_t tag = meta.varint(), number = tag_number(tag);
      if (tag_type(tag) != 2) {
        meta.skip(tag_type(tag));
        continue;
      }
      std::string_view value = meta.bytes();
      if (number == name_number) {
        made->name_at_ = offset(value);
        made->name_size_ = uint16_t(value.size());
      } else if (number == space_number) {
        made->space_at_ = offset(value);
        made->space_size_ = uint16_t(value.size());
      } else if (number == uid_number) {
        made->uid_at_ = offset(value);
        made->uid_size_ = uint8_t(value.size());
      } else if (number == deletion_number) {
        made->deleting_ = true;
      } else if (number == labels_number && made->labels_at_ == 0) {
        made->labels_at_ = uint32_t(at - start);
      }
    }
  }
  return object_ptr(made, dropper());
}

void object::dropper::operator()(const object* dropped) const {
  dropped->~object();
  ::operator delete(const_cast<object*>(dropped));
}

std::string_view object::bytes() const { return {reinterpret_cast<const char*>(this + 1), size_}; }

size_t object::memory_bytes() const {
  constexpr size_t control_block_bytes = 32, allocations_bytes = 2 * 8;
  return sizeof(object) + size_ + control_block_bytes + allocations_bytes;
}

std::string_view object::name() const { return bytes().substr(name_at_, name_size_); }
std::string_view object::space() const { return bytes().substr(space_at_, space_size_); }
std::string_view object::uid() const { return bytes().substr(uid_at_, uid_size_); }

object_key object::key() const {
  return {&kinds()[kind_->storage], std::string(space()), std::string(name())};
}

// Labels are repeated entries that follow each other: numbers are written in order.
bool object::next_label(size_t& at, std::string_view& key, std::string_view& value) const {
  if (at == 0) return false;
  std::string_view all = bytes();
  wire_reader whole(all);
  whole.varint();
  std::string_view meta = whole.bytes();
  wire_reader reader(reinterpret_cast<const uint8_t*>(all.data()) + at,
                     reinterpret_cast<const uint8_t*>(meta.data()) + meta.size());
  if (!reader.more() || reader.varint() != labels_tag) return false;
  key = value = {};
  for (wire_reader entry(reader.bytes()); entry.more();) {
    uint64_t tag = entry.varint();
    (tag_number(tag) == 1 ? key : value) = entry.bytes();
  }
  at = size_t(reader.at - reinterpret_cast<const uint8_t*>(all.data()));
  return !reader.failed;
}

std::string_view object::label(std::string_view key) const {
  std::string_view found, each, value;
  for (size_t at = labels_at_; next_label(at, each, value);) {
    if (each != key) continue;
    found = value.data() ? value : std::string_view("", 0);
    break;
  }
  return found;
}

text_ptr object::json() const {
  std::lock_guard guard(lock_of(this));
  if (auto text = json_.lock()) return text;
  auto text = std::make_shared<std::string>();
  text->reserve(size_t(size_) * 2);
  wire_to_json(*text, bytes(), kind_->table(), api_version(*kind_), kind_->kind, std::to_string(revision_));
  json_ = text;
  return text;
}

void object::append_item_json(std::string& out) const {
  text_ptr held;
  {
    std::lock_guard guard(lock_of(this));
    held = json_.lock();
  }
  if (!held) return wire_to_json(out, bytes(), kind_->table(), {}, {}, std::to_string(revision_));
  // The text begins with `{"kind":"...","apiVersion":"...",`; neither needs an escape.
  constexpr size_t punctuation = std::string_view(R"({"kind":"","apiVersion":"")").size();
  size_t head = punctuation + kind_->kind.size() + api_version(*kind_).size();
  out.push_back('{');
  out.append(*held, (*held)[head] == ',' ? head + 1 : head);
}

std::string object::protobuf() const {
  std::string out;
  wire_with_version(out, bytes(), std::to_string(revision_));
  return out;
}

std::shared_ptr<const google::protobuf::Message> object::message() const {
  std::lock_guard guard(lock_of(this));
  if (auto made = message_.lock()) return made;
  std::shared_ptr<google::protobuf::Message> made(new_message(*kind_));
  made->ParseFromArray(bytes().data(), int(size_));
  if (auto* meta = object_meta(*made))
    static_cast<object_meta_type*>(meta)->set_resourceversion(std::to_string(revision_));
  message_ = made;
  return made;
}

} // namespace troupe
