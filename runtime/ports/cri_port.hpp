// The container runtime's port: any CRI v1 runtime over its Unix socket, or a simulated one. Interface: cri_port_actor
// in messages/actors/pod.hpp.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <caf/actor.hpp>
#include "messages/actors/pod.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

/// The real port: gRPC on `endpoint` (a path, "unix://" allowed in front). One thread of its own waits for answers;
/// calls run side by side, at most cri_calls_max at once (more: code 8, at once). Each has its deadline.
/// It never fails when nobody answers at the endpoint: calls then end with code 14, and a runtime that comes up is found.
child_spec cri_port_spec(std::string name, std::string endpoint);

class simulated_runtime;

/// The simulated runtime (simulated_runtime.hpp) behind the same interface, with virtual delays.
struct simulated_cri_options {
  int64_t sandbox_ms = 50, start_ms = 30, stop_ms = 10, list_ms = 1;
  std::string pod_cidr; // addresses of its pods
};
child_spec simulated_cri_spec(std::string name, simulated_cri_options options);
/// The same on a runtime that somebody else holds (the world: a machine's runtime outlives its processes).
child_spec simulated_cri_spec(std::string name, simulated_cri_options options, std::shared_ptr<simulated_runtime> runtime);

constexpr size_t cri_calls_max = 256;
constexpr int64_t cri_watch_again_ms = 2'000; // after the stream of the runtime's events has ended
constexpr int cri_message_bytes_max = 16 << 20; // one answer

} // namespace troupe
