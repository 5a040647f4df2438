#include "runtime/http/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace troupe {
namespace {

// Our mark on an SSL object whose client showed a certificate that does not verify.
int bad_certificate_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// A bad certificate does not end the handshake: the chain answers 401, as upstream does, and the client can say why.
int note_verification(int good, X509_STORE_CTX* store) {
  if (!good) {
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    static char mark;
    SSL_set_ex_data(ssl, bad_certificate_index(), &mark);
  }
  return 1;
}

int choose_protocol(SSL*, const unsigned char** to, unsigned char* size, const unsigned char* offered, unsigned offered_size, void*) {
  static const unsigned char ours[] = "\x02h2\x08http/1.1";
  auto said = SSL_select_next_proto(const_cast<unsigned char**>(to), size, ours, sizeof ours - 1, offered, offered_size);
  return said == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

status tls_error(const std::string& what) {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  ERR_clear_error();
  return plain_error(what + ": " + text);
}

std::vector<std::string> names(X509_NAME* from, int id) {
  std::vector<std::string> found;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(from, id, at)) >= 0;) {
    unsigned char* text = nullptr;
    int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(from, at)));
    if (size < 0) continue;
    found.emplace_back(reinterpret_cast<char*>(text), size_t(size));
    OPENSSL_free(text);
  }
  return found;
}

} // namespace

result<std::shared_ptr<tls_context>> tls_context::make(const std::string& certificate_file, const std::string& key_file,
                                                       const std::string& client_ca_file) {
  ERR_clear_error();
  std::shared_ptr<tls_context> made(new tls_context(SSL_CTX_new(TLS_server_method())));
  auto* context = made->context_;
  if (!context) return tls_error("TLS");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // A FIN without close_notify is an end like any other here: messages carry their lengths, and the answer may still be due.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("troupe"), 6);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1); // one read per wake-up in place of two
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) return tls_error(certificate_file);
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) return tls_error(key_file);
  if (!client_ca_file.empty()) {
    if (SSL_CTX_load_verify_locations(context, client_ca_file.c_str(), nullptr) != 1) return tls_error(client_ca_file);
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(client_ca_file.c_str()));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_verification);
  }
  return made;
}

tls_context::~tls_context() { SSL_CTX_free(context_); }

tls_socket::tls_socket(int descriptor, std::shared_ptr<const tls_context> context)
    : descriptor_(descriptor), context_(std::move(context)), ssl_(SSL_new(context_->native())) {
  if (!ssl_) return; // every call answers `closed`
  SSL_set_fd(ssl_, descriptor_);
  SSL_set_accept_state(ssl_);
}

tls_socket::~tls_socket() {
  SSL_free(ssl_);
  close(descriptor_);
}

// The queue of errors is the thread's: what one connection leaves there would be taken for another one's.
tls_socket::outcome tls_socket::after(int said) {
  if (said == 1) return outcome::ok;
  auto error = SSL_get_error(ssl_, said);
  ERR_clear_error();
  return error == SSL_ERROR_WANT_READ ? outcome::want_read : error == SSL_ERROR_WANT_WRITE ? outcome::want_write : outcome::closed;
}

tls_socket::outcome tls_socket::handshake() {
  if (!ssl_) return outcome::closed;
  ERR_clear_error();
  return after(SSL_do_handshake(ssl_));
}

tls_socket::outcome tls_socket::read(char* to, size_t room, size_t& count) {
  ERR_clear_error();
  count = 0;
  return after(SSL_read_ex(ssl_, to, room, &count));
}

tls_socket::outcome tls_socket::write(const char* from, size_t size, size_t& count) {
  ERR_clear_error();
  count = 0;
  return after(SSL_write_ex(ssl_, from, size, &count));
}

bool tls_socket::pending() const { return SSL_has_pending(ssl_) == 1; }

void tls_socket::shut() {
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
  shutdown(descriptor_, SHUT_WR);
}

bool tls_socket::http2() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return size == 2 && std::memcmp(name, "h2", 2) == 0;
}

tls_peer tls_socket::peer() const {
  tls_peer made;
  X509* certificate = SSL_get0_peer_certificate(ssl_);
  if (!certificate) return made;
  unsigned char digest[32];
  unsigned size = sizeof digest;
  X509_digest(certificate, EVP_sha256(), digest, &size);
  made.credential = "X509SHA256=";
  for (auto byte : digest) {
    made.credential += "0123456789abcdef"[byte >> 4];
    made.credential += "0123456789abcdef"[byte & 15];
  }
  if (SSL_get_ex_data(ssl_, bad_certificate_index())) return made;
  auto* subject = X509_get_subject_name(certificate);
  if (auto common = names(subject, NID_commonName); !common.empty()) made.name = common.back();
  made.groups = names(subject, NID_organizationName);
  return made;
}

} // namespace troupe
