#include "messages/base64.hpp"

#include <array>
#include <cstdint>

namespace troupe {
namespace {

constexpr char standard_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr uint8_t no_digit = 0xFF;

constexpr std::array<uint8_t, 256> values_of(const char* digits) {
  std::array<uint8_t, 256> values{};
  for (auto& value : values) value = no_digit;
  for (uint8_t i = 0; i < 64; i++) values[uint8_t(digits[i])] = i;
  return values;
}
constexpr auto standard_values = values_of(standard_digits);
constexpr auto url_values = values_of(url_digits);

void encode(std::string& out, std::string_view bytes, const char* digits, bool padded) {
  auto byte = [&](size_t i) { return uint32_t(uint8_t(bytes[i])); };
  size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    uint32_t word = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
    const char quad[4] = {digits[word >> 18], digits[word >> 12 & 63], digits[word >> 6 & 63], digits[word & 63]};
    out.append(quad, 4);
  }
  size_t left = bytes.size() - at;
  if (left == 0) return;
  uint32_t word = byte(at) << 16 | (left == 2 ? byte(at + 1) << 8 : 0);
  const char quad[4] = {digits[word >> 18], digits[word >> 12 & 63], left == 2 ? digits[word >> 6 & 63] : '=', '='};
  out.append(quad, padded ? 4 : left + 1);
}

} // namespace

void append_base64(std::string& out, std::string_view bytes) { encode(out, bytes, standard_digits, true); }

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

std::string base64_url(std::string_view bytes) {
  std::string out;
  encode(out, bytes, url_digits, false);
  return out;
}

std::optional<std::string> from_base64(std::string_view text, size_t* wrong_at) {
  auto wrong = [&](size_t at) -> std::optional<std::string> {
    if (wrong_at) *wrong_at = at;
    return std::nullopt;
  };
  std::string out;
  out.reserve(text.size() / 4 * 3);
  uint32_t word = 0;
  int digits = 0, padding = 0;
  for (size_t at = 0; at < text.size(); at++) {
    char c = text[at];
    if (c == '\n' || c == '\r') continue;
    if (padding != 0 && digits + padding == 4) return wrong(at); // after the end
    if (c == '=') {
      if (digits < 2) return wrong(at);
      padding++;
      continue;
    }
    uint8_t value = standard_values[uint8_t(c)];
    if (value == no_digit || padding != 0) return wrong(padding != 0 ? at - 1 : at);
    word = word << 6 | value;
    if (++digits < 4) continue;
    const char bytes[3] = {char(word >> 16), char(word >> 8), char(word)};
    out.append(bytes, 3);
    word = 0;
    digits = 0;
  }
  if (digits == 0 && padding == 0) return out;
  if (digits + padding != 4) return wrong(text.size() - size_t(digits) - size_t(padding));
  out.push_back(char(digits == 3 ? word >> 10 : word >> 4));
  if (digits == 3) out.push_back(char(word >> 2));
  return out;
}

std::optional<std::string> from_base64_url(std::string_view text) {
  std::string out;
  uint32_t word = 0;
  int bits = 0;
  for (char c : text) {
    uint8_t value = url_values[uint8_t(c)];
    if (value == no_digit) return std::nullopt;
    word = word << 6 | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(char(word >> bits & 0xFF));
    }
  }
  if (bits >= 6) return std::nullopt; // a lone digit
  return out;
}

} // namespace troupe
