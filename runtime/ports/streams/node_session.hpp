// The node's end of one session, on the loop's thread. What it is for (exec, forward, log) is the derived class's.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include "messages/streams/node_streams.hpp"
#include "messages/streams/session.hpp"
#include "runtime/ports/streams/stream_loop.hpp"
#include "runtime/ports/streams/stream_port.hpp"

namespace troupe {

class node_session : public std::enable_shared_from_this<node_session> {
public:
  node_session(stream_loop& loop, std::shared_ptr<stream_pipe> back, stream_begin begin)
      : loop_(loop), back_(std::move(back)), begin_(std::move(begin)) {}
  virtual ~node_session() = default;

  /// The way is known: say ready, then work.
  virtual void start(const stream_target& target) = 0;
  virtual void frame(const session_event& event) = 0;
  /// The peer may have given room back.
  virtual void pump() = 0;

  void frames(std::string_view bytes) {
    while (auto event = wire_.next(bytes)) frame(*event);
    if (wire_.failed()) finished_ = true;
    else pump();
    flush();
  }
  void refuse(const stream_outcome& why) {
    wire_.refuse(why);
    finished_ = true;
    flush();
  }
  /// Nothing more will come of it; it is dropped at the next chance.
  bool finished() const { return finished_; }
  /// Called after each change; set by the owner of the session.
  std::function<void()> changed;

protected:
  void flush() {
    if (!wire_.out.empty()) back_->send(wire_.take_out());
    if (finished_ && changed) loop_.post(std::exchange(changed, nullptr));
  }
  /// The last word.
  void end(const stream_outcome& outcome) {
    if (status_channel_ != 0) {
      wire_.write(status_channel_, outcome.encode());
      wire_.fin(status_channel_);
    }
    finished_ = true;
  }
  stream_loop& loop_;
  std::shared_ptr<stream_pipe> back_;
  stream_begin begin_;
  session wire_;
  uint32_t status_channel_ = 0;
  bool finished_ = false;
};

std::shared_ptr<node_session> make_runtime_session(stream_loop&, std::shared_ptr<stream_pipe>, stream_begin); // exec, attach
std::shared_ptr<node_session> make_forward_session(stream_loop&, std::shared_ptr<stream_pipe>, stream_begin);
std::shared_ptr<node_session> make_log_session(stream_loop&, std::shared_ptr<stream_pipe>, stream_begin, stream_resolver);

constexpr size_t stream_chunk_bytes = 32u << 10; // read at once from a socket or a file

} // namespace troupe
