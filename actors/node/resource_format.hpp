// Requests and limits as numbers for cgroups, environment and QoS. Pure.
#pragma once
#include <cstdint>
#include <string>
#include "actors/node/types.hpp"
#include "messages/actors/pod.hpp"

namespace troupe {

using resource_list = google::protobuf::RepeatedPtrField<k8s::io::apimachinery::pkg::api::resource::QuantityEntry>;

/// -1: not there. CPU in thousandths, everything else in whole units.
int64_t resource_amount(const resource_list& list, const std::string& name);

int64_t cpu_shares(int64_t milli);                 // 1000 -> 1024, at least 2
int64_t cpu_quota(int64_t milli, int64_t period_us); // at least 1000 us; 0: none

enum class pod_quality : uint8_t { guaranteed, burstable, best_effort };
pod_quality quality_of(const core::Pod& pod);

/// The pod's parent cgroup: shares of all containers; quota and memory only where every container has a limit.
host_cgroup pod_cgroup(const core::Pod& pod, const std::string& parent);

/// oom_score_adj as the kubelet sets it.
int64_t out_of_memory_score(const core::Pod& pod, const core::Container& container, int64_t node_memory_bytes);

/// Text of a resourceFieldRef ("limits.cpu", divisor): the limit, or else what the node has.
std::string resource_field(const core::Container& container, const core::ResourceFieldSelector& field,
                           int64_t node_cpu_milli, int64_t node_memory_bytes);

} // namespace troupe
