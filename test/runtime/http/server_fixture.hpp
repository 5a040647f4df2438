// A running server over the toy chain, with certificates of its own, on a free port.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include "runtime/http/http_server.hpp"
#include "test/runtime/http/client.hpp"
#include "test/runtime/http/toy_chain.hpp"

namespace toy {

/// Certificates in a temporary folder, made once a process and removed at its end.
const std::filesystem::path& certificates();
/// A serving certificate in its place, e.g. after a renewal.
void renew_serving_certificate();

struct running {
  running();
  ~running();
  uint16_t port() const { return server->port(); }
  client_files anonymous() const;
  client_files alice() const;   // CN alice, O devs, ops
  client_files stranger() const; // of an authority that nobody knows
  world toys;
  std::unique_ptr<troupe::http_server> server;
  uint64_t generation = 0;
};

} // namespace toy
