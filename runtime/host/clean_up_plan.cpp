#include "runtime/host/clean_up_plan.hpp"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace troupe {

namespace {

/// /proc/self/mounts writes space, tab, newline and backslash as three octal digits (fstab(5)).
std::string unescaped(std::string_view text) {
  std::string to;
  for (size_t at = 0; at < text.size(); ++at) {
    auto digit = [&](size_t place) { return at + place < text.size() && text[at + place] >= '0' && text[at + place] <= '7'; };
    if (text[at] == '\\' && digit(1) && digit(2) && digit(3)) {
      to += char((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0'));
      at += 3;
    } else {
      to += text[at];
    }
  }
  return to;
}

template <class Visit>
void each_mount(std::string_view mounts, Visit&& visit) {
  while (!mounts.empty()) {
    auto end = std::min(mounts.find('\n'), mounts.size());
    auto line = mounts.substr(0, end);
    mounts.remove_prefix(std::min(end + 1, mounts.size()));
    auto first = line.find(' ');
    auto second = line.find(' ', first + 1);
    auto third = line.find(' ', second + 1);
    if (first == line.npos || second == line.npos || third == line.npos) continue;
    visit(unescaped(line.substr(first + 1, second - first - 1)), line.substr(second + 1, third - second - 1));
  }
}

constexpr size_t sandbox_name_letters = 64; // containerd's identifiers: hexadecimal

bool is_sandbox_name(std::string_view name) {
  return name.size() == sandbox_name_letters && name.find_first_not_of("0123456789abcdef") == name.npos;
}

bool at_or_below(std::string_view place, std::string_view folder) {
  return !folder.empty() && place.starts_with(folder) && (place.size() == folder.size() || place[folder.size()] == '/');
}

} // namespace

std::vector<std::string> mounts_below(std::string_view mounts, const std::vector<std::string>& folders) {
  std::vector<std::string> found;
  each_mount(mounts, [&](std::string place, std::string_view) {
    for (auto& folder : folders)
      if (at_or_below(place, folder)) {
        found.push_back(std::move(place));
        return;
      }
  });
  std::reverse(found.begin(), found.end());
  return found;
}

std::vector<std::string> cgroup_roots(std::string_view mounts) {
  std::vector<std::string> found;
  each_mount(mounts, [&](std::string place, std::string_view type) {
    if (type == "cgroup" || type == "cgroup2") found.push_back(std::move(place));
  });
  return found;
}

bool is_shim_of(std::string_view command_line, std::string_view socket) {
  std::vector<std::string_view> words;
  while (!command_line.empty()) {
    auto end = std::min(command_line.find('\0'), command_line.size());
    words.push_back(command_line.substr(0, end));
    command_line.remove_prefix(std::min(end + 1, command_line.size()));
  }
  if (words.empty() || words[0].find("containerd-shim") == words[0].npos) return false;
  for (size_t word = 1; word + 1 < words.size(); ++word)
    if (words[word] == "-address" && words[word + 1] == socket) return true;
  return false;
}

std::vector<std::string> shim_sockets(std::string_view text) {
  constexpr std::string_view scheme = "unix://";
  std::vector<std::string> found;
  for (auto at = text.find(scheme); at != text.npos; at = text.find(scheme, at)) {
    at += scheme.size();
    found.emplace_back(text.substr(at, std::min(text.find_first_of("\"\n ", at), text.size()) - at));
  }
  return found;
}

std::vector<std::string> links_on_bridge(std::string_view text) {
  std::vector<std::string> found;
  auto links = nlohmann::json::parse(text, nullptr, false);
  if (!links.is_array()) return found;
  for (auto& link : links)
    if (link.is_object() && link.value("master", "") == bridge_name) found.push_back(link.value("ifname", ""));
  return found;
}

std::vector<std::string> links_of_pod(std::string_view text) {
  std::vector<std::string> found;
  auto cached = nlohmann::json::parse(text, nullptr, false);
  if (!cached.is_object() || !cached["result"].is_object() || !cached["result"]["interfaces"].is_array()) return found;
  for (auto& link : cached["result"]["interfaces"])
    if (link.is_object() && !link.contains("sandbox") && link.value("name", "") != bridge_name) found.push_back(link.value("name", ""));
  return found;
}

std::vector<std::string> our_network_results(const std::vector<std::string>& names, const std::string& network) {
  std::set<std::string> sandboxes, known(names.begin(), names.end());
  std::vector<std::string> ours;
  for (auto& name : known) {
    if (!name.starts_with(network + "-")) continue;
    auto sandbox = name.substr(network.size() + 1, sandbox_name_letters);
    if (!is_sandbox_name(sandbox)) continue; // of a network whose name begins with ours
    ours.push_back(name);
    sandboxes.insert(sandbox);
  }
  for (auto& sandbox : sandboxes)
    if (auto loopback = "cni-loopback-" + sandbox + "-lo"; known.count(loopback)) ours.push_back(loopback);
  return ours;
}

} // namespace troupe
