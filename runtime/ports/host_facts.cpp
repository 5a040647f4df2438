#include <fstream>
#include <sstream>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "runtime/ports/host_port.hpp"

namespace troupe {
namespace {

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string os_name() {
  std::ifstream file("/etc/os-release");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("PRETTY_NAME=")) continue;
    line.erase(0, 12);
    std::erase(line, '"');
    return line;
  }
  return "Linux";
}

int64_t memory_bytes() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("MemTotal:")) return std::stoll(line.substr(9)) * 1024;
  return 0;
}

} // namespace

machine_description describe_machine(const std::string& data_directory) {
  machine_description d;
  d.machine_id = first_line("/etc/machine-id");
  d.system_uuid = first_line("/sys/class/dmi/id/product_uuid");
  if (d.system_uuid.empty()) d.system_uuid = d.machine_id;
  d.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  utsname names{};
  uname(&names);
  d.kernel_version = names.release;
  std::string machine = names.machine;
  d.architecture = machine == "x86_64" ? "amd64" : machine == "aarch64" ? "arm64" : machine;
  d.os_image = os_name();
  d.cpus = sysconf(_SC_NPROCESSORS_ONLN);
  d.memory_bytes = memory_bytes();
  struct statvfs disk{};
  if (statvfs(data_directory.empty() ? "/" : data_directory.c_str(), &disk) == 0)
    d.disk_bytes = static_cast<int64_t>(disk.f_blocks) * static_cast<int64_t>(disk.f_frsize);
  return d;
}

} // namespace troupe
