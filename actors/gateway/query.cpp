#include "actors/gateway/query.hpp"
#include <charconv>

namespace troupe::gateway {
namespace {

int hex_digit(char from) {
  if (from >= '0' && from <= '9') return from - '0';
  if (from >= 'a' && from <= 'f') return from - 'a' + 10;
  if (from >= 'A' && from <= 'F') return from - 'A' + 10;
  return -1;
}

} // namespace

std::optional<std::string> unescape(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[at] != '%') {
      out += text[at];
    } else {
      if (at + 2 >= text.size()) return std::nullopt;
      int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      at += 2;
    }
  }
  return out;
}

query_values::query_values(std::string_view text) {
  while (!text.empty()) {
    size_t end = text.find('&');
    auto pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (pair.empty() || pair.find(';') != std::string_view::npos) continue;
    size_t equal = pair.find('=');
    auto name = unescape(pair.substr(0, equal), true);
    auto value = unescape(equal == std::string_view::npos ? std::string_view{} : pair.substr(equal + 1), true);
    if (name && value) values_.emplace_back(std::move(*name), std::move(*value));
  }
}

std::optional<std::string> query_values::first(std::string_view name) const {
  for (auto& [key, value] : values_)
    if (key == name) return value;
  return std::nullopt;
}

std::vector<std::string> query_values::all(std::string_view name) const {
  std::vector<std::string> found;
  for (auto& [key, value] : values_)
    if (key == name) found.push_back(value);
  return found;
}

bool query_values::flag(std::string_view name) const {
  auto value = first(name);
  if (!value) return false;
  if (*value == "0") return false;
  std::string lower;
  for (char letter : *value) lower += static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
  return lower != "false";
}

result<std::optional<int64_t>> query_values::integer(std::string_view name) const {
  auto value = first(name);
  if (!value || value->empty()) return std::optional<int64_t>{};
  int64_t number = 0;
  const char* begin = value->data();
  const char* end = begin + value->size();
  if (*begin == '+') ++begin;
  auto [at, error] = std::from_chars(begin, end, number);
  if (error == std::errc::result_out_of_range)
    return bad_request("strconv.ParseInt: parsing \"" + *value + "\": value out of range");
  if (error != std::errc{} || at != end) return bad_request("strconv.ParseInt: parsing \"" + *value + "\": invalid syntax");
  return std::optional<int64_t>{number};
}

} // namespace troupe::gateway
