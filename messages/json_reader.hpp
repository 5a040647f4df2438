// A pull reader of JSON text (RFC 8259) with the error texts of Go's encoding/json, which is what clients of the API see.
// The first syntax error is kept and everything after it reads as empty, so callers need not look after every token;
// nothing is thrown.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

class json_reader {
public:
  explicit json_reader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool failed() const { return !error_.empty(); }
  const std::string& error() const { return error_; }
  /// Next significant byte without taking it; 0 after an error or at the end (which is one).
  char peek() {
    space();
    return at_ < end_ ? *at_ : ended();
  }
  /// Takes `byte` if it is next.
  bool take(char byte) {
    if (peek() != byte || at_ == end_) return false;
    at_++;
    return true;
  }

  // Objects and arrays: `if (enter('{')) do { name(); ... } while (more('}'));`
  /// Takes the opening byte, which must be next; false if the object or array is empty (then it is taken whole).
  bool enter(char opening);
  /// After a member or item: true if another follows, false when the closing byte was taken.
  bool more(char closing) { return take(',') || last(closing); }
  /// A member's name and its colon. Valid until the next name or string is read.
  std::string_view name();

  /// Takes `null` if it is next.
  bool null() { return peek() == 'n' && word("null"); }
  bool boolean();
  /// Decoded; bytes that are no UTF-8 become U+FFFD. Valid until the next name or string is read.
  std::string_view string();
  /// As written; checked against the grammar.
  std::string_view number();
  /// Skips a value of any type, checking it.
  void skip();
  /// The same; the text of the value.
  std::string_view raw();
  /// Everything was read: only white space may be left.
  void finish();

private:
  char ended();
  bool last(char closing);
  void fail(std::string message);
  void fail_here(std::string_view context);
  void space() {
    while (at_ < end_ && uint8_t(*at_) <= ' ' && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) at_++;
  }
  bool word(std::string_view literal);
  void skip_scalar();
  void skip_string();
  void plain_run();
  std::string_view escaped_string(const char* start);
  bool escape();
  uint32_t hex_quad();
  void append_utf8(uint32_t code);
  const char *at_, *end_;
  std::string_view checked(std::string_view text);
  std::string scratch_, error_;
  bool high_ = false; // the string being read may have bytes from 0x80 on
};

/// Checks a whole text; empty: valid JSON, else the error.
std::string json_error(std::string_view text);

} // namespace troupe
