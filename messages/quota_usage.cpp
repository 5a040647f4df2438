#include "messages/quota_usage.hpp"

#include <algorithm>
#include <initializer_list>

#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/core/v1/service.pb.h"
#include "messages/api/core/v1/volume.pb.h"

namespace troupe {
namespace {

namespace core = k8s::io::api::core::v1;
using amounts = google::protobuf::RepeatedPtrField<k8s::io::apimachinery::pkg::api::resource::QuantityEntry>;
using usage = quota_amounts;

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> allowed) {
  return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

bool is_finished(const core::Pod& pod) { return is_one_of(pod.status().phase(), {"Succeeded", "Failed"}); }

const k8s::io::apimachinery::pkg::api::resource::QuantityEntry* find_entry(const amounts& entries, std::string_view key) {
  for (auto& entry : entries)
    if (entry.key() == key) return &entry;
  return nullptr;
}

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

bool selector_holds(const core::ScopedResourceSelectorRequirement& one, const core::Pod& pod) {
  auto& name = one.scopename();
  if (name == "PriorityClass") {
    auto& own = pod.spec().priorityclassname();
    bool listed = std::find(one.values().begin(), one.values().end(), own) != one.values().end();
    if (one.operator_() == "In") return listed;
    if (one.operator_() == "NotIn") return !listed;
    return (one.operator_() == "Exists") == !own.empty();
  }
  bool best_effort = is_best_effort(pod), terminating = pod.spec().has_activedeadlineseconds();
  if (name == "BestEffort") return best_effort;
  if (name == "NotBestEffort") return !best_effort;
  if (name == "Terminating") return terminating;
  if (name == "NotTerminating") return !terminating;
  return false;
}

} // namespace

quota_amounts quota_usage(const kind_row& kind, const google::protobuf::Message& object) {
  usage taken;
  if (kind.message == "k8s.io.api.core.v1.Pod") return pod_usage(static_cast<const core::Pod&>(object));
  if (kind.message == "k8s.io.api.core.v1.Service") taken = service_usage(static_cast<const core::Service&>(object));
  if (kind.message == "k8s.io.api.core.v1.PersistentVolumeClaim")
    taken = claim_usage(static_cast<const core::PersistentVolumeClaim&>(object));
  taken["count/" + std::string(group_resource(kind))] = quantity::of(1);
  if (kind.group.empty()) taken[std::string(kind.plural)] = quantity::of(1);
  return taken;
}

bool is_best_effort(const core::Pod& pod) {
  auto none = [](const core::ResourceRequirements& resources) {
    for (auto* list : {&resources.requests(), &resources.limits()})
      for (auto& entry : *list)
        if (is_one_of(entry.key(), {"cpu", "memory"}) && !quantity::parse_or_zero(entry.value().string()).zero()) return false;
    return true;
  };
  if (pod.spec().has_resources()) return none(pod.spec().resources());
  for (auto* list : {&pod.spec().containers(), &pod.spec().initcontainers()})
    for (auto& container : *list)
      if (!none(container.resources())) return false;
  return true;
}

bool quota_counts(const core::ResourceQuota& quota, const kind_row& kind, const google::protobuf::Message& object) {
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

} // namespace troupe
