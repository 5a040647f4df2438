// ConfigMaps as bytes, and calls that wait for their outcome: what the store's tests write with.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

#include "messages/call.hpp"
#include "messages/object.hpp"

namespace troupe::store_test {

inline const kind_row& kind_named(std::string_view plural, std::string_view group = "",
                                  std::string_view version = "v1") {
  auto row = find_kind(group, version, plural);
  if (row == nullptr) throw std::runtime_error("no such kind");
  return kinds()[row->storage];
}
inline const kind_row& config_maps() {
  return kind_named("configmaps");
}

inline void put_field(std::string& to, int number, std::string_view bytes) {
  to.push_back(static_cast<char>(number << 3 | 2));
  for (size_t size = bytes.size();; size >>= 7) {
    bool more = size > 127;
    to.push_back(static_cast<char>((size & 127) | (more ? 128 : 0)));
    if (!more) break;
  }
  to.append(bytes);
}

/// A ConfigMap with one entry, as its protobuf message.
inline std::string config_map_bytes(std::string_view space, std::string_view name, std::string_view text) {
  std::string meta, entry, whole;
  put_field(meta, 1, name);
  put_field(meta, 3, space);
  put_field(entry, 1, "text");
  put_field(entry, 2, text);
  put_field(whole, 1, meta);
  put_field(whole, 2, entry);
  return whole;
}

inline std::string text_of(const object& of) {
  auto bytes = std::string{of.bytes()};
  auto mark = bytes.rfind("\x0a\x04text\x12");  // the entry's key, then its value
  size_t at = mark + 7, size = 0;
  for (int shift = 0;; shift += 7) {
    auto part = static_cast<unsigned char>(bytes[at++]);
    size |= static_cast<size_t>(part & 127) << shift;
    if (part < 128) break;
  }
  return bytes.substr(at, size);
}

inline object_key key(std::string_view space, std::string_view name, const kind_row& kind = config_maps()) {
  return {&kind, std::string{space}, std::string{name}};
}
inline operation put(std::string_view space, std::string_view name, std::string_view text,
                     uint64_t expected = any_revision) {
  return {operation::verb::put, key(space, name), expected, config_map_bytes(space, name, text)};
}
inline operation removal(std::string_view space, std::string_view name, uint64_t expected = any_revision) {
  return {operation::verb::remove, key(space, name), expected, {}};
}
inline operation check(std::string_view space, std::string_view name, uint64_t expected) {
  return {operation::verb::check, key(space, name), expected, {}};
}

/// The home of a test's calls: runs a function with each one that comes back (on whatever thread answered it).
class test_home : public reply_sink {
 public:
  explicit test_home(std::function<void(const call_ptr&)> come) : come_(std::move(come)) {}
  void answered(call_ptr one) override { come_(one); }
  void post(std::function<void()> work) override { work(); }

 private:
  std::function<void(const call_ptr&)> come_;
};

inline call_ptr make_call(std::shared_ptr<reply_sink> home, txn write) {
  auto made = std::make_shared<call>();
  made->home = std::move(home);
  made->write = std::move(write);
  return made;
}

}  // namespace troupe::store_test
