// Programs of others (ip, ctr, modprobe, iptables), run to their end. Blocking: only for ports with their own thread and
// for commands before the actor system starts.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

struct process_outcome {
  int exit_code = -1;       // 127: not found; 128 + signal; -1: not started, or killed at its deadline
  bool timed_out = false;
  std::string output;       // standard output, the first process_output_bytes_max
  std::string error;        // standard error, likewise; or why it could not be started
  bool ok() const { return exit_code == 0; }
};

constexpr size_t process_output_bytes_max = 1u << 20;

/// `arguments[0]` is looked for on PATH. The environment is ours; standard input is `input`.
process_outcome run_process(const std::vector<std::string>& arguments, const std::string& input = {}, int64_t deadline_ms = 30'000);

/// Path of a program on PATH or in the system folders; empty: not there.
std::string find_program(const std::string& name);

} // namespace troupe
