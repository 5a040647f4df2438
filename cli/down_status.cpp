// down and status: they work on the data folder, also when nothing answers.
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include "cli/commands.hpp"
#include "cli/data_folder.hpp"
#include "cli/https_client.hpp"
#include "cli/kubeconfig_merge.hpp"
#include "runtime/host/host.hpp"

namespace troupe::cli {

namespace {

constexpr int stop_seconds_max = 40; // for an orderly end; then the process is killed

host_options host_of(const folder_paths& paths, const folder_settings& settings) {
  host_options out;
  out.name = settings.name;
  out.data_directory = std::filesystem::absolute(paths.folder).lexically_normal();
  out.cri_endpoint = settings.cri_endpoint;
  out.with_node = settings.with_node;
  out.listen_address = settings.listen;
  out.api_port = settings.port;
  return out;
}

bool wait_for_end(const process_id& of, int seconds) {
  for (int i = 0; i < seconds * 20; ++i) {
    if (!alive(of)) return true;
    ::usleep(50'000);
  }
  return !alive(of);
}

result<nothing> stop_process(const folder_paths& paths) {
  if (auto watcher = find_watcher(paths)) { // first: it would start the machine again. It ends the machine in order
    ::kill(watcher->pid, SIGTERM);
    if (!wait_for_end(*watcher, stop_seconds_max)) ::kill(watcher->pid, SIGKILL);
  }
  auto holder = folder_lock::holder(paths);
  if (!holder) return nothing{};
  ::kill(holder->pid, SIGTERM);
  if (wait_for_end(*holder, stop_seconds_max)) return nothing{};
  ::kill(holder->pid, SIGKILL);
  if (wait_for_end(*holder, 5)) return nothing{};
  return plain_error("process " + std::to_string(holder->pid) + " does not end");
}

} // namespace

command down_command() {
  return {"down", "", 0, 0, "Stop the cluster: pods, processes, and every kernel object of ours. The data folder stays.",
          {{"--data-dir", "D", "data folder of the cluster"}, {"--purge", "", "remove the data folder and the kubeconfig entries too"}}};
}

int down(const arguments& given) {
  folder_paths paths(std::filesystem::absolute(given.get("--data-dir", default_data_folder())).lexically_normal());
  auto settings = read_settings(paths);
  if (!settings) {
    if (!std::filesystem::exists(paths.folder)) return fail(exit_ok, "nothing to stop: there is no " + paths.folder);
    return fail(exit_failed, paths.folder + " is no data folder of troupe");
  }
  if (auto stopped = stop_process(paths); !stopped.ok()) return fail(exit_failed, stopped.error().message);
  if (settings->with_node) {
    if (::geteuid() != 0) return fail(exit_unusable, "this cluster ran containers: run down as root");
    auto cleaned = host_down(host_of(paths, *settings), [](const std::string& line) { std::printf("%s\n", line.c_str()); });
    if (!cleaned.ok()) return fail(exit_failed, cleaned.error().message);
  }
  if (given.has("--purge")) {
    auto removed = remove_from_kubeconfig("troupe-" + settings->name, default_kubeconfig());
    if (!removed.ok()) return fail(exit_failed, removed.error().message);
    std::error_code failure;
    std::filesystem::remove_all(paths.folder, failure);
    if (failure) return fail(exit_failed, "cannot remove " + paths.folder + ": " + failure.message());
  }
  std::printf("troupe %s is down%s\n", settings->name.c_str(), given.has("--purge") ? " and its data is gone" : "");
  return exit_ok;
}

command status_command() {
  return {"status", "", 0, 0, "Say whether the cluster runs, and how it is.",
          {{"--data-dir", "D", "data folder of the cluster"}, {"-o", "json", "as JSON"}}};
}

int show_status(const arguments& given) {
  folder_paths paths(given.get("--data-dir", default_data_folder()));
  auto settings = read_settings(paths);
  auto holder = folder_lock::holder(paths);
  nlohmann::json out{{"dataDir", paths.folder}, {"running", holder.has_value()}};
  if (settings) out["name"] = settings->name;
  if (holder) out["pid"] = holder->pid;
  bool ready = false;
  if (holder) {
    auto access = read_kubeconfig(paths.kubeconfig);
    if (access.ok()) {
      out["server"] = access->server;
      auto answer = ask(*access, "GET", "/readyz?verbose", "", "text/plain", 5'000);
      ready = answer.ok() && answer->code == 200;
      out["checks"] = answer.ok() ? answer->body : answer.error().message;
    } else {
      out["checks"] = access.error().message;
    }
  }
  out["ready"] = ready;
  if (given.get("-o") == "json") {
    std::printf("%s\n", out.dump(2).c_str());
  } else if (!holder) {
    std::printf("troupe does not run on %s%s\n", paths.folder.c_str(), settings ? "" : " (and never did)");
  } else {
    std::printf("troupe %s runs as process %d, %s at %s\nkubeconfig %s\n", settings ? settings->name.c_str() : "?", holder->pid,
                ready ? "ready" : "NOT ready", out.value("server", "?").c_str(), paths.kubeconfig.c_str());
    if (!ready) std::printf("%s\n", out.value("checks", "").c_str());
  }
  return ready ? exit_ok : exit_failed;
}

} // namespace troupe::cli
