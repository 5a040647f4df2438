#include "runtime/host/resolver_format.hpp"

namespace troupe {

namespace {

constexpr std::string_view systemd_stub = "127.0.0.53";

/// The word after `nameserver`; empty: another line.
std::string_view server_of(std::string_view line) {
  constexpr std::string_view blank = " \t\r";
  auto start = line.find_first_not_of(blank);
  if (start == line.npos) return {};
  line.remove_prefix(start);
  if (!line.starts_with("nameserver")) return {};
  line.remove_prefix(10);
  start = line.find_first_not_of(blank);
  if (start == line.npos || start == 0) return {};
  line.remove_prefix(start);
  return line.substr(0, line.find_first_of(blank));
}

std::vector<std::string> servers(std::string_view text, bool& stub) {
  std::vector<std::string> found;
  while (!text.empty()) {
    auto end = text.find('\n');
    auto server = server_of(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (server == systemd_stub) stub = true;
    else if (!server.empty() && found.size() < upstream_servers_max) found.emplace_back(server);
  }
  return found;
}

} // namespace

std::vector<std::string> upstream_servers(std::string_view resolv_conf, std::string_view systemd_resolv_conf) {
  bool stub = false, ignored = false;
  auto found = servers(resolv_conf, stub);
  if (found.empty() && stub) found = servers(systemd_resolv_conf, ignored);
  return found;
}

} // namespace troupe
