// What a pod needs on the host before its containers run: folders, mounted files, cgroup. Pure.
#pragma once
#include <map>
#include <string>
#include "actors/node/environment_format.hpp"
#include "actors/node/pod_objects.hpp"
#include "actors/node/types.hpp"
#include "messages/actors/pod.hpp"
#include "messages/result.hpp"

namespace troupe {

struct volume_facts {
  std::string data_directory;   // D
  std::string cgroup_parent;
  environment_facts environment;
};

struct volume_plan {
  host_pod host;
  std::map<std::string, std::string> paths; // volume name -> path on the host
  bool changes = false;                     // has ConfigMaps, Secrets, tokens or downward files: to be written again
};

/// Errors: a status whose message is that of the FailedMount event.
result<volume_plan> plan_volumes(const core::Pod& pod, const pod_objects& objects, const volume_facts& facts);

/// Where the pod's things lie; what clean() removes.
host_pod pod_place(const core::Pod& pod, const volume_facts& facts);
std::string pod_log_directory(const std::string& data_directory, std::string_view space, std::string_view name, std::string_view uid);

/// A container's own files: where its termination message goes, and the pod's hosts file.
std::string termination_file(const host_pod& host, const std::string& container, uint32_t attempt);
std::string hosts_file(const host_pod& host);
/// `address` empty: the pod uses the host's network and so the host's file.
std::string hosts_content(const core::Pod& pod, const std::vector<std::string>& addresses, const std::string& domain);
std::string host_name_of(const core::Pod& pod); // at most 63 characters

} // namespace troupe
