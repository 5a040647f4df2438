#include "runtime/control/api_path.hpp"
#include "runtime/control/envelope.hpp"

namespace troupe {
namespace {

std::string quoted(std::string_view text) { // for JSON: what we quote are names, uids and policies
  std::string to = "\"";
  for (char letter : text) {
    if (letter == '"' || letter == '\\')
      to += '\\';
    to += letter;
  }
  return to + "\"";
}

std::string delete_options(const action& what) {
  std::string preconditions;
  if (!what.uid.empty())
    preconditions += "\"uid\":" + quoted(what.uid);
  if (what.resource_version)
    preconditions += (preconditions.empty() ? "" : ",") + ("\"resourceVersion\":\"" + std::to_string(what.resource_version) + "\"");
  std::string text = R"({"kind":"DeleteOptions","apiVersion":"v1")";
  if (what.grace_seconds >= 0)
    text += ",\"gracePeriodSeconds\":" + std::to_string(what.grace_seconds);
  if (!preconditions.empty())
    text += ",\"preconditions\":{" + preconditions + "}";
  if (!what.propagation.empty())
    text += ",\"propagationPolicy\":" + quoted(what.propagation);
  return text + "}";
}

} // namespace

std::string percent_encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string to;
  for (unsigned char letter : text) {
    bool plain = (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
                 letter == '-' || letter == '.' || letter == '_' || letter == '~';
    if (plain)
      to += static_cast<char>(letter);
    else
      to += {'%', digits[letter >> 4], digits[letter & 15]};
  }
  return to;
}

std::string api_path(const kind_row& row, std::string_view space, std::string_view name, std::string_view subresource) {
  std::string path = row.group.empty() ? "/api/" : "/apis/" + std::string{row.group} + "/";
  path += row.version;
  if (row.namespaced && !space.empty())
    path += "/namespaces/" + percent_encode(space);
  path += "/" + std::string{row.plural};
  if (!name.empty())
    path += "/" + percent_encode(name);
  if (!subresource.empty())
    path += "/" + std::string{subresource};
  return path;
}

body_kind action_body_kind(const action& what) {
  if (!what.subresource.empty())
    for (auto& one : what.kind->subresources)
      if (one.name == what.subresource) {
        auto group_version = one.group.empty() ? std::string{one.version} : std::string{one.group} + "/" + std::string{one.version};
        return {one.version.empty() ? std::string{api_version(*what.kind)} : group_version, std::string{one.kind}};
      }
  return {std::string{api_version(*what.kind)}, std::string{what.kind->kind}};
}

request action_request(const action& what) {
  request to;
  bool of_collection = (what.what == action::verb::create && what.subresource.empty()) || what.what == action::verb::remove_collection;
  to.path = api_path(*what.kind, what.space, of_collection ? std::string_view{} : what.name, what.subresource);
  switch (what.what) {
    case action::verb::create: to.method = "POST"; break;
    case action::verb::update: to.method = "PUT"; break;
    case action::verb::patch: to.method = "PATCH"; break;
    case action::verb::remove:
    case action::verb::remove_collection: to.method = "DELETE"; break;
  }
  to.headers.emplace_back("accept", "application/vnd.kubernetes.protobuf");
  if (to.method == "DELETE") {
    to.headers.emplace_back("content-type", "application/json");
    to.body = delete_options(what);
  } else if (what.what == action::verb::patch) {
    to.headers.emplace_back("content-type", what.content_type);
    to.body = what.body;
  } else {
    to.headers.emplace_back("content-type", "application/vnd.kubernetes.protobuf");
    auto kind = action_body_kind(what);
    to.body = put_in_envelope(kind.api_version, kind.kind, what.body);
  }
  return to;
}

} // namespace troupe
