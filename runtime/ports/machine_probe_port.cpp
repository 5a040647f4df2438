#include "runtime/ports/machine_probe_port.hpp"
#include <arpa/inet.h>
#include <dirent.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <nftables/libnftables.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include "runtime/host/address.hpp"
#include "runtime/ports/file_text.hpp"
#include "runtime/ports/process_run.hpp"

namespace troupe {

namespace {

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// Names in a folder, without dots.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), ::closedir);
  if (!directory) return names;
  while (auto* entry = ::readdir(directory.get()))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  return names;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

std::string without_newline(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// Part of the kernel, loaded, or a module that can be loaded.
bool kernel_has(const std::string& module) {
  if (exists("/sys/module/" + module)) return true;
  utsname system{};
  ::uname(&system);
  std::string folder = std::string("/lib/modules/") + system.release;
  for (const char* list : {"/modules.builtin", "/modules.dep"})
    if (read_text(folder + list).find("/" + module + ".ko") != std::string::npos) return true;
  return false;
}

void read_privileges(machine_facts& facts) {
  facts.user_id = int(::geteuid());
  std::string status = read_text("/proc/self/status");
  auto at = status.find("CapBnd:");
  if (at != status.npos) facts.capabilities = std::strtoull(status.c_str() + at + 7, nullptr, 16);
}

void read_cgroups(machine_facts& facts) {
  std::istringstream mounts(read_text("/proc/self/mounts"));
  bool v1 = false, v2 = false;
  std::string unified;
  for (std::string device, place, type, options, rest; mounts >> device >> place >> type >> options && std::getline(mounts, rest);) {
    if (!place.starts_with("/sys/fs/cgroup")) continue;
    if (type == "cgroup") {
      v1 = true;
      if (("," + options + ",").find(",hugetlb,") != std::string::npos) facts.hugetlb = true;
    } else if (type == "cgroup2") {
      v2 = true;
      unified = without_newline(read_text(place + "/cgroup.controllers"));
    }
  }
  if (v1) facts.cgroups = v2 && !unified.empty() ? cgroup_layout::hybrid : cgroup_layout::v1;
  else if (v2) facts.cgroups = cgroup_layout::v2;
  if (!v1 && (" " + unified + " ").find(" hugetlb ") != std::string::npos) facts.hugetlb = true;
}

void read_programs(machine_facts& facts) {
  facts.containerd = find_program("containerd");
  facts.ctr = find_program("ctr");
  facts.runc = find_program("runc");
  facts.crun = find_program("crun");
  facts.modprobe = find_program("modprobe");
  facts.iptables = find_program("iptables");
  facts.apparmor = read_text("/sys/module/apparmor/parameters/enabled").starts_with('Y');
  facts.apparmor_parser = !find_program("apparmor_parser").empty();
  for (const char* folder : {"/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"}) {
    std::string path = folder;
    if (facts.cni_plugins.empty() && exists(path + "/bridge") && exists(path + "/host-local") && exists(path + "/loopback"))
      facts.cni_plugins = path;
  }
}

/// What a link of /proc points to, e.g. the network namespace of a process.
std::string link_target(const std::string& path) {
  char target[256];
  ssize_t size = ::readlink(path.c_str(), target, sizeof target);
  return std::string(target, size > 0 ? size_t(size) : 0);
}

/// Only those of our network namespace: a cluster in a container of its own is nobody's neighbour.
void read_processes(machine_facts& facts) {
  static const char* const interesting[] = {"kubelet", "k3s", "k3s-server", "k3s-agent", "k0s", "microk8s", "containerd", "dockerd"};
  const std::string network = link_target("/proc/self/ns/net");
  for (auto& name : names_in("/proc")) {
    if (!is_number(name)) continue;
    std::string command = without_newline(read_text("/proc/" + name + "/comm"));
    if (std::find(std::begin(interesting), std::end(interesting), command) != std::end(interesting) &&
        link_target("/proc/" + name + "/ns/net") == network)
      facts.processes.push_back({std::stoi(name), command});
  }
  bool containerd = std::any_of(facts.processes.begin(), facts.processes.end(), [](auto& process) { return process.name == "containerd"; });
  facts.systemd = without_newline(read_text("/proc/1/comm")) == "systemd";
  if (containerd && exists("/run/containerd/containerd.sock")) facts.running_containerd = "/run/containerd/containerd.sock";
}

void read_addresses(machine_facts& facts) {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return;
  for (auto* at = first; at; at = at->ifa_next) {
    if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET || (at->ifa_flags & IFF_LOOPBACK)) continue;
    auto* address = reinterpret_cast<sockaddr_in*>(at->ifa_addr);
    facts.addresses.emplace_back(at->ifa_name, format_address(ntohl(address->sin_addr.s_addr)));
    if (facts.default_device == at->ifa_name && facts.default_address.empty()) facts.default_address = facts.addresses.back().second;
  }
  ::freeifaddrs(first);
}

/// /proc/net/route: addresses in hexadecimal, in the byte order of the machine.
void read_routes(machine_facts& facts) {
  std::istringstream lines(read_text("/proc/net/route"));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string device, destination, gateway, mask;
    int flags = 0, references = 0, used = 0, metric = 0;
    if (!(fields >> device >> destination >> gateway >> std::hex >> flags >> std::dec >> references >> used >> metric >> mask)) continue;
    uint32_t address = ntohl(uint32_t(std::stoul(destination, nullptr, 16)));
    int prefix = __builtin_popcount(uint32_t(std::stoul(mask, nullptr, 16)));
    if (prefix == 0 && address == 0) {
      if (facts.default_device.empty()) facts.default_device = device;
    } else {
      facts.routes.push_back({format_cidr({address, prefix}), device});
    }
  }
}

void read_mtu(machine_facts& facts) {
  if (facts.default_device.empty()) return;
  ifreq request{};
  std::strncpy(request.ifr_name, facts.default_device.c_str(), IFNAMSIZ - 1);
  int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  if (::ioctl(socket, SIOCGIFMTU, &request) == 0) facts.default_mtu = request.ifr_mtu;
  ::close(socket);
}

/// Who listens on one of `ports`: inode of the socket -> listener.
std::map<std::string, listener_fact> listening_sockets(const std::vector<uint16_t>& ports) {
  std::map<std::string, listener_fact> found;
  struct { const char* file; bool six, datagrams; } const tables[] = {
      {"/proc/net/tcp", false, false}, {"/proc/net/tcp6", true, false}, {"/proc/net/udp", false, true}, {"/proc/net/udp6", true, true}};
  for (auto& table : tables) {
    std::istringstream lines(read_text(table.file));
    std::string line, slot, local, remote, state, queues, timer, retries, user, timeout, inode;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      std::istringstream fields(line);
      if (!(fields >> slot >> local >> remote >> state >> queues >> timer >> retries >> user >> timeout >> inode)) continue;
      if (state != (table.datagrams ? "07" : "0A")) continue; // unconnected; listening
      auto colon = local.find(':');
      auto port = uint16_t(std::stoul(local.substr(colon + 1), nullptr, 16));
      if (std::find(ports.begin(), ports.end(), port) == ports.end()) continue;
      std::string address = local.substr(0, colon);
      bool any = address.find_first_not_of('0') == address.npos;
      // A socket on a particular IPv6 address cannot hold an IPv4 port; one on `::` does.
      if (table.six) address = any ? "::" : "";
      else address = format_address(ntohl(uint32_t(std::stoul(address, nullptr, 16))));
      if (!address.empty() && (!table.datagrams || port == dns_port_number)) found[inode] = {address, port, 0, ""};
    }
  }
  return found;
}

void read_listeners(machine_facts& facts, uint16_t api_port) {
  auto sockets = listening_sockets({api_port, dns_port_number});
  for (auto& name : sockets.empty() ? std::vector<std::string>{} : names_in("/proc")) {
    if (!is_number(name)) continue;
    std::string folder = "/proc/" + name + "/fd";
    for (auto& file : names_in(folder)) {
      std::string link = link_target(folder + "/" + file);
      if (!link.starts_with("socket:[")) continue;
      auto found = sockets.find(link.substr(8, link.size() - 9));
      if (found == sockets.end()) continue;
      found->second.pid = std::stoi(name);
      found->second.name = without_newline(read_text("/proc/" + name + "/comm"));
    }
  }
  for (auto& [inode, listener] : sockets) facts.listeners.push_back(listener);
}

void read_packet_filter(machine_facts& facts) {
  std::unique_ptr<nft_ctx, void (*)(nft_ctx*)> filter(nft_ctx_new(NFT_CTX_DEFAULT), nft_ctx_free);
  if (!filter) return;
  nft_ctx_output_set_flags(filter.get(), NFT_CTX_OUTPUT_JSON);
  nft_ctx_buffer_output(filter.get());
  nft_ctx_buffer_error(filter.get());
  facts.nftables = nft_run_cmd_from_buffer(filter.get(), "list chains ip") == 0;
  auto listed = nlohmann::json::parse(nft_ctx_get_output_buffer(filter.get()), nullptr, false);
  if (!listed.is_object() || !listed.contains("nftables")) return;
  for (auto& entry : listed["nftables"])
    if (auto chain = entry.find("chain"); chain != entry.end())
      if (chain->value("hook", "") == "forward" && chain->value("policy", "") == "drop") facts.forward_policy_drop = true;
}

} // namespace

machine_facts read_machine_facts(const host_options& options) {
  machine_facts facts;
  read_privileges(facts);
  read_cgroups(facts);
  read_programs(facts);
  read_processes(facts);
  read_routes(facts);
  read_addresses(facts);
  read_mtu(facts);
  read_listeners(facts, options.api_port);
  if (facts.user_id == 0) read_packet_filter(facts);
  facts.overlay = read_text("/proc/filesystems").find("\toverlay\n") != std::string::npos || kernel_has("overlay");
  facts.bridge = kernel_has("bridge");
  facts.bridge_netfilter = exists("/proc/sys/net/bridge/bridge-nf-call-iptables") || kernel_has("br_netfilter");
  facts.resolv_conf = read_text("/etc/resolv.conf");
  facts.systemd_resolv_conf = read_text("/run/systemd/resolve/resolv.conf");
  return facts;
}

} // namespace troupe
