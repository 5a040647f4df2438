// A pod's sandbox and containers as the runtime wants them described. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>
#include "actors/node/environment_format.hpp"
#include "actors/node/types.hpp"
#include "messages/actors/pod.hpp"

namespace troupe {

/// Labels and annotations that let a later incarnation find its containers, and know what they were started for.
constexpr const char* label_pod_name = "io.kubernetes.pod.name";
constexpr const char* label_pod_space = "io.kubernetes.pod.namespace";
constexpr const char* label_pod_uid = "io.kubernetes.pod.uid";
constexpr const char* label_container_name = "io.kubernetes.container.name";
constexpr const char* label_node = "troupe.dev/node";
constexpr const char* annotation_image = "troupe.dev/image";          // spec.image as it was
constexpr const char* annotation_back_off = "troupe.dev/back-off-ms"; // container_view::back_off_ms

struct sandbox_facts {
  std::string node, cluster_dns, cluster_domain, log_directory, cgroup_path;
};
cri::PodSandboxConfig sandbox_config(const core::Pod& pod, uint32_t attempt, const sandbox_facts& facts);

struct container_facts {
  std::string node;
  uint32_t attempt = 0;
  int64_t back_off_ms = 0;
  environment variables;
  std::map<std::string, std::string> paths; // volume mount's mountPath -> path on the host (subPath resolved)
  std::string hosts_file, termination_file; // on the host; empty: not mounted
  int64_t node_memory_bytes = 0;
  std::string image_reference;              // what the runtime runs: an id, or spec.image
};
cri::ContainerConfig container_config(const core::Pod& pod, const core::Container& container, const container_facts& facts);

/// "" or why the container must not run: runAsNonRoot against the image's user. `user`: the image's numeric user or -1;
/// `user_name`: its name, where it has one.
std::string user_problem(const core::Pod& pod, const core::Container& container, int64_t user, const std::string& user_name);

/// "Always", "IfNotPresent", "Never"; without a policy: Always for :latest and untagged images.
std::string pull_policy(const core::Container& container);

} // namespace troupe
