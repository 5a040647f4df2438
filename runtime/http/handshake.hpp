// INTERNAL to runtime/http.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include "runtime/http/tls.hpp"

namespace troupe {

class io_thread;

/// Takes an accepted descriptor (already counted as a connection) through its TLS handshake, within handshake_ms_max, and
/// then opens an HTTP/2 or HTTP/1.1 connection on the thread. Plain HTTP is answered 400 in clear, as Go's server does.
void begin_handshake(io_thread&, int descriptor, std::shared_ptr<const tls_context>, uint64_t generation, std::string remote);

} // namespace troupe
