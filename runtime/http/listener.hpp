// Accepting, and the handshake that a socket must pass to become a connection. INTERNAL to runtime/http.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>
#include "messages/published.hpp"
#include "messages/result.hpp"
#include "runtime/http/event_loop.hpp"
#include "runtime/http/tls.hpp"

namespace troupe {

class io_thread;

/// Listening sockets, one an address, all with the same port. Owned by the server, so they outlive every listener actor.
class listening_sockets {
public:
  /// `port` 0: the first address chooses.
  static result<std::unique_ptr<listening_sockets>> open(const std::vector<std::string>& addresses, uint16_t port);
  ~listening_sockets();
  uint16_t port() const { return port_; }
  const std::vector<int>& descriptors() const { return descriptors_; }

private:
  std::vector<int> descriptors_;
  uint16_t port_ = 0;
};

/// Accepts from one listening socket on one thread, for one generation.
class listener final : public watcher, public std::enable_shared_from_this<listener> {
public:
  listener(io_thread& thread, int descriptor, uint64_t generation, const published<tls_context>& tls);
  ~listener() override;
  void ready(bool readable, bool writable) override;
  void hung_up() override { end(); }
  void begin();
  void end();
  uint64_t generation() const { return generation_; }

private:
  void shed();
  io_thread& thread_;
  int descriptor_;
  uint64_t generation_;
  const published<tls_context>& tls_;
  int spare_; // given up to accept and close one client when there are no descriptors left
  bool open_ = false;
};

} // namespace troupe
