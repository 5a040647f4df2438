// The sockets of cluster DNS: UDP and TCP towards clients, and towards the host's name servers. Knows nothing of names;
// who owns it is asked by callback (from the port's own thread) and answers from any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include "messages/actors/network.hpp"
#include "messages/result.hpp"

namespace troupe {

struct dns_server_options {
  std::string address;                 // numeric IPv4, of the bridge
  uint16_t port = 1053;                // UDP and TCP; 0: any (tests)
  std::vector<std::string> upstreams;  // numeric, port 53 (or "ADDRESS#PORT")
  std::function<void(dns_query)> query;
  std::function<void(dns_forwarded)> forwarded;
};

class dns_server_port {
public:
  virtual ~dns_server_port() = default;
  /// The answer to a dns_query's client; those who have gone are forgotten.
  virtual void answer(uint64_t client, std::string message) = 0;
  /// Asks the upstreams one after the other (by TCP for a stream client); the outcome comes by `forwarded`, exactly once.
  /// `matches` says whether a message that came is the answer.
  virtual void forward(uint64_t token, std::string message, bool datagram, std::function<bool(std::string_view)> matches) = 0;
  virtual uint16_t port() const = 0;
};

using open_dns_server = std::function<result<std::unique_ptr<dns_server_port>>(dns_server_options)>;

/// Binds both sockets at once; the error says which could not be.
result<std::unique_ptr<dns_server_port>> open_dns_sockets(dns_server_options options);

// Bounds. What exceeds them is dropped (datagrams) or closed (streams): clients ask again.
constexpr size_t dns_clients_max = 4096;        // queries without an answer yet
constexpr size_t dns_streams_max = 256;         // TCP connections
constexpr size_t dns_stream_queries_max = 16;   // on one connection without an answer yet
constexpr size_t dns_forwards_max = 512;        // questions to upstreams without an answer yet
constexpr int64_t dns_client_ms = 12'000;       // a query that nobody answers is forgotten
constexpr int64_t dns_stream_idle_ms = 15'000;
constexpr int64_t dns_upstream_ms = 2'000;      // one server, one try

} // namespace troupe
