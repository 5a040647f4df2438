#include "runtime/ports/dns_server_port.hpp"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace troupe {

namespace {

constexpr size_t message_bytes_max = 65'535;
constexpr size_t datagrams_a_turn_max = 64; // before the other sockets are looked at
constexpr int look_ms = 250;                // deadlines are as fine as that
constexpr uint64_t key_wake = 0, key_datagrams = 1, key_listener = 2; // of epoll; connections and forwards come after
constexpr uint64_t first_key = 16;

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class socket_handle {
public:
  explicit socket_handle(int number = -1) : number_(number) {}
  ~socket_handle() {
    if (number_ >= 0) ::close(number_);
  }
  socket_handle(socket_handle&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  socket_handle& operator=(socket_handle&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int get() const { return number_; }
  bool good() const { return number_ >= 0; }

private:
  int number_;
};

sockaddr_in address_of(const std::string& text, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, text.c_str(), &address.sin_addr);
  return address;
}

/// "10.0.0.1" or "10.0.0.1#5353", of either family.
bool upstream_address(const std::string& text, sockaddr_storage& to, socklen_t& size) {
  auto hash = text.find('#');
  std::string host = text.substr(0, hash);
  uint16_t port = htons(hash == text.npos ? 53 : uint16_t(std::atoi(text.c_str() + hash + 1)));
  to = {};
  auto* four = reinterpret_cast<sockaddr_in*>(&to);
  auto* six = reinterpret_cast<sockaddr_in6*>(&to);
  if (::inet_pton(AF_INET, host.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = port;
    size = sizeof *four;
    return true;
  }
  if (::inet_pton(AF_INET6, host.c_str(), &six->sin6_addr) != 1) return false;
  six->sin6_family = AF_INET6;
  six->sin6_port = port;
  size = sizeof *six;
  return true;
}

std::string framed(const std::string& message) {
  return std::string{char(message.size() >> 8), char(message.size())} + message;
}

/// Takes whole messages (two bytes of length in front) off a stream's buffer.
template <class Visit>
void take_messages(std::string& buffer, Visit&& visit) {
  size_t at = 0;
  while (buffer.size() - at >= 2) {
    size_t size = size_t(uint8_t(buffer[at])) << 8 | uint8_t(buffer[at + 1]);
    if (buffer.size() - at - 2 < size) break;
    visit(buffer.substr(at + 2, size));
    at += 2 + size;
  }
  buffer.erase(0, at);
}

struct client {
  bool datagram = true;
  sockaddr_in from{};        // of a datagram
  uint64_t stream = 0;       // key of the connection
  int64_t end_ms = 0;
};

struct stream {
  socket_handle socket;
  std::string in, out;
  size_t waiting = 0;        // queries without an answer
  int64_t end_ms = 0;
  bool wants_write = false;
};

struct forward {
  uint64_t token = 0;
  std::string message;
  bool datagram = true;
  std::function<bool(std::string_view)> matches;
  size_t upstream = 0;       // the one being asked
  socket_handle socket;
  std::string in, out;       // of a stream
  int64_t end_ms = 0;
};

class dns_sockets : public dns_server_port {
public:
  explicit dns_sockets(dns_server_options options) : options_(std::move(options)) {}
  ~dns_sockets() override {
    {
      std::lock_guard guard{mutex_};
      stopping_ = true;
    }
    wake();
    if (thread_.joinable()) thread_.join();
  }
  result<nothing> open();
  void answer(uint64_t client, std::string message) override {
    post([this, client, message = std::move(message)] { send_answer(client, message); });
  }
  void forward(uint64_t token, std::string message, bool datagram, std::function<bool(std::string_view)> matches) override {
    post([this, token, message = std::move(message), datagram, matches = std::move(matches)] { start_forward(token, message, datagram, matches); });
  }
  uint16_t port() const override { return port_; }

private:
  void post(std::function<void()> work);
  void wake();
  void run();
  void run_posted();
  void watch(int socket, uint64_t key, uint32_t events, bool again = false);
  void on_event(uint64_t key, uint32_t events);
  void read_datagrams();
  void accept_streams();
  void read_stream(uint64_t key);
  void write_stream(uint64_t key);
  void ask_owner(client from, std::string message);
  void send_answer(uint64_t client, const std::string& message);
  void start_forward(uint64_t token, const std::string& message, bool datagram, std::function<bool(std::string_view)> matches);
  void ask_upstream(uint64_t key);
  void on_forward(uint64_t key, uint32_t events);
  void end_forward(uint64_t key, bool ok, std::string message);
  void end_late(int64_t now);

  dns_server_options options_;
  uint16_t port_ = 0;
  socket_handle poll_, wake_, datagrams_, listener_;
  std::thread thread_;
  std::mutex mutex_;
  std::deque<std::function<void()>> posted_; // bounded by the clients that are waiting and the forwards that they caused
  bool stopping_ = false;
  // Below: the thread's alone.
  uint64_t next_key_ = first_key;
  std::map<uint64_t, client> clients_;
  std::map<uint64_t, stream> streams_;
  std::map<uint64_t, struct forward> forwards_;
};

result<nothing> dns_sockets::open() {
  auto address = address_of(options_.address, options_.port);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  int yes = 1;
  std::string place = options_.address + ":" + std::to_string(options_.port) + ": ";
  datagrams_ = socket_handle(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (::bind(datagrams_.get(), generic, sizeof address) != 0) return plain_error("DNS: UDP " + place + std::strerror(errno));
  socklen_t size = sizeof address;
  ::getsockname(datagrams_.get(), generic, &size);
  port_ = ntohs(address.sin_port);
  listener_ = socket_handle(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(listener_.get(), generic, sizeof address) != 0 || ::listen(listener_.get(), 128) != 0)
    return plain_error("DNS: TCP " + place + std::strerror(errno));
  poll_ = socket_handle(::epoll_create1(EPOLL_CLOEXEC));
  wake_ = socket_handle(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!poll_.good() || !wake_.good()) return plain_error(std::string("DNS: epoll: ") + std::strerror(errno));
  watch(wake_.get(), key_wake, EPOLLIN);
  watch(datagrams_.get(), key_datagrams, EPOLLIN);
  watch(listener_.get(), key_listener, EPOLLIN);
  thread_ = std::thread([this] { run(); });
  return nothing{};
}

void dns_sockets::watch(int socket, uint64_t key, uint32_t events, bool again) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  ::epoll_ctl(poll_.get(), again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
}

void dns_sockets::wake() {
  uint64_t one = 1;
  [[maybe_unused]] auto ignored = ::write(wake_.get(), &one, sizeof one);
}

void dns_sockets::post(std::function<void()> work) {
  bool first;
  {
    std::lock_guard guard{mutex_};
    first = posted_.empty();
    posted_.push_back(std::move(work));
  }
  if (first) wake();
}

void dns_sockets::run_posted() {
  uint64_t count;
  [[maybe_unused]] auto ignored = ::read(wake_.get(), &count, sizeof count);
  std::deque<std::function<void()>> work;
  {
    std::lock_guard guard{mutex_};
    work.swap(posted_);
  }
  for (auto& one : work) one();
}

void dns_sockets::run() {
  epoll_event events[64];
  for (int64_t looked_ms = now_ms();;) {
    bool waiting = !clients_.empty() || !streams_.empty() || !forwards_.empty();
    int count = ::epoll_wait(poll_.get(), events, 64, waiting ? look_ms : -1);
    {
      std::lock_guard guard{mutex_};
      if (stopping_) return;
    }
    for (int at = 0; at < count; ++at) on_event(events[at].data.u64, events[at].events);
    if (int64_t now = now_ms(); now - looked_ms >= look_ms) {
      looked_ms = now;
      end_late(now);
    }
  }
}

void dns_sockets::on_event(uint64_t key, uint32_t events) {
  if (key == key_wake) return run_posted();
  if (key == key_datagrams) return read_datagrams();
  if (key == key_listener) return accept_streams();
  if (forwards_.count(key)) return on_forward(key, events);
  if (!streams_.count(key)) return;
  if (events & EPOLLOUT) write_stream(key);
  if (events & ~uint32_t(EPOLLOUT)) read_stream(key);
}

void dns_sockets::ask_owner(client from, std::string message) {
  if (clients_.size() >= dns_clients_max) return;
  from.end_ms = now_ms() + dns_client_ms;
  uint64_t key = next_key_++;
  dns_query query{key, from.datagram, std::move(message)};
  clients_[key] = from;
  options_.query(std::move(query));
}

void dns_sockets::read_datagrams() {
  std::string buffer(message_bytes_max, '\0');
  for (size_t count = 0; count < datagrams_a_turn_max; ++count) {
    client from;
    socklen_t size = sizeof from.from;
    ssize_t bytes = ::recvfrom(datagrams_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from.from), &size);
    if (bytes < 0) return;
    ask_owner(from, buffer.substr(0, size_t(bytes)));
  }
}

void dns_sockets::accept_streams() {
  while (true) {
    socket_handle accepted(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!accepted.good()) return;
    if (streams_.size() >= dns_streams_max) continue; // closes it
    uint64_t key = next_key_++;
    watch(accepted.get(), key, EPOLLIN);
    auto& opened = streams_[key];
    opened.socket = std::move(accepted);
    opened.end_ms = now_ms() + dns_stream_idle_ms;
  }
}

void dns_sockets::read_stream(uint64_t key) {
  auto& from = streams_.at(key);
  char buffer[4096];
  ssize_t bytes = ::recv(from.socket.get(), buffer, sizeof buffer, 0);
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (bytes <= 0) {
    streams_.erase(key);
    return;
  }
  from.end_ms = now_ms() + dns_stream_idle_ms;
  from.in.append(buffer, size_t(bytes));
  bool flood = false;
  take_messages(from.in, [&](std::string message) {
    if (++from.waiting > dns_stream_queries_max) flood = true;
    client asked;
    asked.datagram = false;
    asked.stream = key;
    if (!flood) ask_owner(asked, std::move(message));
  });
  if (flood) streams_.erase(key);
}

void dns_sockets::write_stream(uint64_t key) {
  auto& to = streams_.at(key);
  while (!to.out.empty()) {
    ssize_t bytes = ::send(to.socket.get(), to.out.data(), to.out.size(), MSG_NOSIGNAL);
    if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (bytes <= 0) {
      streams_.erase(key);
      return;
    }
    to.out.erase(0, size_t(bytes));
  }
  if (to.wants_write != !to.out.empty()) {
    to.wants_write = !to.out.empty();
    watch(to.socket.get(), key, EPOLLIN | (to.wants_write ? uint32_t(EPOLLOUT) : 0u), true);
  }
}

void dns_sockets::send_answer(uint64_t key, const std::string& message) {
  auto found = clients_.find(key);
  if (found == clients_.end()) return;
  client to = found->second;
  clients_.erase(found);
  if (to.datagram) {
    if (!message.empty())
      ::sendto(datagrams_.get(), message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&to.from), sizeof to.from);
    return;
  }
  auto opened = streams_.find(to.stream);
  if (opened == streams_.end()) return;
  --opened->second.waiting;
  if (message.empty()) return;
  opened->second.out += framed(message);
  write_stream(to.stream);
}

void dns_sockets::start_forward(uint64_t token, const std::string& message, bool datagram, std::function<bool(std::string_view)> matches) {
  uint64_t key = next_key_++;
  auto& made = forwards_[key];
  made.token = token;
  made.message = message;
  made.datagram = datagram;
  made.matches = std::move(matches);
  if (forwards_.size() > dns_forwards_max) return end_forward(key, false, "");
  ask_upstream(key);
}

/// Each try has a socket of its own: a new port number, which a forger would have to guess beside the id.
void dns_sockets::ask_upstream(uint64_t key) {
  auto& asking = forwards_.at(key);
  for (; asking.upstream < options_.upstreams.size(); ++asking.upstream) {
    sockaddr_storage address;
    socklen_t size = 0;
    if (!upstream_address(options_.upstreams[asking.upstream], address, size)) continue;
    asking.socket = socket_handle(::socket(address.ss_family, (asking.datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    int connected = ::connect(asking.socket.get(), reinterpret_cast<sockaddr*>(&address), size);
    if (connected != 0 && errno != EINPROGRESS) continue;
    if (asking.datagram && ::send(asking.socket.get(), asking.message.data(), asking.message.size(), MSG_NOSIGNAL) < 0) continue;
    asking.in.clear();
    asking.out = asking.datagram ? "" : framed(asking.message);
    asking.end_ms = now_ms() + dns_upstream_ms;
    watch(asking.socket.get(), key, asking.datagram ? uint32_t(EPOLLIN) : uint32_t(EPOLLIN | EPOLLOUT));
    return;
  }
  end_forward(key, false, "");
}

void dns_sockets::on_forward(uint64_t key, uint32_t events) {
  auto& asking = forwards_.at(key);
  if ((events & EPOLLOUT) && !asking.out.empty()) {
    ssize_t bytes = ::send(asking.socket.get(), asking.out.data(), asking.out.size(), MSG_NOSIGNAL);
    if (bytes > 0) asking.out.erase(0, size_t(bytes));
    if (asking.out.empty()) watch(asking.socket.get(), key, EPOLLIN, true);
  }
  if (!(events & ~uint32_t(EPOLLOUT))) return;
  std::string buffer(message_bytes_max, '\0');
  ssize_t bytes = ::recv(asking.socket.get(), buffer.data(), buffer.size(), 0);
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (bytes <= 0) { // refused, reset, closed: the next one
    ++asking.upstream;
    return ask_upstream(key);
  }
  buffer.resize(size_t(bytes));
  if (asking.datagram) {
    if (asking.matches(buffer)) end_forward(key, true, std::move(buffer));
    return;
  }
  asking.in += buffer;
  std::string found;
  take_messages(asking.in, [&](std::string message) {
    if (found.empty() && asking.matches(message)) found = std::move(message);
  });
  if (!found.empty()) end_forward(key, true, std::move(found));
}

void dns_sockets::end_forward(uint64_t key, bool ok, std::string message) {
  auto ended = forwards_.extract(key);
  options_.forwarded({ended.mapped().token, ok, std::move(message)});
}

void dns_sockets::end_late(int64_t now) {
  std::erase_if(clients_, [&](auto& entry) { return entry.second.end_ms <= now; });
  std::erase_if(streams_, [&](auto& entry) { return entry.second.end_ms <= now; });
  std::vector<uint64_t> late;
  for (auto& [key, asking] : forwards_)
    if (asking.end_ms <= now) late.push_back(key);
  for (uint64_t key : late) {
    ++forwards_.at(key).upstream;
    ask_upstream(key);
  }
}

} // namespace

result<std::unique_ptr<dns_server_port>> open_dns_sockets(dns_server_options options) {
  auto sockets = std::make_unique<dns_sockets>(std::move(options));
  auto opened = sockets->open();
  if (!opened) return opened.error();
  return std::unique_ptr<dns_server_port>(std::move(sockets));
}

} // namespace troupe
