// containerd as a process of its own session: it outlives us, and the next start adopts it by its pid and socket.
// Blocking.
#pragma once
#include <string>
#include "messages/result.hpp"
#include "runtime/host/machine.hpp"

namespace troupe {

struct containerd_process {
  int pid = 0;
  bool adopted = false;     // was running already
};

/// Writes the configuration, adopts a running containerd of ours or starts one, and waits until its socket answers.
result<containerd_process> containerd_ensure(const machine_configuration& configuration, const host_options& options);

/// The recorded process is alive and is ours (same start time, same configuration file). 0: none.
int containerd_alive(const host_paths& paths);

/// SIGTERM, then SIGKILL. Containers go on: their shims are processes of their own.
void containerd_stop(const host_paths& paths);

constexpr int64_t containerd_start_ms = 20'000; // a loaded machine's first start; usually 0.1 s
constexpr int64_t containerd_stop_ms = 5'000;

} // namespace troupe
