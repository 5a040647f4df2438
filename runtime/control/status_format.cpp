#include "runtime/control/status_format.hpp"
#include <nlohmann/json.hpp>
#include "messages/api/meta/v1.pb.h"
#include "runtime/control/envelope.hpp"

namespace troupe {
namespace {

status from_message(int code, std::string_view raw) {
  status to;
  to.code = code;
  k8s::io::apimachinery::pkg::apis::meta::v1::Status from;
  if (!from.ParseFromArray(raw.data(), static_cast<int>(raw.size()))) {
    to.message = "the answer is no Status";
    return to;
  }
  to.reason = from.reason();
  to.message = from.message();
  auto& details = from.details();
  to.name = details.name();
  to.group = details.group();
  to.kind = details.kind();
  to.uid = details.uid();
  to.retry_after_seconds = details.retryafterseconds();
  for (auto& cause : details.causes())
    to.causes.push_back({cause.reason(), cause.message(), cause.field()});
  return to;
}

status from_json(int code, std::string_view body) {
  status to;
  to.code = code;
  auto from = nlohmann::json::parse(body, nullptr, false);
  if (!from.is_object() || from.value("kind", "") != "Status") {
    to.message = body.substr(0, 1024);
    return to;
  }
  to.reason = from.value("reason", "");
  to.message = from.value("message", "");
  auto details = from.value("details", nlohmann::json::object());
  to.name = details.value("name", "");
  to.group = details.value("group", "");
  to.kind = details.value("kind", "");
  to.retry_after_seconds = details.value("retryAfterSeconds", 0);
  return to;
}

} // namespace

status read_status(int code, std::string_view content_type, std::string_view body) {
  if (!content_type.starts_with("application/vnd.kubernetes.protobuf"))
    return from_json(code, body);
  auto opened = open_envelope(body);
  if (opened)
    return from_message(code, opened->raw);
  status to;
  to.code = code;
  to.message = opened.error().message;
  return to;
}

} // namespace troupe
