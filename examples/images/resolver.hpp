// A stub resolver for the hello image: A records over UDP, search list and ndots of resolv.conf(5). RFC 1035.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace hello {

constexpr int attempts = 2, wait_seconds = 2; // for each server
constexpr uint16_t type_a = 1, class_internet = 1;

struct configuration {
  std::vector<std::string> servers, search;
  int dots = 1;
};

inline configuration read_configuration() {
  configuration found;
  std::ifstream file("/etc/resolv.conf");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key, word;
    words >> key;
    if (key == "search") found.search.clear();
    while (words >> word) {
      if (key == "nameserver") found.servers.push_back(word);
      if (key == "search") found.search.push_back(word);
      if (key == "options" && word.rfind("ndots:", 0) == 0) found.dots = std::atoi(word.c_str() + 6);
    }
  }
  return found;
}

inline std::string question(uint16_t id, const std::string& name) {
  std::string message{char(id >> 8), char(id), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}; // recursion desired, one question
  std::istringstream labels(name);
  for (std::string label; std::getline(labels, label, '.');)
    if (!label.empty()) message += char(label.size()) + label.substr(0, 63);
  return message + std::string{0, 0, char(type_a), 0, char(class_internet)};
}

/// Behind a name at `at`; the message's size where it is cut off.
inline size_t skip_name(const std::string& message, size_t at) {
  while (at < message.size()) {
    auto size = uint8_t(message[at]);
    if (size >= 192) return at + 2; // a pointer ends the name
    at += 1 + size;
    if (size == 0) return at;
  }
  return message.size();
}

inline uint16_t number(const std::string& message, size_t at) {
  return at + 2 <= message.size() ? uint16_t(uint8_t(message[at]) << 8 | uint8_t(message[at + 1])) : 0;
}

inline bool first_address(const std::string& message, in_addr& to) {
  size_t at = skip_name(message, 12) + 4;
  for (int left = number(message, 6); left > 0 && at < message.size(); --left) {
    at = skip_name(message, at);
    uint16_t size = number(message, at + 8);
    if (number(message, at) == type_a && size == 4 && at + 14 <= message.size()) {
      std::memcpy(&to, message.data() + at + 10, 4);
      return true;
    }
    at += 10 + size;
  }
  return false;
}

/// The server's answer to one name; empty: none came.
inline std::string exchange(const std::string& server, uint16_t id, const std::string& name) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  if (::inet_pton(AF_INET, server.c_str(), &address.sin_addr) != 1) return "";
  int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
  timeval limit{wait_seconds, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::string asked = question(id, name), answered;
  char buffer[4096];
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && ::send(socket, asked.data(), asked.size(), 0) > 0)
    for (ssize_t size; answered.empty() && (size = ::recv(socket, buffer, sizeof buffer, 0)) > 0;)
      if (size >= 12 && std::memcmp(buffer, asked.data(), 2) == 0) answered.assign(buffer, size_t(size));
  ::close(socket);
  return answered;
}

/// Names in the order in which resolv.conf(5) tries them.
inline std::vector<std::string> candidates(const configuration& with, const std::string& name) {
  std::vector<std::string> names;
  bool absolute = !name.empty() && name.back() == '.';
  bool first = absolute || std::count(name.begin(), name.end(), '.') >= with.dots;
  if (first) names.push_back(name);
  if (!absolute)
    for (auto& domain : with.search) names.push_back(name + "." + domain);
  if (!first) names.push_back(name);
  return names;
}

/// False: `why` says so.
inline bool resolve(const std::string& name, in_addr& to, std::string& why) {
  if (::inet_pton(AF_INET, name.c_str(), &to) == 1) return true;
  auto with = read_configuration();
  static uint16_t id = uint16_t(::getpid() * 31);
  bool heard = false;
  for (auto& candidate : candidates(with, name))
    for (int attempt = 0; attempt < attempts * int(with.servers.size()); ++attempt) {
      std::string answered = exchange(with.servers[size_t(attempt) % with.servers.size()], ++id, candidate);
      if (answered.empty()) continue;
      heard = true;
      if (first_address(answered, to)) return true;
      break; // this name is not there: the next one
    }
  why = heard ? "no such name" : "no name server answers";
  return false;
}

} // namespace hello
