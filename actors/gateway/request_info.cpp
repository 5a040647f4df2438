#include "actors/gateway/request_info.hpp"
#include <algorithm>

namespace troupe::gateway {
namespace {

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> found;
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  while (!path.empty()) {
    size_t end = path.find('/');
    found.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  return found;
}

std::string resource_verb(const std::string& method) {
  if (method == "POST") return "create";
  if (method == "GET" || method == "HEAD") return "get";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return "delete";
  return "";
}

/// The name that a field selector asks for alone, as list and watch of one object use it.
std::string selected_name(const query_values& query) {
  auto selector = query.text("fieldSelector");
  for (std::string_view left : {"metadata.name==", "metadata.name="})
    if (selector.starts_with(left) && selector.find(',') == std::string::npos) return selector.substr(left.size());
  return "";
}

void read_resource(request_info& info, std::vector<std::string> parts, const query_values& query) {
  if (!parts.empty() && parts[0] == "watch") { // the old form of a watch
    info.verb = "watch";
    parts.erase(parts.begin());
  }
  if (parts.size() >= 2 && parts[0] == "namespaces") {
    info.space = parts[1];
    if (parts.size() > 2 && parts[2] != "status" && parts[2] != "finalize") parts.erase(parts.begin(), parts.begin() + 2);
  }
  if (parts.size() > 2) info.subresource = parts[2];
  if (parts.size() > 3) info.rest.assign(parts.begin() + 3, parts.end());
  if (parts.size() > 1) {
    info.name = parts[1];
    info.named = true;
  }
  if (!parts.empty()) info.plural = parts[0];
  if (info.named) return;
  if (info.verb == "get") info.verb = query.flag("watch") ? "watch" : "list";
  if (info.verb == "delete") info.verb = "deletecollection";
  if (info.verb == "list" || info.verb == "watch" || info.verb == "deletecollection") info.name = selected_name(query);
}

} // namespace

request_info read_request(const std::string& method, const std::string& path, const query_values& query) {
  request_info info;
  info.path = unescape(path, false).value_or(path);
  info.verb = method;
  for (auto& letter : info.verb) letter = static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
  auto parts = segments(info.path);
  bool core = !parts.empty() && parts[0] == "api", grouped = !parts.empty() && parts[0] == "apis";
  if ((!core || parts.size() < 3) && (!grouped || parts.size() < 4)) return info;
  info.resource = true;
  info.malformed = info.path.find("//") != std::string::npos;
  info.verb = resource_verb(method);
  info.group = core ? "" : parts[1];
  info.version = parts[core ? 1 : 2];
  parts.erase(parts.begin(), parts.begin() + (core ? 2 : 3));
  read_resource(info, std::move(parts), query);
  return info;
}

bool lasts_long(const request_info& info) {
  if (info.verb == "watch") return true;
  if (!info.resource) return false;
  constexpr std::string_view lasting[] = {"log", "exec", "attach", "portforward", "proxy"};
  return std::find(std::begin(lasting), std::end(lasting), info.subresource) != std::end(lasting);
}

} // namespace troupe::gateway
