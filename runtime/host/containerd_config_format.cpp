#include "runtime/host/containerd_config_format.hpp"
#include <nlohmann/json.hpp>

namespace troupe {

namespace {

constexpr int log_line_bytes_max = 16'384; // longer ones are split with the CRI's P tag

/// A TOML basic string.
std::string quoted(const std::string& text) {
  std::string to = "\"";
  for (char letter : text) {
    if (letter == '"' || letter == '\\') to += '\\';
    to += letter;
  }
  return to + "\"";
}

const char* boolean(bool value) { return value ? "true" : "false"; }

} // namespace

std::string containerd_config_format(const machine_configuration& configuration, const host_paths& paths) {
  std::string text =
      "# Written by troupe at every start.\n"
      "version = 2\n";
  text += "root = " + quoted(paths.containerd_root) + "\n";
  text += "state = " + quoted(paths.containerd_state) + "\n";
  text += "imports = []\n";
  // Snapshotters that are not used complain at every start where their file systems are missing.
  text +=
      "disabled_plugins = [\"io.containerd.snapshotter.v1.aufs\", \"io.containerd.snapshotter.v1.btrfs\", "
      "\"io.containerd.snapshotter.v1.devmapper\", \"io.containerd.snapshotter.v1.zfs\", \"io.containerd.internal.v1.opt\", "
      "\"io.containerd.nri.v1.nri\", "
      "\"io.containerd.tracing.processor.v1.otlp\", \"io.containerd.internal.v1.tracing\"]\n";
  text += "[grpc]\n  address = " + quoted(paths.containerd_socket) + "\n";
  text += "[ttrpc]\n  address = " + quoted(paths.containerd_socket + ".ttrpc") + "\n";
  text += "[debug]\n  level = \"info\"\n";
  text += "[plugins.\"io.containerd.grpc.v1.cri\"]\n";
  text += "  sandbox_image = " + quoted(configuration.sandbox_image) + "\n";
  text += "  stream_server_address = \"127.0.0.1\"\n  stream_server_port = \"0\"\n  enable_tls_streaming = false\n";
  text += std::string("  disable_hugetlb_controller = ") + boolean(configuration.disable_hugetlb) + "\n";
  text += "  tolerate_missing_hugetlb_controller = true\n";
  text += std::string("  disable_apparmor = ") + boolean(configuration.disable_apparmor) + "\n";
  text += std::string("  restrict_oom_score_adj = ") + boolean(configuration.restrict_oom_score_adj) + "\n";
  text += "  enable_unprivileged_ports = true\n  enable_unprivileged_icmp = true\n";
  text += "  max_container_log_line_size = " + std::to_string(log_line_bytes_max) + "\n";
  text += "  netns_mounts_under_state_dir = true\n"; // so `down` finds them
  text += "  [plugins.\"io.containerd.grpc.v1.cri\".containerd]\n";
  text += "    snapshotter = " + quoted(configuration.snapshotter) + "\n";
  text += "    default_runtime_name = " + quoted(configuration.runtime_name) + "\n";
  std::string runtime = "    [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes." + configuration.runtime_name;
  text += runtime + "]\n      runtime_type = \"io.containerd.runc.v2\"\n";
  text += "  " + runtime + ".options]\n";
  text += "        BinaryName = " + quoted(configuration.runtime_binary) + "\n";
  text += "        Root = " + quoted(paths.runtime_root) + "\n";
  text += std::string("        SystemdCgroup = ") + boolean(configuration.systemd_cgroup) + "\n";
  text += "  [plugins.\"io.containerd.grpc.v1.cri\".cni]\n";
  text += "    bin_dir = " + quoted(configuration.cni_plugins) + "\n";
  text += "    conf_dir = " + quoted(paths.cni_configuration) + "\n";
  text += "    max_conf_num = 1\n";
  return text;
}

std::string cni_configuration_format(const machine_configuration& configuration, const host_paths& paths, const std::string& pod_cidr) {
  using json = nlohmann::ordered_json;
  json addresses{{"type", "host-local"}, {"dataDir", paths.cni_data}, {"ranges", json::array({json::array({json{{"subnet", pod_cidr}}})})}};
  json bridge{{"type", "bridge"},       {"bridge", bridge_name}, {"isGateway", true},        {"isDefaultGateway", true},
              {"hairpinMode", true},    {"ipMasq", false},       {"mtu", configuration.mtu}, {"ipam", addresses}};
  json list{{"cniVersion", "0.4.0"}, {"name", paths.cni_network}, {"plugins", json::array({bridge})}};
  return list.dump(2) + "\n";
}

} // namespace troupe
