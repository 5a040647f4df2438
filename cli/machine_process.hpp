// The composition root: makes the parts of one machine, hands each what it needs, and starts the supervision tree. Holds
// no logic of its own.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include "cli/data_folder.hpp"

namespace troupe::cli {

struct machine_options {
  std::string data_dir;
  folder_settings settings;    // name, listen address and port, node or not, CRI, simulated nodes
  std::string build_version;
};

/// What keeps a machine from starting: a line for people and the exit code.
struct start_failure {
  int exit_code = 1;
  std::string line;
};

class machine_process {
public:
  /// Takes the data folder's lock, asks the host, makes keys, opens the store, starts everything, and returns when the
  /// API serves (/readyz answers ok).
  static std::variant<std::unique_ptr<machine_process>, start_failure> start(const machine_options&);
  ~machine_process();
  /// The API's address as the kubeconfig has it.
  const std::string& server_url() const;
  /// Calls back once, on some thread, when the tree ended by itself: the process should end too.
  void on_end(std::function<void(std::string why)>);
  /// Ends in order: no new connections, children in reverse order, everything acknowledged is on the disk. Containers go
  /// on running.
  void stop();

private:
  struct parts;
  explicit machine_process(std::unique_ptr<parts>);
  std::unique_ptr<parts> parts_;
};

} // namespace troupe::cli
