#include "actors/gateway/filters/access.hpp"
#include <algorithm>
#include "actors/gateway/exchange.hpp"
#include "actors/gateway/filters/node_authorizer.hpp"
#include "actors/gateway/filters/rules_cache.hpp"

namespace troupe::gateway {

access_answer decide(house& shared, const user_info& user, const access_question& asked, const roots& state) {
  if (std::find(user.groups.begin(), user.groups.end(), "system:masters") != user.groups.end()) return {true, {}};
  access_answer answer;
  if (auto node = node_of(user); !node.empty()) {
    answer = authorize_node(node, asked, state);
    if (answer.allowed) return answer;
    if (!answer.reason.empty()) answer.reason = "node: " + answer.reason;
  }
  if (shared.rules->read(state)->allows(user, asked)) return {true, {}};
  return answer;
}

std::string denial_text(const user_info& user, const access_question& asked, std::string_view reason) {
  std::string text = "User \"" + user.name + "\" cannot " + asked.verb;
  if (asked.resource) {
    text += " resource \"" + asked.plural + (asked.subresource.empty() ? "" : "/" + asked.subresource) + "\" in API group \"" +
            asked.group + "\"";
    text += asked.space.empty() ? " at the cluster scope" : " in the namespace \"" + asked.space + "\"";
  } else {
    text += " path \"" + asked.path + "\"";
  }
  if (!reason.empty()) text += ": " + std::string(reason);
  return text;
}

status denial(const user_info& user, const access_question& asked, std::string_view reason) {
  auto text = denial_text(user, asked, reason);
  status error;
  error.code = 403;
  error.reason = "Forbidden";
  error.bare_details = true;
  if (!asked.resource) {
    error.message = "forbidden: " + text;
    return error;
  }
  error.name = asked.name;
  error.group = asked.group;
  error.kind = asked.plural;
  error.message = asked.plural + (asked.group.empty() ? "" : "." + asked.group) +
                  (asked.name.empty() ? "" : " \"" + asked.name + "\"") + " is forbidden: " + text;
  return error;
}

} // namespace troupe::gateway
