#include <algorithm>
#include <cstdlib>
#include "actors/gateway/filters/filters.hpp"

namespace troupe::gateway {
namespace {

/// "30s", "1m30s", "500ms" (Go's time.ParseDuration, as far as clients use it) in milliseconds; nullopt: malformed.
std::optional<int64_t> duration_ms(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double total = 0;
  std::string rest(text);
  const char* at = rest.c_str();
  while (*at) {
    char* end = nullptr;
    double number = std::strtod(at, &end);
    if (end == at) return std::nullopt;
    std::string_view unit(end);
    double scale = 0;
    size_t size = 1;
    if (unit.starts_with("ms")) scale = 1, size = 2;
    else if (unit.starts_with("us")) scale = 0.001, size = 2;
    else if (unit.starts_with("ns")) scale = 0.000001, size = 2;
    else if (unit.starts_with('s')) scale = 1'000;
    else if (unit.starts_with('m')) scale = 60'000;
    else if (unit.starts_with('h')) scale = 3'600'000;
    else return std::nullopt;
    total += number * scale;
    at = end + size;
  }
  return static_cast<int64_t>(total);
}

} // namespace

filtered filter_deadline(exchange& run) {
  auto& call = run.request;
  if (lasts_long(run.info)) {
    call.deadline_ms = 0;
    return std::nullopt;
  }
  int64_t limit_ms = request_deadline_ms;
  if (auto asked = run.query.first("timeout"); asked && !asked->empty()) {
    auto wanted_ms = duration_ms(*asked);
    if (!wanted_ms) return fail(run, bad_request("invalid timeout specified in the request URL"));
    if (*wanted_ms > 0) limit_ms = std::min(limit_ms, *wanted_ms);
  }
  if (call.deadline_ms == 0) call.deadline_ms = call.steady_ms + limit_ms;
  return std::nullopt;
}

} // namespace troupe::gateway
