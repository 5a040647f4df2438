#include "runtime/ports/network_port.hpp"
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include "runtime/host/clean_up_plan.hpp"
#include "runtime/ports/file_text.hpp"
#include "runtime/ports/process_run.hpp"

namespace troupe {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (auto& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

/// Empty: done.
std::string take_step(const host_step& step) {
  if (!step.unless.empty() && run_process(step.unless).ok()) return "";
  if (step.command.empty()) {
    std::string path = "/proc/sys/" + step.setting;
    if (read_text(path).starts_with(step.value)) return "";
    return write_setting(path, step.value) ? "" : path + ": " + std::strerror(errno);
  }
  auto outcome = run_process(step.command);
  return outcome.ok() ? "" : joined(step.command) + ": " + (outcome.timed_out ? "timed out" : outcome.error);
}

} // namespace

result<nothing> take_steps(const std::vector<host_step>& steps) {
  for (auto& step : steps) {
    std::string why = take_step(step);
    if (!why.empty() && step.needed) return plain_error(why);
  }
  return nothing{};
}

void reattach_pods(const std::string& cni_network) {
  const std::string folder = "/var/lib/cni/results/";
  std::error_code failed;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
    names.push_back(at->path().filename());
  for (auto& name : our_network_results(names, cni_network))
    for (auto& link : links_of_pod(read_text(folder + name)))
      if (run_process({"ip", "link", "set", link, "master", bridge_name}).ok()) run_process({"bridge", "link", "set", "dev", link, "hairpin", "on"});
}

bool bridge_is_up() {
  ifreq request{};
  std::strncpy(request.ifr_name, bridge_name, IFNAMSIZ - 1);
  int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  bool up = ::ioctl(socket, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP);
  ::close(socket);
  return up;
}

} // namespace troupe
