#include "messages/result.hpp"

#include <algorithm>

#include "messages/json_text.hpp"

namespace troupe {
namespace {

std::string qualified(std::string_view group, std::string_view name) {
  std::string text(name);
  if (!group.empty()) text.append(".").append(group);
  return text;
}

// `pods "web"`, with the name quoted as Go's %q does.
std::string named(std::string_view group, std::string_view what, std::string_view name) {
  return qualified(group, what) + " " + go_quoted(name);
}

status about(int code, std::string_view reason, std::string_view group, std::string_view resource, std::string_view name,
             std::string message) {
  status error;
  error.code = code;
  error.reason = reason;
  error.message = std::move(message);
  error.name = name;
  error.group = group;
  error.kind = resource;
  return error;
}

status plain(int code, std::string_view reason, std::string message, int retry_after_seconds = 0) {
  status error = about(code, reason, {}, {}, {}, std::move(message));
  error.retry_after_seconds = retry_after_seconds;
  return error;
}

void put_member(std::string& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  if (out.back() != '{') out.push_back(',');
  append_json_string(out, key);
  out.push_back(':');
  append_json_string(out, value);
}

void put_causes(std::string& out, const std::vector<status_cause>& causes) {
  if (causes.empty()) return;
  if (out.back() != '{') out.push_back(',');
  out += "\"causes\":[";
  for (const status_cause& cause : causes) {
    if (out.back() != '[') out.push_back(',');
    out.push_back('{');
    put_member(out, "reason", cause.reason);
    put_member(out, "message", cause.message);
    put_member(out, "field", cause.field);
    out.push_back('}');
  }
  out.push_back(']');
}

void put_details(std::string& out, const status& error) {
  out += ",\"details\":{";
  put_member(out, "name", error.name);
  put_member(out, "group", error.group);
  put_member(out, "kind", error.kind);
  put_member(out, "uid", error.uid);
  put_causes(out, error.causes);
  if (error.retry_after_seconds != 0) {
    if (out.back() != '{') out.push_back(',');
    out += "\"retryAfterSeconds\":" + std::to_string(error.retry_after_seconds);
  }
  out.push_back('}');
}

} // namespace

status not_found(std::string_view group, std::string_view resource, std::string_view name) {
  return about(404, "NotFound", group, resource, name, named(group, resource, name) + " not found");
}

status already_exists(std::string_view group, std::string_view resource, std::string_view name) {
  return about(409, "AlreadyExists", group, resource, name, named(group, resource, name) + " already exists");
}

status conflict(std::string_view group, std::string_view resource, std::string_view name, std::string_view why) {
  return about(409, "Conflict", group, resource, name,
               "Operation cannot be fulfilled on " + named(group, resource, name) + ": " + std::string(why));
}

status invalid(std::string_view group, std::string_view kind, std::string_view name, std::vector<status_cause> causes) {
  // One error stands alone, several in brackets, equal ones once (upstream's aggregate).
  std::vector<std::string> lines;
  for (const status_cause& cause : causes) {
    std::string line = cause.field.empty() ? cause.message : cause.field + ": " + cause.message;
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
  }
  std::string text = named(group, kind, name) + " is invalid";
  if (lines.size() == 1) text += ": " + lines[0];
  if (lines.size() > 1) {
    text += ": [";
    for (size_t i = 0; i < lines.size(); i++) text += (i ? ", " : "") + lines[i];
    text += "]";
  }
  status error = about(422, "Invalid", group, kind, name, std::move(text));
  error.causes = std::move(causes);
  return error;
}

status bad_request(std::string message) { return plain(400, "BadRequest", std::move(message)); }

status forbidden(std::string_view group, std::string_view resource, std::string_view name, std::string_view why) {
  std::string text = "forbidden: " + std::string(why);
  if (!resource.empty())
    text = (name.empty() ? qualified(group, resource) : named(group, resource, name)) + " is " + text;
  status error = about(403, "Forbidden", group, resource, name, std::move(text));
  error.bare_details = true;
  return error;
}

status unauthorized() { return plain(401, "Unauthorized", "Unauthorized"); }

status method_not_allowed(std::string_view group, std::string_view resource, std::string_view verb) {
  if (resource.empty()) {
    status error = plain(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
    error.bare_details = true;
    return error;
  }
  return about(405, "MethodNotAllowed", group, resource, {},
               std::string(verb) + " is not supported on resources of kind " + go_quoted(qualified(group, resource)));
}

status gone(std::string message) { return plain(410, "Expired", std::move(message)); }

status internal_error(std::string message) {
  status error = plain(500, "InternalError", "Internal error occurred: " + message);
  error.causes.push_back({"", std::move(message), ""});
  return error;
}

status service_unavailable(std::string message, int retry_after_seconds) {
  return plain(503, "ServiceUnavailable", std::move(message), retry_after_seconds);
}

status timeout_error(std::string message, int retry_after_seconds) {
  return plain(504, "Timeout", "Timeout: " + message, retry_after_seconds);
}

status too_many_requests(std::string message, int retry_after_seconds) {
  return plain(429, "TooManyRequests", std::move(message), retry_after_seconds);
}

status unsupported_media_type(std::string message) {
  return plain(415, "UnsupportedMediaType", std::move(message));
}

status not_acceptable(std::string message) { return plain(406, "NotAcceptable", std::move(message)); }

status plain_error(std::string message) { return plain(500, {}, std::move(message)); }

std::string to_json(const status& error) {
  std::string out = R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure")";
  put_member(out, "message", error.message);
  put_member(out, "reason", error.reason);
  bool details = !error.name.empty() || !error.group.empty() || !error.kind.empty() || !error.uid.empty() ||
                 !error.causes.empty() || error.retry_after_seconds != 0 || error.bare_details;
  if (details) put_details(out, error);
  out += ",\"code\":" + std::to_string(error.code) + "}";
  return out;
}

} // namespace troupe
