#include "runtime/http/handshake.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "runtime/http/http_server.hpp"
#include "runtime/http/io_thread.hpp"

namespace troupe {
namespace {

constexpr std::string_view plain_answer =
    "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

// A connection that is none yet: it counts as one, drains as one, and becomes one.
class handshake final : public connection {
public:
  handshake(io_thread& thread, int descriptor, std::unique_ptr<tls_socket> socket, uint64_t generation, std::string remote)
      : connection(thread, std::move(socket), generation, remote), descriptor_(descriptor), remote_(std::move(remote)),
        until_ms_(thread.loop.now_ms() + handshake_ms_max) {}
  void start() override { go_on(); }
  void ready(bool, bool) override { go_on(); }
  void hung_up() override { plain_ ? close() : fail(); }
  void deliver(call_ptr) override {}
  void flush() override {}
  void resume() override { go_on(); }
  void drain() override {
    if (thread_.finishing()) close();
  }
  void tick(int64_t now_ms) override {
    if (now_ms >= until_ms_) fail();
  }

private:
  void ended() override {}
  void fail() {
    thread_.totals.handshakes_failed.fetch_add(1, std::memory_order_relaxed);
    close();
  }
  void go_on() {
    if (plain_) return drop_plain();
    if (!looked_ && !look()) return;
    switch (socket_->handshake()) {
    case tls_socket::outcome::want_read: return want(true, false);
    case tls_socket::outcome::want_write: return want(false, true);
    case tls_socket::outcome::closed: return fail();
    case tls_socket::outcome::ok: return become();
    }
  }
  // The first bytes tell TLS (22, handshake) from a client that forgot it. False: wait.
  bool look() {
    char first[5];
    auto count = recv(descriptor_, first, sizeof first, MSG_PEEK);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    looked_ = true;
    std::string_view text(first, count > 0 ? size_t(count) : 0);
    for (std::string_view method : {"GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "PATCH", "DELET", "CONNE"})
      if (text == method) plain_ = true;
    if (!plain_) return true;
    thread_.totals.handshakes_failed.fetch_add(1, std::memory_order_relaxed);
    [[maybe_unused]] auto sent = send(descriptor_, plain_answer.data(), plain_answer.size(), MSG_NOSIGNAL);
    shutdown(descriptor_, SHUT_WR);
    drop_plain();
    return false;
  }
  // What is not read would make the kernel send a reset, and the answer would be lost.
  void drop_plain() {
    for (int turn = 0; turn < 16; ++turn) {
      auto count = recv(descriptor_, thread_.in.get(), io_thread::read_bytes, 0);
      if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return close();
      if (count < 0) return;
    }
  }
  void become() {
    auto keep = shared_from_this();
    auto made = socket_->http2() ? make_http2 : make_http1;
    auto socket = let_go();
    thread_.open(made(thread_, std::move(socket), thread_.generation_for_new(), std::move(remote_)));
  }
  int descriptor_;
  std::string remote_;
  int64_t until_ms_;
  bool looked_ = false, plain_ = false;
};

} // namespace

void begin_handshake(io_thread& thread, int descriptor, std::shared_ptr<const tls_context> tls, uint64_t generation, std::string remote) {
  auto socket = std::make_unique<tls_socket>(descriptor, std::move(tls));
  thread.open(std::make_shared<handshake>(thread, descriptor, std::move(socket), generation, std::move(remote)));
}

} // namespace troupe
