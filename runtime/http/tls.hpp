// TLS on a descriptor: OpenSSL reads and writes the socket itself, so no byte is copied through a buffer of ours.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>
#include "messages/result.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace troupe {

/// What a server shows and whom it trusts. Immutable; a reload makes another one.
class tls_context {
public:
  /// TLS 1.2 and 1.3 (RFC 8446), ALPN h2 and http/1.1, no tickets (a ticket would carry a certificate past its
  /// revocation), no renegotiation. Client certificates are asked for, not demanded.
  static result<std::shared_ptr<tls_context>> make(const std::string& certificate_file, const std::string& key_file,
                                                   const std::string& client_ca_file);
  ~tls_context();
  ssl_ctx_st* native() const { return context_; }

private:
  explicit tls_context(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

/// Of a client's certificate. `credential` without `name`: there was one, and it does not verify.
struct tls_peer {
  std::string name;
  std::vector<std::string> groups;
  std::string credential; // "X509SHA256=..."
};

/// A connected, non-blocking socket with its TLS state. Owns the descriptor.
class tls_socket {
public:
  enum class outcome { ok, want_read, want_write, closed };
  tls_socket(int descriptor, std::shared_ptr<const tls_context>);
  ~tls_socket();
  tls_socket(const tls_socket&) = delete;
  tls_socket& operator=(const tls_socket&) = delete;

  int descriptor() const { return descriptor_; }
  outcome handshake();
  outcome read(char* to, size_t room, size_t& count);
  outcome write(const char* from, size_t size, size_t& count);
  /// OpenSSL holds bytes already read: the socket will not become readable for them.
  bool pending() const;
  /// close_notify, and the socket's sending half is shut; reading goes on.
  void shut();
  bool http2() const; // by ALPN; without it, HTTP/1.1
  tls_peer peer() const;

private:
  outcome after(int said);
  int descriptor_;
  std::shared_ptr<const tls_context> context_;
  ssl_st* ssl_;
};

} // namespace troupe
