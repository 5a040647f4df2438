#include "runtime/http/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/http/handshake.hpp"
#include "runtime/http/http_server.hpp"
#include "runtime/http/io_thread.hpp"

namespace troupe {
namespace {

constexpr int accepts_per_turn = 16;
constexpr int64_t shed_pause_ms = 20; // without descriptors: accept one client in so long, to close it

void set_number(int descriptor, int level, int option, int value) { setsockopt(descriptor, level, option, &value, sizeof value); }

// "10.0.0.1" or "::1". False: not an address.
bool read_address(const std::string& text, uint16_t port, sockaddr_storage& to, socklen_t& size) {
  to = {};
  auto* four = reinterpret_cast<sockaddr_in*>(&to);
  auto* six = reinterpret_cast<sockaddr_in6*>(&to);
  if (inet_pton(AF_INET, text.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    size = sizeof *four;
    return true;
  }
  if (inet_pton(AF_INET6, text.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    size = sizeof *six;
    return true;
  }
  return false;
}

std::string address_text(const sockaddr_storage& from) {
  char text[INET6_ADDRSTRLEN] = "";
  uint16_t port = 0;
  if (from.ss_family == AF_INET6) {
    auto& six = reinterpret_cast<const sockaddr_in6&>(from);
    inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
    port = ntohs(six.sin6_port);
    return "[" + std::string(text) + "]:" + std::to_string(port);
  }
  auto& four = reinterpret_cast<const sockaddr_in&>(from);
  inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
  port = ntohs(four.sin_port);
  return std::string(text) + ":" + std::to_string(port);
}

uint16_t port_of(int descriptor) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size);
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

} // namespace

result<std::unique_ptr<listening_sockets>> listening_sockets::open(const std::vector<std::string>& addresses, uint16_t port) {
  auto made = std::make_unique<listening_sockets>();
  made->port_ = port;
  for (auto& address : addresses) {
    sockaddr_storage to;
    socklen_t size = 0;
    if (!read_address(address, made->port_, to, size)) return plain_error("not an address to listen on: " + address);
    int descriptor = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return plain_error("no socket to listen on: " + std::string(strerror(errno)));
    made->descriptors_.push_back(descriptor);
    set_number(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
    set_number(descriptor, IPPROTO_IP, IP_FREEBIND, 1); // the pod bridge's address may come later than we
    if (to.ss_family == AF_INET6) {
      set_number(descriptor, IPPROTO_IPV6, IPV6_FREEBIND, 1);
      set_number(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    }
    if (bind(descriptor, reinterpret_cast<sockaddr*>(&to), size) != 0 || listen(descriptor, listen_backlog) != 0)
      return plain_error("cannot listen on " + address_text(to) + ": " + strerror(errno));
    made->port_ = port_of(descriptor);
  }
  return made;
}

listening_sockets::~listening_sockets() {
  for (int descriptor : descriptors_) close(descriptor);
}

listener::listener(io_thread& thread, int descriptor, uint64_t generation, const published<tls_context>& tls)
    : thread_(thread), descriptor_(descriptor), generation_(generation), tls_(tls), spare_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {}

listener::~listener() {
  if (spare_ >= 0) close(spare_);
}

void listener::begin() { open_ = thread_.loop.add_listener(descriptor_, shared_from_this()); }

void listener::end() {
  if (!std::exchange(open_, false)) return;
  thread_.loop.remove(descriptor_);
}

void listener::ready(bool, bool) {
  for (int turn = 0; turn < accepts_per_turn && open_; ++turn) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    int descriptor = accept4(descriptor_, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      if (errno == EMFILE || errno == ENFILE) shed();
      return;
    }
    auto& totals = thread_.totals;
    totals.accepted.fetch_add(1, std::memory_order_relaxed);
    if (totals.connections.fetch_add(1, std::memory_order_relaxed) >= connections_max) {
      totals.connections.fetch_sub(1, std::memory_order_relaxed);
      close(descriptor);
      continue;
    }
    set_number(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    set_number(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1); // a machine that died leaves no connection behind: two minutes
    set_number(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    set_number(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 15);
    set_number(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 4);
    begin_handshake(thread_, descriptor, tls_.read(), generation_, address_text(from));
  }
}

// The head of the queue can be neither served nor left, and would wake us for ever: the spare descriptor closes it.
void listener::shed() {
  close(spare_);
  int descriptor = accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor >= 0) close(descriptor);
  spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  end();
  thread_.loop.after(shed_pause_ms, [weak = weak_from_this()] {
    if (auto alive = weak.lock()) alive->begin();
  });
}

} // namespace troupe
