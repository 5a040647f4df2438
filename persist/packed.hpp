// Fixed-size fields in bytes, little endian (the only order this runs on; checked below).
#pragma once
#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace troupe {

static_assert(std::endian::native == std::endian::little);

template <class T>
void put_packed(std::string& to, const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>,
                "no padding: what is written must not depend on what was in memory");
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Takes values from the front; after the first one that is not there, `ok()` is false and all further ones are zero.
class packed_reader {
 public:
  explicit packed_reader(std::string_view bytes) : rest_(bytes) {}
  template <class T>
  T take() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    auto bytes = take_bytes(sizeof value);
    if (ok_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view take_bytes(size_t size) {
    if (!ok_ || rest_.size() < size) {
      ok_ = false;
      return {};
    }
    auto bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace troupe
