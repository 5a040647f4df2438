#include "actors/controllers/resource_quota_reconcile.hpp"
#include <algorithm>
#include "actors/controllers/controller_tools.hpp"
#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"
#include "messages/quota_usage.hpp"

namespace core = k8s::io::api::core::v1;

namespace troupe::controllers {
namespace {

constexpr int64_t resync_ms = 300'000; // kube-controller-manager --resource-quota-sync-period

const kind_row& quotas() { return row("", "v1", "resourcequotas"); }

/// The kinds that a quota may count: all that are stored in namespaces, but those that come and go without end.
bool is_counted(const kind_row& kind) {
  return kind.stored && kind.namespaced && kind.storage == kind.index && kind.plural != "events" && kind.plural != "leases";
}

std::vector<object_ptr> all(const roots& state, const kind_row& kind, std::string_view space) {
  std::vector<object_ptr> found;
  bool more = false;
  list_range range;
  range.kind = &kind;
  range.space = space;
  (void)state.list(range, found, more);
  return found;
}

/// Whether a quota that limits these names looks at objects of the kind.
bool concerns(const core::ResourceQuota& quota, const kind_row& kind) {
  std::string count = "count/" + std::string(group_resource(kind));
  for (auto& entry : quota.spec().hard()) {
    auto& name = entry.key();
    if (name == count) return true;
    if (!kind.group.empty()) continue;
    if (kind.plural == "pods" && (name.starts_with("requests.") || name.starts_with("limits.") || name.find('.') == name.npos)) return true;
    if (kind.plural == "persistentvolumeclaims" && name.find("storage") != name.npos) return true;
    if (name == kind.plural || name.starts_with(std::string(kind.plural) + ".")) return true;
  }
  return false;
}

quota_amounts used_of(const core::ResourceQuota& quota, const roots& state, std::string_view space) {
  quota_amounts used;
  for (auto& entry : quota.spec().hard()) used[entry.key()] = quantity();
  for (auto& kind : kinds()) {
    if (!is_counted(kind) || !concerns(quota, kind)) continue;
    for (auto& each : all(state, kind, space)) {
      auto message = each->message();
      if (!quota_counts(quota, kind, *message)) continue;
      for (auto& [name, amount] : quota_usage(kind, *message))
        if (auto wanted = used.find(name); wanted != used.end()) wanted->second += amount;
    }
  }
  return used;
}

template <class Entries>
bool same_amounts(const Entries& left, const Entries& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](auto& one, auto& other) {
    return one.key() == other.key() && one.value().string() == other.value().string();
  });
}

} // namespace

reconciled resource_quota_reconcile(const std::string& key, const roots& state) {
  reconciled out;
  auto [space, name] = split(key);
  auto found = state.get(quotas(), space, name);
  if (!found || found->deleting()) return out;
  core::ResourceQuota quota = *found->as<core::ResourceQuota>();
  auto before = quota.status();
  auto& status = *quota.mutable_status();
  *status.mutable_hard() = quota.spec().hard();
  status.clear_used();
  for (auto& [resource, amount] : used_of(quota, state, space)) {
    auto& entry = *status.add_used();
    entry.set_key(resource);
    entry.mutable_value()->set_string(amount.text());
  }
  if (same_amounts(before.hard(), status.hard()) && same_amounts(before.used(), status.used())) return out;
  out.actions.push_back(update(quotas(), space, name, quota, "status"));
  out.actions.back().tolerate_missing = true;
  return out;
}

controller_spec resource_quota_controller() {
  controller_spec spec;
  spec.name = "resourcequota";
  spec.account = "resourcequota-controller";
  spec.watches = {&quotas()};
  for (auto& kind : kinds())
    if (is_counted(kind) && &kind != &quotas()) spec.watches.push_back(&kind);
  spec.keys_of = [](const event& change, const roots& state, std::vector<std::string>& keys) {
    if (&change.object->kind() == &quotas() && change.what != event::type::deleted)
      keys.push_back(key_of(change.object->space(), change.object->name()));
    for (auto& quota : all(state, quotas(), change.object->space()))
      if (concerns(*quota->as<core::ResourceQuota>(), change.object->kind())) keys.push_back(key_of(quota->space(), quota->name()));
  };
  spec.reconcile = [](const std::string& key, const roots& state, const moment&) { return resource_quota_reconcile(key, state); };
  spec.resync_ms = resync_ms;
  return spec;
}

} // namespace troupe::controllers
