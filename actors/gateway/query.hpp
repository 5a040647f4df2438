// A request's query, as Go's net/url reads it (RFC 3986; '+' is a space; pairs with ';' or bad escapes are dropped).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "messages/result.hpp"

namespace troupe::gateway {

class query_values {
public:
  explicit query_values(std::string_view text);
  query_values() = default;
  /// The first value of a name.
  std::optional<std::string> first(std::string_view name) const;
  std::string text(std::string_view name) const { return first(name).value_or(""); }
  std::vector<std::string> all(std::string_view name) const;
  bool has(std::string_view name) const { return first(name).has_value(); }
  /// As apimachinery converts a string to bool: "0" and "false" are false, all else (also "") is true; absent is false.
  bool flag(std::string_view name) const;
  /// As strconv.ParseInt: 400 with Go's words for what is no number. nullopt: absent or empty.
  result<std::optional<int64_t>> integer(std::string_view name) const;

private:
  std::vector<std::pair<std::string, std::string>> values_;
};

/// Percent decoding; nullopt where an escape is malformed.
std::optional<std::string> unescape(std::string_view text, bool plus_is_space);

} // namespace troupe::gateway
