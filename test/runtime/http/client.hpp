// Small blocking clients for the server's tests: raw TLS, HTTP/1.1 and HTTP/2 (nghttp2's client half).
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;
struct nghttp2_session;

namespace toy {

struct client_files {
  std::string ca, certificate, key; // paths; certificate empty: anonymous
};

/// A plain TCP connection to 127.0.0.1. Reads give up after ten seconds (a hung server fails the test, not the machine).
class socket {
public:
  explicit socket(uint16_t port, int receive_buffer_bytes = 0);
  ~socket();
  socket(const socket&) = delete;
  int descriptor() const { return descriptor_; }
  void send(std::string_view);
  std::string read_to_end();
  void close_now();

private:
  int descriptor_;
};

class tls_client {
public:
  tls_client(uint16_t port, const client_files&, const char* alpn, int receive_buffer_bytes = 0);
  ~tls_client();
  tls_client(const tls_client&) = delete;
  bool connected() const { return connected_; }
  std::string alpn() const;
  void send(std::string_view);
  /// Some bytes; empty: the end, a reset or ten seconds of silence.
  std::string read();
  std::string read_until(std::string_view end);
  std::string read_to_end();
  /// Our FIN, without close_notify.
  void half_close();
  /// A reset.
  void close_hard();
  std::string serving_certificate() const; // PEM

private:
  socket socket_;
  ssl_ctx_st* context_;
  ssl_st* ssl_;
  bool connected_;
};

struct response {
  int code = 0;
  std::map<std::string, std::string> headers; // lower case
  std::string body;
  bool ended = false, reset = false;
};

/// HTTP/1.1 on a tls_client.
class h1_client {
public:
  h1_client(uint16_t port, const client_files& files) : tls(port, files, "\x08http/1.1") {}
  response request(const std::string& method, const std::string& path, const std::string& body = {}, const std::string& more_headers = {});
  response read_response(bool head = false);
  tls_client tls;

private:
  std::string rest_;
};

/// HTTP/2: any number of requests at once.
class h2_client {
public:
  h2_client(uint16_t port, const client_files&, int receive_buffer_bytes = 0);
  ~h2_client();
  /// Returns the stream's id, also the key of `responses`. Negative: the session takes no more.
  int32_t submit(const std::string& method, const std::string& path, const std::string& body = {});
  void reset(int32_t stream);
  /// Sends and reads until `done` or the connection ends; false then.
  bool run_until(const std::function<bool()>& done);
  bool run_until_ended(int32_t stream);
  void send();
  response get(const std::string& path);
  std::map<int32_t, response> responses;
  int goaways = 0;
  int32_t goaway_last_stream = 0;
  uint32_t goaway_error = 0;
  std::map<int32_t, std::string> bodies; // of requests
  tls_client tls;
  nghttp2_session* session;
};

} // namespace toy
