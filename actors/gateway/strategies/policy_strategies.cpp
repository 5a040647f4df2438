// PodDisruptionBudget, PriorityClass, Lease, RuntimeClass.
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "actors/gateway/strategies/workload_rules.hpp"
#include "messages/api/coordination/v1.pb.h"
#include "messages/api/node/v1.pb.h"
#include "messages/api/policy/v1.pb.h"
#include "messages/api/scheduling/v1.pb.h"

namespace troupe::gateway {
namespace {

using k8s::io::api::coordination::v1::Lease;
using k8s::io::api::node::v1::RuntimeClass;
using k8s::io::api::scheduling::v1::PriorityClass;
const field_path spec_path = "spec";
constexpr int32_t user_priority_max = 1000000000;

class budget_strategy final : public kind_strategy<policy::PodDisruptionBudget> {
public:
  void prepare_create(verb_context&, policy::PodDisruptionBudget& budget) const override { budget.clear_status(); }
  void check(verb_context&, const policy::PodDisruptionBudget& budget, causes& found) const override {
    auto& spec = budget.spec();
    if (spec.has_minavailable() && spec.has_maxunavailable())
      add_invalid_json(found, spec_path, shown(spec), "minAvailable and maxUnavailable cannot be both set");
    if (spec.has_minavailable()) check_amount(found, spec_path / "minAvailable", spec.minavailable());
    if (spec.has_maxunavailable()) check_amount(found, spec_path / "maxUnavailable", spec.maxunavailable());
    check_selector(found, spec_path / "selector", spec.selector());
    if (spec.has_unhealthypodevictionpolicy() &&
        !is_one_of(spec.unhealthypodevictionpolicy(), {"AlwaysAllow", "IfHealthyBudget"}))
      add_not_supported(found, spec_path / "unhealthyPodEvictionPolicy", spec.unhealthypodevictionpolicy(),
                        {"AlwaysAllow", "IfHealthyBudget"});
  }
  void check_update(verb_context& context, const policy::PodDisruptionBudget& budget,
                    const policy::PodDisruptionBudget&, causes& found) const override {
    if (context.subresource != "status") return check(context, budget, found);
    auto& status = budget.status();
    field_path path = "status";
    check_not_negative(found, path / "disruptionsAllowed", status.disruptionsallowed());
    check_not_negative(found, path / "currentHealthy", status.currenthealthy());
    check_not_negative(found, path / "desiredHealthy", status.desiredhealthy());
    check_not_negative(found, path / "expectedPods", status.expectedpods());
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto budget = shown.as<policy::PodDisruptionBudget>();
    auto& spec = budget->spec();
    row.cells = {budget->metadata().name(), spec.has_minavailable() ? number_or_text(spec.minavailable()) : "N/A",
                 spec.has_maxunavailable() ? number_or_text(spec.maxunavailable()) : "N/A",
                 int64_t{budget->status().disruptionsallowed()}, age_of(*budget, wall_ns)};
  }

private:
  static void check_amount(causes& found, const field_path& path, const IntOrString& amount) {
    check_count_or_percent(found, path, amount);
    check_at_most_all(found, path, amount);
  }
};

class priority_class_strategy final : public kind_strategy<PriorityClass> {
public:
  void defaults(PriorityClass& priority) const override {
    if (!priority.has_preemptionpolicy()) priority.set_preemptionpolicy("PreemptLowerPriority");
  }
  void check(verb_context&, const PriorityClass& priority, causes& found) const override {
    auto& name = priority.metadata().name();
    if (name.starts_with("system-")) {
      if (!is_one_of(name, {"system-cluster-critical", "system-node-critical"}))
        add_forbidden(found, field_path("metadata") / "name",
                      "priority class names with 'system-' prefix are reserved for system use only. error: " + name +
                          " is not a known system priority class");
    } else if (priority.value() > user_priority_max) {
      add_forbidden(found, "value", "maximum allowed value of a user defined priority is 1000000000");
    }
    if (!is_one_of(priority.preemptionpolicy(), {"PreemptLowerPriority", "Never"}))
      add_not_supported(found, "preemptionPolicy", priority.preemptionpolicy(), {"PreemptLowerPriority", "Never"});
  }
  void check_update(verb_context&, const PriorityClass& now, const PriorityClass& before,
                    causes& found) const override {
    if (now.value() != before.value()) add_forbidden(found, "value", "may not be changed in an update.");
    if (now.preemptionpolicy() != before.preemptionpolicy())
      add_invalid(found, "preemptionPolicy", now.preemptionpolicy(), "field is immutable");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto priority = shown.as<PriorityClass>();
    row.cells = {priority->metadata().name(), int64_t{priority->value()}, priority->globaldefault(),
                 age_of(*priority, wall_ns), priority->preemptionpolicy()};
  }
};

class lease_strategy final : public kind_strategy<Lease> {
public:
  void check(verb_context&, const Lease& lease, causes& found) const override {
    auto& spec = lease.spec();
    if (spec.has_leasedurationseconds())
      check_positive(found, spec_path / "leaseDurationSeconds", spec.leasedurationseconds());
    if (spec.has_leasetransitions()) check_not_negative(found, spec_path / "leaseTransitions", spec.leasetransitions());
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto lease = shown.as<Lease>();
    row.cells = {lease->metadata().name(), lease->spec().holderidentity(), age_of(*lease, wall_ns)};
  }
};

class runtime_class_strategy final : public kind_strategy<RuntimeClass> {
public:
  void defaults(RuntimeClass& runtime) const override { default_marked_fields(runtime); }
  void check(verb_context&, const RuntimeClass& runtime, causes& found) const override {
    add_problems(found, "handler", runtime.handler(), dns_label_problems(runtime.handler()));
  }
  void check_update(verb_context&, const RuntimeClass& now, const RuntimeClass& before, causes& found) const override {
    if (now.handler() != before.handler()) add_invalid_json(found, "handler", "null", "field is immutable");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto runtime = shown.as<RuntimeClass>();
    row.cells = {runtime->metadata().name(), runtime->handler(), age_of(*runtime, wall_ns)};
  }
};

}  // namespace

void add_policy_strategies(strategy_table& table) {
  enter<budget_strategy>(table, "k8s.io.api.policy.v1.PodDisruptionBudget");
  enter<priority_class_strategy>(table, "k8s.io.api.scheduling.v1.PriorityClass");
  enter<lease_strategy>(table, "k8s.io.api.coordination.v1.Lease");
  enter<runtime_class_strategy>(table, "k8s.io.api.node.v1.RuntimeClass");
}

}  // namespace troupe::gateway
