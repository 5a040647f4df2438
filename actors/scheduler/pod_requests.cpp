#include <algorithm>
#include <map>
#include "actors/scheduler/pod_class_of.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/quantity.hpp"

namespace troupe::scheduling {

namespace core = k8s::io::api::core::v1;

namespace {

// What a container without requests counts as in the least-allocated score, so that such pods spread too.
constexpr int64_t absent_cpu_milli = 100, absent_memory_bytes = 200ll << 20;

struct sums {
  std::map<std::string, int64_t> of; // cpu in milli, everything else in units
  int64_t nonzero_cpu_milli = 0, nonzero_memory_bytes = 0;
  void add(const sums& other) {
    for (const auto& [name, value] : other.of) of[name] += value;
    nonzero_cpu_milli += other.nonzero_cpu_milli;
    nonzero_memory_bytes += other.nonzero_memory_bytes;
  }
  void at_least(const sums& other) {
    for (const auto& [name, value] : other.of) of[name] = std::max(of[name], value);
    nonzero_cpu_milli = std::max(nonzero_cpu_milli, other.nonzero_cpu_milli);
    nonzero_memory_bytes = std::max(nonzero_memory_bytes, other.nonzero_memory_bytes);
  }
};

template <class Entries>
void read(const Entries& entries, std::map<std::string, int64_t>& to) {
  for (const auto& entry : entries) {
    auto amount = quantity::parse_or_zero(entry.value().string());
    to[entry.key()] = entry.key() == "cpu" ? amount.milli_value() : amount.value();
  }
}

sums sums_of(const core::Container& container) {
  sums made;
  read(container.resources().requests(), made.of);
  auto cpu = made.of.find("cpu");
  auto memory = made.of.find("memory");
  made.nonzero_cpu_milli = cpu == made.of.end() ? absent_cpu_milli : cpu->second;
  made.nonzero_memory_bytes = memory == made.of.end() ? absent_memory_bytes : memory->second;
  return made;
}

} // namespace

pod_requests requests_of(const core::Pod& pod) {
  sums all, sidecars, largest_init;
  for (const auto& container : pod.spec().containers()) all.add(sums_of(container));
  for (const auto& container : pod.spec().initcontainers()) {
    auto its = sums_of(container);
    if (container.restartpolicy() == "Always") {
      sidecars.add(its);
      largest_init.at_least(sidecars);
    } else {
      its.add(sidecars);
      largest_init.at_least(its);
    }
  }
  all.add(sidecars);
  all.at_least(largest_init);
  if (pod.spec().has_resources()) { // pod-level resources stand for the sum (KEP-2837)
    std::map<std::string, int64_t> level;
    read(pod.spec().resources().requests(), level);
    for (const auto& [name, value] : level) all.of[name] = value;
    if (level.count("cpu")) all.nonzero_cpu_milli = level["cpu"];
    if (level.count("memory")) all.nonzero_memory_bytes = level["memory"];
  }
  sums overhead;
  read(pod.spec().overhead(), overhead.of);
  overhead.nonzero_cpu_milli = overhead.of.count("cpu") ? overhead.of["cpu"] : 0;
  overhead.nonzero_memory_bytes = overhead.of.count("memory") ? overhead.of["memory"] : 0;
  all.add(overhead);

  pod_requests out;
  out.nonzero_cpu_milli = all.nonzero_cpu_milli;
  out.nonzero_memory_bytes = all.nonzero_memory_bytes;
  for (const auto& [name, value] : all.of) {
    if (name == "cpu") out.cpu_milli = value;
    else if (name == "memory") out.memory_bytes = value;
    else if (name == "ephemeral-storage") out.ephemeral_bytes = value;
    else if (name != "storage") out.scalars.emplace_back(name, value);
  }
  return out;
}

} // namespace troupe::scheduling
