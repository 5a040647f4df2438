// ResourceQuota (kubernetes.io/docs/concepts/policy/resource-quotas): what an object takes of its namespace's quotas, and
// the charge for it, which is part of the transaction that writes the object.
#include <map>
#include <set>

#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/pod_admission.hpp"
#include "actors/gateway/strategies/pod_state.hpp"
#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/core/v1/service.pb.h"
#include "messages/api/core/v1/volume.pb.h"
#include "messages/codec.hpp"
#include "messages/quantity.hpp"

namespace troupe::gateway {
namespace {

using usage = std::map<std::string, quantity>;
using amounts = google::protobuf::RepeatedPtrField<k8s::io::apimachinery::pkg::api::resource::QuantityEntry>;

void add_amounts(usage& sum, const amounts& more) {
  for (auto& entry : more) sum[entry.key()] += quantity::parse_or_zero(entry.value().string());
}
void raise_to(usage& most, const usage& other) {
  for (auto& [name, amount] : other)
    if (most[name] < amount) most[name] = amount;
}

/// What a pod needs at its greatest: its containers together with the sidecars, or an init container with the sidecars
/// that started before it.
usage pod_amounts(const core::PodSpec& spec, const amounts& (core::ResourceRequirements::*side)() const) {
  usage running, starting, most;
  for (auto& container : spec.initcontainers()) {
    usage own = starting;
    add_amounts(own, (container.resources().*side)());
    if (container.restartpolicy() == "Always")
      starting = own;
    else
      raise_to(most, own);
  }
  running = starting;
  for (auto& container : spec.containers()) add_amounts(running, (container.resources().*side)());
  raise_to(running, most);
  for (auto& entry : spec.overhead()) running[entry.key()] += quantity::parse_or_zero(entry.value().string());
  return running;
}

usage pod_usage(const core::Pod& pod) {
  usage taken;
  taken["count/pods"] = quantity::of(1);
  if (is_finished(pod)) return taken;
  taken["pods"] = quantity::of(1);
  for (auto& [name, amount] : pod_amounts(pod.spec(), &core::ResourceRequirements::requests)) {
    taken["requests." + name] = amount;
    if (is_one_of(name, {"cpu", "memory", "ephemeral-storage"})) taken[name] = amount;
  }
  for (auto& [name, amount] : pod_amounts(pod.spec(), &core::ResourceRequirements::limits)) taken["limits." + name] = amount;
  return taken;
}

usage service_usage(const core::Service& service) {
  auto& spec = service.spec();
  bool balanced = spec.type() == "LoadBalancer";
  bool ports = spec.type() == "NodePort" || (balanced && (!spec.has_allocateloadbalancernodeports() || spec.allocateloadbalancernodeports()));
  usage taken;
  taken["services.nodeports"] = quantity::of(ports ? spec.ports_size() : 0);
  taken["services.loadbalancers"] = quantity::of(balanced ? 1 : 0);
  return taken;
}

usage claim_usage(const core::PersistentVolumeClaim& claim) {
  usage taken;
  auto* asked = find_entry(claim.spec().resources().requests(), "storage");
  quantity amount = asked ? quantity::parse_or_zero(asked->value().string()) : quantity();
  taken["requests.storage"] = amount;
  if (claim.spec().storageclassname().empty()) return taken;
  std::string prefix = claim.spec().storageclassname() + ".storageclass.storage.k8s.io/";
  taken[prefix + "requests.storage"] = amount;
  taken[prefix + "persistentvolumeclaims"] = quantity::of(1);
  return taken;
}

usage usage_of(const kind_row& kind, const Message& object) {
  usage taken;
  if (kind.message == "k8s.io.api.core.v1.Pod") return pod_usage(static_cast<const core::Pod&>(object));
  if (kind.message == "k8s.io.api.core.v1.Service") taken = service_usage(static_cast<const core::Service&>(object));
  if (kind.message == "k8s.io.api.core.v1.PersistentVolumeClaim")
    taken = claim_usage(static_cast<const core::PersistentVolumeClaim&>(object));
  taken["count/" + std::string(group_resource(kind))] = quantity::of(1);
  if (kind.group.empty()) taken[std::string(kind.plural)] = quantity::of(1);
  return taken;
}

bool selector_holds(const core::ScopedResourceSelectorRequirement& one, const core::Pod& pod) {
  auto& name = one.scopename();
  if (name == "PriorityClass") {
    auto& own = pod.spec().priorityclassname();
    bool listed = std::find(one.values().begin(), one.values().end(), own) != one.values().end();
    if (one.operator_() == "In") return listed;
    if (one.operator_() == "NotIn") return !listed;
    return (one.operator_() == "Exists") == !own.empty();
  }
  bool best_effort = qos_class(pod) == "BestEffort", terminating = pod.spec().has_activedeadlineseconds();
  if (name == "BestEffort") return best_effort;
  if (name == "NotBestEffort") return !best_effort;
  if (name == "Terminating") return terminating;
  if (name == "NotTerminating") return !terminating;
  return false;
}

/// Scopes speak of pods; a quota that has any counts nothing else.
bool counts(const core::ResourceQuota& quota, const kind_row& kind, const Message& object) {
  auto& spec = quota.spec();
  if (spec.scopes().empty() && spec.scopeselector().matchexpressions().empty()) return true;
  if (kind.message != "k8s.io.api.core.v1.Pod") return false;
  auto& pod = static_cast<const core::Pod&>(object);
  for (auto& scope : spec.scopes()) {
    core::ScopedResourceSelectorRequirement one;
    one.set_scopename(scope);
    one.set_operator_("Exists");
    if (!selector_holds(one, pod)) return false;
  }
  for (auto& one : spec.scopeselector().matchexpressions())
    if (!selector_holds(one, pod)) return false;
  return true;
}

/// Where a quota limits an amount, every container has to say its own. "limits.memory for: c; requests.cpu for: c".
std::string unspecified(const core::ResourceQuota& quota, const core::Pod& pod) {
  std::map<std::string, std::set<std::string>> missing;
  for (auto& entry : quota.status().hard()) {
    auto& name = entry.key();
    bool limit = name.starts_with("limits.");
    std::string plain = limit ? name.substr(7) : name.starts_with("requests.") ? name.substr(9) : name;
    if (!is_one_of(plain, {"cpu", "memory", "ephemeral-storage"})) continue;
    for (auto* list : {&pod.spec().containers(), &pod.spec().initcontainers()})
      for (auto& container : *list) {
        auto& own = limit ? container.resources().limits() : container.resources().requests();
        if (!find_entry(own, plain)) missing[name].insert(container.name());
      }
  }
  std::string text;
  for (auto& [name, containers] : missing) {
    text.append(text.empty() ? "" : "; ").append(name).append(" for: ");
    bool first = true;
    for (auto& container : containers) text.append(first ? "" : ",").append(container), first = false;
  }
  return text;
}

/// Adds `delta` to the quota's status. 403 where that is more than it has.
result<nothing> charge(verb_context& context, const object_ptr& stored, const usage& delta) {
  core::ResourceQuota quota = *stored->as<core::ResourceQuota>();
  std::string asked, used, limited;
  bool changed = false;
  for (auto& entry : quota.status().hard()) {
    auto found = delta.find(entry.key());
    if (found == delta.end() || found->second.zero()) continue;
    auto* taken = entry_of(quota.mutable_status()->mutable_used(), entry.key())->mutable_value();
    auto now = quantity::parse_or_zero(taken->string()), most = quantity::parse_or_zero(entry.value().string());
    if (found->second.sign() > 0 && now + found->second > most) {
      auto note = [&](std::string& to, const std::string& amount) { to.append(to.empty() ? "" : ",").append(entry.key()).append("=").append(amount); };
      note(asked, found->second.text()), note(used, now.text()), note(limited, most.text());
    }
    taken->set_string((now + found->second).text());
    changed = true;
  }
  if (!asked.empty())
    return forbidden_here(context, "exceeded quota: " + quota.metadata().name() + ", requested: " + asked + ", used: " + used + ", limited: " + limited);
  if (!changed) return nothing{};
  quota.mutable_metadata()->clear_resourceversion();
  context.also.push_back({operation::verb::put, stored->key(), stored->revision(), to_wire(quota)});
  return nothing{};
}

}  // namespace

result<nothing> charge_quotas(verb_context& context, const kind_row& kind, const Message& object, const Message* before) {
  if (!kind.namespaced || !context.subresource.empty()) return nothing{};
  std::vector<object_ptr> quotas;
  bool more = false;
  if (!context.state.list({find_kind("", "v1", "resourcequotas"), context.space, {}, 0, 0}, quotas, more) || quotas.empty())
    return nothing{};
  usage delta = usage_of(kind, object);
  if (before)
    for (auto& [name, amount] : usage_of(kind, *before)) delta[name] -= amount;
  for (auto& stored : quotas) {
    auto quota = stored->as<core::ResourceQuota>();
    if (quota->status().hard().empty() || !counts(*quota, kind, object)) continue;
    if (!before && kind.message == "k8s.io.api.core.v1.Pod")
      if (auto missing = unspecified(*quota, static_cast<const core::Pod&>(object)); !missing.empty())
        return forbidden_here(context, "failed quota: " + quota->metadata().name() + ": must specify " + missing);
    if (auto done = charge(context, stored, delta); !done) return done;
  }
  return nothing{};
}

}  // namespace troupe::gateway
