// Port: the network below a link. A wire is a connected, authenticated pipe of frames; what it has to tell comes to the
// link actor by message, from any thread. Real: a TLS socket on an I/O thread. Simulated: the world's network.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

namespace troupe {

class wire {
public:
  virtual ~wire() = default;
  /// Frames arrive whole and in order, or the wire goes down. Never blocks; the link bounds what is under way.
  virtual void send(std::string frame) = 0;
  virtual void close() = 0;
};
using wire_ptr = std::shared_ptr<wire>;

struct wire_up {
  wire_ptr connected;
};
struct wire_frame {
  const wire* from = nullptr;
  std::string bytes;
};
struct wire_down {
  const wire* from = nullptr; // null: a dial failed
  std::string why;
};

class wire_port {
public:
  virtual ~wire_port() = default;
  /// Connects to `peer`; answers later with wire_up, or wire_down{null}. At the peer, its link actor for us gets wire_up.
  virtual void dial(const caf::actor& link, const std::string& peer) = 0;
};

constexpr size_t wire_frame_bytes_max = 8u << 20; // a peer that sends a longer one is cut off

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::wire_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::wire_frame)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::wire_down)
