#include "messages/json_reader.hpp"

#include <emmintrin.h>

#include <vector>

#include "messages/json_text.hpp"
#include "messages/limits.hpp"

namespace troupe {
namespace {

constexpr std::string_view end_of_input = "unexpected end of JSON input";

// A byte as Go's scanner names it: 'x', '\'' and '"' specially, others as %q of the byte taken as a code point.
std::string quoted_byte(char byte) {
  if (byte == '\'') return "'\\''";
  if (byte == '"') return "'\"'";
  uint8_t code = uint8_t(byte);
  constexpr char hex[] = "0123456789abcdef";
  switch (byte) {
    case '\\': return "'\\\\'";
    case '\n': return "'\\n'";
    case '\r': return "'\\r'";
    case '\t': return "'\\t'";
    case '\b': return "'\\b'";
    case '\f': return "'\\f'";
    case '\a': return "'\\a'";
    case '\v': return "'\\v'";
    default: break;
  }
  if (code < 0x20 || code == 0x7F) return std::string("'\\x") + hex[code >> 4] + hex[code & 15] + "'";
  if (code < 0x7F) return std::string("'") + byte + "'";
  if (code < 0xA0 || code == 0xAD) return std::string("'\\u00") + hex[code >> 4] + hex[code & 15] + "'";
  return {'\'', char(0xC0 | code >> 6), char(0x80 | (code & 63)), '\''};
}

bool digit(char byte) { return byte >= '0' && byte <= '9'; }

} // namespace

void json_reader::fail(std::string message) {
  if (!failed()) error_ = std::move(message);
  at_ = end_;
}

void json_reader::fail_here(std::string_view context) {
  if (failed()) return;
  if (at_ == end_) return fail(std::string(end_of_input));
  fail("invalid character " + quoted_byte(*at_) + " " + std::string(context));
}

char json_reader::ended() {
  fail(std::string(end_of_input));
  return 0;
}

bool json_reader::enter(char opening) {
  if (!take(opening)) {
    fail_here("looking for beginning of value");
    return false;
  }
  return !take(opening == '{' ? '}' : ']') && !failed();
}

bool json_reader::last(char closing) {
  if (!take(closing)) fail_here(closing == '}' ? "after object key:value pair" : "after array element");
  return false;
}

std::string_view json_reader::name() {
  if (peek() != '"') {
    fail_here("looking for beginning of object key string");
    return {};
  }
  std::string_view text = string();
  if (!take(':')) fail_here("after object key");
  return text;
}

bool json_reader::boolean() {
  bool truth = peek() == 't';
  word(truth ? "true" : "false");
  return truth && !failed();
}

bool json_reader::word(std::string_view literal) {
  for (char byte : literal) {
    if (at_ == end_ || *at_ != byte) {
      fail_here(byte == literal[0] ? std::string("looking for beginning of value")
                                   : "in literal " + std::string(literal) + " (expecting " + quoted_byte(byte) + ")");
      return false;
    }
    at_++;
  }
  return true;
}

// Moves to the next quote, backslash or control byte.
void json_reader::plain_run() {
  for (; end_ - at_ >= 16; at_ += 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at_));
    __m128i special = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    __m128i limit = _mm_set1_epi8(0x1F);
    __m128i control = _mm_cmpeq_epi8(_mm_max_epu8(bytes, limit), limit); // unsigned: at most 0x1F
    high_ |= _mm_movemask_epi8(bytes) != 0;
    if (int found = _mm_movemask_epi8(_mm_or_si128(special, control))) {
      at_ += __builtin_ctz(unsigned(found));
      return;
    }
  }
  for (; at_ < end_ && *at_ != '"' && *at_ != '\\' && uint8_t(*at_) >= 0x20; at_++) high_ |= uint8_t(*at_) >= 0x80;
}

std::string_view json_reader::checked(std::string_view text) {
  if (!high_ || is_utf8(text)) return text;
  scratch_ = to_utf8(text);
  return scratch_;
}

std::string_view json_reader::string() {
  if (peek() != '"' || failed()) {
    fail_here("looking for beginning of value");
    return {};
  }
  const char* start = ++at_;
  high_ = false;
  plain_run();
  if (at_ < end_ && *at_ == '"') return checked({start, size_t(at_++ - start)});
  return escaped_string(start);
}

std::string_view json_reader::escaped_string(const char* start) {
  scratch_.assign(start, size_t(at_ - start));
  while (at_ < end_) {
    if (*at_ == '"') {
      at_++;
      return checked(scratch_);
    }
    if (*at_ != '\\') {
      fail_here("in string literal");
      return {};
    }
    at_++;
    if (!escape()) return {};
    const char* run = at_;
    plain_run();
    scratch_.append(run, size_t(at_ - run));
  }
  fail(std::string(end_of_input));
  return {};
}

// What follows a backslash. A lone surrogate becomes U+FFFD, as in Go.
bool json_reader::escape() {
  if (at_ == end_) {
    fail(std::string(end_of_input));
    return false;
  }
  constexpr std::string_view letters = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
  if (size_t index = letters.find(*at_); index != std::string_view::npos) {
    scratch_.push_back(values[index]);
    at_++;
    return true;
  }
  if (*at_ != 'u') {
    fail_here("in string escape code");
    return false;
  }
  at_++;
  uint32_t code = hex_quad();
  if (failed()) return false;
  if (code >= 0xD800 && code < 0xDC00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
    const char* before = at_;
    at_ += 2;
    uint32_t low = hex_quad();
    if (failed()) return false;
    if (low >= 0xDC00 && low < 0xE000) {
      append_utf8(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
      return true;
    }
    at_ = before;
  }
  append_utf8(code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
  return true;
}

uint32_t json_reader::hex_quad() {
  uint32_t code = 0;
  for (int i = 0; i < 4; i++, at_++) {
    char byte = at_ < end_ ? char(*at_ | 0x20) : 0; // digits have that bit already
    bool letter = byte >= 'a' && byte <= 'f';
    if (at_ == end_ || !(digit(*at_) || letter)) {
      fail_here("in \\u hexadecimal character escape");
      return 0;
    }
    code = code << 4 | uint32_t(letter ? byte - 'a' + 10 : byte - '0');
  }
  return code;
}

void json_reader::append_utf8(uint32_t code) {
  auto tail = [&](int shift) { scratch_.push_back(char(0x80 | (code >> shift & 63))); };
  if (code < 0x80) {
    scratch_.push_back(char(code));
  } else if (code < 0x800) {
    scratch_.push_back(char(0xC0 | code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    scratch_.push_back(char(0xE0 | code >> 12));
    tail(6), tail(0);
  } else {
    scratch_.push_back(char(0xF0 | code >> 18));
    tail(12), tail(6), tail(0);
  }
}

std::string_view json_reader::number() {
  char first = peek();
  if (failed()) return {};
  const char* start = at_;
  auto digits = [&](std::string_view context) {
    if (at_ == end_ || !digit(*at_)) return fail_here(context);
    while (at_ < end_ && digit(*at_)) at_++;
  };
  if (first == '-') at_++;
  if (at_ < end_ && *at_ == '0')
    at_++;
  else
    digits(first == '-' ? "in numeric literal" : "looking for beginning of value");
  if (at_ < end_ && *at_ == '.') {
    at_++;
    digits("after decimal point in numeric literal");
  }
  if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
    at_++;
    if (at_ < end_ && (*at_ == '+' || *at_ == '-')) at_++;
    digits("in exponent of numeric literal");
  }
  return failed() ? std::string_view() : std::string_view(start, size_t(at_ - start));
}

void json_reader::skip_string() {
  at_++;
  for (;;) {
    plain_run();
    if (at_ == end_) return fail(std::string(end_of_input));
    if (*at_ == '"') break;
    if (*at_ != '\\') return fail_here("in string literal");
    at_++;
    if (!escape()) return;
  }
  at_++;
}

void json_reader::skip_scalar() {
  switch (peek()) {
    case '"':
      scratch_.clear();
      skip_string();
      return;
    case 't':
    case 'f': boolean(); return;
    case 'n': word("null"); return;
    default: number();
  }
}

void json_reader::skip() {
  std::vector<char> open; // closing bytes awaited: no recursion, whatever the text nests
  do {
    char first = peek();
    if (failed()) return;
    if (first == '{' || first == '[') {
      if (open.size() >= size_t(json_depth_max)) return fail("exceeded max depth");
      if (enter(first)) {
        open.push_back(first == '{' ? '}' : ']');
        if (first == '{') name();
        continue;
      }
    } else {
      skip_scalar();
    }
    while (!open.empty() && !failed() && !more(open.back())) open.pop_back();
    if (!open.empty() && open.back() == '}') name();
  } while (!open.empty() && !failed());
}

std::string_view json_reader::raw() {
  if (peek() == 0) return {};
  const char* start = at_;
  skip();
  return failed() ? std::string_view() : std::string_view(start, size_t(at_ - start));
}

void json_reader::finish() {
  space();
  if (!failed() && at_ != end_) fail_here("after top-level value");
}

std::string json_error(std::string_view text) {
  json_reader reader(text);
  reader.skip();
  reader.finish();
  return reader.error();
}

} // namespace troupe
