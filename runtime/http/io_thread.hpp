// One I/O thread: its loop, its connections, its chain_state, and the two doors by which answers come home. INTERNAL to
// runtime/http; everything but answered() and post() runs on the thread itself.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>
#include "messages/call.hpp"
#include "runtime/http/connection.hpp"
#include "runtime/http/event_loop.hpp"
#include "runtime/http/http_server.hpp"

namespace troupe {

/// Counted by all threads of a server.
struct http_totals {
  std::atomic<uint64_t> connections{0}, accepted{0}, handshakes_failed{0}, requests{0}, in_flight{0}, upgraded{0}, body_bytes{0};
};

/// Where frames are gathered before one TLS write; what the socket does not take moves to the connection.
struct write_block {
  static constexpr size_t room = 64u << 10;    // flushed when so much is there
  static constexpr size_t slack = 20u << 10;   // one frame more fits
  std::unique_ptr<char[]> bytes{new char[room + slack]};
  size_t size = 0;
  void append(const void* from, size_t count);
  size_t left() const { return room + slack - size; }
};

class io_thread final : public reply_sink, public std::enable_shared_from_this<io_thread> {
public:
  io_thread(const http_options&, const chain&, http_totals&);
  ~io_thread() override;
  /// Starts the thread. `ready` runs on it first.
  void start(std::function<void()> ready);
  /// Takes nothing new, waits until the connections have ended (at most so long), closes the rest, ends the thread.
  void finish(int64_t drain_ms);
  void join();

  // ---- from any thread
  void answered(call_ptr) override;
  void post(std::function<void()> work) override;

  // ---- on the thread
  /// Makes a call that begins now, for `of`; fill in `in`, then run it.
  call_ptr make_call(const std::shared_ptr<connection>& of, int32_t stream);
  /// Runs the chain. The reply comes by connection::deliver, perhaps before this returns; the result is the call's
  /// deadline (steady milliseconds, 0: none).
  int64_t run(call_ptr);
  void touch(connection&);
  /// Calls resume() after the next batch, so that others get their turn.
  void again(std::shared_ptr<connection>);
  void open(std::shared_ptr<connection>);
  void closed(connection&);
  void begin_generation(uint64_t generation) { newest_ = next_ = generation; }
  /// Drains its connections. Handshakes under way go on, and become connections of the next generation: so a client that
  /// comes at this moment is not turned away.
  void end_generation(uint64_t generation);
  /// Of a connection that begins now.
  uint64_t generation_for_new() const { return next_; }
  bool finishing() const { return finishing_; }
  size_t connections() const { return connections_.size(); }
  /// "Wed, 25 Nov 2026 00:00:00 GMT" (RFC 9110 section 5.6.7).
  const std::string& date();
  void log(const std::string& line) const;

  event_loop loop;
  write_block out;
  std::unique_ptr<char[]> in{new char[read_bytes]};
  static constexpr size_t read_bytes = 32u << 10;
  http_totals& totals;

private:
  void arrivals();
  void end();
  bool batch_end();
  void settle(call_ptr, step);
  void deliver(call_ptr);
  void tick();
  int64_t wall_ns() const;
  const http_options& options_;
  const chain& chain_;
  std::unique_ptr<chain_state> state_;
  std::mt19937_64 random_;
  std::unordered_map<connection*, std::shared_ptr<connection>> connections_;
  std::vector<std::shared_ptr<connection>> touched_, again_, resuming_;
  bool finishing_ = false;
  uint64_t newest_ = 0, next_ = 0; // generations: the newest, and the one for new connections
  std::string date_;
  int64_t date_second_ = -1;
  std::thread thread_;
  std::mutex mutex_; // for what follows
  bool rung_ = false, ended_ = false;
  std::vector<call_ptr> answers_;
  std::vector<std::function<void()>> posts_;
};

} // namespace troupe
