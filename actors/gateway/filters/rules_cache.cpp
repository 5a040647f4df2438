#include "actors/gateway/filters/rules_cache.hpp"
#include <algorithm>
#include "messages/api/rbac/v1.pb.h"
#include "messages/object.hpp"

namespace rbac = k8s::io::api::rbac::v1;

namespace troupe::gateway {
namespace {

constexpr std::string_view rbac_group = "rbac.authorization.k8s.io";

bool has(const std::vector<std::string>& values, std::string_view wanted) {
  return std::find(values.begin(), values.end(), wanted) != values.end();
}

bool has_or_star(const std::vector<std::string>& values, std::string_view wanted) { return has(values, "*") || has(values, wanted); }

bool resource_matches(const std::vector<std::string>& resources, const access_question& asked) {
  if (asked.subresource.empty()) return has_or_star(resources, asked.plural);
  return has(resources, "*") || has(resources, asked.plural + "/" + asked.subresource) || has(resources, "*/" + asked.subresource);
}

bool path_matches(const std::vector<std::string>& paths, std::string_view path) {
  return std::any_of(paths.begin(), paths.end(), [&](std::string_view pattern) {
    if (pattern == "*" || pattern == path) return true;
    if (!pattern.ends_with('*')) return false;
    while (pattern.ends_with('*')) pattern.remove_suffix(1);
    return path.starts_with(pattern);
  });
}

template <class Repeated>
std::vector<std::string> strings(const Repeated& from) {
  return {from.begin(), from.end()};
}

template <class Role>
rule_list compile(const Role& role) {
  auto rules = std::make_shared<std::vector<access_rule>>();
  for (auto& rule : role.rules())
    rules->push_back({strings(rule.verbs()), strings(rule.apigroups()), strings(rule.resources()),
                      strings(rule.resourcenames()), strings(rule.nonresourceurls())});
  return rules;
}

const kind_row& rbac_kind(std::string_view plural) { return *find_kind(rbac_group, "v1", plural); }

/// Roles are compiled once each, however many bindings name them.
class compiler {
public:
  compiler(const roots& state, rules_table& to) : state_(state), to_(to) {}

  void run() {
    std::vector<object_ptr> bindings;
    bool more = false;
    (void)state_.list({&rbac_kind("clusterrolebindings")}, bindings, more);
    for (auto& object : bindings) add(*object->as<rbac::ClusterRoleBinding>(), "");
    bindings.clear();
    (void)state_.list({&rbac_kind("rolebindings")}, bindings, more);
    for (auto& object : bindings) add(*object->as<rbac::RoleBinding>(), std::string(object->space()));
  }

private:
  rule_list rules_of(const std::string& space, const std::string& name) {
    auto& known = roles_[space + "/" + name];
    if (!known) known = role_rules(state_, space, name);
    return known;
  }

  template <class Binding>
  void add(const Binding& binding, const std::string& space) {
    bool cluster_role = binding.roleref().kind() == "ClusterRole";
    auto rules = rules_of(cluster_role ? "" : space, binding.roleref().name());
    if (!rules) return;
    for (auto& subject : binding.subjects()) {
      std::string key;
      if (subject.kind() == "User") key = "u:" + subject.name();
      else if (subject.kind() == "Group") key = "g:" + subject.name();
      else key = "u:system:serviceaccount:" + (subject.namespace_().empty() ? space : subject.namespace_()) + ":" + subject.name();
      to_.grants[key].push_back({space, rules});
    }
  }

  const roots& state_;
  rules_table& to_;
  std::unordered_map<std::string, rule_list> roles_;
};

/// Calls `visit` for each grant of the user, its groups' included, until it returns true.
template <class Visit>
bool any_grant(const rules_table& table, const user_info& user, Visit&& visit) {
  auto look = [&](const std::string& key) {
    auto found = table.grants.find(key);
    return found != table.grants.end() && std::any_of(found->second.begin(), found->second.end(), visit);
  };
  if (look("u:" + user.name)) return true;
  return std::any_of(user.groups.begin(), user.groups.end(), [&](auto& group) { return look("g:" + group); });
}

} // namespace

bool access_rule::allows(const access_question& asked) const {
  if (!has_or_star(verbs, asked.verb)) return false;
  if (!asked.resource) return path_matches(paths, asked.path);
  return has_or_star(groups, asked.group) && resource_matches(resources, asked) && (names.empty() || has(names, asked.name));
}

bool rules_table::allows(const user_info& user, const access_question& asked) const {
  return any_grant(*this, user, [&](const rule_grant& grant) {
    if (!grant.space.empty() && (!asked.resource || grant.space != asked.space)) return false;
    return std::any_of(grant.rules->begin(), grant.rules->end(), [&](auto& rule) { return rule.allows(asked); });
  });
}

std::vector<access_rule> rules_table::rules_of(const user_info& user, std::string_view space) const {
  std::vector<access_rule> found;
  any_grant(*this, user, [&](const rule_grant& grant) {
    if (grant.space.empty() || grant.space == space) found.insert(found.end(), grant.rules->begin(), grant.rules->end());
    return false;
  });
  return found;
}

rule_list role_rules(const roots& state, std::string_view space, std::string_view name) {
  if (space.empty()) {
    auto role = state.get(rbac_kind("clusterroles"), "", name);
    return role ? compile(*role->as<rbac::ClusterRole>()) : nullptr;
  }
  auto role = state.get(rbac_kind("roles"), space, name);
  return role ? compile(*role->as<rbac::Role>()) : nullptr;
}

rules_cache::rules_cache(tables* events) : news_(std::make_shared<listener>()) {
  if (!events) return;
  for (std::string_view plural : {"roles", "rolebindings", "clusterroles", "clusterrolebindings"})
    events->subscribe(rbac_kind(plural), news_);
}

std::shared_ptr<const rules_table> rules_cache::read(const roots& state) {
  // The generation is read before the state: a change in between makes the table look older than it is, never newer.
  uint64_t generation = news_->generation.load(std::memory_order_acquire);
  auto now = table_.read();
  if (now && now->generation == generation) return now;
  auto fresh = std::make_shared<rules_table>();
  fresh->generation = generation;
  compiler(state, *fresh).run();
  table_.publish(fresh);
  return fresh;
}

} // namespace troupe::gateway
