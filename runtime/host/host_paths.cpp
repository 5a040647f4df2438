#include "runtime/host/machine.hpp"

namespace troupe {

host_paths host_paths_of(const host_options& options) {
  host_paths paths;
  paths.run = options.run_root + "/" + options.name;
  paths.containerd_socket = paths.run + "/containerd.sock";
  paths.containerd_pid = paths.run + "/containerd.pid";
  paths.containerd_state = paths.run + "/containerd";
  paths.runtime_root = paths.run + "/runtime";
  paths.made = paths.run + "/made";
  paths.containerd_config = options.data_directory + "/containerd/config.toml";
  paths.containerd_root = options.data_directory + "/containerd/root";
  paths.containerd_log = options.data_directory + "/logs/containerd.log";
  paths.cni_configuration = options.data_directory + "/cni/conf.d";
  paths.cni_data = paths.run + "/cni"; // addresses in use: of no use after a reboot
  paths.cni_network = "troupe-" + options.name;
  paths.cgroup = "/troupe/" + options.name;
  return paths;
}

} // namespace troupe
