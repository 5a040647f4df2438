// Exec and attach over WebSocket: a message's first byte says the stream (client-go remotecommand/websocket.go).
#include "actors/gateway/streams/exec_translator.hpp"
#include "actors/gateway/streams/outcome_format.hpp"
#include "messages/streams/websocket.hpp"

namespace troupe {
namespace {

constexpr int close_stream = 255; // v5: 255 and the number of a stream: the client sends no more on it

class websocket_exec final : public exec_translator {
public:
  websocket_exec(const stream_begin& asked_for, int version) : exec_translator(asked_for), version_(version) {
    begin();
    // Upstream's word that the session stands: an empty message on the lowest output.
    const char lowest = char(asked(stdout_stream) ? stdout_stream : asked(stderr_stream) ? stderr_stream : error_stream);
    websocket::put_message(out_, websocket::opcode::binary, {&lowest, 1});
  }
  bool refuses_in_band() const override { return version_ >= 5; }

private:
  void parse(std::string_view bytes) override {
    while (auto piece = from_.next(bytes)) {
      switch (piece->what) {
      case websocket::opcode::ping: websocket::put_message(out_, websocket::opcode::pong, piece->data); break;
      case websocket::opcode::pong: break;
      case websocket::opcode::close:
        if (finished_) break;
        websocket::put_message(out_, websocket::opcode::close, piece->data.substr(0, 2));
        give_up();
        break;
      default: message(*piece);
      }
    }
    if (from_.failed() && !finished_) give_up();
  }
  void message(const websocket::piece& piece) {
    auto bytes = piece.data;
    if (piece.first) stream_ = -1;
    if (stream_ < 0 && !bytes.empty()) {
      stream_ = uint8_t(bytes[0]);
      bytes.remove_prefix(1);
    }
    auto in = channel(stdin_stream);
    if (stream_ == int(stdin_stream) && in != 0) to_node(in, bytes);
    else if (stream_ == int(resize_stream)) resize(channel(resize_stream), bytes);
    else if (stream_ == close_stream && version_ >= 5 && in != 0 && bytes.find(char(stdin_stream)) != bytes.npos) to_node(in, {}, true);
  }
  void keep_alive() override { websocket::put_message(out_, websocket::opcode::pong, {}); }
  void say(size_t stream, std::string_view bytes) override {
    const char first = char(stream);
    websocket::put_message(out_, websocket::opcode::binary, {&first, 1}, bytes);
  }
  void close(size_t) override {}
  void finish(const stream_outcome& outcome) override {
    auto text = version_ >= 4 ? outcome_json(outcome, arguments_) : outcome_text(outcome, arguments_);
    if (!text.empty()) say(error_stream, text);
    websocket::put_close(out_, websocket::close_normal);
  }
  int version_, stream_ = -1;
  websocket::decoder from_{true};
};

} // namespace

std::unique_ptr<translator> exec_over_websocket(const stream_begin& begin, int version) {
  return std::make_unique<websocket_exec>(begin, version);
}

} // namespace troupe
