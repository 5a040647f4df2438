// Acting as another user (Kubernetes documentation, "User impersonation"): RBAC's verb `impersonate` on users, groups,
// uids, userextras and service accounts.
#include <algorithm>
#include "actors/gateway/filters/access.hpp"
#include "actors/gateway/filters/authenticate.hpp"
#include "actors/gateway/filters/filters.hpp"
#include "messages/json_text.hpp"

namespace troupe::gateway {
namespace {

constexpr std::string_view extra_prefix = "impersonate-extra-";
constexpr std::string_view account_prefix = "system:serviceaccount:";

user_info read_headers(const request& from) {
  user_info wanted;
  wanted.name = from.header("impersonate-user");
  wanted.uid = from.header("impersonate-uid");
  for (auto& [name, value] : from.headers) {
    if (name == "impersonate-group") wanted.groups.push_back(value);
    if (!std::string_view(name).starts_with(extra_prefix)) continue;
    auto key = unescape(std::string_view(name).substr(extra_prefix.size()), false).value_or("");
    auto known = std::find_if(wanted.extra.begin(), wanted.extra.end(), [&](auto& entry) { return entry.first == key; });
    if (known == wanted.extra.end()) known = wanted.extra.insert(wanted.extra.end(), {key, {}});
    known->second.push_back(value);
  }
  return wanted;
}

/// As Go prints a user.DefaultInfo with %#v.
std::string go_text(const user_info& user) {
  std::string text = "&user.DefaultInfo{Name:" + go_quoted(user.name) + ", UID:" + go_quoted(user.uid) + ", Groups:[]string";
  if (user.groups.empty()) {
    text += "(nil)";
  } else {
    for (size_t at = 0; at < user.groups.size(); ++at) text += (at ? ", " : "{") + go_quoted(user.groups[at]);
    text += "}";
  }
  text += ", Extra:map[string][]string";
  if (user.extra.empty()) return text + "(nil)}";
  text += "{";
  for (size_t at = 0; at < user.extra.size(); ++at) {
    text += (at ? ", " : "") + go_quoted(user.extra[at].first) + ":[]string{";
    auto& values = user.extra[at].second;
    for (size_t i = 0; i < values.size(); ++i) text += (i ? ", " : "") + go_quoted(values[i]);
    text += "}";
  }
  return text + "}}";
}

access_question to_be(std::string group, std::string plural, std::string name) {
  access_question asked;
  asked.verb = "impersonate";
  asked.group = std::move(group);
  asked.plural = std::move(plural);
  asked.name = std::move(name);
  asked.version = "v1";
  return asked;
}

bool is_account(const user_info& user) {
  return user.name.starts_with(account_prefix) && user.name.find(':', account_prefix.size()) != std::string::npos;
}

std::vector<access_question> questions(const user_info& wanted) {
  std::vector<access_question> all;
  if (is_account(wanted)) {
    size_t colon = wanted.name.find(':', account_prefix.size());
    auto asked = to_be("", "serviceaccounts", wanted.name.substr(colon + 1));
    asked.space = wanted.name.substr(account_prefix.size(), colon - account_prefix.size());
    all.push_back(asked);
  } else {
    all.push_back(to_be("", "users", wanted.name));
  }
  for (auto& group : wanted.groups) all.push_back(to_be("", "groups", group));
  if (!wanted.uid.empty()) all.push_back(to_be("authentication.k8s.io", "uids", wanted.uid));
  for (auto& [key, values] : wanted.extra)
    for (auto& value : values) {
      auto asked = to_be("authentication.k8s.io", "userextras", value);
      asked.subresource = key;
      all.push_back(asked);
    }
  return all;
}

} // namespace

filtered filter_impersonate(exchange& run) {
  auto& call = run.request;
  if (call.trusted) return std::nullopt;
  auto wanted = read_headers(call.in);
  bool asked_for = !wanted.name.empty() || !wanted.uid.empty() || !wanted.groups.empty() || !wanted.extra.empty();
  if (!asked_for) return std::nullopt;
  if (wanted.name.empty()) return fail(run, bad_request("requested " + go_text(wanted) + " without impersonating a user name"));
  for (auto& asked : questions(wanted)) {
    auto answer = decide(run.shared, call.user, asked, run.state());
    if (answer.allowed) continue;
    auto denied = question_of(run);
    denied.verb = (is_account(wanted) ? "impersonate-on:serviceaccount:" : "impersonate-on:user-info:") + denied.verb;
    return fail(run, denial(call.user, denied, answer.reason));
  }
  if (wanted.groups.empty()) wanted.groups = account_groups(wanted.name);
  if (wanted.name == "system:anonymous") {
    if (wanted.groups.empty()) wanted.groups.push_back("system:unauthenticated");
  } else {
    add_authenticated(wanted);
  }
  call.user = std::move(wanted);
  return std::nullopt;
}

} // namespace troupe::gateway
