// The API's network door as actors see it: the listener actor opens and closes generations of connections on sockets that
// it does not own, so that killing it refuses nobody (who connects meanwhile waits in the socket's backlog).
#pragma once
#include <cstdint>
#include "messages/result.hpp"

namespace troupe {

struct http_counts {
  uint64_t connections = 0;        // open now
  uint64_t accepted = 0;           // since the start
  uint64_t handshakes_failed = 0;
  uint64_t requests = 0;
  uint64_t requests_in_flight = 0; // handed to the chain and not yet answered
  uint64_t streams_upgraded = 0;   // exec, attach, port-forward open now
  uint64_t body_bytes = 0;         // request bodies held now
};

class http_port {
public:
  virtual ~http_port() = default;
  /// Begins to accept connections, which belong to the generation that is returned. A generation that is still open goes
  /// on serving its connections, but accepts no more. From any thread; never blocks.
  virtual uint64_t open_generation() = 0;
  /// Ends a generation: nothing more is accepted for it, idle connections close, requests in flight are answered, watches
  /// end after a whole event (HTTP/2: GOAWAY), at most drain_ms. From any thread; never blocks.
  virtual void close_generation(uint64_t generation) = 0;
  virtual http_counts counts() const = 0;
};

} // namespace troupe
