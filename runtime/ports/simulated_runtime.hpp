// A container runtime without containers: sandboxes and containers as records, processes that "run" as long as their
// annotations say. Pure: time comes with each request. It outlives the actor in front of it, as a real runtime outlives
// the node's process.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include "messages/actors/pod.hpp"

namespace troupe {

/// Annotations of a container that say what its process does; without them it runs until it is stopped.
constexpr const char* simulated_run_annotation = "troupe.dev/simulated-run-ms";       // ends by itself after so long
constexpr const char* simulated_exit_annotation = "troupe.dev/simulated-exit-code";   // with this code (default 0)
constexpr const char* simulated_probe_annotation = "troupe.dev/simulated-probe";      // "fail": ExecSync exits 1

class simulated_runtime {
public:
  /// `pod_cidr`: "10.244.3.0/24"; addresses from .2 on, taken again when they are free.
  explicit simulated_runtime(std::string pod_cidr);
  ~simulated_runtime();
  simulated_runtime(const simulated_runtime&) = delete;

  /// What the interface would answer now. Unknown requests: code 12.
  cri_reply handle(const google::protobuf::Message& request, int64_t wall_ns);
  /// Ends the processes whose time has come. True when something ended.
  bool advance(int64_t wall_ns);
  /// Calendar time of the next end; INT64_MAX: none.
  int64_t next_end_ns() const;
  /// As a crash of the machine does: all sandboxes not ready, all containers ended (255, Unknown).
  void reboot(int64_t wall_ns);
  size_t running() const;

private:
  struct content;
  std::unique_ptr<content> content_;
};

} // namespace troupe
