// RBAC's roles and bindings, compiled: from a user or group to the rules it holds. Compiled when first asked after a role
// or binding has changed; all threads share the compiled form.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>
#include "actors/gateway/filters/access.hpp"
#include "messages/event.hpp"
#include "messages/published.hpp"
#include "messages/roots.hpp"

namespace troupe::gateway {

struct access_rule {
  std::vector<std::string> verbs, groups, resources, names, paths;
  bool allows(const access_question&) const;
};
using rule_list = std::shared_ptr<const std::vector<access_rule>>;

struct rule_grant {
  std::string space; // the namespace of a RoleBinding; empty: a ClusterRoleBinding
  rule_list rules;
};

/// One compiled state. Looked up by subject, never iterated: "u:NAME", "g:GROUP".
struct rules_table {
  uint64_t generation = 0;
  std::unordered_map<std::string, std::vector<rule_grant>> grants;

  bool allows(const user_info&, const access_question&) const;
  /// The rules that apply to the user in `space` (SelfSubjectRulesReview, escalation checks), cluster-wide ones included.
  std::vector<access_rule> rules_of(const user_info&, std::string_view space) const;
};

/// Rules of a role, for escalation checks. `space` empty: a ClusterRole. Null: there is no such role.
rule_list role_rules(const roots&, std::string_view space, std::string_view name);

class rules_cache {
public:
  explicit rules_cache(tables* events);
  std::shared_ptr<const rules_table> read(const roots& state);
  /// A role or binding was written: what was compiled is old.
  void changed() { news_->generation.fetch_add(1, std::memory_order_acq_rel); }

private:
  struct listener : table_subscriber {
    std::atomic<uint64_t> generation{1};
    void table_changed(const kind_row&, uint64_t) override { generation.fetch_add(1, std::memory_order_acq_rel); }
  };
  std::shared_ptr<listener> news_;
  published<rules_table> table_;
};

} // namespace troupe::gateway
