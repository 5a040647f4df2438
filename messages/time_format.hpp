// Times and durations as the API writes them: RFC 3339 in UTC, Go's duration syntax. Pure: the clock is the caller's.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

struct instant {
  int64_t seconds = 0; // since 1970-01-01T00:00:00Z
  int32_t nanoseconds = 0;
  bool operator==(const instant&) const = default;
};

/// "2026-11-24T09:05:00Z"; fractions are dropped (metav1.Time).
std::string format_time(int64_t seconds);
void append_time(std::string& out, int64_t seconds);
/// "2026-11-24T09:05:00.000000Z", always six digits (metav1.MicroTime).
std::string format_micro_time(int64_t seconds, int32_t nanoseconds);
void append_micro_time(std::string& out, int64_t seconds, int32_t nanoseconds);

/// RFC 3339 with any offset and fraction. On failure `error`, if given, is the text of Go's time.Parse:
/// `parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"`.
std::optional<instant> parse_time(std::string_view text, std::string* error = nullptr);
/// The same with exactly six fractional digits, as metav1.MicroTime wants.
std::optional<instant> parse_micro_time(std::string_view text, std::string* error = nullptr);

/// "1h2m3.5s"; zero is "0s" (Go's Duration.String).
std::string format_duration(int64_t nanoseconds);
/// Go's ParseDuration: "300ms", "-1.5h", "2h45m". Out of range and unknown units are errors.
std::optional<int64_t> parse_duration(std::string_view text, std::string* error = nullptr);

/// Short age as kubectl's tables print it: "5s", "3m20s", "47m", "2d3h", "15d", "2y40d".
std::string human_duration(int64_t seconds);

} // namespace troupe
