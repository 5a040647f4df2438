// binding and eviction of pods.
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/pod_state.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/policy/v1.pb.h"
#include "messages/codec.hpp"

namespace troupe::gateway {
namespace {

constexpr int retry_seconds = 10;
constexpr int disrupted_pods_max = 2000;  // of one budget; upstream's bound

bool is_ready(const core::Pod& pod) {
  for (auto& condition : pod.status().conditions())
    if (condition.type() == "Ready") return condition.status() == "True";
  return false;
}

status blocked(std::string detail, bool retry) {
  status failure =
      too_many_requests("Cannot evict pod as it would violate the pod's disruption budget.", retry ? retry_seconds : 0);
  failure.causes.push_back({"DisruptionBudget", std::move(detail), ""});
  return failure;
}

std::vector<object_ptr> budgets_of(const verb_context& context, const core::Pod& pod) {
  std::vector<object_ptr> all, selecting;
  bool more = false;
  if (!context.state.list({find_kind("policy", "v1", "poddisruptionbudgets"), context.space, {}, 0, 0}, all, more))
    return {};
  for (auto& one : all) {
    auto budget = one->as<policy::PodDisruptionBudget>();
    if (budget->spec().has_selector() && selects(budget->spec().selector(), pod.metadata().labels()))
      selecting.push_back(one);
  }
  return selecting;
}

/// Takes one disruption from the budget, in the transaction that deletes the pod.
result<eviction_plan> spend(verb_context& context, const core::Pod& pod, const object_ptr& stored) {
  policy::PodDisruptionBudget budget = *stored->as<policy::PodDisruptionBudget>();
  auto& data = *budget.mutable_metadata();
  auto& status = *budget.mutable_status();
  if (status.observedgeneration() < data.generation())
    return blocked("The disruption budget " + data.name() + " is still being processed by the server.", true);
  if (status.disruptionsallowed() < 0)
    return forbidden("policy", "poddisruptionbudgets", data.name(), "pdb disruptions allowed is negative");
  if (status.disruptedpods_size() > disrupted_pods_max)
    return forbidden("policy", "poddisruptionbudgets", data.name(),
                     "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
  if (status.disruptionsallowed() == 0)
    return blocked("The disruption budget " + data.name() + " needs " + std::to_string(status.desiredhealthy()) +
                       " healthy pods and has " + std::to_string(status.currenthealthy()) + " currently",
                   false);
  status.set_disruptionsallowed(status.disruptionsallowed() - 1);
  set_time(entry_of(status.mutable_disruptedpods(), pod.metadata().name())->mutable_value(), context.wall_ns);
  data.clear_resourceversion();
  context.also.push_back({operation::verb::put, stored->key(), stored->revision(), to_wire(budget)});
  return eviction_plan{};
}

}  // namespace

result<nothing> bind_pod(verb_context& context, Message& message, const Message& wanted) {
  auto& pod = static_cast<core::Pod&>(message);
  auto& binding = static_cast<const core::Binding&>(wanted);
  auto& name = pod.metadata().name();
  if (!binding.metadata().name().empty() && binding.metadata().name() != context.name)
    return bad_request("name in URL does not match name in Binding object");
  if (!binding.target().kind().empty() && binding.target().kind() != "Node")
    return plain_error("target.kind: Unsupported value: " + quoted(binding.target().kind()) +
                       ": supported values: \"Node\", \"<empty>\"");
  if (binding.target().name().empty()) return plain_error("target.name: Required value");
  auto refuse = [&](const std::string& why) -> result<nothing> { return conflict("", "pods/binding", name, why); };
  if (!binding.metadata().uid().empty() && binding.metadata().uid() != pod.metadata().uid())
    return refuse("Precondition failed: UID in precondition: " + binding.metadata().uid() +
                  ", UID in object meta: " + pod.metadata().uid());
  if (pod.metadata().has_deletiontimestamp())
    return refuse("pod " + name + " is being deleted, cannot be assigned to a host");
  if (!pod.spec().nodename().empty())
    return refuse("pod " + name + " is already assigned to node " + quoted(pod.spec().nodename()));
  if (pod.spec().schedulinggates_size()) return refuse("pod " + name + " has non-empty .spec.schedulingGates");
  pod.mutable_spec()->set_nodename(binding.target().name());
  for (auto& entry : binding.metadata().annotations())
    entry_of(pod.mutable_metadata()->mutable_annotations(), entry.key())->set_value(entry.value());
  for (auto& entry : binding.metadata().labels())
    entry_of(pod.mutable_metadata()->mutable_labels(), entry.key())->set_value(entry.value());
  set_pod_condition(pod, "PodScheduled", "True", {}, {}, context.wall_ns);
  pod.mutable_status()->clear_nominatednodename();
  return nothing{};
}

result<eviction_plan> plan_eviction(verb_context& context, const Message& message, const Message&) {
  auto& pod = static_cast<const core::Pod&>(message);
  if (is_finished(pod) || pod.status().phase() == "Pending" || pod.metadata().has_deletiontimestamp())
    return eviction_plan{true};
  auto budgets = budgets_of(context, pod);
  if (budgets.empty()) return eviction_plan{true};
  if (budgets.size() > 1)
    return plain_error(
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
  auto budget = budgets[0]->as<policy::PodDisruptionBudget>();
  // A pod that is not ready costs the budget nothing, as long as the rest are healthy enough.
  if (!is_ready(pod)) {
    bool always = budget->spec().unhealthypodevictionpolicy() == "AlwaysAllow";
    if (always || (budget->status().currenthealthy() >= budget->status().desiredhealthy() &&
                   budget->status().desiredhealthy() > 0))
      return eviction_plan{true};
  }
  return spend(context, pod, budgets[0]);
}

}  // namespace troupe::gateway
