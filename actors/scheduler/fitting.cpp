#include "actors/scheduler/fitting.hpp"
#include <algorithm>
#include <cmath>

namespace troupe::scheduling {

namespace {

bool holds(const snapshot& state, const requirement& wanted, const labels& all) {
  bool found = false;
  word value = value_of(all, wanted.key, found);
  auto listed = [&] { return std::find(wanted.values.begin(), wanted.values.end(), value) != wanted.values.end(); };
  switch (wanted.how) {
    case comparison::in: return found && listed();
    case comparison::not_in: return !found || !listed();
    case comparison::exists: return found;
    case comparison::absent: return !found;
    case comparison::greater: {
      auto number = found ? state.words.number(value) : std::nullopt;
      return number && *number > wanted.number;
    }
    case comparison::less: {
      auto number = found ? state.words.number(value) : std::nullopt;
      return number && *number < wanted.number;
    }
  }
  return false;
}

bool term_holds(const snapshot& state, const node_term& term, const node_facts& node) {
  if (term.labels.empty() && term.fields.empty()) return false; // an empty term selects no node
  for (const auto& wanted : term.labels)
    if (!holds(state, wanted, node.labels)) return false;
  for (const auto& wanted : term.fields) { // only metadata.name, one value
    bool same = !wanted.values.empty() && wanted.values[0] == node.name;
    if (same != (wanted.how == comparison::in)) return false;
  }
  return true;
}

bool tolerates(const toleration& by, const taint& what) {
  if (by.acts != effect::any && by.acts != what.acts) return false;
  if (by.key != 0 && by.key != what.key) return false;
  return by.exists || by.value == what.value;
}

int64_t amount_of(const std::vector<amount>& all, word resource) {
  for (const auto& each : all)
    if (each.resource == resource) return each.value;
  return 0;
}

/// (capacity - requested) * 100 / capacity without a 64-bit division: exact below 2^53, corrected after rounding.
int64_t least_allocated(int64_t requested, int64_t capacity) {
  if (requested > capacity) return 0;
  int64_t over = (capacity - requested) * 100;
  if (over >= int64_t{1} << 53) return over / capacity;
  auto quotient = static_cast<int64_t>(static_cast<double>(over) / static_cast<double>(capacity));
  if (quotient * capacity > over) --quotient;
  return quotient;
}

int64_t image_score(const snapshot& state, const pod_class& pod, uint32_t node) {
  constexpr int64_t mebibyte = 1 << 20;
  int64_t have = 0, low = 23 * mebibyte, high = 1000 * mebibyte * static_cast<int64_t>(pod.images.size());
  for (word image : pod.images)
    for (const auto& held : state.nodes[node].images)
      if (held.resource == image) {
        double share = static_cast<double>(state.image_nodes.at(image)) / static_cast<double>(state.live_nodes());
        have += static_cast<int64_t>(static_cast<double>(held.value) * share);
      }
  return 100 * (std::clamp(have, low, high) - low) / (high - low);
}

} // namespace

bool matches(const snapshot& state, const pod_selector& selects, const labels& all) {
  if (selects.nothing) return false;
  return std::all_of(selects.all.begin(), selects.all.end(), [&](const requirement& each) { return holds(state, each, all); });
}

bool matches(const pod_term& term, const snapshot& state, const pod_class& pod) {
  return std::find(term.spaces.begin(), term.spaces.end(), pod.space) != term.spaces.end() && matches(state, term.selects, pod.labels);
}

bool required_node_affinity(const snapshot& state, const pod_class& pod, const node_facts& node) {
  for (const auto& wanted : pod.node_selector)
    if (!holds(state, wanted, node.labels)) return false;
  if (!pod.has_required) return true;
  return std::any_of(pod.required.begin(), pod.required.end(), [&](const node_term& term) { return term_holds(state, term, node); });
}

int64_t preferred_node_affinity(const snapshot& state, const pod_class& pod, const node_facts& node) {
  int64_t sum = 0;
  for (const auto& each : pod.preferred)
    if (each.weight != 0 && term_holds(state, each.term, node)) sum += each.weight;
  return sum;
}

bool tolerated(const pod_class& pod, const taint& what) {
  return std::any_of(pod.tolerations.begin(), pod.tolerations.end(), [&](const toleration& each) { return tolerates(each, what); });
}

const taint* untolerated_no_schedule(const pod_class& pod, const node_facts& node) {
  for (const auto& each : node.taints)
    if (each.acts != effect::prefer_no_schedule && !tolerated(pod, each)) return &each;
  return nullptr;
}

int64_t untolerated_prefer(const pod_class& pod, const node_facts& node) {
  return std::count_if(node.taints.begin(), node.taints.end(),
                       [&](const taint& each) { return each.acts == effect::prefer_no_schedule && !tolerated(pod, each); });
}

bool names_another_node(const pod_class& pod, const node_facts& node) { return pod.node_name != 0 && pod.node_name != node.name; }

bool is_closed(const snapshot& state, const pod_class& pod, const node_facts& node) {
  return node.unschedulable && !tolerated(pod, {state.unschedulable_taint, 0, effect::no_schedule});
}

bool static_fit(const snapshot& state, const pod_class& pod, const node_facts& node) {
  return !names_another_node(pod, node) && !is_closed(state, pod, node) && !untolerated_no_schedule(pod, node) &&
         required_node_affinity(state, pod, node);
}

bool ports_free(const snapshot& state, const pod_class& pod, uint32_t node) {
  for (const auto& wanted : pod.ports)
    for (const auto& taken : state.ports[node])
      if (wanted.port == taken.port && wanted.protocol == taken.protocol &&
          (wanted.address == 0 || taken.address == 0 || wanted.address == taken.address))
        return false;
  return true;
}

bool fits(const snapshot& state, const pod_class& pod, uint32_t node) {
  const auto& use = state.use[node];
  if (use.pods + 1 > use.max_pods) return false;
  if (pod.cpu_milli > 0 && pod.cpu_milli > use.cpu_milli - use.used_cpu_milli) return false;
  if (pod.memory_bytes > 0 && pod.memory_bytes > use.memory_bytes - use.used_memory_bytes) return false;
  if (pod.ephemeral_bytes > 0 && pod.ephemeral_bytes > state.nodes[node].ephemeral_bytes - state.used_ephemeral_bytes[node]) return false;
  for (const auto& scalar : pod.scalars)
    if (scalar.value > 0 &&
        scalar.value > amount_of(state.nodes[node].scalars, scalar.resource) - amount_of(state.used_scalars[node], scalar.resource))
      return false;
  return ports_free(state, pod, node);
}

std::vector<std::string> missing(const snapshot& state, const pod_class& pod, uint32_t node) {
  std::vector<std::string> out;
  const auto& use = state.use[node];
  if (use.pods + 1 > use.max_pods) out.push_back("Too many pods");
  if (pod.cpu_milli > 0 && pod.cpu_milli > use.cpu_milli - use.used_cpu_milli) out.push_back("Insufficient cpu");
  if (pod.memory_bytes > 0 && pod.memory_bytes > use.memory_bytes - use.used_memory_bytes) out.push_back("Insufficient memory");
  if (pod.ephemeral_bytes > 0 && pod.ephemeral_bytes > state.nodes[node].ephemeral_bytes - state.used_ephemeral_bytes[node])
    out.push_back("Insufficient ephemeral-storage");
  for (const auto& scalar : pod.scalars)
    if (scalar.value > 0 &&
        scalar.value > amount_of(state.nodes[node].scalars, scalar.resource) - amount_of(state.used_scalars[node], scalar.resource))
      out.push_back("Insufficient " + state.words.text(scalar.resource));
  return out;
}

int64_t balance_score(int64_t cpu, int64_t cpu_all, int64_t memory, int64_t memory_all) {
  auto real = [](int64_t value) { return static_cast<double>(value); };
  double deviation = 0;
  if (cpu_all > 0 && memory_all > 0)
    deviation = std::fabs((std::min(real(cpu) / real(cpu_all), 1.0) - std::min(real(memory) / real(memory_all), 1.0)) / 2);
  return static_cast<int64_t>((1 - deviation) * 100);
}

int local_score(const snapshot& state, const pod_class& pod, uint32_t node) {
  const auto& use = state.use[node];
  int64_t sum = 0, weights = 0;
  if (use.cpu_milli != 0) {
    sum += least_allocated(use.nonzero_cpu_milli + pod.nonzero_cpu_milli, use.cpu_milli);
    ++weights;
  }
  if (use.memory_bytes != 0) {
    sum += least_allocated(use.nonzero_memory_bytes + pod.nonzero_memory_bytes, use.memory_bytes);
    ++weights;
  }
  int64_t score = weights == 0 ? 0 : sum / weights;
  if (pod.cpu_milli != 0 || pod.memory_bytes != 0) {
    int64_t with = balance_score(use.used_cpu_milli + pod.cpu_milli, use.cpu_milli, use.used_memory_bytes + pod.memory_bytes, use.memory_bytes);
    score += 50 + (50 + with - use.balance) / 2;
  }
  if (!pod.images.empty()) score += image_score(state, pod, node);
  return static_cast<int>(score);
}

} // namespace troupe::scheduling
