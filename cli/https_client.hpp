// A blocking HTTPS client for commands: one request a connection, HTTP/1.1, the server checked against the kubeconfig's
// authority. Commands have no other way in than the API.
#pragma once
#include <cstdint>
#include <string>
#include "messages/result.hpp"

namespace troupe::cli {

/// What a kubeconfig's current context says. PEM texts.
struct api_access {
  std::string server;          // "https://127.0.0.1:6443"
  std::string authority_pem, certificate_pem, key_pem, token;
};
result<api_access> read_kubeconfig(const std::string& path);

struct http_answer {
  int code = 0;
  std::string content_type, body;
};

/// An error means that no answer came. At most `deadline_ms`.
result<http_answer> ask(const api_access&, const std::string& method, const std::string& path, const std::string& body = {},
                        const std::string& accept = "application/json", int64_t deadline_ms = 10'000);

constexpr size_t answer_bytes_max = 64u << 20;

} // namespace troupe::cli
