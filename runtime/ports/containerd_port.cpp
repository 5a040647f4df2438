#include "runtime/ports/containerd_port.hpp"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <sstream>
#include "runtime/host/containerd_config_format.hpp"
#include "runtime/ports/file_text.hpp"

extern char** environ;

namespace troupe {

namespace {

namespace files = std::filesystem;

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Field 22 of /proc/PID/stat: tells a process from a later one with its number. Empty: no such process, or a zombie.
std::string start_time(int pid) {
  std::string text = read_text("/proc/" + std::to_string(pid) + "/stat");
  auto at = text.rfind(')'); // the name before it may hold anything
  if (at == text.npos) return "";
  std::istringstream fields(text.substr(at + 1));
  std::string word, state;
  fields >> state;
  for (int field = 4; field <= 22; ++field) fields >> word;
  return state == "Z" || state == "X" ? "" : word;
}

bool socket_answers(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  bool answers = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return answers;
}

/// Folders that do not exist yet and lie outside of ours are written down, so that the clean-up knows that they are ours.
void make_recorded(const std::string& folder, const host_paths& paths) {
  std::vector<std::string> missing;
  for (files::path at = folder; !at.empty() && !files::exists(at); at = at.parent_path()) missing.push_back(at.string());
  if (missing.empty()) return;
  std::string recorded = read_text(paths.made);
  for (auto& path : missing) recorded += path + "\n";
  write_text(paths.made, recorded, 0600);
  std::error_code ignored;
  files::create_directories(folder, ignored);
}

result<nothing> prepare_files(const machine_configuration& configuration, const host_options& options) {
  auto paths = host_paths_of(options);
  std::error_code failed;
  for (auto& folder : {paths.run, paths.containerd_state, paths.containerd_root, paths.runtime_root, paths.cni_configuration, paths.cni_data,
                       files::path(paths.containerd_config).parent_path().string(), files::path(paths.containerd_log).parent_path().string()}) {
    files::create_directories(folder, failed);
    if (failed) return plain_error(folder + ": " + failed.message());
  }
  ::chmod(paths.run.c_str(), 0711); // sockets below are root's alone; nobody else lists them
  for (const char* folder : {"/run/containerd/s", "/var/lib/cni/results"}) make_recorded(folder, paths);
  if (!write_text(paths.containerd_config, containerd_config_format(configuration, paths), 0600))
    return plain_error(paths.containerd_config + ": " + std::strerror(errno));
  std::string network = paths.cni_configuration + "/10-troupe.conflist";
  if (!write_text(network, cni_configuration_format(configuration, paths, options.pod_cidr)))
    return plain_error(network + ": " + std::strerror(errno));
  return nothing{};
}

result<int> start(const machine_configuration& configuration, const host_paths& paths) {
  std::string program = configuration.containerd, option = "--config", file = paths.containerd_config;
  char* words[] = {program.data(), option.data(), file.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, paths.containerd_log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0640);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  int failed = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, words, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed) return plain_error(program + ": " + std::strerror(failed));
  if (!write_text(paths.containerd_pid, std::to_string(pid) + " " + start_time(pid) + "\n", 0600)) {
    ::kill(pid, SIGKILL); // nobody could adopt it
    return plain_error(paths.containerd_pid + ": " + std::strerror(errno));
  }
  return int(pid);
}

/// False: it ended, or the deadline came.
bool wait_socket(const host_paths& paths, int pid, int64_t end_ms) {
  while (!socket_answers(paths.containerd_socket)) {
    if (now_ms() >= end_ms || start_time(pid).empty()) return false;
    ::usleep(10'000);
  }
  return true;
}

} // namespace

int containerd_alive(const host_paths& paths) {
  std::istringstream recorded(read_text(paths.containerd_pid));
  int pid = 0;
  std::string started;
  if (!(recorded >> pid >> started) || pid <= 1) return 0;
  ::waitpid(pid, nullptr, WNOHANG); // ours to bury when it was started by this process
  if (start_time(pid) != started) return 0;
  return read_text("/proc/" + std::to_string(pid) + "/cmdline").find(paths.containerd_config) == std::string::npos ? 0 : pid;
}

result<containerd_process> containerd_ensure(const machine_configuration& configuration, const host_options& options) {
  auto paths = host_paths_of(options);
  if (auto prepared = prepare_files(configuration, options); !prepared) return prepared.error();
  if (int pid = containerd_alive(paths)) {
    if (wait_socket(paths, pid, now_ms() + containerd_start_ms)) return containerd_process{pid, true};
    containerd_stop(paths);
  }
  auto pid = start(configuration, paths);
  if (!pid) return pid.error();
  if (wait_socket(paths, *pid, now_ms() + containerd_start_ms)) return containerd_process{*pid, false};
  bool ended = start_time(*pid).empty();
  containerd_stop(paths);
  return plain_error(std::string("containerd ") + (ended ? "ended at once" : "does not answer") + "; see " + paths.containerd_log);
}

void containerd_stop(const host_paths& paths) {
  int pid = containerd_alive(paths);
  if (pid) {
    ::kill(pid, SIGTERM);
    for (int64_t end_ms = now_ms() + containerd_stop_ms; containerd_alive(paths) == pid; ::usleep(10'000))
      if (now_ms() >= end_ms) ::kill(pid, SIGKILL);
  }
  ::unlink(paths.containerd_pid.c_str());
}

} // namespace troupe
