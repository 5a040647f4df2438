// What a node does on its machine beside containers: pod folders and volumes, tmpfs mounts, cgroups, probes over the
// network, facts. Interface: host_port_actor in messages/actors/pod.hpp.
#pragma once
#include <string>
#include "messages/actors/pod.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

/// The real port. Work on files is done by file_threads threads, the same pod always by the same one and in order;
/// probes by at most probe_threads. At most host_calls_max calls wait; more are refused.
child_spec host_port_spec(std::string name);

/// The simulated twin: everything succeeds at once; probes too.
child_spec simulated_host_spec(std::string name, machine_description description);

constexpr size_t file_threads = 2, probe_threads = 8, host_calls_max = 4096;

// The parts of the real port, for tests. They block; "" is success, else the reason.
std::string prepare_pod(const host_pod& pod);
std::string clean_pod(const host_pod& pod);
std::string write_tree(const host_tree& tree);
std::string forget_file(const std::string& path); // one that is not there is fine
/// The last `limit_bytes` of a file; empty where there is none.
std::string read_tail(const std::string& path, int64_t limit_bytes);
/// Real path of `sub` below `folder`, made (0750) where missing. Refuses what leads outside by symbolic links.
std::string checked_sub_path(const std::string& folder, const std::string& sub, std::string& real_path);
/// `body` takes the start of an HTTP answer's body.
std::string run_probe(const host_probe& probe, int64_t deadline_ms, std::string& body);
machine_description describe_machine(const std::string& data_directory);

} // namespace troupe
