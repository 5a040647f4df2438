#include "messages/quantity.hpp"

#include <algorithm>
#include <limits>

#include "messages/limits.hpp"

namespace troupe {
namespace {

using wide = __int128;

constexpr wide nanos_per_unit = 1'000'000'000;
constexpr wide nanos_per_milli = 1'000'000;
constexpr wide nanos_most = wide(std::numeric_limits<int64_t>::max()) * nanos_per_unit;
constexpr std::string_view format_wrong =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
constexpr std::string_view suffix_wrong = "unable to parse quantity's suffix";

bool digit(char c) { return c >= '0' && c <= '9'; }

struct parts {
  bool negative = false;
  std::string_view whole, fraction, suffix;
};

// Splits by upstream's grammar, which is laxer than its expression: "1.", ".5" and "+" pass. False: wrong format.
bool split(std::string_view text, parts& to) {
  size_t at = 0;
  auto digits = [&] {
    size_t start = at;
    while (at < text.size() && digit(text[at])) at++;
    return text.substr(start, at - start);
  };
  if (text[0] == '-' || text[0] == '+') {
    to.negative = text[0] == '-';
    at++;
  }
  to.whole = digits();
  if (at < text.size() && text[at] == '.') {
    at++;
    to.fraction = digits();
  }
  size_t suffix_at = at;
  while (at < text.size() && std::string_view("eEinumkKMGTP").find(text[at]) != std::string_view::npos) at++;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) at++;
  digits();
  to.suffix = text.substr(suffix_at);
  return at == text.size();
}

struct scale {
  int base = 10, exponent = 0;
  quantity::form shown = quantity::form::decimal;
};

bool scale_of(std::string_view suffix, scale& to) {
  if (suffix.empty()) return true;
  constexpr std::string_view decimal = "num kMGTPE"; // 10^-9 ... 10^18
  constexpr std::string_view binary = "KMGTPE";
  if (suffix.size() == 1 && suffix[0] != ' ')
    if (size_t at = decimal.find(suffix[0]); at != std::string_view::npos) {
      to.exponent = int(at) * 3 - 9;
      return true;
    }
  if (suffix.size() == 2 && suffix[1] == 'i')
    if (size_t at = binary.find(suffix[0]); at != std::string_view::npos) {
      to = {2, int(at + 1) * 10, quantity::form::binary};
      return true;
    }
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return false;
  bool negative = suffix[1] == '-';
  std::string_view number = suffix.substr(suffix[1] == '-' || suffix[1] == '+' ? 2 : 1);
  if (number.empty() || number.size() > 9) return false;
  int exponent = 0;
  for (char c : number) {
    if (!digit(c)) return false;
    exponent = exponent * 10 + (c - '0');
  }
  to = {10, negative ? -exponent : exponent, quantity::form::exponent};
  return true;
}

wide clamp(wide nanos) { return std::clamp(nanos, -nanos_most, nanos_most); }

// a / b away from zero.
wide divide_up(wide a, wide b) { return a >= 0 ? (a + b - 1) / b : -((-a + b - 1) / b); }

int64_t saturate(wide value) {
  constexpr wide most = std::numeric_limits<int64_t>::max(), least = std::numeric_limits<int64_t>::min();
  return int64_t(std::clamp(value, least, most));
}

// The digits before and after the point as nanos of the scale: exact while it fits, then the largest; what is below a
// billionth rounds up.
wide nanos_of(std::string_view whole, std::string_view fraction, const scale& by) {
  wide value = 0;
  int shift = by.base == 10 ? by.exponent + 9 : 9; // decimal digits still to move left
  bool rest = false;
  constexpr wide room = std::numeric_limits<wide>::max() / 10 - 10;
  wide limit = by.base == 2 ? (room >> by.exponent) / nanos_per_unit : room;
  for (char c : whole) {
    if (value > limit / 10 - 1) return nanos_most;
    value = value * 10 + (c - '0');
  }
  for (char c : fraction) {
    if (value > limit / 10 - 1) {
      rest |= c != '0';
      continue;
    }
    value = value * 10 + (c - '0');
    shift--;
  }
  if (by.base == 2) value <<= by.exponent;
  for (; shift > 0 && value != 0; shift--) {
    if (value > room / 10) return nanos_most;
    value *= 10;
  }
  for (; shift < 0 && (value != 0); shift++) {
    rest |= value % 10 != 0;
    value /= 10;
  }
  return clamp(value + (rest ? 1 : 0));
}

std::string digits_of(wide value) {
  bool negative = value < 0;
  if (negative) value = -value;
  std::string text;
  do {
    text.push_back(char('0' + int(value % 10)));
    value /= 10;
  } while (value != 0);
  if (negative) text.push_back('-');
  std::reverse(text.begin(), text.end());
  return text;
}

} // namespace

quantity quantity::of(int64_t value, form shown) { return {clamp(wide(value) * nanos_per_unit), shown}; }
quantity quantity::of_milli(int64_t value, form shown) { return {wide(value) * nanos_per_milli, shown}; }

std::optional<quantity> quantity::parse(std::string_view text, std::string* error) {
  auto wrong = [&](std::string_view why) -> std::optional<quantity> {
    if (error) *error = why;
    return std::nullopt;
  };
  parts split_text;
  if (text.empty() || text.size() > quantity_bytes_max || !split(text, split_text)) return wrong(format_wrong);
  scale by;
  if (!scale_of(split_text.suffix, by)) return wrong(suffix_wrong);
  wide nanos = nanos_of(split_text.whole, split_text.fraction, by);
  return quantity(split_text.negative ? -nanos : nanos, by.shown);
}

quantity quantity::parse_or_zero(std::string_view text) { return parse(text).value_or(quantity()); }

int64_t quantity::value() const { return saturate(divide_up(nanos_, nanos_per_unit)); }
int64_t quantity::milli_value() const { return saturate(divide_up(nanos_, nanos_per_milli)); }
double quantity::approximate() const { return double(nanos_) / 1e9; }

quantity quantity::rounded_to_milli() const { return {divide_up(nanos_, nanos_per_milli) * nanos_per_milli, form_}; }

quantity& quantity::operator+=(const quantity& other) {
  if (zero()) form_ = other.form_;
  nanos_ = clamp(nanos_ + other.nanos_);
  return *this;
}

quantity& quantity::operator-=(const quantity& other) {
  if (zero()) form_ = other.form_;
  nanos_ = clamp(nanos_ - other.nanos_);
  return *this;
}

std::string quantity::text() const {
  if (nanos_ == 0) return "0";
  bool whole = nanos_ % nanos_per_unit == 0;
  bool small = nanos_ > -1024 * nanos_per_unit && nanos_ < 1024 * nanos_per_unit;
  if (form_ == form::binary && whole && !small) return binary_text();
  return decimal_text(form_ == form::exponent);
}

std::string quantity::decimal_text(bool exponent) const {
  wide number = nanos_;
  int power = -9;
  while (number % 1000 == 0 && power < 18) {
    number /= 1000;
    power += 3;
  }
  std::string text = digits_of(number);
  if (power == 0) return text;
  if (exponent) return text + "e" + std::to_string(power);
  return text + "num kMGTPE"[(power + 9) / 3];
}

std::string quantity::binary_text() const {
  wide number = nanos_ / nanos_per_unit;
  int steps = 0;
  while (number % 1024 == 0 && steps < 6) {
    number /= 1024;
    steps++;
  }
  std::string text = digits_of(number);
  if (steps != 0) text.append({"KMGTPE"[steps - 1], 'i'});
  return text;
}

} // namespace troupe
