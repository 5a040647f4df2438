// `host_down` (runtime/host/host.hpp): finds what is ours and removes it, in the order in which nothing holds on to it.
#include <dirent.h>
#include <nftables/libnftables.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <set>
#include <sstream>
#include "runtime/host/clean_up_plan.hpp"
#include "runtime/host/host.hpp"
#include "runtime/host/network_plan.hpp"
#include "runtime/ports/containerd_port.hpp"
#include "runtime/ports/file_text.hpp"
#include "runtime/ports/process_run.hpp"

namespace troupe {

namespace {

namespace files = std::filesystem;
using log_line = std::function<void(const std::string&)>;
constexpr int rounds_max = 500;        // looks at what is still alive ...
constexpr int round_wait_us = 10'000;  // ... this far apart

struct clean_up {
  const host_options& options;
  host_paths paths;
  log_line log;
  std::string why; // what could not be removed, first one

  void failed(const std::string& what) {
    if (why.empty()) why = what;
  }
};

/// The deepest first.
std::vector<std::string> folders_in(const std::string& root) {
  std::vector<std::string> found;
  std::error_code failed;
  for (files::recursive_directory_iterator at(root, files::directory_options::skip_permission_denied, failed), end; !failed && at != end;
       at.increment(failed))
    if (at->is_directory(failed) && !at->is_symlink(failed)) found.push_back(at->path().string());
  std::sort(found.begin(), found.end(), [](auto& left, auto& right) { return left.size() > right.size(); });
  if (files::exists(root, failed)) found.push_back(root);
  return found;
}

/// Each once, though it is in one group of every hierarchy.
std::set<int> processes_in(const std::vector<std::string>& cgroups) {
  std::set<int> found;
  for (auto& cgroup : cgroups) {
    std::istringstream numbers(read_text(cgroup + "/cgroup.procs"));
    for (int pid; numbers >> pid;)
      if (pid > 1 && pid != ::getpid()) found.insert(pid);
  }
  return found;
}

std::vector<int> shims_of(const std::string& socket) {
  std::vector<int> found;
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc"), ::closedir);
  while (auto* entry = directory ? ::readdir(directory.get()) : nullptr) {
    int pid = std::atoi(entry->d_name);
    if (pid > 1 && is_shim_of(read_text(std::string("/proc/") + entry->d_name + "/cmdline"), socket)) found.push_back(pid);
  }
  return found;
}

/// Kills what `find` finds until it finds nothing.
template <class Find>
void end_processes(clean_up& work, const std::string& what, Find&& find) {
  for (int round = 0; round < rounds_max; ++round) {
    auto pids = find();
    if (pids.empty()) return;
    if (round == 0) work.log("end " + std::to_string(pids.size()) + " " + what);
    for (int pid : pids) ::kill(pid, SIGKILL);
    ::usleep(round_wait_us);
  }
  work.failed(what + " do not end");
}

std::vector<std::string> cgroups_of(const clean_up& work) {
  std::vector<std::string> found;
  for (auto& root : cgroup_roots(read_text("/proc/self/mounts")))
    for (auto& folder : folders_in(root + work.paths.cgroup)) found.push_back(folder);
  return found;
}

void end_all_processes(clean_up& work) {
  if (int pid = containerd_alive(work.paths)) work.log("end containerd (pid " + std::to_string(pid) + ")");
  containerd_stop(work.paths);
  end_processes(work, "processes in pods", [&] { return processes_in(cgroups_of(work)); });
  end_processes(work, "container shims", [&] { return shims_of(work.paths.containerd_socket); });
}

void remove_mounts(clean_up& work) {
  auto mounts = mounts_below(read_text("/proc/self/mounts"), {work.paths.run, work.options.data_directory});
  if (!mounts.empty()) work.log("undo " + std::to_string(mounts.size()) + " mounts");
  for (auto& place : mounts)
    if (::umount2(place.c_str(), UMOUNT_NOFOLLOW) != 0 && ::umount2(place.c_str(), UMOUNT_NOFOLLOW | MNT_DETACH) != 0 && errno != EINVAL)
      work.failed("umount " + place + ": " + std::strerror(errno));
}

/// A pod's end of a pair dies with its network namespace, but later; so its other end is removed here.
void remove_links(clean_up& work) {
  auto listed = run_process({"ip", "-json", "link", "show"});
  auto links = links_on_bridge(listed.output);
  if (run_process({"ip", "link", "show", "dev", bridge_name}).ok()) links.push_back(bridge_name);
  for (auto& link : links) {
    work.log("remove link " + link);
    run_process({"ip", "link", "delete", link});
    if (run_process({"ip", "link", "show", "dev", link}).ok()) work.failed("link " + link + " does not go");
  }
}

void remove_packet_rules(clean_up& work) {
  std::unique_ptr<nft_ctx, void (*)(nft_ctx*)> filter(nft_ctx_new(NFT_CTX_DEFAULT), nft_ctx_free);
  if (filter) {
    nft_ctx_buffer_output(filter.get());
    nft_ctx_buffer_error(filter.get());
    std::string table = std::string("table ip ") + nftables_table_name;
    if (nft_run_cmd_from_buffer(filter.get(), ("list " + table).c_str()) == 0) {
      work.log("remove " + table);
      if (nft_run_cmd_from_buffer(filter.get(), ("delete " + table).c_str()) != 0)
        work.failed("delete " + table + ": " + nft_ctx_get_error_buffer(filter.get()));
    }
  }
  if (find_program("iptables").empty()) return;
  auto check = forwarding_rules("-C"), remove = forwarding_rules("-D");
  for (size_t rule = 0; rule < check.size(); ++rule)
    for (int twice = 0; twice < 2 && run_process(check[rule]).ok(); ++twice) {
      work.log("remove a forwarding rule");
      run_process(remove[rule]);
    }
}

void remove_cgroups(clean_up& work) {
  std::string why;
  for (int round = 0; round < rounds_max; ++round) {
    auto cgroups = cgroups_of(work);
    if (round == 0 && !cgroups.empty()) work.log("remove " + std::to_string(cgroups.size()) + " cgroups");
    why.clear();
    for (auto& cgroup : cgroups)
      if (::rmdir(cgroup.c_str()) != 0 && errno != ENOENT) why = cgroup + ": " + std::strerror(errno);
    if (why.empty()) break;
    ::usleep(round_wait_us); // the kernel empties a group a moment after its last process
  }
  if (!why.empty()) work.failed("rmdir " + why);
  for (auto& root : cgroup_roots(read_text("/proc/self/mounts"))) // "/troupe": unless another machine is in it
    ::rmdir((root + files::path(work.paths.cgroup).parent_path().string()).c_str());
}

void remove_shim_sockets(clean_up& work) {
  std::error_code failed;
  for (files::recursive_directory_iterator at(work.paths.containerd_state, failed), end; !failed && at != end; at.increment(failed)) {
    auto name = at->path().filename();
    if (name != "address" && name != "bootstrap.json") continue;
    for (auto& socket : shim_sockets(read_text(at->path().string())))
      if (::unlink(socket.c_str()) == 0) work.log("remove socket " + socket);
  }
}

/// What libcni remembers of each attachment lies in a folder of its own choice: the files of our network only, and those
/// of the same pods' loopback.
void remove_network_results(clean_up& work) {
  std::error_code failed;
  std::vector<std::string> names;
  const std::string folder = "/var/lib/cni/results/";
  for (files::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) names.push_back(at->path().filename());
  for (auto& name : our_network_results(names, work.paths.cni_network)) files::remove(folder + name, failed);
}

void remove_run_files(clean_up& work) {
  std::istringstream made(read_text(work.paths.made));
  std::error_code failed;
  if (files::exists(work.paths.run, failed)) {
    work.log("remove " + work.paths.run);
    files::remove_all(work.paths.run, failed);
    if (failed) work.failed(work.paths.run + ": " + failed.message());
  }
  ::rmdir(work.options.run_root.c_str()); // unless another machine is in it
  for (std::string folder; std::getline(made, folder);) ::rmdir(folder.c_str()); // deepest first; kept where others use it
}

} // namespace

result<nothing> host_down(const host_options& options, const log_line& log) {
  clean_up work{options, host_paths_of(options), log ? log : [](const std::string&) {}, ""};
  end_all_processes(work);
  remove_mounts(work);
  remove_links(work);
  remove_packet_rules(work);
  remove_cgroups(work);
  remove_shim_sockets(work);
  remove_network_results(work);
  remove_run_files(work);
  if (!work.why.empty()) return plain_error(work.why);
  return nothing{};
}

} // namespace troupe
