#include "actors/node/resource_format.hpp"
#include <algorithm>
#include "messages/quantity.hpp"

namespace troupe {
namespace {

constexpr int64_t period_us = 100'000;

const std::string* quantity_text(const resource_list& list, const std::string& name) {
  for (auto& entry : list)
    if (entry.key() == name) return &entry.value().string();
  return nullptr;
}

} // namespace

int64_t resource_amount(const resource_list& list, const std::string& name) {
  auto* text = quantity_text(list, name);
  if (!text) return -1;
  auto amount = quantity::parse_or_zero(*text);
  return name == "cpu" ? amount.milli_value() : amount.value();
}

int64_t cpu_shares(int64_t milli) { return std::clamp<int64_t>(milli * 1024 / 1000, 2, 262'144); }

int64_t cpu_quota(int64_t milli, int64_t period) {
  if (milli <= 0) return 0;
  return std::max<int64_t>(1000, milli * period / 1000);
}

pod_quality quality_of(const core::Pod& pod) {
  bool any = false, guaranteed = true;
  auto look = [&](const core::Container& container) {
    for (auto* name : {"cpu", "memory"}) {
      auto limit = resource_amount(container.resources().limits(), name);
      auto request = resource_amount(container.resources().requests(), name);
      any = any || limit > 0 || request > 0;
      if (limit <= 0 || (request >= 0 && request != limit)) guaranteed = false;
    }
  };
  for (auto& container : pod.spec().initcontainers()) look(container);
  for (auto& container : pod.spec().containers()) look(container);
  return !any ? pod_quality::best_effort : guaranteed ? pod_quality::guaranteed : pod_quality::burstable;
}

host_cgroup pod_cgroup(const core::Pod& pod, const std::string& parent) {
  host_cgroup group;
  if (parent.empty()) return group;
  group.path = parent + "/pod" + pod.metadata().uid();
  group.cpu_period_us = period_us;
  int64_t requested = 0, limit = 0, memory = 0;
  bool limited = true, memory_limited = true;
  auto add = [&](const core::Container& container) {
    requested += std::max<int64_t>(0, resource_amount(container.resources().requests(), "cpu"));
    auto cpu = resource_amount(container.resources().limits(), "cpu");
    auto bytes = resource_amount(container.resources().limits(), "memory");
    limited = limited && cpu > 0;
    memory_limited = memory_limited && bytes > 0;
    limit += std::max<int64_t>(0, cpu);
    memory += std::max<int64_t>(0, bytes);
  };
  for (auto& container : pod.spec().containers()) add(container);
  // Init containers run before them in the same cgroup: without a limit of their own the pod has none.
  for (auto& container : pod.spec().initcontainers()) {
    auto cpu = resource_amount(container.resources().limits(), "cpu");
    auto bytes = resource_amount(container.resources().limits(), "memory");
    limited = limited && cpu > 0;
    memory_limited = memory_limited && bytes > 0;
    bool sidecar = container.restartpolicy() == "Always";
    limit = sidecar ? limit + cpu : std::max(limit, cpu);
    memory = sidecar ? memory + bytes : std::max(memory, bytes);
  }
  group.cpu_shares = cpu_shares(requested);
  if (limited) group.cpu_quota_us = cpu_quota(limit, period_us);
  if (memory_limited) group.memory_limit_bytes = memory;
  return group;
}

int64_t out_of_memory_score(const core::Pod& pod, const core::Container& container, int64_t node_memory_bytes) {
  auto quality = quality_of(pod);
  if (pod.spec().priorityclassname() == "system-node-critical" || quality == pod_quality::guaranteed) return -997;
  if (quality == pod_quality::best_effort || node_memory_bytes <= 0) return 1000;
  auto request = std::max<int64_t>(0, resource_amount(container.resources().requests(), "memory"));
  auto score = 1000 - 1000 * request / node_memory_bytes;
  return score < 3 ? 3 : score == 1000 ? 999 : score;
}

std::string resource_field(const core::Container& container, const core::ResourceFieldSelector& field,
                           int64_t node_cpu_milli, int64_t node_memory_bytes) {
  auto dot = field.resource().find('.');
  auto list = field.resource().substr(0, dot);
  auto name = dot == std::string::npos ? std::string{} : field.resource().substr(dot + 1);
  auto& wanted = list == "limits" ? container.resources().limits() : container.resources().requests();
  auto amount = resource_amount(wanted, name);
  if (amount < 0 && list == "limits" && name == "cpu") amount = node_cpu_milli;
  if (amount < 0 && list == "limits" && name == "memory") amount = node_memory_bytes;
  if (amount < 0) amount = 0;
  auto divisor = quantity::parse_or_zero(field.divisor().string());
  auto unit = divisor.zero() ? quantity::of(1) : divisor;
  auto by = name == "cpu" ? unit.milli_value() : unit.value();
  if (by <= 0) by = 1;
  return std::to_string((amount + by - 1) / by); // rounded up
}

} // namespace troupe
