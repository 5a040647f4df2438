#include "actors/gateway/verbs/deletion.hpp"
#include <algorithm>
#include "actors/gateway/verbs/list_options.hpp"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"
#include "messages/json_text.hpp"

namespace troupe::gateway {
namespace {

constexpr std::string_view orphan_finalizer = "orphan", foreground_finalizer = "foregroundDeletion";

void set_finalizer(object_meta_message& metadata, std::string_view name, bool wanted) {
  auto& list = *metadata.mutable_finalizers();
  auto at = std::find(list.begin(), list.end(), name);
  if (wanted && at == list.end()) *list.Add() = std::string(name);
  if (!wanted && at != list.end()) list.erase(at);
}

/// Foreground and Orphan are finalizers that the garbage collector takes away.
void apply_propagation(object_meta_message& metadata, const strategy& rules, const std::string& asked) {
  std::string policy = asked;
  if (policy.empty()) {
    auto& list = metadata.finalizers();
    bool said = std::find(list.begin(), list.end(), orphan_finalizer) != list.end() || std::find(list.begin(), list.end(), foreground_finalizer) != list.end();
    if (said) return;
    policy = rules.orphans_by_default() ? "Orphan" : "Background";
  }
  set_finalizer(metadata, orphan_finalizer, policy == "Orphan");
  set_finalizer(metadata, foreground_finalizer, policy == "Foreground");
}

result<nothing> check_preconditions(const exchange& run, const object& stored, const delete_options& options) {
  if (!options.uid.empty() && options.uid != stored.uid())
    return conflict(run.kind->group, run.kind->kind, stored.name(),
                    "the UID in the precondition (" + options.uid + ") does not match the UID in record (" + std::string(stored.uid()) +
                        "). The object might have been deleted and then recreated");
  if (!options.resource_version.empty() && options.resource_version != std::to_string(stored.revision()))
    return conflict(run.kind->group, run.kind->kind, stored.name(),
                    "the ResourceVersion in the precondition (" + options.resource_version + ") does not match the ResourceVersion in record (" +
                        std::to_string(stored.revision()) + "). The object might have been modified");
  return nothing{};
}

void bump_generation(object_meta_message& metadata) {
  if (metadata.generation() > 0) metadata.set_generation(metadata.generation() + 1);
}

/// First time: sets the deletion time. Later: a shorter grace brings it nearer.
void mark(object_meta_message& metadata, int64_t grace_seconds, int64_t now_seconds) {
  if (!metadata.has_deletiontimestamp()) {
    metadata.mutable_deletiontimestamp()->set_seconds(now_seconds + grace_seconds);
    metadata.mutable_deletiontimestamp()->set_nanos(0);
    metadata.set_deletiongraceperiodseconds(grace_seconds);
    bump_generation(metadata);
    return;
  }
  int64_t before = metadata.deletiongraceperiodseconds();
  if (grace_seconds >= before) return;
  metadata.mutable_deletiontimestamp()->set_seconds(metadata.deletiontimestamp().seconds() - before + grace_seconds);
  metadata.set_deletiongraceperiodseconds(grace_seconds);
}

} // namespace

result<deletion> plan_deletion(const exchange& run, write_context& with, const object_ptr& stored, const delete_options& options) {
  if (auto good = check_preconditions(run, *stored, options); !good) return good.error();
  deletion plan;
  plan.object = clone(*stored->message());
  auto& metadata = metadata_of(*plan.object);
  auto& rules = strategy_of(run.storage());
  auto asked = options.grace_seconds;
  if (asked && *asked < 0) asked = 1; // as upstream takes negative periods
  bool deleting = metadata.has_deletiontimestamp();
  if (deleting && !asked) asked = metadata.deletiongraceperiodseconds();
  auto grace = rules.grace_seconds(with.context, *plan.object, asked);
  apply_propagation(metadata, rules, options.propagation);
  bool stays = metadata.finalizers_size() > 0 || rules.held(*plan.object);
  if (stays || grace) {
    mark(metadata, grace.value_or(0), with.context.wall_ns / 1'000'000'000);
    stays = stays || metadata.deletiongraceperiodseconds() > 0;
    if (!deleting) rules.mark_deleting(with.context, *plan.object);
  }
  if (!stays) {
    plan.what = deletion::outcome::removed;
    return plan;
  }
  plan.bytes = stored_bytes(*plan.object);
  plan.what = plan.bytes == stored->bytes() ? deletion::outcome::unchanged : deletion::outcome::marked;
  return plan;
}

void add_deletion(const exchange& run, write_context& with, const object_ptr& stored, const deletion& plan, txn& write) {
  if (plan.what == deletion::outcome::unchanged) return;
  if (plan.what == deletion::outcome::marked) {
    write.operations.push_back({operation::verb::put, stored->key(), stored->revision(), plan.bytes});
  } else {
    write.operations.push_back({operation::verb::remove, stored->key(), stored->revision(), {}});
    strategy_of(run.storage()).released(with.context, *plan.object);
  }
  for (auto& extra : with.also) write.operations.push_back(std::move(extra));
  with.also.clear();
}

result<nothing> check_deletable(const exchange& run, const object_ptr& stored) {
  auto name = stored->name();
  bool space = run.kind->plural == "namespaces" && run.kind->group.empty();
  if (space && (name == "default" || name == "kube-system" || name == "kube-public"))
    return forbidden("", "namespaces", name, "this namespace may not be deleted");
  bool system_class = run.kind->plural == "priorityclasses" && (name == "system-node-critical" || name == "system-cluster-critical");
  if (system_class) return forbidden(run.kind->group, run.kind->plural, name, "this is a system priority class and cannot be deleted");
  return nothing{};
}

} // namespace troupe::gateway
