#include "cli/https_client.hpp"
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <csignal>
#include <cstring>
#include <memory>
#include <yaml-cpp/yaml.h>
#include "messages/base64.hpp"

namespace troupe::cli {

namespace {

struct parsed_url {
  std::string host, port = "443";
};

result<parsed_url> parse_url(const std::string& url) {
  constexpr std::string_view scheme = "https://";
  if (url.compare(0, scheme.size(), scheme) != 0) return plain_error("the kubeconfig's server is not https: " + url);
  parsed_url out;
  auto rest = url.substr(scheme.size(), url.find('/', scheme.size()) - scheme.size());
  auto colon = rest.rfind(':');
  bool bare_address = rest.find(']') != std::string::npos && colon < rest.find(']');
  if (colon != std::string::npos && !bare_address) {
    out.port = rest.substr(colon + 1);
    rest.resize(colon);
  }
  if (rest.size() > 2 && rest.front() == '[') rest = rest.substr(1, rest.size() - 2);
  out.host = rest;
  return out;
}

class connection {
public:
  ~connection() {
    if (ssl_) SSL_free(ssl_);
    if (context_) SSL_CTX_free(context_);
    if (socket_ >= 0) ::close(socket_);
  }
  result<nothing> open(const api_access&, const parsed_url&, int64_t deadline_ms);
  result<nothing> write(std::string_view bytes) {
    ERR_clear_error();
    size_t done = 0;
    if (SSL_write_ex(ssl_, bytes.data(), bytes.size(), &done) != 1) return plain_error("the connection broke while the request was sent");
    return nothing{};
  }
  /// Reads until the server closes, or until `enough` says so.
  template <class Enough> result<std::string> read(Enough&& enough) {
    std::string all;
    char piece[16 << 10];
    while (!enough(all)) {
      ERR_clear_error();
      size_t got = 0;
      if (SSL_read_ex(ssl_, piece, sizeof piece, &got) != 1) {
        int why = SSL_get_error(ssl_, 0);
        if (why == SSL_ERROR_ZERO_RETURN || (why == SSL_ERROR_SSL && !all.empty())) break;
        return plain_error(errno == EAGAIN ? "no answer in time" : "the connection broke while the answer was read");
      }
      all.append(piece, got);
      if (all.size() > answer_bytes_max) return plain_error("the answer is too large");
    }
    return all;
  }

private:
  result<nothing> connect(const parsed_url&, int64_t deadline_ms);
  result<nothing> use(const api_access&);
  int socket_ = -1;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

result<nothing> connection::connect(const parsed_url& url, int64_t deadline_ms) {
  addrinfo wanted{}, *found = nullptr;
  wanted.ai_socktype = SOCK_STREAM;
  if (int failure = ::getaddrinfo(url.host.c_str(), url.port.c_str(), &wanted, &found))
    return plain_error("cannot find " + url.host + ": " + ::gai_strerror(failure));
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
  int failure = 0;
  for (auto* each = found; each; each = each->ai_next) {
    socket_ = ::socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC, each->ai_protocol);
    timeval limit{static_cast<time_t>(deadline_ms / 1000), static_cast<suseconds_t>(deadline_ms % 1000 * 1000)};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (::connect(socket_, each->ai_addr, each->ai_addrlen) == 0) return nothing{};
    failure = errno;
    ::close(socket_);
    socket_ = -1;
  }
  return plain_error("cannot connect to " + url.host + ":" + url.port + ": " + std::strerror(failure));
}

result<nothing> connection::use(const api_access& access) {
  auto reader = [](const std::string& pem) { return std::unique_ptr<BIO, int (*)(BIO*)>(BIO_new_mem_buf(pem.data(), int(pem.size())), BIO_free); };
  auto authority = reader(access.authority_pem);
  std::unique_ptr<X509, void (*)(X509*)> root(PEM_read_bio_X509(authority.get(), nullptr, nullptr, nullptr), X509_free);
  if (!root || X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), root.get()) != 1)
    return plain_error("the kubeconfig's certificate authority cannot be read");
  if (access.certificate_pem.empty()) return nothing{};
  auto certificate = reader(access.certificate_pem), key = reader(access.key_pem);
  std::unique_ptr<X509, void (*)(X509*)> own(PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr), X509_free);
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> secret(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (!own || !secret || SSL_CTX_use_certificate(context_, own.get()) != 1 || SSL_CTX_use_PrivateKey(context_, secret.get()) != 1)
    return plain_error("the kubeconfig's client certificate cannot be read");
  return nothing{};
}

result<nothing> connection::open(const api_access& access, const parsed_url& url, int64_t deadline_ms) {
  ::signal(SIGPIPE, SIG_IGN);
  if (auto done = connect(url, deadline_ms); !done.ok()) return done;
  context_ = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  if (auto done = use(access); !done.ok()) return done;
  ssl_ = SSL_new(context_);
  SSL_set_fd(ssl_, socket_);
  auto* checks = SSL_get0_param(ssl_);
  if (X509_VERIFY_PARAM_set1_ip_asc(checks, url.host.c_str()) != 1) {
    ERR_clear_error();
    SSL_set1_host(ssl_, url.host.c_str());
    SSL_set_tlsext_host_name(ssl_, url.host.c_str());
  }
  ERR_clear_error();
  if (SSL_connect(ssl_) != 1) return plain_error("no secure connection to " + url.host + ":" + url.port);
  return nothing{};
}

std::string lower(std::string text) {
  for (auto& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

std::string unchunk(std::string_view body) {
  std::string out;
  while (!body.empty()) {
    auto end = body.find("\r\n");
    if (end == std::string_view::npos) break;
    auto size = std::strtoull(std::string(body.substr(0, end)).c_str(), nullptr, 16);
    if (size == 0 || end + 2 + size > body.size()) break;
    out.append(body.substr(end + 2, size));
    body.remove_prefix(std::min<size_t>(body.size(), end + 2 + size + 2));
  }
  return out;
}

result<http_answer> parse_answer(const std::string& text) {
  auto head_end = text.find("\r\n\r\n");
  if (head_end == std::string::npos || text.compare(0, 5, "HTTP/") != 0) return plain_error("the answer is not HTTP");
  http_answer out;
  out.code = std::atoi(text.c_str() + text.find(' ') + 1);
  auto head = text.substr(0, head_end + 2);
  auto lowered = lower(head);
  auto body = std::string_view(text).substr(head_end + 4);
  if (auto at = lowered.find("\r\ncontent-type:"); at != std::string::npos) {
    auto start = head.find_first_not_of(' ', at + 15);
    out.content_type = head.substr(start, head.find("\r\n", start) - start);
  }
  out.body = lowered.find("\r\ntransfer-encoding: chunked") != std::string::npos ? unchunk(body) : std::string(body);
  return out;
}

} // namespace

result<api_access> read_kubeconfig(const std::string& path) try {
  auto root = YAML::LoadFile(path);
  auto named = [&](const char* list, const std::string& name, const char* inner) -> YAML::Node {
    for (const auto& each : root[list])
      if (each["name"].as<std::string>("") == name) return each[inner];
    return YAML::Node(YAML::NodeType::Undefined);
  };
  auto context = named("contexts", root["current-context"].as<std::string>(""), "context");
  if (!context) return plain_error(path + " has no current context");
  auto cluster = named("clusters", context["cluster"].as<std::string>(""), "cluster");
  auto user = named("users", context["user"].as<std::string>(""), "user");
  if (!cluster || !user) return plain_error(path + " names a cluster or user that it does not hold");
  auto pem = [](const YAML::Node& node, const char* key) {
    std::string bytes;
    if (auto text = node[key].as<std::string>(""); !text.empty())
      if (auto decoded = from_base64(text)) bytes = *decoded;
    return bytes;
  };
  api_access out;
  out.server = cluster["server"].as<std::string>("");
  out.authority_pem = pem(cluster, "certificate-authority-data");
  out.certificate_pem = pem(user, "client-certificate-data");
  out.key_pem = pem(user, "client-key-data");
  out.token = user["token"].as<std::string>("");
  return out;
} catch (const YAML::Exception& failure) {
  return plain_error("cannot read " + path + ": " + failure.what());
}

result<http_answer> ask(const api_access& access, const std::string& method, const std::string& path, const std::string& body,
                        const std::string& accept, int64_t deadline_ms) {
  auto url = parse_url(access.server);
  if (!url.ok()) return url.error();
  connection to;
  if (auto opened = to.open(access, *url, deadline_ms); !opened.ok()) return opened.error();
  std::string text = method + " " + path + " HTTP/1.1\r\nHost: " + url->host + "\r\nUser-Agent: troupe\r\nConnection: close\r\nAccept: " + accept + "\r\n";
  if (!access.token.empty()) text += "Authorization: Bearer " + access.token + "\r\n";
  if (!body.empty()) text += "Content-Type: application/json\r\n";
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  if (auto sent = to.write(text); !sent.ok()) return sent.error();
  auto answer = to.read([](const std::string&) { return false; });
  if (!answer.ok()) return answer.error();
  return parse_answer(*answer);
}

} // namespace troupe::cli
