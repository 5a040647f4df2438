#include "actors/gateway/streams/outcome_format.hpp"

#include "messages/json_text.hpp"

namespace troupe {
namespace {

constexpr std::string_view internal_prefix = "Internal error occurred: ";

std::string exit_text(const stream_outcome& outcome, const std::vector<std::string>& arguments) {
  std::string text = "command terminated with non-zero exit code: error executing command [";
  for (size_t i = 0; i < arguments.size(); ++i) text += (i ? " " : "") + arguments[i];
  return text + "], exit code " + std::to_string(outcome.exit_code);
}

void add(std::string& json, std::string_view name, std::string_view value) {
  json += ",\"";
  json += name;
  json += "\":";
  append_json_string(json, value);
}

} // namespace

std::string outcome_message(const stream_outcome& outcome) {
  if (outcome.reason != "InternalError" || outcome.message.starts_with(internal_prefix)) return outcome.message;
  return std::string(internal_prefix) + outcome.message;
}

std::string outcome_json(const stream_outcome& outcome, const std::vector<std::string>& arguments) {
  using kind = stream_outcome::kind;
  std::string json = R"({"metadata":{})";
  add(json, "status", outcome.what == kind::success ? "Success" : "Failure");
  if (outcome.what == kind::exited) {
    add(json, "message", exit_text(outcome, arguments));
    add(json, "reason", "NonZeroExitCode");
    json += R"(,"details":{"causes":[{"reason":"ExitCode","message":")" + std::to_string(outcome.exit_code) + "\"}]}";
  } else if (outcome.what == kind::failed) {
    add(json, "message", outcome_message(outcome));
    if (!outcome.reason.empty()) add(json, "reason", outcome.reason);
    json += ",\"code\":" + std::to_string(outcome.code);
  }
  return json + '}';
}

std::string outcome_text(const stream_outcome& outcome, const std::vector<std::string>& arguments) {
  switch (outcome.what) {
  case stream_outcome::kind::success: return {};
  case stream_outcome::kind::exited: return exit_text(outcome, arguments);
  default: return outcome_message(outcome);
  }
}

} // namespace troupe
