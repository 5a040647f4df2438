// HTTP/1.1 (RFC 9112): one request after the other, and upgrades. INTERNAL to runtime/http.
#pragma once
#include <memory>
#include <string>
#include "runtime/http/connection.hpp"
#include "runtime/http/http1_parser.hpp"
#include "runtime/http/reply_reader.hpp"

namespace troupe {

class http1_connection final : public connection, public body_sink {
public:
  http1_connection(io_thread&, std::unique_ptr<tls_socket>, uint64_t generation, std::string remote);
  void start() override;
  void ready(bool readable, bool writable) override;
  void deliver(call_ptr) override;
  void flush() override;
  void resume() override;
  void tick(int64_t now_ms) override;
  void drain() override;
  void body_ready() override;

private:
  enum class phase {
    reading,  // a request
    waiting,  // for its reply; what the client sends meanwhile stays in input_
    replying, // head_, then reply_
    upgraded  // the bytes are duplex_'s
  };
  void ended() override;
  void read_some();
  void take_input(std::string_view bytes);
  void parse();
  void head_done();
  bool hold_body();
  void dispatch();
  void refuse(const status&);
  void respond(reply);
  std::string head_text(const reply&, int64_t length) const;
  void flush_reply();
  bool fill_block();
  void reply_done();
  void end_of_input();
  void update_interest();
  // ---- after a 101
  void upgrade(reply);
  void flush_upgraded();
  void tick_upgraded(int64_t now_ms);

  phase phase_ = phase::reading;
  http1_parser parser_;
  std::string input_;             // read, not yet parsed
  std::string head_;              // to be written before the reply's body
  reply_reader reply_;
  std::unique_ptr<duplex> duplex_;
  size_t duplex_sent_ = 0;        // of duplex_->out()
  bool keep_alive_ = true, chunked_ = true, frame_chunks_ = false, head_request_ = false, end_of_input_ = false, draining_ = false;
  size_t body_held_ = 0;
  int64_t since_ms_ = 0;          // of the request's first byte, or of being idle
  bool begun_ = false, head_known_ = false, served_ = false; // served: at least one request
  int64_t deadline_ms_ = 0, drain_until_ms_ = 0;
};

} // namespace troupe
