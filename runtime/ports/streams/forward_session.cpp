// Port-forward: every channel is one connection to a port of the pod. The socket is made in the pod's network namespace
// and stays there; IPv4 first, then IPv6, as the runtime's own port-forward does.
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "runtime/ports/streams/node_session.hpp"

namespace troupe {
namespace {

/// A socket of `family` in the namespace; -1: `why`. Only this thread goes there, and comes back.
int socket_in(const std::string& network_namespace, int family, std::string& why) {
  int back = -1;
  if (!network_namespace.empty()) {
    back = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    int there = open(network_namespace.c_str(), O_RDONLY | O_CLOEXEC);
    bool entered = back >= 0 && there >= 0 && setns(there, CLONE_NEWNET) == 0;
    if (there >= 0) close(there);
    if (!entered) {
      why = std::string("cannot enter the network namespace: ") + std::strerror(errno);
      if (back >= 0) close(back);
      return -1;
    }
  }
  int made = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) why = std::strerror(errno);
  if (back >= 0) {
    if (setns(back, CLONE_NEWNET) != 0) std::abort(); // a thread lost in a pod's network would serve others from there
    close(back);
  }
  return made;
}

struct connection {
  int file = -1;
  uint16_t port = 0;
  bool connecting = true, six = false;
  std::string out;       // to the pod
  bool client_done = false, pod_done = false, shut = false;
  std::string four_why;
};

class forward_session final : public node_session {
public:
  using node_session::node_session;
  ~forward_session() override {
    for (auto& [channel, one] : connections_) drop_file(one);
  }
  void start(const stream_target& target) override {
    target_ = target;
    wire_.ready();
    flush();
  }
  void frame(const session_event& event) override {
    if (event.type == frame_type::open) {
      if (event.kind == channel_kind::status) status_channel_ = event.channel;
      if (event.kind == channel_kind::port) open_port(event.channel, event.port);
      return;
    }
    auto found = connections_.find(event.channel);
    if (found == connections_.end()) return;
    auto& one = found->second;
    if (event.type == frame_type::data) one.out += event.data; // bounded by the channel's window
    if (event.type == frame_type::fin) one.client_done = true;
    if (event.type == frame_type::reset) {
      drop_file(one);
      connections_.erase(found);
    }
  }
  void pump() override {
    std::vector<uint32_t> channels;
    for (auto& [channel, one] : connections_) channels.push_back(channel);
    for (auto channel : channels) work(channel, 0);
  }

private:
  void drop_file(connection& one) {
    if (one.file < 0) return;
    loop_.remove(one.file);
    close(one.file);
    one.file = -1;
  }
  void open_port(uint32_t channel, uint16_t port) {
    auto& one = connections_[channel];
    one.port = port;
    dial(channel);
  }
  void dial(uint32_t channel) {
    auto& one = connections_[channel];
    std::string why;
    one.file = socket_in(target_.network_namespace, one.six ? AF_INET6 : AF_INET, why);
    if (one.file < 0) return failed(channel, why);
    int yes = 1;
    setsockopt(one.file, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(one.port);
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(one.port);
    six.sin6_addr = in6addr_loopback;
    auto done = one.six ? connect(one.file, reinterpret_cast<sockaddr*>(&six), sizeof six)
                        : connect(one.file, reinterpret_cast<sockaddr*>(&four), sizeof four);
    if (done != 0 && errno != EINPROGRESS) return connect_failed(channel, errno);
    one.connecting = true;
    loop_.add(one.file, EPOLLIN | EPOLLOUT, [weak = weak_from_this(), channel](uint32_t events) {
      auto self = std::static_pointer_cast<forward_session>(weak.lock());
      if (!self) return;
      self->work(channel, events);
      self->flush();
    });
  }
  void connect_failed(uint32_t channel, int error) {
    auto& one = connections_[channel];
    drop_file(one);
    std::string text = error == ECONNREFUSED ? "connection refused" : std::strerror(error);
    if (!one.six) {
      one.four_why = text;
      one.six = true;
      return dial(channel);
    }
    auto port = std::to_string(one.port);
    failed(channel, "failed to connect to localhost:" + port + " inside namespace \"" + target_.sandbox_id + "\", IPv4: dial tcp4 127.0.0.1:" + port +
                        ": connect: " + one.four_why + " IPv6 dial tcp6 [::1]:" + port + ": connect: " + text + " ");
  }
  void failed(uint32_t channel, const std::string& why) {
    auto found = connections_.find(channel);
    auto port = found == connections_.end() ? 0 : found->second.port;
    if (found != connections_.end()) {
      drop_file(found->second);
      connections_.erase(found);
    }
    wire_.reset(channel, "error forwarding port " + std::to_string(port) + " to pod " + target_.sandbox_id +
                             ", uid : failed to execute portforward in network namespace \"" + target_.network_namespace + "\": " + why);
  }
  void work(uint32_t channel, uint32_t events) {
    auto found = connections_.find(channel);
    if (found == connections_.end() || found->second.file < 0) return;
    auto& one = found->second;
    if (one.connecting) {
      if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) return;
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(one.file, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0) return connect_failed(channel, error);
      one.connecting = false;
    }
    if (!to_pod(channel, one) || !from_pod(channel, one)) return lost(channel);
    if (one.pod_done && one.client_done && one.out.empty()) {
      drop_file(one);
      connections_.erase(channel);
      return;
    }
    uint32_t wanted = (one.out.empty() ? 0u : EPOLLOUT) | (!one.pod_done && wire_.room(channel) > 0 ? EPOLLIN : 0u);
    loop_.change(one.file, wanted);
  }
  bool to_pod(uint32_t channel, connection& one) {
    while (!one.out.empty()) {
      auto n = send(one.file, one.out.data(), one.out.size(), MSG_NOSIGNAL);
      if (n < 0) return errno == EAGAIN || errno == EINTR;
      one.out.erase(0, static_cast<size_t>(n));
      wire_.consumed(channel, static_cast<size_t>(n));
    }
    if (one.client_done && !std::exchange(one.shut, true)) shutdown(one.file, SHUT_WR);
    return true;
  }
  bool from_pod(uint32_t channel, connection& one) {
    char part[stream_chunk_bytes];
    while (!one.pod_done) {
      auto room = std::min(wire_.room(channel), sizeof part);
      if (room == 0) return true;
      auto n = recv(one.file, part, room, 0);
      if (n < 0) return errno == EAGAIN || errno == EINTR;
      if (n == 0) {
        one.pod_done = true;
        wire_.fin(channel);
        return true;
      }
      wire_.write(channel, {part, static_cast<size_t>(n)});
    }
    return true;
  }
  void lost(uint32_t channel) {
    auto found = connections_.find(channel);
    drop_file(found->second);
    connections_.erase(found);
    wire_.reset(channel, {});
  }
  stream_target target_;
  std::map<uint32_t, connection> connections_;
};

} // namespace

std::shared_ptr<node_session> make_forward_session(stream_loop& loop, std::shared_ptr<stream_pipe> back, stream_begin begin) {
  return std::make_shared<forward_session>(loop, std::move(back), std::move(begin));
}

} // namespace troupe
