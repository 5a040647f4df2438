// The HTTPS server: I/O threads that own connections (OpenSSL on the descriptor, HTTP/2 by nghttp2, HTTP/1.1, upgrades)
// and call the one handler chain. A real port: it owns threads and sockets and reads clocks.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include "messages/call.hpp"
#include "messages/result.hpp"
#include "runtime/http/http_port.hpp"

namespace troupe {

struct http_options {
  std::vector<std::string> addresses = {"127.0.0.1"}; // numeric, IPv4 or IPv6
  uint16_t port = 6443;              // 0: any free one, the same for all addresses; ask port()
  std::string certificate_file;      // PEM chain; read again when it changes (looked at once a minute), or by reload()
  std::string key_file;              // PEM
  std::string client_ca_file;        // PEM; clients may show a certificate of these; empty: none is asked for
  int io_threads = 0;                // 0: one on up to three cores, else half of the cores
  std::function<int64_t()> wall_ns;  // calendar time of calls; empty: the system's
  std::function<void(const std::string&)> log; // one line without newline, from any thread; empty: dropped
};

class http_server final : public http_port {
public:
  /// Binds, listens and starts the threads; serves from the first open_generation(). An error names address and port.
  static result<std::unique_ptr<http_server>> start(http_options, const chain&);
  ~http_server() override; // stop(0)
  uint16_t port() const;
  uint64_t open_generation() override;
  void close_generation(uint64_t generation) override;
  http_counts counts() const override;
  /// Reads certificate, key and client authorities again; new connections use them. On an error the old ones stay.
  result<nothing> reload();
  /// Closes all generations, waits until they are drained (at most so long), ends the threads. Blocks.
  void stop(int64_t drain_ms);

private:
  struct parts;
  explicit http_server(std::unique_ptr<parts>);
  std::unique_ptr<parts> parts_;
};

// Limits
constexpr int64_t handshake_ms_max = 10'000;         // TLS, from accept
constexpr int64_t request_head_ms_max = 32'000;      // HTTP/1.1: first byte to end of head
constexpr int64_t request_body_ms_max = 60'000;      // head to end of body
constexpr int64_t idle_connection_ms_max = 90'000;   // no request open
constexpr int64_t ping_after_ms = 30'000;            // HTTP/2: silence before a PING ...
constexpr int64_t ping_answer_ms_max = 15'000;       // ... and how long its answer may take
constexpr int64_t stalled_write_ms_max = 300'000;    // the socket takes nothing for so long: close
constexpr int64_t drain_ms_max = 10'000;             // of a generation
constexpr int64_t linger_ms_max = 5'000;             // our half is shut: how long the client may take to shut its own
constexpr uint32_t http2_streams_max = 250;          // requests at once on a connection; RFC 9113 SETTINGS_MAX_CONCURRENT_STREAMS
constexpr size_t connections_max = 10'000;           // of all threads; above, new ones are closed at once
constexpr size_t connection_body_bytes_max = 32u << 20; // request bodies held for one connection: 429 above
constexpr size_t all_body_bytes_max = 256u << 20;       // ... and for all
constexpr int listen_backlog = 4096;

} // namespace troupe
