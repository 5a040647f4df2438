#include <algorithm>
#include "actors/controllers/controller_tools.hpp"
#include "actors/controllers/node_lifecycle_reconcile.hpp"
#include "messages/api/core/v1/node.pb.h"
#include "messages/api/core/v1/pod.pb.h"

namespace troupe::controllers {

namespace core = k8s::io::api::core::v1;

namespace {

const kind_row& nodes() {
  static const kind_row& kind = row("", "v1", "nodes");
  return kind;
}
const kind_row& pods() {
  static const kind_row& kind = row("", "v1", "pods");
  return kind;
}

bool tolerates(const core::Toleration& toleration, const core::Taint& taint) {
  if (!toleration.effect().empty() && toleration.effect() != taint.effect()) return false;
  if (!toleration.key().empty() && toleration.key() != taint.key()) return false;
  if (toleration.operator_() == "Exists") return true;
  return !toleration.key().empty() && toleration.value() == taint.value();
}

/// When the pod must go, in seconds since 1970; -1: never.
int64_t leaves_at(const core::Pod& pod, const core::Node& node, int64_t now_s) {
  int64_t leaves = -1;
  for (const auto& taint : node.spec().taints()) {
    if (taint.effect() != "NoExecute") continue;
    int64_t since = taint.has_timeadded() && taint.timeadded().seconds() > 0 ? taint.timeadded().seconds() : now_s;
    int64_t stays_s = 0; // not tolerated: at once
    for (const auto& toleration : pod.spec().tolerations()) {
      if (!tolerates(toleration, taint)) continue;
      if (!toleration.has_tolerationseconds()) {
        stays_s = -1;
        break;
      }
      stays_s = std::max<int64_t>(stays_s, std::max<int64_t>(0, toleration.tolerationseconds()));
    }
    if (stays_s < 0) continue;
    leaves = leaves < 0 ? since + stays_s : std::min(leaves, since + stays_s);
  }
  return leaves;
}

} // namespace

void node_pods::apply(const event& change) {
  auto key = key_of(change.object->space(), change.object->name());
  if (auto known = nodes_.find(key); known != nodes_.end()) {
    auto there = pods_.find(known->second);
    there->second.erase(key);
    if (there->second.empty()) pods_.erase(there);
    nodes_.erase(known);
  }
  if (change.what == event::type::deleted) return;
  auto node = change.object->as<core::Pod>()->spec().nodename();
  if (node.empty()) return;
  nodes_[key] = node;
  pods_[node].insert(key);
}

const std::set<std::string>* node_pods::on(std::string_view node) const {
  auto found = pods_.find(std::string(node));
  return found == pods_.end() ? nullptr : &found->second;
}

reconciled taint_eviction_reconcile(const std::string& key, const roots& state, const node_pods& index, const moment& now) {
  reconciled out;
  auto [none, name] = split(key);
  auto object = state.get(nodes(), "", name);
  const auto* there = index.on(name);
  if (!object || !there) return out;
  auto node = object->as<core::Node>();
  bool tainted = std::any_of(node->spec().taints().begin(), node->spec().taints().end(),
                             [](const auto& taint) { return taint.effect() == "NoExecute"; });
  if (!tainted) return out;
  int64_t now_s = now.wall_ns / 1'000'000'000, next_s = -1;
  for (const auto& pod_key : *there) {
    auto [space, pod_name] = split(pod_key);
    auto pod = state.get(pods(), space, pod_name);
    if (!pod || pod->deleting()) continue;
    int64_t leaves_s = leaves_at(*pod->as<core::Pod>(), *node, now_s);
    if (leaves_s < 0) continue;
    if (leaves_s > now_s) {
      next_s = next_s < 0 ? leaves_s : std::min(next_s, leaves_s);
      continue;
    }
    out.notices.push_back(note(*pod, "Normal", "TaintManagerEviction", "Marking for deletion Pod " + pod_key));
    out.actions.push_back(remove(pods(), *pod));
    out.actions.back().needed = false;
  }
  if (next_s >= 0) out.again_after_ms = (next_s - now_s) * 1000;
  return out;
}

controller_spec taint_eviction_controller() {
  auto index = std::make_shared<node_pods>();
  controller_spec spec;
  spec.name = "taint-eviction";
  spec.account = "node-controller";
  spec.watches = {&nodes(), &pods()};
  spec.keys_of = [index](const event& change, const roots&, std::vector<std::string>& keys) {
    if (&change.object->kind() == &nodes()) return keys.push_back(key_of("", change.object->name()));
    index->apply(change);
    if (change.what == event::type::deleted) return;
    auto pod = change.object->as<core::Pod>();
    bool bound = !pod->spec().nodename().empty();
    bool was_bound = change.previous && !change.previous->as<core::Pod>()->spec().nodename().empty();
    if (bound && !was_bound) keys.push_back(key_of("", pod->spec().nodename()));
  };
  spec.reconcile = [index](const std::string& key, const roots& state, const moment& now) {
    return taint_eviction_reconcile(key, state, *index, now);
  };
  return spec;
}

reconciled pod_garbage_reconcile(const std::string& key, const roots& state, const node_pods& index) {
  reconciled out;
  auto [none, name] = split(key);
  const auto* there = index.on(name);
  if (!there || state.get(nodes(), "", name)) return out;
  for (const auto& pod_key : *there) {
    auto [space, pod_name] = split(pod_key);
    auto pod = state.get(pods(), space, pod_name);
    if (!pod) continue;
    out.actions.push_back(remove(pods(), *pod));
    out.actions.back().grace_seconds = 0;
    out.actions.back().needed = false;
  }
  return out;
}

controller_spec pod_garbage_controller() {
  auto index = std::make_shared<node_pods>();
  controller_spec spec;
  spec.name = "pod-garbage-collector";
  spec.account = "pod-garbage-collector";
  spec.watches = {&nodes(), &pods()};
  spec.keys_of = [index](const event& change, const roots& state, std::vector<std::string>& keys) {
    if (&change.object->kind() == &nodes()) {
      if (change.what == event::type::deleted) keys.push_back(key_of("", change.object->name()));
      return;
    }
    index->apply(change);
    if (change.what == event::type::deleted) return;
    auto node = change.object->as<core::Pod>()->spec().nodename();
    if (!node.empty() && !state.get(nodes(), "", node)) keys.push_back(key_of("", node));
  };
  spec.reconcile = [index](const std::string& key, const roots& state, const moment&) { return pod_garbage_reconcile(key, state, *index); };
  return spec;
}

} // namespace troupe::controllers
