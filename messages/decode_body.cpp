#include "messages/decode_body.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "messages/envelope.hpp"
#include "messages/json_text.hpp"

namespace troupe {
namespace {

constexpr size_t shown_bytes_max = 30;

// The beginning of a body for an error text: as it is when it looks like JSON, else in hexadecimal.
std::string summary(std::string_view body) {
  if (body.empty()) return "<empty>";
  std::string_view shown = body.substr(0, shown_bytes_max);
  std::string text;
  if (body[0] == '{') {
    text = shown;
  } else {
    constexpr char digits[] = "0123456789abcdef";
    for (char byte : shown) text.append({digits[uint8_t(byte) >> 4], digits[uint8_t(byte) & 15]});
  }
  return body.size() > shown_bytes_max ? text + " ..." : text;
}

status unrecognized(std::string_view body, const body_type& expected, const std::string& why) {
  return bad_request("the object provided is unrecognized (must be of type " + std::string(expected.kind) + "): " + why +
                     " (" + summary(body) + ")");
}

struct actual_type {
  std::string group, version, kind;
};

status not_handled(const actual_type& actual, const body_type& expected, const std::string& why) {
  return bad_request(actual.kind + " in version " + go_quoted(actual.version) + " cannot be handled as a " +
                     std::string(expected.kind) + ": " + why);
}

// What the body says, with the expected parts where it says nothing.
actual_type resolve(const type_meta& said, const body_type& expected) {
  actual_type actual{std::string(expected.group), std::string(expected.version), std::string(expected.kind)};
  if (!said.kind.empty()) actual.kind = said.kind;
  if (said.api_version.empty()) return actual;
  size_t slash = said.api_version.find('/');
  actual.group = slash == std::string::npos ? "" : said.api_version.substr(0, slash);
  actual.version = slash == std::string::npos ? said.api_version : said.api_version.substr(slash + 1);
  return actual;
}

bool same(const actual_type& actual, const body_type& expected) {
  return actual.kind == expected.kind && actual.group == expected.group && actual.version == expected.version;
}

// "core.ConfigMap": the internal type, named by the group's package.
std::string internal_name(const body_type& expected) {
  std::string package = expected.table->descriptor->file()->package();
  package.resize(package.rfind('.'));
  return package.substr(package.rfind('.') + 1) + "." + std::string(expected.kind);
}

// Why a body of another type is refused: it is unknown, or does not decode as what it says, or cannot be converted.
std::string other_type(std::string_view body, body_form form, const actual_type& actual, const body_type& expected) {
  const type_table* table = find_table(actual.group, actual.version, actual.kind);
  std::string api_version = actual.group.empty() ? actual.version : actual.group + "/" + actual.version;
  if (!table)
    return "no kind " + go_quoted(actual.kind) + " is registered for version " + go_quoted(api_version) +
           " in scheme \"pkg/runtime/scheme.go:111\"";
  auto message = new_message(*table);
  decode_error error = form == body_form::json ? from_json(body, *message) : from_wire(body, *message);
  if (!error.ok()) return error.text;
  return "converting (" + actual.version + "." + actual.kind + ") to (" + internal_name(expected) +
         "): unknown conversion";
}

} // namespace

body_type body_type_of(const kind_row& row) { return {row.group, row.version, row.kind, &row.table()}; }

body_type body_type_of(std::string_view group, std::string_view version, std::string_view kind) {
  return {group, version, kind, find_table(group, version, kind)};
}

result<message_ptr> decode_body(std::string_view body, body_form form, const body_type& expected,
                                std::vector<decode_problem>* problems) {
  auto message = new_message(*expected.table);
  type_meta said;
  decode_error error;
  std::string_view content = body;
  if (form == body_form::protobuf) {
    std::string why;
    auto unwrapped = unwrap_protobuf(body, &why);
    if (!unwrapped) return unrecognized(body, expected, why);
    said = {std::string(unwrapped->api_version), std::string(unwrapped->kind)};
    content = unwrapped->bytes;
    actual_type actual = resolve(said, expected);
    if (!same(actual, expected)) return not_handled(actual, expected, other_type(content, form, actual, expected));
    error = from_wire(content, *message);
  } else {
    error = from_json(body, *message, &said, problems);
    if (error.what == decode_error::kind::unrecognized)
      return unrecognized(body, expected, "couldn't get version/kind; json parse error: " + error.text);
  }
  actual_type actual = resolve(said, expected);
  if (!same(actual, expected)) return not_handled(actual, expected, other_type(content, form, actual, expected));
  if (!error.ok()) return not_handled(actual, expected, error.text);
  return message;
}

std::string type_mismatch(std::string_view body, const type_meta& said, const body_type& expected) {
  actual_type actual = resolve(said, expected);
  return same(actual, expected) ? "" : other_type(body, body_form::json, actual, expected);
}

std::string join_problems(const std::vector<decode_problem>& problems) {
  std::string text;
  for (const decode_problem& problem : problems) text += (text.empty() ? "" : ", ") + problem.text();
  return text;
}

status strict_decoding_error(const body_type& expected, const std::vector<decode_problem>& problems) {
  actual_type actual{std::string(expected.group), std::string(expected.version), std::string(expected.kind)};
  return not_handled(actual, expected, "strict decoding error: " + join_problems(problems));
}

} // namespace troupe
