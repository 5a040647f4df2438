// What containerd and the CNI plugins are told. Pure.
#pragma once
#include <string>
#include "runtime/host/machine.hpp"

namespace troupe {

/// containerd's config.toml, format version 2 (read by 1.6, 1.7 and 2.x).
std::string containerd_config_format(const machine_configuration& configuration, const host_paths& paths);

/// The pod network "troupe-NAME": bridge troupe0 with host-local addresses (CNI specification 0.4.0, configuration list).
/// Source translation is not the plugin's: the table `ip troupe` does it.
std::string cni_configuration_format(const machine_configuration& configuration, const host_paths& paths,
                                     const std::string& pod_cidr);

} // namespace troupe
