// The gateway's half of a streaming session: a client's protocol on one side, a session's channels on the other. Bytes in,
// bytes out; no I/O. It lives on the connection's thread, owned by the connection after the 101.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include "actors/gateway/streams/session_end.hpp"
#include "messages/body.hpp"

namespace troupe {

class translator : public duplex, public session_end {
public:
  // ---- the node's side
  void from_node(std::string_view frames) final;
  void link_lost(std::string_view why) final;
  /// The node will not do it; the client is told in the protocol's own way (only where refuses_in_band()).
  virtual void refused(const stream_outcome&) {}
  /// Upstream says 101 first and tells of a refusal inside; otherwise it is an HTTP error.
  virtual bool refuses_in_band() const { return false; }

  // ---- duplex
  void from_client(std::string_view bytes) final;
  void client_closed() final;
  std::string& out() final { return out_; }
  void taken() final;
  bool stalled() const final { return held_bytes_ > 0 && !finished_; } // when finished: read and drop, or the client hangs in a write
  bool finished() const final { return finished_; }
  void attach(body_sink* sink) final { sink_ = sink; }
  void tick(int64_t now_ms) final;
  void wind_up() final { link_lost("the server ended the connection"); }

protected:
  // ---- of the client's protocol
  virtual void parse(std::string_view bytes) = 0;
  virtual void node_event(const session_event&) = 0;
  virtual void lost(std::string_view why) = 0;
  /// Moves what the protocol's own encoder made to out_.
  virtual void wrap() {}
  /// Once in keepalive_ms.
  virtual void keep_alive() {}
  /// The client is gone: reset the channels.
  virtual void abandon() = 0;

  /// Bytes for a channel; what its window does not take is held, and the client is not read meanwhile.
  void to_node(uint32_t channel, std::string_view bytes, bool fin = false);
  void forget(uint32_t channel);
  /// {"Width":80,"Height":24}, perhaps in pieces, perhaps several.
  void resize(uint32_t channel, std::string_view json);
  void give_up() {
    abandon();
    finished_ = true;
  }
  std::string out_;
  bool finished_ = false;

private:
  struct held {
    std::string bytes;
    bool fin = false;
  };
  void settle();
  body_sink* sink_ = nullptr;
  std::map<uint32_t, held> held_;
  std::map<uint32_t, size_t> unpaid_; // taken from the node, not yet by the client
  size_t held_bytes_ = 0;
  std::string resize_json_;
  int64_t alive_ms_ = 0;
};

/// kubectl gives up 61 s after the last pong it has read, and while its stdin is held back we do not see its pings: so pongs
/// are sent unasked.
constexpr int64_t keepalive_ms = 15'000;

// The translators. Versions are the `v5`, `v4` and v1 (no prefix) of channel.k8s.io.
std::unique_ptr<translator> exec_over_websocket(const stream_begin&, int version);
std::unique_ptr<translator> exec_over_spdy(const stream_begin&);
/// SPDY, bare or cut into WebSocket messages (SPDY/3.1+portforward.k8s.io).
std::unique_ptr<translator> forward_over_spdy(bool tunnel);
/// Channels 2i (data) and 2i+1 (error) for the i-th port (v4.channel.k8s.io with ?ports=).
std::unique_ptr<translator> forward_over_websocket(const std::vector<uint16_t>& ports);
/// Each piece of the log a message (binary.k8s.io).
std::unique_ptr<translator> log_over_websocket();

} // namespace troupe
