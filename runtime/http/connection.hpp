// A client's connection on one I/O thread. INTERNAL to runtime/http.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include "messages/call.hpp"
#include "runtime/http/event_loop.hpp"
#include "runtime/http/tls.hpp"

namespace troupe {

class io_thread;

class connection : public watcher, public std::enable_shared_from_this<connection> {
public:
  connection(io_thread& thread, std::unique_ptr<tls_socket> socket, uint64_t generation, std::string remote);
  ~connection() override;
  /// The first bytes may be waiting in OpenSSL already.
  virtual void start() = 0;
  /// The reply of a call that this connection made; dropped where its stream has ended meanwhile.
  virtual void deliver(call_ptr) = 0;
  /// Writes what can be written. Once per batch, after io_thread::touch.
  virtual void flush() = 0;
  /// Goes on after others had their turn, although the socket may not be readable: OpenSSL may hold bytes.
  virtual void resume() = 0;
  virtual void tick(int64_t now_ms) = 0;
  /// Takes no new requests, answers those in flight, ends watches, then closes. At the latest after drain_ms_max.
  virtual void drain() = 0;
  void hung_up() override { close(); }
  /// At once. The object lives on until the current batch lets it go.
  void close();
  int descriptor() const { return socket_->descriptor(); }

  uint64_t generation() const { return generation_; }
  bool closed() const { return closed_; }
  bool touched = false; // in the thread's list for flush()

protected:
  /// Let go of replies, calls and upgraded streams.
  virtual void ended() = 0;
  /// Writes the thread's block; what the socket does not take waits here. False: it is blocked or closed, make no more.
  bool write_block_out();
  /// Writes what waits from earlier. False: still blocked, or closed.
  bool write_pending();
  /// Writes as much as the socket takes. False: closed.
  bool write_some(const char* from, size_t size, size_t& written);
  bool blocked() const { return !pending_.empty(); }
  void want(bool read, bool write);
  void want_read(bool read) { want(read, wants_write_); }
  /// The socket has taken nothing for too long.
  bool stalled(int64_t now_ms) const;
  /// Our half is said: shuts it, then the connection only waits for the client's end (linger_ms_max).
  void linger();
  bool lingering() const { return linger_until_ms_ != 0; }
  /// Reads and drops, while lingering.
  void drop_input();
  bool linger_over(int64_t now_ms) const { return lingering() && now_ms >= linger_until_ms_; }
  /// Takes room for bytes of a request body. False: too many are held; the request is refused with 429.
  bool hold(size_t bytes);
  void release(size_t bytes);
  /// Ends this object but not its socket, which goes on as another connection.
  std::unique_ptr<tls_socket> let_go();
  /// One connection writes so many blocks, then the others have their turn.
  static constexpr int blocks_per_turn = 16;
  /// What every request of this connection carries.
  void fill_peer(request&) const;

  io_thread& thread_;
  std::unique_ptr<tls_socket> socket_;

private:
  uint64_t generation_;
  std::string remote_;
  tls_peer peer_;
  std::string pending_;
  size_t pending_at_ = 0, held_ = 0;
  int64_t blocked_since_ms_ = 0, linger_until_ms_ = 0;
  bool wants_read_ = true, wants_write_ = false, closed_ = false;
};

/// A finished handshake becomes one of these.
std::shared_ptr<connection> make_http1(io_thread&, std::unique_ptr<tls_socket>, uint64_t generation, std::string remote);
std::shared_ptr<connection> make_http2(io_thread&, std::unique_ptr<tls_socket>, uint64_t generation, std::string remote);

} // namespace troupe
