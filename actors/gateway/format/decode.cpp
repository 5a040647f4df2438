#include "actors/gateway/format/decode.hpp"
#include <algorithm>
#include <google/protobuf/message.h>
#include "actors/gateway/format/yaml_format.hpp"
#include "messages/json_text.hpp"

namespace troupe::gateway {
namespace {

constexpr size_t manager_bytes_max = 128;

status too_large() {
  status error;
  error.code = 413;
  error.reason = "RequestEntityTooLarge";
  error.message = "Request entity too large: limit is " + std::to_string(request_body_bytes_max);
  return error;
}

std::string json_list(const std::vector<std::string>& values) {
  std::string text = "[";
  for (auto& value : values) {
    if (text.size() > 1) text += ',';
    append_json_string(text, value);
  }
  return text + "]";
}

} // namespace

body_type body_type_of(const subresource& part) { return troupe::body_type_of(part.group, part.version, part.kind); }

std::string field_validation(const exchange& run) {
  auto said = run.query.text("fieldValidation");
  return said.empty() ? "Warn" : said;
}

result<nothing> judge_problems(exchange& run, const body_type& wanted, const std::vector<decode_problem>& problems) {
  auto mode = field_validation(run);
  if (problems.empty() || mode == "Ignore") return nothing{};
  if (mode == "Strict") return strict_decoding_error(wanted, problems);
  for (auto& problem : problems) run.warnings.push_back(problem.text());
  return nothing{};
}

result<message_ptr> decode_request(exchange& run, const body_type& wanted) {
  auto& body = run.request.in.body;
  auto form = body_encoding(run.request.in.header("content-type"));
  if (!form) return form.error();
  if (body.size() > request_body_bytes_max) return too_large();
  std::vector<decode_problem> problems;
  result<message_ptr> decoded = message_ptr{};
  if (*form == encoding::protobuf) {
    decoded = decode_body(body, body_form::protobuf, wanted, &problems);
  } else if (*form == encoding::json) {
    decoded = decode_body(body, body_form::json, wanted, &problems);
  } else {
    auto text = json_of(body);
    if (!text) return bad_request("the object provided is unrecognized (must be of type " + std::string(wanted.kind) + "): " + text.error().message);
    decoded = decode_body(*text, body_form::json, wanted, &problems);
  }
  if (!decoded) return decoded;
  if (auto judged = judge_problems(run, wanted, problems); !judged) return judged.error();
  return decoded;
}

result<nothing> check_write_options(const exchange& run, std::string_view options) {
  std::vector<status_cause> causes;
  auto dry = run.query.all("dryRun");
  if (std::any_of(dry.begin(), dry.end(), [](auto& value) { return value != "All"; }))
    causes.push_back({"FieldValueNotSupported", "Unsupported value: " + json_list(dry) + ": supported values: \"All\"", "dryRun"});
  if (auto manager = run.query.text("fieldManager"); manager.size() > manager_bytes_max)
    causes.push_back({"FieldValueTooLong", "Too long: may not be more than " + std::to_string(manager_bytes_max) + " bytes", "fieldManager"});
  auto manager = run.query.text("fieldManager");
  for (size_t at = 0; at < manager.size() && manager.size() <= manager_bytes_max; ++at) {
    auto byte = static_cast<unsigned char>(manager[at]);
    if (byte >= 0x20 && byte != 0x7f) continue;
    constexpr char digits[] = "0123456789ABCDEF";
    std::string code = std::string("U+00") + digits[byte >> 4] + digits[byte & 15];
    causes.push_back({"FieldValueInvalid", "Invalid value: " + go_quoted(manager) + ": invalid character " + code + " (at position " + std::to_string(at) + ")", "fieldManager"});
    break;
  }
  if (options == "PatchOptions" && run.query.has("force"))
    causes.push_back({"FieldValueForbidden", "Forbidden: may not be specified for non-apply patch", "force"});
  auto mode = field_validation(run);
  if (mode != "Ignore" && mode != "Warn" && mode != "Strict")
    causes.push_back({"FieldValueNotSupported", "Unsupported value: \"" + mode + "\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"", "fieldValidation"});
  if (causes.empty()) return nothing{};
  return invalid("meta.k8s.io", options, "", std::move(causes));
}

} // namespace troupe::gateway
