#include "messages/json_text.hpp"

#include <emmintrin.h>

#include <array>
#include <charconv>

#include "messages/base64.hpp"

namespace troupe {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

// Bytes that JSON text shows as they are: ASCII without control characters, quotes and Go's HTML escapes.
constexpr std::array<bool, 256> plain_bytes = [] {
  std::array<bool, 256> plain{};
  for (int i = 0x20; i < 0x80; i++) plain[size_t(i)] = i != '"' && i != '\\' && i != '<' && i != '>' && i != '&';
  return plain;
}();

__m128i equals(__m128i bytes, char value) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(value)); }

// Length of the run of plain bytes at the front; sixteen at a time, since most of an object is plain.
size_t plain_run(const char* at, const char* end) {
  const char* start = at;
  for (; end - at >= 16; at += 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i quotes = _mm_or_si128(equals(bytes, '"'), equals(bytes, '\\'));
    __m128i html = _mm_or_si128(equals(bytes, '&'), _mm_or_si128(equals(bytes, '<'), equals(bytes, '>')));
    __m128i control_or_high = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)); // signed: from 0x80 on they are negative
    int found = _mm_movemask_epi8(_mm_or_si128(control_or_high, _mm_or_si128(quotes, html)));
    if (found != 0) return size_t(at - start) + size_t(__builtin_ctz(unsigned(found)));
  }
  while (at < end && plain_bytes[uint8_t(*at)]) at++;
  return size_t(at - start);
}

void append_escape(std::string& out, uint8_t byte) {
  switch (byte) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default:
      out += "\\u00";
      out.push_back(hex_digits[byte >> 4]);
      out.push_back(hex_digits[byte & 15]);
  }
}

// Length of the well-formed UTF-8 sequence at `at`, 0 if it is none (overlong and surrogate forms included, RFC 3629).
size_t utf8_length(const char* at, const char* end) {
  auto byte = [&](int i) { return uint8_t(at[i]); };
  uint8_t first = byte(0);
  size_t length = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 && first < 0xF0 ? 3 : first >= 0xC2 && first < 0xE0 ? 2 : 0;
  if (length == 0 || size_t(end - at) < length) return 0;
  for (size_t i = 1; i < length; i++)
    if ((byte(int(i)) & 0xC0) != 0x80) return 0;
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) > 0x9F) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  const char *at = text.data(), *end = at + text.size();
  while (at < end) {
    size_t run = plain_run(at, end);
    out.append(at, run);
    at += run;
    if (at == end) break;
    uint8_t byte = uint8_t(*at);
    if (byte < 0x80) {
      append_escape(out, byte);
      at++;
      continue;
    }
    size_t length = utf8_length(at, end);
    bool separator = length == 3 && byte == 0xE2 && uint8_t(at[1]) == 0x80 && (uint8_t(at[2]) | 1) == 0xA9;
    if (separator) {
      out += uint8_t(at[2]) == 0xA8 ? "\\u2028" : "\\u2029";
    } else if (length != 0) {
      out.append(at, length);
    } else {
      out += "\\ufffd";
      length = 1;
    }
    at += length;
  }
  out.push_back('"');
}

void append_json_base64(std::string& out, std::string_view bytes) {
  out.push_back('"');
  append_base64(out, bytes);
  out.push_back('"');
}

void append_integer(std::string& out, int64_t value) {
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, size_t(end.ptr - digits));
}

void append_real(std::string& out, double value) {
  char digits[400]; // fixed notation below 1e21 and the shortest digits from 1e-6: well below this
  double size = value < 0 ? -value : value;
  bool scientific = size != 0 && (size < 1e-6 || size >= 1e21);
  auto end = std::to_chars(digits, digits + sizeof digits, value,
                           scientific ? std::chars_format::scientific : std::chars_format::fixed);
  std::string text(digits, size_t(end.ptr - digits));
  size_t length = text.size();
  if (scientific && length >= 4 && text[length - 4] == 'e' && text[length - 3] == '-' && text[length - 2] == '0')
    text.erase(length - 2, 1); // 1e-07 is 1e-7 in Go's JSON
  out += text;
}

namespace {

// True if the text is compact and needs no escape for certain: the form in which other programs send it.
bool surely_compact(std::string_view json) {
  const char *at = json.data(), *end = at + json.size();
  for (; end - at >= 16; at += 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i html = _mm_or_si128(equals(bytes, '&'), _mm_or_si128(equals(bytes, '<'), equals(bytes, '>')));
    __m128i space_or_high = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x21));
    if (_mm_movemask_epi8(_mm_or_si128(html, space_or_high)) != 0) return false;
  }
  for (; at < end; at++)
    if (*at <= ' ' || *at == '&' || *at == '<' || *at == '>') return false; // signed: high bytes too
  return true;
}

} // namespace

void append_compact_json(std::string& out, std::string_view json) {
  if (surely_compact(json)) {
    out += json;
    return;
  }
  bool quoted = false;
  for (size_t i = 0; i < json.size(); i++) {
    char byte = json[i];
    bool space = byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
    if (!quoted && space) continue;
    if (byte == '"') quoted = !quoted;
    if (quoted && byte == '\\' && i + 1 < json.size()) {
      out.append(json, i, 2);
      i++;
    } else if (byte == '<' || byte == '>' || byte == '&') {
      append_escape(out, uint8_t(byte));
    } else if (uint8_t(byte) == 0xE2 && json.size() - i >= 3 && uint8_t(json[i + 1]) == 0x80 &&
               (uint8_t(json[i + 2]) | 1) == 0xA9) {
      out += uint8_t(json[i + 2]) == 0xA8 ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out.push_back(byte);
    }
  }
}

bool is_utf8(std::string_view text) {
  const char *at = text.data(), *end = at + text.size();
  while (at < end) {
    size_t length = uint8_t(*at) < 0x80 ? 1 : utf8_length(at, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string to_utf8(std::string_view text) {
  std::string out;
  const char *at = text.data(), *end = at + text.size();
  while (at < end) {
    size_t length = uint8_t(*at) < 0x80 ? 1 : utf8_length(at, end);
    out += length == 0 ? std::string_view("\xEF\xBF\xBD") : std::string_view(at, length);
    at += length == 0 ? 1 : length;
  }
  return out;
}

std::string go_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char *at = text.data(), *end = at + text.size(); at < end;) {
    uint8_t byte = uint8_t(*at);
    size_t length = byte < 0x80 ? 1 : utf8_length(at, end);
    if (byte == '"' || byte == '\\') {
      out.push_back('\\');
      out.push_back(char(byte));
    } else if (byte == '\n' || byte == '\r' || byte == '\t' || byte == '\b' || byte == '\f') {
      append_escape(out, byte);
    } else if (byte == '\a' || byte == '\v') {
      out += byte == '\a' ? "\\a" : "\\v";
    } else if (length == 0 || byte < 0x20 || byte == 0x7F) {
      out += "\\x";
      out.push_back(hex_digits[byte >> 4]);
      out.push_back(hex_digits[byte & 15]);
      length = 1;
    } else {
      out.append(at, length);
    }
    at += length;
  }
  out.push_back('"');
  return out;
}

} // namespace troupe
