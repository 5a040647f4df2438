#include "messages/time_format.hpp"

#include <limits>

#include "messages/json_text.hpp"

namespace troupe {
namespace {

constexpr int64_t seconds_per_day = 86'400;
constexpr int64_t ns_per_second = 1'000'000'000;
constexpr std::string_view time_layout = "2006-01-02T15:04:05Z07:00";
constexpr std::string_view micro_time_layout = "2006-01-02T15:04:05.000000Z07:00";

struct civil_date {
  int year, month, day;
};

// Days since 1970-01-01 to and from the proleptic Gregorian calendar, in eras of 400 years that begin in March.
civil_date date_of(int64_t days) {
  days += 719'468;
  int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  unsigned day_of_era = unsigned(days - era * 146'097);
  unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  unsigned month = (5 * day_of_year + 2) / 153;
  civil_date date;
  date.day = int(day_of_year - (153 * month + 2) / 5 + 1);
  date.month = int(month < 10 ? month + 3 : month - 9);
  date.year = int(year_of_era + era * 400) + (date.month <= 2);
  return date;
}

int64_t days_of(civil_date date) {
  int64_t year = date.year - (date.month <= 2);
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  unsigned year_of_era = unsigned(year - era * 400);
  unsigned day_of_year = unsigned((153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1);
  unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

void put_two(char* to, int value) {
  to[0] = char('0' + value / 10);
  to[1] = char('0' + value % 10);
}

// Writes "2026-11-24T09:05:00" (19 bytes).
void put_seconds(char* to, int64_t seconds) {
  int64_t days = (seconds >= 0 ? seconds : seconds - (seconds_per_day - 1)) / seconds_per_day;
  int rest = int(seconds - days * seconds_per_day);
  civil_date date = date_of(days);
  put_two(to, date.year / 100 % 100);
  put_two(to + 2, date.year % 100);
  to[4] = to[7] = '-';
  put_two(to + 5, date.month);
  put_two(to + 8, date.day);
  to[10] = 'T';
  put_two(to + 11, rest / 3600);
  put_two(to + 14, rest / 60 % 60);
  put_two(to + 17, rest % 60);
  to[13] = to[16] = ':';
}

bool leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in(int month, int year) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap(year) ? 29 : days[month - 1];
}

// Reads a time by Go's layout; says which element did not fit, as time.Parse does.
class time_reader {
public:
  time_reader(std::string_view text, std::string_view layout, std::string* error)
      : text_(text), rest_(text), layout_(layout), error_(error) {}

  std::optional<instant> read(bool micro) {
    civil_date date{};
    int hour = 0, minute = 0, second = 0;
    bool fits = number(4, "2006", date.year) && literal("-") && number(2, "01", date.month) &&
                in_range(date.month >= 1 && date.month <= 12, "month") && literal("-") && number(2, "02", date.day) &&
                literal("T") && number(2, "15", hour) && in_range(hour < 24, "hour") && literal(":") &&
                number(2, "04", minute) && in_range(minute < 60, "minute") && literal(":") &&
                number(2, "05", second) && in_range(second < 60, "second");
    if (!fits) return std::nullopt;
    int32_t nanoseconds = 0;
    if (micro ? !micro_fraction(nanoseconds) : !fraction(nanoseconds)) return std::nullopt;
    int64_t offset_seconds = 0;
    if (!offset(offset_seconds)) return std::nullopt;
    if (!rest_.empty()) {
      complain(": extra text: " + go_quoted(rest_));
      return std::nullopt;
    }
    if (!in_range(date.day >= 1 && date.day <= days_in(date.month, date.year), "day")) return std::nullopt;
    int64_t seconds = days_of(date) * seconds_per_day + hour * 3600 + minute * 60 + second - offset_seconds;
    return instant{seconds, nanoseconds};
  }

private:
  void complain(std::string what) {
    if (error_) *error_ = "parsing time " + go_quoted(text_) + what;
  }
  bool mismatch(std::string_view element) {
    complain(" as \"" + std::string(layout_) + "\": cannot parse " + go_quoted(rest_) + " as " + go_quoted(element));
    return false;
  }
  bool in_range(bool within, std::string_view what) {
    if (!within) complain(": " + std::string(what) + " out of range");
    return within;
  }
  bool number(size_t digits, std::string_view element, int& value) {
    if (rest_.size() < digits) return mismatch(element);
    value = 0;
    for (size_t i = 0; i < digits; i++) {
      if (rest_[i] < '0' || rest_[i] > '9') return mismatch(element);
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }
  bool literal(std::string_view element) {
    if (!rest_.starts_with(element)) return mismatch(element);
    rest_.remove_prefix(element.size());
    return true;
  }
  // Any number of digits; those beyond nanoseconds are dropped.
  bool fraction(int32_t& nanoseconds) {
    if (rest_.empty() || (rest_[0] != '.' && rest_[0] != ',')) return true;
    size_t digits = 1;
    int32_t unit = 100'000'000;
    for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; digits++, unit /= 10)
      nanoseconds += (rest_[digits] - '0') * unit;
    if (digits > 1) rest_.remove_prefix(digits);
    return true;
  }
  bool micro_fraction(int32_t& nanoseconds) {
    if (rest_.size() < 7 || rest_[0] != '.') return mismatch(".000000");
    int32_t value = 0;
    for (size_t i = 1; i < 7; i++) {
      if (rest_[i] < '0' || rest_[i] > '9') return mismatch(".000000");
      value = value * 10 + (rest_[i] - '0');
    }
    nanoseconds = value * 1000;
    rest_.remove_prefix(7);
    return true;
  }
  bool offset(int64_t& seconds) {
    if (rest_.starts_with('Z')) {
      rest_.remove_prefix(1);
      return true;
    }
    if (rest_.size() < 6 || (rest_[0] != '+' && rest_[0] != '-') || rest_[3] != ':') return mismatch("Z07:00");
    for (size_t i : {1, 2, 4, 5})
      if (rest_[i] < '0' || rest_[i] > '9') return mismatch("Z07:00");
    int hours = (rest_[1] - '0') * 10 + rest_[2] - '0', minutes = (rest_[4] - '0') * 10 + rest_[5] - '0';
    if (!in_range(hours <= 24, "time zone offset hour") || !in_range(minutes < 60, "time zone offset minute")) return false;
    seconds = (rest_[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    rest_.remove_prefix(6);
    return true;
  }

  std::string_view text_, rest_, layout_;
  std::string* error_;
};

// "1.5" of a unit: whole part, then the fraction without trailing zeros.
void append_fraction(std::string& out, uint64_t value, uint64_t unit) {
  append_integer(out, int64_t(value / unit));
  uint64_t fraction = value % unit;
  if (fraction == 0) return;
  std::string digits = std::to_string(unit + fraction).substr(1);
  while (digits.back() == '0') digits.pop_back();
  out += "." + digits;
}

int64_t unit_ns(std::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us" || unit == "\xC2\xB5s" || unit == "\xCE\xBCs") return 1'000;
  if (unit == "ms") return 1'000'000;
  if (unit == "s") return ns_per_second;
  if (unit == "m") return 60 * ns_per_second;
  if (unit == "h") return 3600 * ns_per_second;
  return 0;
}

bool digit(char c) { return c >= '0' && c <= '9'; }

} // namespace

void append_time(std::string& out, int64_t seconds) {
  char text[20];
  put_seconds(text, seconds);
  text[19] = 'Z';
  out.append(text, sizeof text);
}

void append_micro_time(std::string& out, int64_t seconds, int32_t nanoseconds) {
  char text[27];
  put_seconds(text, seconds);
  text[19] = '.';
  int micros = nanoseconds / 1000;
  for (int i = 25; i >= 20; i--, micros /= 10) text[i] = char('0' + micros % 10);
  text[26] = 'Z';
  out.append(text, sizeof text);
}

std::string format_time(int64_t seconds) {
  std::string out;
  append_time(out, seconds);
  return out;
}

std::string format_micro_time(int64_t seconds, int32_t nanoseconds) {
  std::string out;
  append_micro_time(out, seconds, nanoseconds);
  return out;
}

std::optional<instant> parse_time(std::string_view text, std::string* error) {
  return time_reader(text, time_layout, error).read(false);
}

std::optional<instant> parse_micro_time(std::string_view text, std::string* error) {
  return time_reader(text, micro_time_layout, error).read(true);
}

std::string format_duration(int64_t nanoseconds) {
  if (nanoseconds == 0) return "0s";
  std::string out;
  uint64_t size = nanoseconds < 0 ? 0 - uint64_t(nanoseconds) : uint64_t(nanoseconds);
  if (nanoseconds < 0) out.push_back('-');
  if (size < 1'000) {
    append_integer(out, int64_t(size));
    out += "ns";
  } else if (size < 1'000'000) {
    append_fraction(out, size, 1'000);
    out += "\xC2\xB5s";
  } else if (size < uint64_t(ns_per_second)) {
    append_fraction(out, size, 1'000'000);
    out += "ms";
  } else {
    uint64_t minutes = size / uint64_t(60 * ns_per_second);
    if (minutes >= 60) out += std::to_string(minutes / 60) + "h";
    if (minutes != 0) out += std::to_string(minutes % 60) + "m";
    append_fraction(out, size % uint64_t(60 * ns_per_second), uint64_t(ns_per_second));
    out.push_back('s');
  }
  return out;
}

std::optional<int64_t> parse_duration(std::string_view text, std::string* error) {
  auto wrong = [&](std::string_view what) -> std::optional<int64_t> {
    if (error) *error = "time: " + std::string(what) + " " + go_quoted(text);
    return std::nullopt;
  };
  std::string_view rest = text;
  bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return 0;
  if (rest.empty()) return wrong("invalid duration");
  __int128 total = 0;
  constexpr __int128 most = std::numeric_limits<int64_t>::max();
  while (!rest.empty()) {
    __int128 whole = 0, fraction = 0, scale = 1;
    size_t at = 0;
    for (; at < rest.size() && digit(rest[at]); at++) {
      whole = whole * 10 + (rest[at] - '0');
      if (whole > most) return wrong("invalid duration");
    }
    bool digits = at > 0;
    if (at < rest.size() && rest[at] == '.') {
      for (at++; at < rest.size() && digit(rest[at]); at++) {
        digits = true;
        if (scale < most / 10) fraction = fraction * 10 + (rest[at] - '0'), scale *= 10;
      }
    }
    if (!digits) return wrong("invalid duration");
    size_t unit_end = at;
    while (unit_end < rest.size() && rest[unit_end] != '.' && !digit(rest[unit_end])) unit_end++;
    if (unit_end == at) return wrong("missing unit in duration");
    std::string_view unit = rest.substr(at, unit_end - at);
    int64_t factor = unit_ns(unit);
    if (factor == 0) return wrong("unknown unit " + go_quoted(unit) + " in duration");
    total += whole * factor + fraction * factor / scale;
    if (total > most + (negative ? 1 : 0)) return wrong("invalid duration");
    rest.remove_prefix(unit_end);
  }
  return int64_t(negative ? -total : total);
}

std::string human_duration(int64_t seconds) {
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  auto pair = [](int64_t first, const char* first_unit, int64_t second, const char* second_unit) {
    std::string text = std::to_string(first) + first_unit;
    return second == 0 ? text : text + std::to_string(second) + second_unit;
  };
  int64_t minutes = seconds / 60, hours = seconds / 3600, days = hours / 24;
  if (seconds < 120) return std::to_string(seconds) + "s";
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return std::to_string(minutes) + "m";
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return std::to_string(hours) + "h";
  if (hours < 24 * 8) return pair(days, "d", hours % 24, "h");
  if (days < 365 * 2) return std::to_string(days) + "d";
  if (days < 365 * 8) return pair(days / 365, "y", days % 365, "d");
  return std::to_string(days / 365) + "y";
}

} // namespace troupe
