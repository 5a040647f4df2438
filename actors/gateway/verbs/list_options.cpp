#include "actors/gateway/verbs/list_options.hpp"
#include <charconv>
#include <nlohmann/json.hpp>
#include "messages/base64.hpp"
#include "messages/json_reader.hpp"

namespace troupe::gateway {
namespace {

status_cause forbidden_version(std::string_view why) {
  return {"FieldValueForbidden", "Forbidden: " + std::string(why), "resourceVersionMatch"};
}

void check_initial_events(const list_options& options, std::vector<status_cause>& causes) {
  if (!options.initial_events) {
    if (options.watch && !options.match.empty())
      causes.push_back(forbidden_version("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
    return;
  }
  if (options.match != "NotOlderThan")
    causes.push_back(forbidden_version("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  if (!options.match.empty() && options.match != "NotOlderThan")
    causes.push_back({"FieldValueNotSupported", "Unsupported value: \"" + options.match + "\": supported values: \"NotOlderThan\"", "resourceVersionMatch"});
}

void check_list(const list_options& options, std::vector<status_cause>& causes) {
  if (!options.match.empty() && !options.resource_version)
    causes.push_back(forbidden_version("resourceVersionMatch is forbidden unless resourceVersion is provided"));
  if (options.match == "Exact" && options.resource_version == 0u)
    causes.push_back(forbidden_version("resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\""));
  if (!options.match.empty() && options.match != "Exact" && options.match != "NotOlderThan")
    causes.push_back({"FieldValueNotSupported",
                      "Unsupported value: \"" + options.match + "\": supported values: \"Exact\", \"NotOlderThan\", \"\"", "resourceVersionMatch"});
  if (options.initial_events)
    causes.push_back({"FieldValueForbidden", "Forbidden: sendInitialEvents is forbidden for list", "sendInitialEvents"});
}

result<nothing> check(const list_options& options) {
  std::vector<status_cause> causes;
  if (!options.continuation.empty() && (!options.match.empty() || options.watch)) {
    causes.push_back(forbidden_version("resourceVersionMatch is forbidden when continue is provided"));
  } else if (options.watch) {
    check_initial_events(options, causes);
  } else {
    check_list(options, causes);
  }
  if (causes.empty()) return nothing{};
  return invalid("meta.k8s.io", "ListOptions", "", std::move(causes));
}

} // namespace

result<uint64_t> parse_version(std::string_view text) {
  if (text.empty()) return uint64_t{0};
  uint64_t number = 0;
  auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && at == text.data() + text.size()) return number;
  return plain_error("resourceVersion: Invalid value: \"" + std::string(text) + "\": strconv.ParseUint: parsing \"" + std::string(text) +
                     "\": " + (error == std::errc::result_out_of_range ? "value out of range" : "invalid syntax"));
}

result<list_options> read_list_options(const exchange& run, bool watch) {
  list_options options;
  options.watch = watch;
  auto limit = run.query.integer("limit"), timeout = run.query.integer("timeoutSeconds");
  if (!limit) return limit.error();
  if (!timeout) return timeout.error();
  options.limit = limit->value_or(0);
  options.timeout_seconds = *timeout;
  options.continuation = run.query.text("continue");
  options.match = run.query.text("resourceVersionMatch");
  options.bookmarks = run.query.flag("allowWatchBookmarks");
  if (run.query.has("sendInitialEvents")) options.initial_events = run.query.flag("sendInitialEvents");
  auto version_text = run.query.text("resourceVersion");
  auto version = parse_version(version_text);
  if (version && !version_text.empty()) options.resource_version = *version;
  else if (!version) options.resource_version = 1; // present; its own error comes after the checks
  if (auto good = check(options); !good) return good.error();
  auto wanted = selection::read(run.query, *run.kind);
  if (!wanted) return wanted.error();
  options.wanted = std::move(*wanted);
  if (!version) return watch ? version.error() : bad_request("invalid resource version: " + version.error().message);
  return options;
}

std::string write_position(const list_position& position) {
  nlohmann::ordered_json token;
  token["v"] = "meta.k8s.io/v1";
  token["rv"] = position.revision;
  token["start"] = position.after + std::string(1, '\0');
  if (position.seen) token["seen"] = position.seen;
  return base64_url(token.dump());
}

result<list_position> read_position(std::string_view token) {
  while (token.ends_with('=')) token.remove_suffix(1);
  auto text = from_base64_url(token);
  if (!text) return bad_request("invalid continue token: continue key is not valid: illegal base64 data at input byte 0");
  auto why = json_error(*text);
  if (!why.empty()) return bad_request("invalid continue token: continue key is not valid: " + why);
  auto read = nlohmann::json::parse(*text, nullptr, false);
  if (!read.is_object() || !read.contains("v") || read["v"] != "meta.k8s.io/v1")
    return bad_request("invalid continue token: continue key is not valid: server does not recognize this encoded version \"\"");
  list_position position;
  bool number = read.contains("rv") && read["rv"].is_number_integer();
  position.revision = number ? read["rv"].get<int64_t>() : 0;
  if (position.revision == 0)
    return bad_request("invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (read.contains("start") && read["start"].is_string()) position.after = read["start"].get<std::string>();
  if (position.after.empty())
    return bad_request("invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)");
  if (position.after.back() == '\0') position.after.pop_back();
  if (position.after.empty() || position.after.front() != '/') position.after.insert(0, "/");
  if (position.after.find("/../") != std::string::npos) return bad_request("invalid continue token: continue key is not valid: ");
  if (read.contains("seen") && read["seen"].is_number_integer()) position.seen = read["seen"].get<int64_t>();
  return position;
}

} // namespace troupe::gateway
