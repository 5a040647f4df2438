#include "actors/controllers/node_lifecycle_reconcile.hpp"
#include <algorithm>
#include <array>
#include "actors/controllers/controller_tools.hpp"
#include "messages/api/coordination/v1.pb.h"
#include "messages/api/core/v1/node.pb.h"

namespace troupe::controllers {

namespace core = k8s::io::api::core::v1;

namespace {

const kind_row& nodes() {
  static const kind_row& kind = row("", "v1", "nodes");
  return kind;
}
const kind_row& leases() {
  static const kind_row& kind = row("coordination.k8s.io", "v1", "leases");
  return kind;
}

std::string condition_of(const core::Node& node, std::string_view type) {
  for (const auto& condition : node.status().conditions())
    if (condition.type() == type) return condition.status();
  return "";
}

std::string mark_of(const core::Node& node, const roots& state) {
  std::string mark;
  if (auto lease = state.get(leases(), "kube-node-lease", node.metadata().name())) mark = std::to_string(lease->revision());
  for (const auto& condition : node.status().conditions())
    if (condition.type() == "Ready") mark += "/" + std::to_string(condition.lastheartbeattime().seconds());
  return mark;
}

struct wanted_taint {
  std::string_view key, effect;
  bool wanted;
};

/// The taints that this controller keeps; all others stay as they are.
std::vector<wanted_taint> taints_of(const core::Node& node, const std::string& ready) {
  bool unknown = ready == "Unknown", not_ready = ready != "True" && !unknown;
  return {
      {"node.kubernetes.io/not-ready", "NoSchedule", not_ready},
      {"node.kubernetes.io/not-ready", "NoExecute", ready == "False"},
      {"node.kubernetes.io/unreachable", "NoSchedule", unknown},
      {"node.kubernetes.io/unreachable", "NoExecute", unknown},
      {"node.kubernetes.io/memory-pressure", "NoSchedule", condition_of(node, "MemoryPressure") == "True"},
      {"node.kubernetes.io/disk-pressure", "NoSchedule", condition_of(node, "DiskPressure") == "True"},
      {"node.kubernetes.io/pid-pressure", "NoSchedule", condition_of(node, "PIDPressure") == "True"},
      {"node.kubernetes.io/network-unavailable", "NoSchedule", condition_of(node, "NetworkUnavailable") == "True"},
      {"node.kubernetes.io/unschedulable", "NoSchedule", node.spec().unschedulable()},
  };
}

bool set_taints(core::Node& node, const std::string& ready, int64_t wall_ns) {
  bool changed = false;
  auto& taints = *node.mutable_spec()->mutable_taints();
  for (const auto& want : taints_of(node, ready)) {
    int at = -1;
    for (int i = 0; i < taints.size(); ++i)
      if (taints.Get(i).key() == want.key && taints.Get(i).effect() == want.effect) at = i;
    if ((at >= 0) == want.wanted) continue;
    changed = true;
    if (at >= 0) {
      taints.DeleteSubrange(at, 1);
      continue;
    }
    auto& added = *taints.Add();
    added.set_key(std::string(want.key));
    added.set_effect(std::string(want.effect));
    if (want.effect == "NoExecute" || want.key == "node.kubernetes.io/unschedulable") set_time(*added.mutable_timeadded(), wall_ns);
  }
  return changed;
}

bool mark_unknown(core::Node& node, int64_t wall_ns) {
  bool changed = false;
  for (std::string_view type : {"Ready", "MemoryPressure", "DiskPressure", "PIDPressure"}) {
    core::NodeCondition* condition = nullptr;
    for (auto& each : *node.mutable_status()->mutable_conditions())
      if (each.type() == type) condition = &each;
    bool never = condition == nullptr;
    if (never) {
      condition = node.mutable_status()->add_conditions();
      condition->set_type(std::string(type));
    }
    if (condition->status() == "Unknown") continue;
    condition->set_status("Unknown");
    condition->set_reason(never ? "NodeStatusNeverUpdated" : "NodeStatusUnknown");
    condition->set_message(never ? "Kubelet never posted node status." : "Kubelet stopped posting node status.");
    set_time(*condition->mutable_lasttransitiontime(), wall_ns);
    changed = true;
  }
  return changed;
}

} // namespace

reconciled node_lifecycle_reconcile(const std::string& key, const roots& state, heartbeats& memory, const moment& now) {
  reconciled out;
  auto [none, name] = split(key);
  auto object = state.get(nodes(), "", name);
  if (!object) {
    memory.beats.erase(std::string(name));
    return out;
  }
  auto node = *object->as<core::Node>();
  auto& beat = memory.beats[std::string(name)];
  auto mark = mark_of(node, state);
  if (beat.seen_ns == 0 || beat.mark != mark) beat = {mark, now.wall_ns};
  int64_t silent_ms = (now.wall_ns - beat.seen_ns) / 1'000'000;
  out.again_after_ms = std::max<int64_t>(node_grace_ms - silent_ms, 1'000);
  if (silent_ms >= node_grace_ms) {
    out.again_after_ms = -1; // its next heartbeat is an event
    auto changed = node;
    if (mark_unknown(changed, now.wall_ns)) {
      out.actions.push_back(update(nodes(), "", name, changed, "status"));
      out.notices.push_back(note(*object, "Normal", "NodeNotReady", "Node " + std::string(name) + " status is now: NodeNotReady"));
      return out; // the taints follow when this has been seen
    }
  }
  auto changed = node;
  if (set_taints(changed, condition_of(node, "Ready"), now.wall_ns)) out.actions.push_back(update(nodes(), "", name, changed));
  return out;
}

controller_spec node_lifecycle_controller() {
  auto memory = std::make_shared<heartbeats>();
  controller_spec spec;
  spec.name = "node-lifecycle";
  spec.account = "node-controller";
  spec.watches = {&nodes(), &leases()};
  spec.keys_of = [](const event& change, const roots&, std::vector<std::string>& keys) {
    const auto& object = *change.object;
    if (&object.kind() == &nodes() || object.space() == "kube-node-lease") keys.push_back(key_of("", object.name()));
  };
  spec.reconcile = [memory](const std::string& key, const roots& state, const moment& now) {
    return node_lifecycle_reconcile(key, state, *memory, now);
  };
  return spec;
}

// The range of a node: one controller, one key at a time, because two nodes must never get the same.
reconciled node_range_reconcile(const std::string& key, const roots& state, const std::string& cluster_range) {
  reconciled out;
  auto [none, name] = split(key);
  auto object = state.get(nodes(), "", name);
  if (!object || !object->as<core::Node>()->spec().podcidr().empty()) return out;
  std::vector<object_ptr> all;
  bool more = false;
  list_range range;
  range.kind = &nodes();
  if (!state.list(range, all, more).ok()) return out;
  auto prefix = cluster_range.substr(0, cluster_range.find('.', cluster_range.find('.') + 1) + 1); // "10.244."
  std::array<bool, 256> taken{};
  for (const auto& each : all) {
    auto text = each->as<core::Node>()->spec().podcidr();
    if (text.compare(0, prefix.size(), prefix) == 0) taken[std::stoul(text.substr(prefix.size())) & 255] = true;
  }
  auto free = std::find(taken.begin(), taken.end(), false);
  if (free == taken.end()) {
    out.notices.push_back(note(*object, "Warning", "CIDRNotAvailable", "Node " + std::string(name) + " status is now: CIDRNotAvailable"));
    return out;
  }
  auto cidr = prefix + std::to_string(free - taken.begin()) + ".0/24";
  out.actions.push_back(merge_patch(nodes(), "", name,
                                    R"({"metadata":{"resourceVersion":")" + std::to_string(object->revision()) + R"("},"spec":{"podCIDR":")" + cidr +
                                        R"(","podCIDRs":[")" + cidr + R"("]}})"));
  return out;
}

controller_spec node_range_controller(std::string cluster_range) {
  controller_spec spec;
  spec.name = "node-ipam";
  spec.account = "node-controller";
  spec.watches = {&nodes()};
  spec.keys_of = [](const event& change, const roots&, std::vector<std::string>& keys) {
    if (change.what == event::type::added) keys.push_back(key_of("", change.object->name()));
  };
  spec.reconcile = [cluster_range](const std::string& key, const roots& state, const moment&) {
    return node_range_reconcile(key, state, cluster_range);
  };
  spec.in_flight_max = 1;
  return spec;
}

} // namespace troupe::controllers
