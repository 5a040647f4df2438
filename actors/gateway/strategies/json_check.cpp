#include "actors/gateway/strategies/json_check.hpp"
#include <nlohmann/json.hpp>

namespace troupe::gateway {

std::string json_error(std::string_view text) {
  if (nlohmann::json::accept(text.begin(), text.end())) return {};
  size_t at = text.find_first_not_of(" \t\r\n");
  if (at == text.npos) return "unexpected end of JSON input";
  if (std::string_view("{[\"-0123456789tfn").find(text[at]) == std::string_view::npos)
    return std::string("invalid character '") + text[at] + "' looking for beginning of value";
  try {
    auto parsed = nlohmann::json::parse(text);
    if (parsed.is_discarded()) return "invalid JSON text";
  } catch (const nlohmann::json::parse_error& error) {
    at = error.byte > 0 ? error.byte - 1 : 0;
  }
  return at >= text.size() ? "unexpected end of JSON input"
                           : std::string("invalid character '") + text[at] + "' in JSON text";
}

}  // namespace troupe::gateway
