#include "actors/gateway/strategies/cron_format.hpp"
#include <charconv>
#include <vector>
#include "actors/gateway/strategies/field_error.hpp"

namespace troupe::gateway {
namespace {

struct bounds {
  int first, last;
  const char* const* names;  // of the values from `first` on; null: none
  int name_count;
};

constexpr const char* months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr const char* days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr bounds fields[] = {
    {0, 59, nullptr, 0}, {0, 23, nullptr, 0}, {1, 31, nullptr, 0}, {1, 12, months, 12}, {0, 6, days, 7}};

std::vector<std::string> split(std::string_view text, std::string_view separators, bool keep_empty) {
  std::vector<std::string> parts;
  for (size_t from = 0; from <= text.size();) {
    size_t end = std::min(text.find_first_of(separators, from), text.size());
    if (end > from || keep_empty) parts.emplace_back(text.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

std::string number(std::string_view text, const bounds& field, int& value) {
  for (int i = 0; i < field.name_count; ++i) {
    std::string lower(text);
    for (char& letter : lower)
      if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (lower == field.names[i]) {
      value = field.first + i;
      return {};
    }
  }
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return "failed to parse int from " + std::string(text) + ": strconv.Atoi: parsing " + quoted(text) +
           ": invalid syntax";
  if (value < 0) return "negative number (" + std::to_string(value) + ") not allowed: " + std::string(text);
  return {};
}

std::string range_error(const std::string& text, const bounds& field) {
  auto with_step = split(text, "/", true);
  auto ends = split(with_step[0], "-", true);
  int first = field.first, last = field.last, step = 1;
  bool star = ends[0] == "*" || ends[0] == "?";
  if (!star) {
    if (auto wrong = number(ends[0], field, first); !wrong.empty()) return wrong;
    last = first;
    if (ends.size() == 2) {
      if (auto wrong = number(ends[1], field, last); !wrong.empty()) return wrong;
    } else if (ends.size() > 2) {
      return "too many hyphens: " + text;
    }
  }
  if (with_step.size() == 2) {
    if (auto wrong = number(with_step[1], {0, 0, nullptr, 0}, step); !wrong.empty()) return wrong;
    if (ends.size() == 1 && !star) last = field.last;
  } else if (with_step.size() > 2) {
    return "too many slashes: " + text;
  }
  if (first < field.first)
    return "beginning of range (" + std::to_string(first) + ") below minimum (" + std::to_string(field.first) +
           "): " + text;
  if (last > field.last)
    return "end of range (" + std::to_string(last) + ") above maximum (" + std::to_string(field.last) + "): " + text;
  if (first > last)
    return "beginning of range (" + std::to_string(first) + ") beyond end of range (" + std::to_string(last) +
           "): " + text;
  if (step == 0) return "step of range should be a positive number: " + text;
  return {};
}

}  // namespace

std::string schedule_error(std::string_view schedule) {
  if (schedule.empty()) return "empty spec string";
  if (schedule.front() == '@') {
    if (is_one_of(schedule, {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}) ||
        schedule.starts_with("@every "))
      return {};
    return "unrecognized descriptor: " + std::string(schedule);
  }
  auto parts = split(schedule, " \t", false);
  if (parts.size() != 5) {
    std::string list;
    for (auto& part : parts) list.append(list.empty() ? "" : " ").append(part);
    return "expected exactly 5 fields, found " + std::to_string(parts.size()) + ": [" + list + "]";
  }
  for (size_t i = 0; i < 5; ++i)
    for (auto& part : split(parts[i], ",", false))
      if (auto wrong = range_error(part, fields[i]); !wrong.empty()) return wrong;
  return {};
}

}  // namespace troupe::gateway
