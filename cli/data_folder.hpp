// A cluster's data folder: where things lie, who holds it, and what it was started with, so that `down` and `status` work
// when nothing answers.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include "messages/result.hpp"

namespace troupe::cli {

/// /var/lib/troupe as root, else $XDG_DATA_HOME/troupe or ~/.local/share/troupe.
std::string default_data_folder();
/// First label of the host's name, lower case.
std::string default_machine_name();

struct folder_paths {
  explicit folder_paths(const std::string& folder);
  std::string folder, lock, watcher, kubeconfig, log, settings;
  std::string authority, authority_key, account_key, serving, serving_key;
};

/// What the running (or last) process was started with; written at each start.
struct folder_settings {
  std::string name, cri_endpoint, listen;
  uint16_t port = 6443;
  bool with_node = true;
  size_t simulated_nodes = 0;
};
std::optional<folder_settings> read_settings(const folder_paths&);
result<nothing> write_settings(const folder_paths&, const folder_settings&);

/// A process by pid and start time, so that a number that was given again is not mistaken for it.
struct process_id {
  int pid = 0;
  uint64_t started = 0; // clock ticks since boot, /proc/PID/stat field 22
};
std::optional<process_id> find_process(int pid); // unset: no such process
bool alive(const process_id&);

/// The calling process starts the folder's machine again when it dies. Not an error where it cannot be written.
void note_watcher(const folder_paths&);
/// Who does that now; unset: nobody.
std::optional<process_id> find_watcher(const folder_paths&);

/// Exclusive while the object lives; the file names the holder.
class folder_lock {
public:
  /// Makes the folder (0700). The error names who holds it.
  static result<folder_lock> take(const folder_paths&);
  /// Who holds the folder now; unset: nobody.
  static std::optional<process_id> holder(const folder_paths&);
  folder_lock(folder_lock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  folder_lock& operator=(folder_lock&&) = delete;
  ~folder_lock();

private:
  explicit folder_lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

} // namespace troupe::cli
