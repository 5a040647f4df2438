// The gateway's end of a session: what a translator and a log's body have in common. INTERNAL to this folder.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include "messages/streams/node_streams.hpp"
#include "messages/streams/session.hpp"

namespace troupe {

class session_end;

/// How the node's frames find a session's end, whoever owns it just now.
struct session_anchor {
  session_end* end = nullptr; // null: it is gone
};

class session_end {
public:
  session_end() : anchor_(std::make_shared<session_anchor>()) { anchor_->end = this; }
  session_end(const session_end&) = delete;
  virtual ~session_end() {
    anchor_->end = nullptr;
    if (pipe_) pipe_->close();
  }
  std::shared_ptr<session_anchor> anchor() const { return anchor_; }
  /// Where frames for the node go. What was said before is sent now.
  void connect(std::shared_ptr<stream_pipe> pipe) {
    pipe_ = std::move(pipe);
    send();
  }
  virtual void from_node(std::string_view frames) = 0;
  virtual void link_lost(std::string_view why) = 0;

  /// The node's first word: ready (no outcome), or refused.
  std::function<void(const stream_outcome* refusal)> on_first_word;

protected:
  bool first_word(const session_event& event) {
    if (event.type != frame_type::ready && event.type != frame_type::refused) return false;
    auto told = std::exchange(on_first_word, nullptr);
    if (!told) return true; // only the first counts
    if (event.type == frame_type::ready) return told(nullptr), true;
    auto outcome = stream_outcome::decode(event.data);
    auto unreadable = stream_outcome::failure("the node refused");
    told(outcome ? &*outcome : &unreadable);
    return true;
  }
  void send() {
    if (pipe_ && !link_.out.empty()) pipe_->send(link_.take_out());
  }
  void disconnect() { pipe_.reset(); }
  session link_;

private:
  std::shared_ptr<session_anchor> anchor_;
  std::shared_ptr<stream_pipe> pipe_;
};

} // namespace troupe
