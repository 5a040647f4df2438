#include "test/runtime/http/client.hpp"

#include <arpa/inet.h>
#include <nghttp2/nghttp2.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace toy {

// ---- sockets

socket::socket(uint16_t port, int receive_buffer_bytes) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer_bytes > 0) setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  timeval patience{10, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("connect: refused");
}

socket::~socket() { close_now(); }

void socket::close_now() {
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
}

void socket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(size_t(count));
  }
}

std::string socket::read_to_end() {
  std::string all;
  char some[4096];
  for (ssize_t count; (count = recv(descriptor_, some, sizeof some, 0)) > 0;) all.append(some, size_t(count));
  return all;
}

tls_client::tls_client(uint16_t port, const client_files& files, const char* alpn, int receive_buffer_bytes)
    : socket_(port, receive_buffer_bytes), context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_load_verify_locations(context_, files.ca.c_str(), nullptr);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  if (!files.certificate.empty()) {
    SSL_CTX_use_certificate_chain_file(context_, files.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_, files.key.c_str(), SSL_FILETYPE_PEM);
  }
  ssl_ = SSL_new(context_);
  if (alpn) SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(alpn), unsigned(strlen(alpn)));
  SSL_set1_host(ssl_, "localhost");
  SSL_set_fd(ssl_, socket_.descriptor());
  connected_ = SSL_connect(ssl_) == 1;
}

tls_client::~tls_client() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
}

std::string tls_client::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

void tls_client::send(std::string_view bytes) {
  if (!bytes.empty()) SSL_write(ssl_, bytes.data(), int(bytes.size()));
}

std::string tls_client::read() {
  char some[16384];
  int count = SSL_read(ssl_, some, sizeof some);
  return {some, size_t(count > 0 ? count : 0)};
}

std::string tls_client::read_until(std::string_view end) {
  std::string all;
  while (all.find(end) == all.npos) {
    auto some = read();
    if (some.empty()) break;
    all += some;
  }
  return all;
}

std::string tls_client::read_to_end() {
  std::string all;
  for (std::string some; !(some = read()).empty();) all += some;
  return all;
}

void tls_client::half_close() { shutdown(socket_.descriptor(), SHUT_WR); }

void tls_client::close_hard() {
  linger none{1, 0};
  setsockopt(socket_.descriptor(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  socket_.close_now();
}

std::string tls_client::serving_certificate() const {
  X509* certificate = SSL_get0_peer_certificate(ssl_);
  BIO* to = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(to, certificate);
  char* text = nullptr;
  auto size = BIO_get_mem_data(to, &text);
  std::string made(text, size_t(size));
  BIO_free(to);
  return made;
}

// ---- HTTP/1.1

response h1_client::request(const std::string& method, const std::string& path, const std::string& body, const std::string& more_headers) {
  tls.send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more_headers +
           (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" + body);
  return read_response(method == "HEAD");
}

response h1_client::read_response(bool head) {
  response made;
  auto fill = [&](size_t bytes) {
    while (rest_.size() < bytes) {
      auto some = tls.read();
      if (some.empty()) return false;
      rest_ += some;
    }
    return true;
  };
  auto line = [&]() -> std::string {
    size_t end;
    while ((end = rest_.find("\r\n")) == rest_.npos)
      if (!fill(rest_.size() + 1)) return {};
    auto made = rest_.substr(0, end);
    rest_.erase(0, end + 2);
    return made;
  };
  auto first = line();
  if (first.size() < 12) return made;
  made.code = std::stoi(first.substr(9, 3));
  for (std::string field; !(field = line()).empty();) {
    auto colon = field.find(": ");
    auto name = field.substr(0, colon);
    for (char& letter : name) letter = char(tolower(letter));
    made.headers[name] = field.substr(colon + 2);
  }
  if (made.code == 100 || made.code == 101 || head) return made.ended = true, made;
  if (made.headers.count("content-length")) {
    auto size = std::stoul(made.headers["content-length"]);
    made.ended = fill(size);
    made.body = rest_.substr(0, size);
    rest_.erase(0, size);
  } else if (made.headers["transfer-encoding"] == "chunked") {
    for (;;) {
      auto text = line();
      if (text.empty()) break;
      auto size = std::stoul(text, nullptr, 16);
      if (!fill(size + 2)) break;
      made.body += rest_.substr(0, size);
      rest_.erase(0, size + 2);
      if (size == 0) return made.ended = true, made;
    }
  }
  return made;
}

// ---- HTTP/2

namespace {

h2_client& self(void* pointer) { return *static_cast<h2_client*>(pointer); }

ssize_t read_body(nghttp2_session*, int32_t stream, uint8_t* to, size_t room, uint32_t* flags, nghttp2_data_source*, void* pointer) {
  auto& from = self(pointer).bodies[stream];
  auto take = std::min(room, from.size());
  memcpy(to, from.data(), take);
  from.erase(0, take);
  if (from.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return ssize_t(take);
}

nghttp2_session_callbacks* make_callbacks() {
  nghttp2_session_callbacks* c = nullptr;
  nghttp2_session_callbacks_new(&c);
  nghttp2_session_callbacks_set_on_header_callback(
      c, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size, const uint8_t* value, size_t value_size, uint8_t, void* p) {
        auto& to = self(p).responses[frame->hd.stream_id];
        std::string key(reinterpret_cast<const char*>(name), name_size), text(reinterpret_cast<const char*>(value), value_size);
        if (key == ":status") to.code = std::stoi(text);
        else to.headers[key] = text;
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, [](nghttp2_session*, uint8_t, int32_t stream, const uint8_t* bytes, size_t size, void* p) {
    self(p).responses[stream].body.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  });
  nghttp2_session_callbacks_set_on_stream_close_callback(c, [](nghttp2_session*, int32_t stream, uint32_t error, void* p) {
    auto& of = self(p).responses[stream];
    of.ended = error == NGHTTP2_NO_ERROR;
    of.reset = error != NGHTTP2_NO_ERROR;
    return 0;
  });
  nghttp2_session_callbacks_set_on_frame_recv_callback(c, [](nghttp2_session*, const nghttp2_frame* frame, void* p) {
    if (frame->hd.type != NGHTTP2_GOAWAY) return 0;
    ++self(p).goaways;
    self(p).goaway_last_stream = frame->goaway.last_stream_id;
    self(p).goaway_error = frame->goaway.error_code;
    return 0;
  });
  return c;
}

} // namespace

h2_client::h2_client(uint16_t port, const client_files& files, int receive_buffer_bytes) : tls(port, files, "\x02h2", receive_buffer_bytes) {
  static nghttp2_session_callbacks* callbacks = make_callbacks();
  nghttp2_session_client_new(&session, callbacks, this);
  const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 4 << 20}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 1);
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, 16 << 20);
}

h2_client::~h2_client() { nghttp2_session_del(session); }

int32_t h2_client::submit(const std::string& method, const std::string& path, const std::string& body) {
  auto field = [](const char* name, const std::string& value) {
    return nghttp2_nv{(uint8_t*)name, (uint8_t*)value.data(), strlen(name), value.size(), NGHTTP2_NV_FLAG_NONE};
  };
  std::string scheme = "https", authority = "localhost";
  const nghttp2_nv fields[] = {field(":method", method), field(":path", path), field(":scheme", scheme), field(":authority", authority)};
  nghttp2_data_provider provider{{}, read_body};
  auto id = nghttp2_submit_request(session, nullptr, fields, 4, body.empty() ? nullptr : &provider, nullptr);
  if (id > 0) {
    bodies[id] = body;
    responses[id];
  }
  return id;
}

void h2_client::reset(int32_t stream) { nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL); }

void h2_client::send() {
  const uint8_t* bytes = nullptr;
  std::string all;
  for (ssize_t count; (count = nghttp2_session_mem_send(session, &bytes)) > 0;) all.append(reinterpret_cast<const char*>(bytes), size_t(count));
  tls.send(all);
}

bool h2_client::run_until(const std::function<bool()>& done) {
  for (;;) {
    send();
    if (done()) return true;
    auto some = tls.read();
    if (some.empty()) return false;
    if (nghttp2_session_mem_recv(session, reinterpret_cast<const uint8_t*>(some.data()), some.size()) < 0) return false;
  }
}

bool h2_client::run_until_ended(int32_t stream) {
  return run_until([&] { return responses[stream].ended || responses[stream].reset; });
}

response h2_client::get(const std::string& path) {
  auto stream = submit("GET", path);
  run_until_ended(stream);
  return responses[stream];
}

} // namespace toy
