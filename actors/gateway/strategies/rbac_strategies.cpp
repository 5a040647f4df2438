// Role, ClusterRole, RoleBinding, ClusterRoleBinding.
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/rbac/v1.pb.h"

namespace troupe::gateway {
namespace {

constexpr const char* rbac_group = "rbac.authorization.k8s.io";

void check_rule(causes& found, const field_path& path, const rbac::PolicyRule& rule, bool namespaced) {
  if (rule.verbs().empty()) add_required(found, path / "verbs");
  if (rule.nonresourceurls_size()) {
    if (namespaced)
      add_invalid_json(found, path / "nonResourceURLs", shown_list(rule.nonresourceurls()),
                       "namespaced rules cannot apply to non-resource URLs");
    if (rule.apigroups_size() || rule.resources_size() || rule.resourcenames_size())
      add_invalid_json(found, path / "nonResourceURLs", shown_list(rule.nonresourceurls()),
                       "rules cannot apply to both regular resources and non-resource URLs");
    return;
  }
  if (rule.apigroups().empty())
    add_required(found, path / "apiGroups", "resource rules must supply at least one api group");
  if (rule.resources().empty())
    add_required(found, path / "resources", "resource rules must supply at least one resource");
}

/// Names of RBAC objects may be nearly anything: they are no part of a host name.
template <class Object>
class rbac_strategy : public kind_strategy<Object> {
public:
  std::vector<std::string> name_problems(std::string_view name, bool) const override {
    return path_segment_problems(name);
  }
};

template <class Object>
class role_strategy final : public rbac_strategy<Object> {
public:
  void check(verb_context&, const Object& role, causes& found) const override {
    constexpr bool namespaced = std::is_same_v<Object, rbac::Role>;
    for (int i = 0; i < role.rules_size(); ++i) check_rule(found, field_path("rules")[i], role.rules(i), namespaced);
    if constexpr (!namespaced) {
      if (!role.has_aggregationrule()) return;
      field_path path = field_path("aggregationRule") / "clusterRoleSelectors";
      if (role.aggregationrule().clusterroleselectors().empty())
        add_required(found, path, "at least one clusterRoleSelector required if aggregationRule is non-nil");
      for (int i = 0; i < role.aggregationrule().clusterroleselectors_size(); ++i)
        check_selector(found, path[i], role.aggregationrule().clusterroleselectors(i));
    }
  }
  void print(const object& shown, int64_t, table_row& row) const override {
    row.cells = {std::string(shown.name()), created_at(*shown.message())};
  }
};

template <class Object>
class binding_strategy final : public rbac_strategy<Object> {
public:
  void defaults(Object& binding) const override {
    if (binding.roleref().apigroup().empty()) binding.mutable_roleref()->set_apigroup(rbac_group);
    for (auto& subject : *binding.mutable_subjects())
      if (subject.apigroup().empty() && is_one_of(subject.kind(), {"User", "Group"})) subject.set_apigroup(rbac_group);
  }
  void check(verb_context&, const Object& binding, causes& found) const override {
    field_path path = "roleRef";
    auto& role = binding.roleref();
    if (role.apigroup() != rbac_group) add_not_supported(found, path / "apiGroup", role.apigroup(), {rbac_group});
    if constexpr (namespaced) {
      if (!is_one_of(role.kind(), {"Role", "ClusterRole"}))
        add_not_supported(found, path / "kind", role.kind(), {"Role", "ClusterRole"});
    } else {
      if (role.kind() != "ClusterRole") add_not_supported(found, path / "kind", role.kind(), {"ClusterRole"});
    }
    if (role.name().empty())
      add_required(found, path / "name");
    else
      add_problems(found, path / "name", role.name(), path_segment_problems(role.name()));
    for (int i = 0; i < binding.subjects_size(); ++i)
      check_subject(found, field_path("subjects")[i], binding.subjects(i));
  }
  void check_update(verb_context& context, const Object& now, const Object& before, causes& found) const override {
    check(context, now, found);
    if (!same(now.roleref(), before.roleref()))
      add_invalid_json(found, "roleRef", shown(now.roleref()), "cannot change roleRef");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto binding = shown.as<Object>();
    std::string users, groups, accounts;
    auto add = [](std::string& list, const std::string& text) { list.append(list.empty() ? "" : ", ").append(text); };
    for (auto& subject : binding->subjects()) {
      if (subject.kind() == "ServiceAccount") add(accounts, subject.namespace_() + "/" + subject.name());
      if (subject.kind() == "User") add(users, subject.name());
      if (subject.kind() == "Group") add(groups, subject.name());
    }
    row.cells = {binding->metadata().name(),
                 binding->roleref().kind() + "/" + binding->roleref().name(),
                 age_of(*binding, wall_ns),
                 users,
                 groups,
                 accounts};
  }

private:
  static constexpr bool namespaced = std::is_same_v<Object, rbac::RoleBinding>;
  static void check_subject(causes& found, const field_path& path, const rbac::Subject& subject) {
    if (subject.name().empty()) add_required(found, path / "name");
    if (subject.kind() == "ServiceAccount") {
      if (!subject.name().empty())
        add_problems(found, path / "name", subject.name(), dns_subdomain_problems(subject.name()));
      if (!subject.apigroup().empty()) add_not_supported(found, path / "apiGroup", subject.apigroup(), {""});
      if (!namespaced && subject.namespace_().empty()) add_required(found, path / "namespace");
    } else if (is_one_of(subject.kind(), {"User", "Group"})) {
      if (subject.apigroup() != rbac_group)
        add_not_supported(found, path / "apiGroup", subject.apigroup(), {rbac_group});
    } else {
      add_not_supported(found, path / "kind", subject.kind(), {"ServiceAccount", "User", "Group"});
    }
  }
};

}  // namespace

void add_rbac_strategies(strategy_table& table) {
  enter<role_strategy<rbac::Role>>(table, "k8s.io.api.rbac.v1.Role");
  enter<role_strategy<rbac::ClusterRole>>(table, "k8s.io.api.rbac.v1.ClusterRole");
  enter<binding_strategy<rbac::RoleBinding>>(table, "k8s.io.api.rbac.v1.RoleBinding");
  enter<binding_strategy<rbac::ClusterRoleBinding>>(table, "k8s.io.api.rbac.v1.ClusterRoleBinding");
}

}  // namespace troupe::gateway
