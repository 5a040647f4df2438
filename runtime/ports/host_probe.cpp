// One attempt of a network probe, with kubelet's texts. Blocks until its deadline at most.
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "runtime/ports/host_port.hpp"

namespace troupe {
namespace {

using steady = std::chrono::steady_clock;

struct socket_handle {
  int number = -1;
  ~socket_handle() {
    if (number >= 0) close(number);
  }
};

int left_ms(steady::time_point end) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - steady::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

bool wait_for(int number, short what, steady::time_point end) {
  pollfd waited{number, what, 0};
  return poll(&waited, 1, left_ms(end)) > 0;
}

std::string connect_to(const host_probe& probe, steady::time_point end, socket_handle& to) {
  auto place = "dial tcp " + probe.address + ":" + std::to_string(probe.port) + ": ";
  sockaddr_storage target{};
  socklen_t size = 0;
  auto* four = reinterpret_cast<sockaddr_in*>(&target);
  auto* six = reinterpret_cast<sockaddr_in6*>(&target);
  if (inet_pton(AF_INET, probe.address.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(probe.port);
    size = sizeof *four;
  } else if (inet_pton(AF_INET6, probe.address.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(probe.port);
    size = sizeof *six;
  } else {
    return place + "lookup " + probe.address + ": no such host";
  }
  to.number = socket(target.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (to.number < 0) return place + "socket: " + std::strerror(errno);
  if (connect(to.number, reinterpret_cast<sockaddr*>(&target), size) == 0) return {};
  if (errno != EINPROGRESS) return place + "connect: " + std::strerror(errno);
  if (!wait_for(to.number, POLLOUT, end)) return place + "i/o timeout";
  int error = 0;
  socklen_t error_size = sizeof error;
  getsockopt(to.number, SOL_SOCKET, SO_ERROR, &error, &error_size);
  if (error == ECONNREFUSED) return place + "connect: connection refused";
  if (error == EHOSTUNREACH) return place + "connect: no route to host";
  if (error != 0) return place + "connect: " + std::strerror(error);
  return {};
}

/// A plain or TLS byte stream on a socket that does not block.
class stream {
public:
  stream(int number, bool tls, steady::time_point end) : number_(number), end_(end) {
    if (!tls) return;
    context_.reset(SSL_CTX_new(TLS_client_method())); // probes do not check certificates
    session_.reset(SSL_new(context_.get()));
    SSL_set_fd(session_.get(), number);
  }
  bool handshake() {
    if (!session_) return true;
    for (;;) {
      ERR_clear_error();
      auto done = SSL_connect(session_.get());
      if (done == 1) return true;
      if (!wait_tls(done)) return false;
    }
  }
  bool write(const std::string& text) {
    size_t at = 0;
    while (at < text.size()) {
      auto n = session_ ? tls_write(text.data() + at, text.size() - at) : plain_write(text.data() + at, text.size() - at);
      if (n <= 0) return false;
      at += static_cast<size_t>(n);
    }
    return true;
  }
  /// 0: end, -1: error or deadline.
  int read(char* to, size_t room) {
    for (;;) {
      if (session_) {
        ERR_clear_error();
        auto n = SSL_read(session_.get(), to, static_cast<int>(room));
        if (n > 0) return n;
        if (SSL_get_error(session_.get(), n) == SSL_ERROR_ZERO_RETURN) return 0;
        if (!wait_tls(n)) return -1;
      } else {
        auto n = recv(number_, to, room, 0);
        if (n >= 0) return static_cast<int>(n);
        if (errno != EAGAIN && errno != EINTR) return -1;
        if (!wait_for(number_, POLLIN, end_)) return -1;
      }
    }
  }

private:
  int plain_write(const char* from, size_t size) {
    for (;;) {
      auto n = send(number_, from, size, MSG_NOSIGNAL);
      if (n >= 0) return static_cast<int>(n);
      if (errno != EAGAIN && errno != EINTR) return -1;
      if (!wait_for(number_, POLLOUT, end_)) return -1;
    }
  }
  int tls_write(const char* from, size_t size) {
    for (;;) {
      ERR_clear_error();
      auto n = SSL_write(session_.get(), from, static_cast<int>(size));
      if (n > 0) return n;
      if (!wait_tls(n)) return -1;
    }
  }
  bool wait_tls(int result) {
    auto error = SSL_get_error(session_.get(), result);
    if (error == SSL_ERROR_WANT_READ) return wait_for(number_, POLLIN, end_);
    if (error == SSL_ERROR_WANT_WRITE) return wait_for(number_, POLLOUT, end_);
    return false;
  }
  struct dropper {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
  };
  int number_;
  steady::time_point end_;
  std::unique_ptr<SSL_CTX, dropper> context_;
  std::unique_ptr<SSL, dropper> session_;
};

std::string request_text(const host_probe& probe, const std::string& authority) {
  std::string text = "GET " + (probe.path.starts_with("/") ? probe.path : "/" + probe.path) + " HTTP/1.1\r\n";
  text += "Host: " + (probe.host_header.empty() ? authority : probe.host_header) + "\r\n";
  bool agent = false, accept = false;
  for (auto& [name, value] : probe.headers) {
    agent = agent || strcasecmp(name.c_str(), "user-agent") == 0;
    accept = accept || strcasecmp(name.c_str(), "accept") == 0;
    text += name + ": " + value + "\r\n";
  }
  if (!agent) text += "User-Agent: kube-probe/1.37\r\n";
  if (!accept) text += "Accept: */*\r\n";
  return text + "Connection: close\r\n\r\n";
}

constexpr size_t probe_answer_bytes_max = 10'240;

} // namespace

std::string run_probe(const host_probe& probe, int64_t deadline_ms, std::string& body) {
  auto end = steady::now() + std::chrono::milliseconds(deadline_ms);
  auto authority = probe.address + ":" + std::to_string(probe.port);
  auto where = std::string("Get \"") + (probe.tls ? "https://" : "http://") + authority + probe.path + "\": ";
  socket_handle to;
  auto failed = connect_to(probe, end, to);
  if (!probe.http) return failed;
  if (!failed.empty()) return where + failed;
  stream connection(to.number, probe.tls, end);
  auto timeout = where + "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
  if (!connection.handshake()) return left_ms(end) == 0 ? timeout : where + "remote error: tls: handshake failure";
  if (!connection.write(request_text(probe, authority))) return where + "EOF";
  std::string answer;
  char part[4096];
  while (answer.size() < probe_answer_bytes_max) {
    auto n = connection.read(part, sizeof part);
    if (n <= 0) break;
    answer.append(part, static_cast<size_t>(n));
  }
  auto head_end = answer.find("\r\n\r\n");
  if (head_end != std::string::npos) body = answer.substr(head_end + 4);
  if (answer.size() < 12 || !answer.starts_with("HTTP/1.")) return left_ms(end) == 0 ? timeout : where + "EOF";
  auto code = std::atoi(answer.c_str() + 9);
  if (code >= 200 && code < 400) return {};
  return "HTTP probe failed with statuscode: " + std::to_string(code);
}

} // namespace troupe
