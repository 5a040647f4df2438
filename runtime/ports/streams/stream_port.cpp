#include "runtime/ports/streams/stream_port.hpp"
#include <utility>
#include "runtime/ports/streams/node_session.hpp"
#include "runtime/ports/streams/stream_loop.hpp"

namespace troupe {

// What is posted to the loop holds the port by address: the port ends its loop before itself, and must not be kept alive
// (and so be destroyed) by the loop's own thread.

/// The gateway's frames on their way to the loop's thread.
class stream_port::way_in final : public stream_pipe {
public:
  way_in(std::shared_ptr<stream_port> port, std::shared_ptr<node_session> session) : port_(std::move(port)), session_(std::move(session)) {}
  ~way_in() override { close(); }
  void send(std::string frames) override {
    port_->loop_->post([weak = session_, frames = std::move(frames)] {
      if (auto session = weak.lock(); session && !session->finished()) session->frames(frames);
    });
  }
  void close() override {
    if (std::exchange(closed_, true)) return;
    port_->loop_->post([port = port_.get(), id = id] { port->drop(id); });
  }
  uint64_t id = 0;

private:
  std::shared_ptr<stream_port> port_;
  std::weak_ptr<node_session> session_;
  bool closed_ = false;
};

stream_port::stream_port(stream_resolver resolver) : resolver_(std::move(resolver)), loop_(std::make_unique<stream_loop>()) {}

stream_port::~stream_port() {
  loop_.reset();
  sessions_.clear();
}

void stream_port::drop(uint64_t id) { sessions_.erase(id); }

std::shared_ptr<stream_pipe> stream_port::accept(stream_begin begin, std::shared_ptr<stream_pipe> back) {
  using verb = stream_begin::verb;
  auto session = begin.what == verb::forward ? make_forward_session(*loop_, std::move(back), begin)
               : begin.what == verb::log     ? make_log_session(*loop_, std::move(back), begin, resolver_)
                                             : make_runtime_session(*loop_, std::move(back), begin);
  auto self = shared_from_this();
  auto pipe = std::make_shared<way_in>(self, session);
  auto id = pipe->id = ++last_;
  session->changed = [this, id] { drop(id); };
  auto ticket = std::make_shared<stream_ticket>();
  ticket->begin = begin;
  ticket->done = [port = std::weak_ptr<stream_port>(self), weak = std::weak_ptr<node_session>(session)](const stream_target& target) {
    auto here = port.lock();
    if (!here) return;
    here->loop_->post([weak, target] {
      auto session = weak.lock();
      if (!session || session->finished()) return;
      if (target.code != 0) session->refuse(stream_outcome::failure(target.message, target.reason, target.code));
      else session->start(target);
    });
  };
  loop_->post([this, id, session] {
    if (sessions_.size() >= sessions_max) return session->refuse(stream_outcome::failure("too many streams to this node", "TooManyRequests", 429));
    sessions_[id] = session;
  });
  if (!resolver_(ticket)) {
    ticket->done = nullptr;
    loop_->post([this, id] { drop(id); });
    return nullptr;
  }
  return pipe;
}

} // namespace troupe
