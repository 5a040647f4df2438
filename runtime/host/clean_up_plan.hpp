// Recognises what is ours on a machine, from texts that the kernel shows. Pure; runtime/ports/clean_up_port asks.
#pragma once
#include <string>
#include <string_view>
#include <vector>
#include "runtime/host/machine.hpp"

namespace troupe {

/// Mount points at or below one of `folders`, in the order in which they can be undone (last mounted first; a place with
/// two mounts stands there twice). `mounts` is /proc/self/mounts, whose \040 and the like are undone.
std::vector<std::string> mounts_below(std::string_view mounts, const std::vector<std::string>& folders);

/// Roots of the cgroup hierarchies, v1 and v2.
std::vector<std::string> cgroup_roots(std::string_view mounts);

/// A process's command line (zero bytes between its words) is that of a shim or containerd that serves `socket`.
bool is_shim_of(std::string_view command_line, std::string_view socket);

/// Paths of the Unix sockets named in a shim's `address` file or bootstrap.json.
std::vector<std::string> shim_sockets(std::string_view text);

/// Names of links whose master is the bridge, from `ip -json link show`.
std::vector<std::string> links_on_bridge(std::string_view json);

/// The machine's ends of a pod's links, from libcni's file of its attachment (CNI specification 0.4.0, "Result").
std::vector<std::string> links_of_pod(std::string_view json);

/// Of the files in libcni's folder of results ("NETWORK-SANDBOX-DEVICE"), those of `network` and of its sandboxes' loopback.
std::vector<std::string> our_network_results(const std::vector<std::string>& names, const std::string& network);

} // namespace troupe
