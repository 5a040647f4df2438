// Nobody grants what he does not hold (Kubernetes documentation, "Privilege escalation prevention and bootstrapping").
#include <algorithm>
#include "actors/gateway/filters/rules_cache.hpp"
#include "actors/gateway/verbs/writing.hpp"
#include "messages/api/meta/v1.pb.h"
#include "messages/api/rbac/v1.pb.h"
#include "messages/json_text.hpp"

namespace rbac = k8s::io::api::rbac::v1;

namespace troupe::gateway {
namespace {

/// Calls `visit(question)` for every single permission in a rule, until one says false.
template <class Visit>
bool each_permission(const access_rule& rule, Visit&& visit) {
  access_question asked;
  for (auto& verb : rule.verbs) {
    asked.verb = verb;
    asked.resource = false;
    for (auto& path : rule.paths)
      if (asked.path = path; !visit(asked)) return false;
    asked.resource = true;
    auto names = rule.names.empty() ? std::vector<std::string>{""} : rule.names;
    for (auto& group : rule.groups)
      for (auto& resource : rule.resources)
        for (auto& name : names) {
          size_t slash = resource.find('/');
          asked.group = group;
          asked.plural = resource.substr(0, slash);
          asked.subresource = slash == std::string::npos ? "" : resource.substr(slash + 1);
          asked.name = name;
          if (!visit(asked)) return false;
        }
  }
  return true;
}

bool covered(const std::vector<access_rule>& held, const access_rule& wanted) {
  return each_permission(wanted, [&](const access_question& asked) {
    return std::any_of(held.begin(), held.end(), [&](auto& rule) { return rule.allows(asked); });
  });
}

std::string list_text(const char* name, const std::vector<std::string>& values) {
  std::string text = std::string(name) + ":[";
  for (size_t at = 0; at < values.size(); ++at) text += (at ? ", " : "") + go_quoted(values[at]);
  return text + "]";
}

std::string rule_text(const access_rule& rule) {
  std::string text = "{";
  auto add = [&](const char* name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    text += (text.size() > 1 ? ", " : "") + list_text(name, values);
  };
  add("APIGroups", rule.groups);
  add("Resources", rule.resources);
  add("ResourceNames", rule.names);
  add("NonResourceURLs", rule.paths);
  add("Verbs", rule.verbs);
  return text + "}";
}

std::string user_text(const user_info& user) {
  std::string text = go_quoted(user.name) + " (groups=[";
  for (size_t at = 0; at < user.groups.size(); ++at) text += (at ? " " : "") + go_quoted(user.groups[at]);
  return text + "])";
}

template <class Role>
std::vector<access_rule> rules_in(const Role& role) {
  std::vector<access_rule> rules;
  for (auto& rule : role.rules())
    rules.push_back({{rule.verbs().begin(), rule.verbs().end()},
                     {rule.apigroups().begin(), rule.apigroups().end()},
                     {rule.resources().begin(), rule.resources().end()},
                     {rule.resourcenames().begin(), rule.resourcenames().end()},
                     {rule.nonresourceurls().begin(), rule.nonresourceurls().end()}});
  return rules;
}

struct wanted_rules {
  std::vector<access_rule> rules;
  std::string verb, plural, space, name; // with what may be granted anyway: `escalate` or `bind` on this role
};

result<wanted_rules> bound_rules(const exchange& run, const rbac::RoleRef& reference) {
  bool cluster_role = reference.kind() == "ClusterRole";
  std::string space = cluster_role ? "" : run.info.space, plural = cluster_role ? "clusterroles" : "roles";
  auto rules = role_rules(run.state(), space, reference.name());
  if (!rules) return not_found("rbac.authorization.k8s.io", plural, reference.name());
  return wanted_rules{*rules, "bind", plural, space, reference.name()};
}

result<wanted_rules> rules_wanted(const exchange& run, const Message& object) {
  auto plural = run.kind->plural;
  std::string name = metadata_of(object).name();
  if (plural == "roles") return wanted_rules{rules_in(static_cast<const rbac::Role&>(object)), "escalate", "roles", run.info.space, name};
  if (plural == "clusterroles") return wanted_rules{rules_in(static_cast<const rbac::ClusterRole&>(object)), "escalate", "clusterroles", "", name};
  if (plural == "rolebindings") return bound_rules(run, static_cast<const rbac::RoleBinding&>(object).roleref());
  return bound_rules(run, static_cast<const rbac::ClusterRoleBinding&>(object).roleref());
}

} // namespace

result<nothing> admit_rules(const exchange& run, const Message& object) {
  if (run.kind->group != "rbac.authorization.k8s.io") return nothing{};
  auto& user = run.request.user;
  if (std::find(user.groups.begin(), user.groups.end(), "system:masters") != user.groups.end()) return nothing{};
  auto wanted = rules_wanted(run, object);
  if (!wanted) return wanted.error();
  access_question asked;
  asked.verb = wanted->verb;
  asked.group = run.kind->group;
  asked.plural = wanted->plural;
  asked.space = wanted->space;
  asked.name = wanted->name;
  if (decide(run.shared, user, asked, run.state()).allowed) return nothing{};
  auto held = run.shared.rules->read(run.state())->rules_of(user, run.kind->namespaced ? run.info.space : "");
  std::string missing;
  for (auto& rule : wanted->rules)
    if (!covered(held, rule)) missing += "\n" + rule_text(rule);
  if (missing.empty()) return nothing{};
  return forbidden(run.kind->group, run.kind->plural, metadata_of(object).name(),
                   "user " + user_text(user) + " is attempting to grant RBAC permissions not currently held:" + missing);
}

} // namespace troupe::gateway
