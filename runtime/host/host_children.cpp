// The keepers of network and runtime: each makes it so when it starts, says that it is ready, and looks again from time
// to time. What they keep outlives them.
#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <caf/send.hpp>
#include "messages/actors/network.hpp"
#include "runtime/control/alarm.hpp"
#include "runtime/host/host.hpp"
#include "runtime/host/network_plan.hpp"
#include "runtime/log.hpp"
#include "runtime/ports/containerd_port.hpp"
#include "runtime/ports/network_port.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {

namespace {

constexpr int64_t network_look_ms = 30'000; // others may have torn the bridge down
constexpr int64_t containerd_look_ms = 2'000;

/// Makes or checks what it keeps; answers what to log (empty: nothing). Throws when it cannot: the supervisor tries again.
using keep = std::function<std::string(bool first)>;

struct keeper_state {
  explicit keeper_state(caf::local_actor* self) : timer(self) {}
  static inline const char* name = "host-keeper";
  alarm timer;
  keep work;
  bool first = true;
};
static_assert(!std::is_aggregate_v<keeper_state>);

using keeper_pointer = host_keeper_actor::stateful_pointer<keeper_state>;

host_keeper_actor::behavior_type keeper(keeper_pointer self, env_ptr env, spawn_context context, keep work, int64_t look_ms) {
  self->state.work = std::move(work);
  self->send(self, tick_atom::value);
  return {
      [self, env, context, look_ms](tick_atom) {
        auto& state = self->state;
        state.timer.fired();
        if (auto said = state.work(state.first); !said.empty()) log_info(said);
        if (state.first) say_ready(self, env, context);
        state.first = false;
        state.timer.at(state.timer.now_ms() + look_ms);
      },
      [self](stop_atom) { self->quit(); },
  };
}

child_spec keeper_spec(const std::string& name, keep work, int64_t look_ms) {
  child_spec spec;
  spec.name = name;
  spec.kind = "Port";
  spec.own_thread = true;
  spec.says_ready = true;
  spec.start = [=](const spawn_context& context, const env_ptr& env) {
    spawn_context own{nullptr, context.path, context.supervisor, context.own_thread};
    return spawn_child(context, keeper, env, own, work, look_ms);
  };
  return spec;
}

std::string keep_network(const host_options& options, const machine_configuration& configuration, bool first) {
  if (!first && bridge_is_up()) return "";
  auto made = take_steps(network_up_plan(configuration, options));
  if (!made) throw std::runtime_error(made.error().message);
  reattach_pods(host_paths_of(options).cni_network); // containers that outlived us, or the bridge that was taken away
  return std::string("pod network: bridge ") + bridge_name + ", " + options.pod_cidr + (first ? "" : " (it was gone)");
}

/// No pod starts without its first process's image, and there is no registry to pull it from: imported where it is missing.
std::string keep_pause_image(const host_options& options, const machine_configuration& configuration) {
  auto names = image_names(configuration.ctr, configuration.cri_endpoint);
  if (!names) return names.error().message;
  if (std::find(names->begin(), names->end(), configuration.sandbox_image) != names->end()) return "";
  std::error_code failed;
  auto folder = std::filesystem::path(options.images_directory);
  if (folder.empty()) folder = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path() / "images";
  auto imported = image_import(configuration.ctr, configuration.cri_endpoint, (folder / "pause.tar").string());
  return imported ? "imported " + configuration.sandbox_image : imported.error().message;
}

std::string keep_containerd(const host_options& options, const machine_configuration& configuration, bool first) {
  if (!first && containerd_alive(host_paths_of(options))) return "";
  auto process = containerd_ensure(configuration, options);
  if (!process) throw std::runtime_error(process.error().message);
  if (auto said = keep_pause_image(options, configuration); !said.empty()) log_info(said);
  return std::string("containerd ") + (process->adopted ? "adopted" : "started") + " (pid " + std::to_string(process->pid) + ")";
}

} // namespace

std::vector<child_spec> host_children(const host_options& options, const machine_configuration& configuration) {
  std::vector<child_spec> children;
  auto network = [=](bool first) { return keep_network(options, configuration, first); };
  children.push_back(keeper_spec("network", network, network_look_ms));
  if (!configuration.start_containerd) return children;
  auto containerd = [=](bool first) { return keep_containerd(options, configuration, first); };
  children.push_back(keeper_spec("containerd", containerd, containerd_look_ms));
  return children;
}

} // namespace troupe
