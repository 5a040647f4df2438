// HTTP/2 (RFC 9113): nghttp2 parses and frames; this feeds it and writes what it makes. INTERNAL to runtime/http.
#pragma once
#include <memory>
#include <string_view>
#include <unordered_map>
#include "runtime/http/connection.hpp"
#include "runtime/http/reply_reader.hpp"

struct nghttp2_session;

namespace troupe {

class http2_connection final : public connection {
public:
  http2_connection(io_thread&, std::unique_ptr<tls_socket>, uint64_t generation, std::string remote);
  ~http2_connection() override;
  void start() override;
  void ready(bool readable, bool writable) override;
  void deliver(call_ptr) override;
  void flush() override;
  void resume() override;
  void tick(int64_t now_ms) override;
  void drain() override;

  /// One request and its reply.
  struct stream final : body_sink {
    http2_connection* owner = nullptr;
    int32_t id = 0;
    call_ptr call;                // until it is handed to the chain
    reply_reader out;
    bool replied = false;
    int refused = 0;              // the code of a refusal decided while the request still comes in
    size_t header_bytes = 0, body_held = 0;
    int64_t begun_ms = 0, deadline_ms = 0;
    void body_ready() override;
  };

  // ---- from nghttp2 (http2_callbacks.cpp)
  stream& begin(int32_t id);
  stream* find(int32_t id) const;
  void header(stream&, std::string_view name, std::string_view value);
  void body(stream&, std::string_view bytes);
  void dispatch(stream&);
  void stream_closed(int32_t id);
  /// Reads at most `room` bytes of a reply into the thread's block, behind the place for a frame's head.
  size_t pull(stream&, size_t room);
  /// Puts the head of the frame whose payload was pulled just now. True: the block is full, write it first.
  bool framed(const uint8_t* head, size_t payload_bytes);

private:
  void ended() override;
  void read_some();
  void respond(stream&, reply);
  void respond(stream&, const status&);
  void tick_streams(int64_t now_ms);
  void finish_if_done();
  void goaway();
  nghttp2_session* session_ = nullptr;
  std::unordered_map<int32_t, std::unique_ptr<stream>> streams_;
  int64_t idle_since_ms_ = 0, read_ms_ = 0, ping_ms_ = 0, drain_until_ms_ = 0;
  bool announced_end_ = false; // the last GOAWAY is out: close when the streams have ended
  bool broken_ = false;        // the peer broke the protocol: close when the GOAWAY is written
};

/// Made once; tells nghttp2 of the functions above.
struct http2_session_maker {
  static nghttp2_session* make(http2_connection&);
};

} // namespace troupe
