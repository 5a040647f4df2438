#include "actors/scheduler/snapshot.hpp"
#include <algorithm>
#include <charconv>
#include "actors/scheduler/fitting.hpp"

namespace troupe::scheduling {

namespace {

void put_domain(topology& of, uint32_t node, const labels& all, word key) {
  bool found = false;
  word value = value_of(all, key, found);
  if (of.domain.size() <= node) of.domain.resize(node + 1, -1);
  of.domain[node] = found ? of.index.try_emplace(value, static_cast<int32_t>(of.index.size())).first->second : -1;
}

void rebalance(snapshot::usage& use) {
  use.balance = static_cast<int32_t>(balance_score(use.used_cpu_milli, use.cpu_milli, use.used_memory_bytes, use.memory_bytes));
}

class_count& entry(std::vector<class_count>& counts, uint32_t class_id) {
  for (auto& count : counts)
    if (count.class_id == class_id) return count;
  return counts.emplace_back(class_count{class_id, 0, 0});
}

void drop_if_empty(std::vector<class_count>& counts, class_count& count) {
  if (count.live != 0 || count.terminating != 0) return;
  count = counts.back();
  counts.pop_back();
}

} // namespace

word dictionary::intern(std::string_view text) {
  auto [at, fresh] = words_.try_emplace(std::string(text), static_cast<word>(numbers_.size()));
  if (fresh) {
    texts_.push_back(&at->first);
    int64_t value = 0;
    auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
    numbers_.push_back(whole ? std::optional(value) : std::nullopt);
  }
  return at->second;
}

snapshot::snapshot(dictionary& of)
    : words(of),
      hostname(of.intern("kubernetes.io/hostname")),
      zone(of.intern("topology.kubernetes.io/zone")),
      unschedulable_taint(of.intern("node.kubernetes.io/unschedulable")) {}

void snapshot::note(change what) {
  if (log.size() > change_log_min + 4 * nodes.size()) {
    auto half = log.size() / 2;
    log.erase(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(half));
    log_base += half;
  }
  log.push_back(what);
}

void snapshot::count_images(const node_facts& of, int sign) {
  for (const auto& image : of.images) image_nodes[image.resource] += static_cast<uint32_t>(sign);
  if (!of.images.empty()) ++image_version;
}

bool snapshot::same_images(uint32_t node, const node_facts& now) const {
  return nodes[node].images == now.images;
}

const topology& snapshot::by_key(word key) const {
  auto [at, fresh] = topologies_.try_emplace(key);
  if (fresh)
    for (uint32_t node = 0; node < nodes.size(); ++node) put_domain(at->second, node, nodes[node].labels, key);
  return at->second;
}

uint32_t snapshot::add_class(pod_class added) {
  auto class_id = static_cast<uint32_t>(classes.size());
  if (!added.affinity.empty() || !added.anti_affinity.empty() || !added.preferences.empty()) term_classes.push_back(class_id);
  classes.push_back(std::move(added));
  class_pods.push_back(0);
  return class_id;
}

uint32_t snapshot::add_node(node_facts added) {
  ++image_version; // the share of nodes that hold an image changes with their number
  ++live_nodes_;
  auto empty = std::find_if(free_slots_.begin(), free_slots_.end(), [&](uint32_t slot) { return pods[slot].empty(); });
  if (empty != free_slots_.end()) {
    uint32_t node = *empty;
    free_slots_.erase(empty);
    change_node(node, std::move(added));
    return node;
  }
  auto node = static_cast<uint32_t>(nodes.size());
  nodes.emplace_back();
  pods.emplace_back();
  ports.emplace_back();
  used_scalars.emplace_back();
  use.push_back({});
  used_ephemeral_bytes.push_back(0);
  profile.push_back(0);
  change_node(node, std::move(added));
  return node;
}

void snapshot::remove_node(uint32_t node) {
  node_facts nobody;
  nobody.unschedulable = true;
  nobody.max_pods = 0;
  change_node(node, std::move(nobody));
  ++image_version;
  --live_nodes_;
  free_slots_.push_back(node);
}

void snapshot::change_node(uint32_t node, node_facts now) {
  if (!same_images(node, now)) {
    count_images(nodes[node], -1);
    count_images(now, 1);
  }
  bool found = false;
  word old = value_of(nodes[node].labels, hostname, found);
  if (found && hostnames_[old]-- > 1) --shared_hostnames;
  word fresh = value_of(now.labels, hostname, found);
  if (found && hostnames_[fresh]++ > 0) ++shared_hostnames;
  auto& used = use[node];
  used.cpu_milli = now.cpu_milli;
  used.memory_bytes = now.memory_bytes;
  used.max_pods = now.max_pods;
  rebalance(used);
  for (auto& [key, column] : topologies_) put_domain(column, node, now.labels, key);
  std::vector<uint32_t> shape{now.unschedulable ? 1u : 0u, found ? 1u : 0u};
  for (const auto& each : now.labels)
    if (each.key != hostname) shape.insert(shape.end(), {each.key, each.value});
  for (const auto& each : now.taints) shape.insert(shape.end(), {0, each.key, each.value, static_cast<uint32_t>(each.acts)});
  profile[node] = profile_ids_.try_emplace(std::move(shape), static_cast<uint32_t>(profile_ids_.size())).first->second;
  nodes[node] = std::move(now);
  note({node, 0, change_kind::node});
}

void snapshot::account(uint32_t node, uint32_t class_id, int sign) {
  const auto& of = classes[class_id];
  auto& used = use[node];
  used.used_cpu_milli += sign * of.cpu_milli;
  used.used_memory_bytes += sign * of.memory_bytes;
  used_ephemeral_bytes[node] += sign * of.ephemeral_bytes;
  used.nonzero_cpu_milli += sign * of.nonzero_cpu_milli;
  used.nonzero_memory_bytes += sign * of.nonzero_memory_bytes;
  used.pods += sign;
  rebalance(used);
  class_pods[class_id] += static_cast<uint32_t>(sign);
  for (const auto& scalar : of.scalars) {
    auto& list = used_scalars[node];
    auto at = std::find_if(list.begin(), list.end(), [&](const amount& each) { return each.resource == scalar.resource; });
    if (at == list.end()) list.push_back({scalar.resource, sign * scalar.value});
    else at->value += sign * scalar.value;
  }
  for (const auto& port : of.ports) {
    auto& list = ports[node];
    if (sign > 0) list.push_back(port);
    else if (auto at = std::find(list.begin(), list.end(), port); at != list.end()) list.erase(at);
  }
}

void snapshot::add_pod(uint32_t node, uint32_t class_id) {
  ++entry(pods[node], class_id).live;
  account(node, class_id, 1);
  note({node, class_id, change_kind::added});
}

void snapshot::remove_pod(uint32_t node, uint32_t class_id, bool terminating) {
  auto& count = entry(pods[node], class_id);
  if (terminating) --count.terminating;
  else --count.live;
  drop_if_empty(pods[node], count);
  account(node, class_id, -1);
  note({node, class_id, terminating ? change_kind::removed_terminating : change_kind::removed});
}

void snapshot::mark_terminating(uint32_t node, uint32_t class_id) {
  auto& count = entry(pods[node], class_id);
  --count.live;
  ++count.terminating;
  note({node, class_id, change_kind::terminating});
}

} // namespace troupe::scheduling
