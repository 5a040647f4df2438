// ResourceQuota (kubernetes.io/docs/concepts/policy/resource-quotas): the charge for an object, which is part of the
// transaction that writes it.
#include <map>
#include <set>

#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/pod_admission.hpp"
#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/codec.hpp"
#include "messages/quota_usage.hpp"

namespace troupe::gateway {
namespace {

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
result<nothing> charge(verb_context& context, const object_ptr& stored, const quota_amounts& delta) {
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
  quota_amounts delta = quota_usage(kind, object);
  if (before)
    for (auto& [name, amount] : quota_usage(kind, *before)) delta[name] -= amount;
  for (auto& stored : quotas) {
    auto quota = stored->as<core::ResourceQuota>();
    if (quota->status().hard().empty() || !quota_counts(*quota, kind, object)) continue;
    if (!before && kind.message == "k8s.io.api.core.v1.Pod")
      if (auto missing = unspecified(*quota, static_cast<const core::Pod&>(object)); !missing.empty())
        return forbidden_here(context, "failed quota: " + quota->metadata().name() + ": must specify " + missing);
    if (auto done = charge(context, stored, delta); !done) return done;
  }
  return nothing{};
}

}  // namespace troupe::gateway
