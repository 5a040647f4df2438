// The program of the hello image, statically linked, so that the image needs no libraries.
//
//   hello serve [PORT]             answers HTTP with the pod's name, the files of /etc/hello and whether SECRET is set
//   hello ask NAME[:PORT] [--once] resolves NAME as resolv.conf says, asks it, prints the answer; every two seconds
//
// A static program cannot use the C library's getaddrinfo (it loads libraries), so resolver.hpp asks the name server itself.
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>
#include "examples/images/resolver.hpp"

namespace {

constexpr int request_ms = 5'000;       // a client that says nothing for so long is dropped
constexpr int ask_every_seconds = 2;
constexpr size_t request_bytes_max = 16'384;
const char* const files_folder = "/etc/hello";

void end(int) { ::_exit(0); } // as PID 1 there is no default action

void limit(int socket) {
  timeval limit{request_ms / 1000, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

bool send_all(int socket, const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    ssize_t size = ::send(socket, text.data() + at, text.size() - at, MSG_NOSIGNAL);
    if (size <= 0) return false;
    at += size_t(size);
  }
  return true;
}

/// Every file of the mounted ConfigMap; names with dots in front belong to the mount itself.
std::string configuration() {
  std::vector<std::string> names;
  if (DIR* folder = ::opendir(files_folder)) {
    while (auto* entry = ::readdir(folder))
      if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    ::closedir(folder);
  }
  std::sort(names.begin(), names.end());
  std::string text;
  for (auto& name : names) {
    std::ifstream file(std::string(files_folder) + "/" + name);
    std::stringstream content;
    content << file.rdbuf();
    text += name + ": " + content.str();
    if (!text.ends_with('\n')) text += '\n';
  }
  return text;
}

std::string answer(const std::string& path) {
  if (path == "/healthz") return "ok\n";
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const char* secret = std::getenv("SECRET");
  return std::string("hello from ") + host + "\n" + configuration() + "secret: " +
         (secret ? "present, " + std::to_string(std::strlen(secret)) + " letters" : "absent") + "\n";
}

void serve_one(int socket) {
  limit(socket);
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == request.npos && request.size() < request_bytes_max) {
    ssize_t size = ::recv(socket, buffer, sizeof buffer, 0);
    if (size <= 0) return;
    request.append(buffer, size_t(size));
  }
  std::istringstream words(request);
  std::string method, path;
  words >> method >> path;
  std::string body = answer(path);
  std::printf("%s %s\n", method.c_str(), path.c_str());
  send_all(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                       "\r\n\r\n" + (method == "HEAD" ? "" : body));
}

int serve(int port) {
  int listening = ::socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  ::setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(uint16_t(port));
  if (::bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listening, 128) != 0) {
    std::perror("hello: listen");
    return 1;
  }
  std::printf("listening on port %d\n", port);
  while (true) {
    int socket = ::accept(listening, nullptr, nullptr);
    if (socket < 0) continue;
    serve_one(socket);
    ::close(socket);
  }
}

/// The body of GET /; empty: `why` says what went wrong.
std::string ask_once(const std::string& name, int port, std::string& why) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(uint16_t(port));
  if (!hello::resolve(name, address.sin_addr, why)) return "";
  int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  limit(socket);
  std::string text;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    why = std::string("connect: ") + std::strerror(errno);
  } else if (send_all(socket, "GET / HTTP/1.1\r\nHost: " + name + "\r\nConnection: close\r\n\r\n")) {
    char buffer[4096];
    for (ssize_t size; (size = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) text.append(buffer, size_t(size));
  }
  ::close(socket);
  auto body = text.find("\r\n\r\n");
  if (body == text.npos) {
    if (why.empty()) why = "no answer";
    return "";
  }
  return text.substr(body + 4);
}

int ask(const std::string& target, bool once) {
  auto colon = target.find(':');
  std::string name = target.substr(0, colon);
  int port = colon == target.npos ? 80 : std::atoi(target.c_str() + colon + 1);
  while (true) {
    std::string why, body = ask_once(name, port, why);
    if (body.empty()) std::printf("%s: %s\n", target.c_str(), why.c_str());
    else std::fputs(body.c_str(), stdout);
    if (once) return body.empty() ? 1 : 0;
    ::sleep(ask_every_seconds);
  }
}

} // namespace

int main(int count, char** words) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  ::signal(SIGTERM, end);
  ::signal(SIGINT, end);
  std::string verb = count > 1 ? words[1] : "";
  if (verb == "serve") return serve(count > 2 ? std::atoi(words[2]) : 8080);
  if (verb == "ask" && count > 2) return ask(words[2], count > 3 && std::string(words[3]) == "--once");
  std::fputs("usage: hello serve [PORT] | hello ask NAME[:PORT] [--once]\n", stderr);
  return 2;
}
