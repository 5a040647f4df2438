#include "actors/gateway/streams/log_body.hpp"

#include <algorithm>
#include <cstring>

#include "actors/gateway/streams/translator.hpp"
#include "messages/streams/websocket.hpp"

namespace troupe {

log_body::log_body() : out_(link_.open(channel_kind::out)), status_(link_.open(channel_kind::status)) {}

size_t log_body::read(char* to, size_t room) {
  auto count = std::min(room, waiting_.size() - offset_);
  std::memcpy(to, waiting_.data() + offset_, count);
  offset_ += count;
  if (offset_ == waiting_.size()) {
    waiting_.clear();
    offset_ = 0;
  }
  link_.consumed(out_, count);
  send();
  return count;
}

void log_body::from_node(std::string_view frames) {
  while (auto event = link_.next(frames)) {
    if (first_word(*event)) continue;
    if (event->channel == out_ && event->type == frame_type::data && !ended_) waiting_ += event->data;
    // The end of the bytes; or an outcome without it: an error on the way, of which a log has no way to tell.
    else if (event->type == frame_type::fin || event->type == frame_type::reset) ended_ = true;
  }
  if (link_.failed()) ended_ = true;
  if (sink_) sink_->body_ready();
}

void log_body::end() {
  ended_ = true;
  if (sink_) sink_->body_ready();
}

namespace {

class websocket_log final : public translator {
public:
  websocket_log() : bytes_(link_.open(channel_kind::out)) { link_.open(channel_kind::status); }

private:
  void parse(std::string_view bytes) override {
    while (auto piece = from_.next(bytes)) {
      if (piece->what == websocket::opcode::ping) websocket::put_message(out_, websocket::opcode::pong, piece->data);
      if (piece->what != websocket::opcode::close || finished_) continue;
      websocket::put_message(out_, websocket::opcode::close, piece->data.substr(0, 2));
      give_up();
    }
    if (from_.failed() && !finished_) give_up();
  }
  void node_event(const session_event& event) override {
    if (finished_) return;
    if (event.channel == bytes_ && event.type == frame_type::data) {
      websocket::put_message(out_, websocket::opcode::binary, event.data);
    } else if (event.type == frame_type::fin || event.type == frame_type::reset) {
      websocket::put_close(out_, websocket::close_normal);
      finished_ = true;
    }
  }
  void lost(std::string_view) override {
    websocket::put_close(out_, websocket::close_internal_error);
    finished_ = true;
  }
  void abandon() override { link_.reset(bytes_, "client gone"); }
  void keep_alive() override { websocket::put_message(out_, websocket::opcode::pong, {}); }
  websocket::decoder from_{true};
  uint32_t bytes_;
};

} // namespace

std::unique_ptr<translator> log_over_websocket() { return std::make_unique<websocket_log>(); }

} // namespace troupe
