// From API objects to the scheduler's records. Pure; parsed once per revision.
#pragma once
#include "actors/scheduler/snapshot.hpp"
#include "messages/roots.hpp"

namespace k8s::io::api::core::v1 {
class Node;
class Pod;
} // namespace k8s::io::api::core::v1

namespace troupe::scheduling {

/// `state` is asked for the namespaces of a term's namespace selector, and for the Services and owners whose selectors
/// make the system's default spreading (kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints).
pod_class class_of(const k8s::io::api::core::v1::Pod&, const roots& state, dictionary&);
node_facts facts_of(const k8s::io::api::core::v1::Node&, dictionary&);

struct pod_requests {
  int64_t cpu_milli = 0, memory_bytes = 0, ephemeral_bytes = 0, nonzero_cpu_milli = 0, nonzero_memory_bytes = 0;
  std::vector<std::pair<std::string, int64_t>> scalars; // extended resources and huge pages, by name
};
/// Containers and sidecars together, or the largest init container if that is more; plus overhead (KEP-753).
pod_requests requests_of(const k8s::io::api::core::v1::Pod&);

} // namespace troupe::scheduling
