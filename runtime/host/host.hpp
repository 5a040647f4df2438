// The host for the composition root: what must be asked before anything starts, the children that bring network and
// runtime up, the clean-up, and the import of images. All of it needs root, except that `--no-node` may ask the probe.
//
//   auto facts = read_machine_facts(options);              // runtime/ports/machine_probe_port.hpp
//   auto decided = machine_probe(facts, options);          // refusal: print the line, exit with its code
//   supervisor "machine": host_children(options, configuration), started before "node", "proxy", "dns"
//   `troupe down`: stop the process, then host_down(options)
#pragma once
#include <functional>
#include <string>
#include <vector>
#include "messages/result.hpp"
#include "runtime/host/machine.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

/// In starting order: "network" (bridge, kernel settings), "containerd" (starts or adopts it; left out where --cri
/// names another), with the image that every pod starts from. Both say ready. Killing them touches neither network nor
/// containers.
std::vector<child_spec> host_children(const host_options& options, const machine_configuration& configuration);

/// Undoes everything that this machine's `up` made in kernel and run folders: containers, shims, containerd, network
/// namespaces, links, nftables table, mounts, cgroups of every hierarchy, sockets, run files. The data folder stays.
/// Works on what is found, so it may be called at any time and again. `log` is called with one line for each removal.
/// Error: what could not be removed.
result<nothing> host_down(const host_options& options, const std::function<void(const std::string&)>& log);

/// Imports an OCI archive into the runtime behind `socket`; answers the names of its images. At most image_import_ms.
result<std::vector<std::string>> image_import(const std::string& ctr, const std::string& socket, const std::string& archive);
constexpr int64_t image_import_ms = 120'000;
/// Names of the images that the runtime has.
result<std::vector<std::string>> image_names(const std::string& ctr, const std::string& socket);

} // namespace troupe
