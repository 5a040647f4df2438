#include "actors/scheduler/scheduler_core.hpp"
#include <algorithm>
#include "actors/scheduler/full_scan.hpp"
#include "actors/scheduler/pod_class_of.hpp"
#include "messages/api/core/v1/node.pb.h"
#include "messages/api/core/v1/pod.pb.h"

namespace troupe::scheduling {

namespace core = k8s::io::api::core::v1;

namespace {

constexpr size_t refusals_max = 1'000; // classes whose last refusal is remembered

std::string key_of(const object& of) { return std::string(of.space()) + "/" + std::string(of.name()); }

bool finished(const core::Pod& pod) { return pod.status().phase() == "Succeeded" || pod.status().phase() == "Failed"; }

bool same_labels(const object& left, const object& right) {
  std::string a, b;
  left.each_label([&](auto key, auto value) { a.append(key).append("=").append(value).append(","); });
  right.each_label([&](auto key, auto value) { b.append(key).append("=").append(value).append(","); });
  return a == b;
}

bool same_facts(const node_facts& left, const node_facts& right) {
  auto same_taints = std::equal(left.taints.begin(), left.taints.end(), right.taints.begin(), right.taints.end(), [](const taint& a, const taint& b) {
    return a.key == b.key && a.value == b.value && a.acts == b.acts;
  });
  return same_taints && left.labels == right.labels && left.unschedulable == right.unschedulable && left.cpu_milli == right.cpu_milli &&
         left.memory_bytes == right.memory_bytes && left.ephemeral_bytes == right.ephemeral_bytes && left.max_pods == right.max_pods &&
         left.scalars == right.scalars && left.images == right.images;
}

} // namespace

scheduler_core::scheduler_core(std::string scheduler_name) : scheduler_name_(std::move(scheduler_name)) {}

uint32_t scheduler_core::intern(const core::Pod& pod, const roots& state) {
  auto made = class_of(pod, state, words_);
  auto found = class_ids_.find(made);
  if (found != class_ids_.end()) return found->second;
  auto class_id = state_.add_class(made);
  class_ids_.emplace(std::move(made), class_id);
  return class_id;
}

/// A pod may be bound to a node that was not seen yet: it gets a slot that takes nobody until the node shows itself.
uint32_t scheduler_core::slot_of(const std::string& node_name) {
  auto found = slots_.find(node_name);
  if (found != slots_.end()) return found->second;
  node_facts unseen;
  unseen.name = words_.intern(node_name);
  unseen.unschedulable = true;
  unseen.max_pods = 0;
  return slots_[node_name] = state_.add_node(std::move(unseen));
}

void scheduler_core::count(known_pod& pod, uint32_t node) {
  pod.node = static_cast<int32_t>(node);
  pod.terminating = false;
  state_.add_pod(node, pod.class_id);
}

void scheduler_core::uncount(known_pod& pod) {
  if (pod.node < 0) return;
  state_.remove_pod(static_cast<uint32_t>(pod.node), pod.class_id, pod.terminating);
  pod.node = -1;
  pod.assumed = pod.terminating = false;
}

void scheduler_core::forget(const std::string& key, int64_t now_ms) {
  auto found = pods_.find(key);
  if (found == pods_.end()) return;
  bool was_counted = found->second.node >= 0;
  uncount(found->second);
  pods_.erase(found);
  queue_.remove(key);
  if (was_counted) queue_.something_changed(now_ms); // there is room
}

void scheduler_core::pod_changed(const event& change, const roots& state, int64_t now_ms) {
  auto key = key_of(*change.object);
  auto known = pods_.find(key);
  if (known != pods_.end() && known->second.object->uid() != change.object->uid()) {
    forget(key, now_ms); // another pod of the same name
    known = pods_.end();
  }
  auto message = change.object->as<core::Pod>();
  if (change.what == event::type::deleted || finished(*message)) return forget(key, now_ms);
  bool fresh = known == pods_.end();
  if (fresh) known = pods_.emplace(key, known_pod{}).first;
  auto& pod = known->second;
  bool spec_may_differ = fresh || pod.node < 0 || !same_labels(*pod.object, *change.object);
  pod.object = change.object;
  if (spec_may_differ) {
    auto class_id = intern(*message, state);
    if (class_id != pod.class_id && pod.node >= 0) {
      auto node = static_cast<uint32_t>(pod.node);
      bool assumed = pod.assumed;
      uncount(pod);
      pod.class_id = class_id;
      count(pod, node);
      pod.assumed = assumed;
    }
    pod.class_id = class_id;
  }
  const auto& node_name = message->spec().nodename();
  if (!node_name.empty()) {
    queue_.remove(key);
    auto slot = slot_of(node_name);
    if (pod.node != static_cast<int32_t>(slot)) {
      uncount(pod);
      count(pod, slot);
    }
    pod.assumed = false;
    if (change.object->deleting() && !pod.terminating) {
      state_.mark_terminating(slot, pod.class_id);
      pod.terminating = true;
    }
    return;
  }
  bool ours = message->spec().schedulername() == scheduler_name_ && message->spec().schedulinggates().empty() && !change.object->deleting();
  if (!ours) return queue_.remove(key);
  // A pod whose status alone changed (we write it ourselves) stays where it is in the queue.
  bool status_only = !fresh && queue_.has(key) && change.previous && same_labels(*change.previous, *change.object) &&
                     change.previous->as<core::Pod>()->metadata().generation() == message->metadata().generation();
  if (!status_only && !pod.assumed) queue_.add(key, message->spec().priority(), now_ms);
}

void scheduler_core::node_changed(const event& change, int64_t now_ms) {
  std::string name(change.object->name());
  auto found = slots_.find(name);
  if (change.what == event::type::deleted) {
    if (found == slots_.end()) return;
    state_.remove_node(found->second);
    slots_.erase(found);
    return;
  }
  auto facts = facts_of(*change.object->as<core::Node>(), words_);
  if (found == slots_.end()) slots_[name] = state_.add_node(std::move(facts));
  else if (same_facts(state_.nodes[found->second], facts)) return; // a heartbeat
  else state_.change_node(found->second, std::move(facts));
  queue_.something_changed(now_ms);
}

std::string scheduler_core::refusal(uint32_t class_id) {
  if (refusals_.size() > refusals_max) refusals_.clear();
  auto& memory = refusals_[class_id];
  if (memory.at == state_.log_end()) return memory.message;
  memory.at = state_.log_end();
  if (state_.live_nodes() == 0) return memory.message = "no nodes available to schedule pods";
  std::vector<std::string> parts;
  for (const auto& [reason, count] : refusals(state_, class_id)) parts.push_back(std::to_string(count) + " " + reason);
  std::sort(parts.begin(), parts.end());
  memory.message = "0/" + std::to_string(state_.live_nodes()) + " nodes are available: ";
  for (size_t i = 0; i < parts.size(); ++i) memory.message += (i ? ", " : "") + parts[i];
  return memory.message += ".";
}

std::optional<attempt> scheduler_core::next(int64_t now_ms, uint64_t random) {
  auto key = queue_.take(now_ms);
  if (!key) return std::nullopt;
  auto& pod = pods_.at(*key);
  attempt made;
  made.key = *key;
  made.pod = pod.object;
  auto chosen = planner_.decide(pod.class_id, random);
  if (chosen.node < 0) {
    made.message = refusal(pod.class_id);
    queue_.failed(*key, now_ms);
    return made;
  }
  made.node = words_.text(state_.nodes[static_cast<size_t>(chosen.node)].name);
  count(pod, static_cast<uint32_t>(chosen.node));
  pod.assumed = true;
  return made;
}

void scheduler_core::binding_refused(const std::string& key, int64_t now_ms) {
  auto found = pods_.find(key);
  if (found == pods_.end() || !found->second.assumed) return; // deleted meanwhile, or bound after all
  uncount(found->second);
  queue_.refused(key, now_ms);
}

} // namespace troupe::scheduling
