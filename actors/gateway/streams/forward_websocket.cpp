// Port-forward over WebSocket channels: 2i carries the data of the i-th port, 2i+1 its error text; each begins with the
// port's number, two bytes, little endian (kubelet's portforward/websocket.go).
#include "actors/gateway/streams/translator.hpp"
#include "messages/streams/websocket.hpp"

namespace troupe {
namespace {

class websocket_forward final : public translator {
public:
  explicit websocket_forward(const std::vector<uint16_t>& ports) {
    for (size_t i = 0; i < ports.size(); ++i) {
      for (size_t number : {2 * i, 2 * i + 1}) {
        const char bytes[3] = {char(number), char(ports[i]), char(ports[i] >> 8)};
        websocket::put_message(out_, websocket::opcode::binary, {bytes, 3});
      }
      channels_.push_back(link_.open(channel_kind::port, ports[i]));
    }
  }

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
    if (piece.first) number_ = -1;
    if (number_ < 0 && !bytes.empty()) {
      number_ = uint8_t(bytes[0]);
      bytes.remove_prefix(1);
    }
    bool data = number_ >= 0 && number_ % 2 == 0 && size_t(number_ / 2) < channels_.size();
    if (data && !bytes.empty()) to_node(channels_[size_t(number_ / 2)], bytes);
  }
  void node_event(const session_event& event) override {
    for (size_t i = 0; i < channels_.size(); ++i) {
      if (channels_[i] != event.channel) continue;
      const char data = char(2 * i), error = char(2 * i + 1);
      if (event.type == frame_type::data) {
        websocket::put_message(out_, websocket::opcode::binary, {&data, 1}, event.data);
        continue;
      }
      if (event.type == frame_type::reset) websocket::put_message(out_, websocket::opcode::binary, {&error, 1}, event.data);
      if (++ended_ < channels_.size()) continue;
      websocket::put_close(out_, websocket::close_normal);
      finished_ = true;
    }
  }
  void lost(std::string_view) override {
    websocket::put_close(out_, websocket::close_internal_error);
    finished_ = true;
  }
  void abandon() override {
    for (auto channel : channels_) {
      forget(channel);
      link_.reset(channel, "client gone");
    }
  }
  void keep_alive() override { websocket::put_message(out_, websocket::opcode::pong, {}); }
  websocket::decoder from_{true};
  std::vector<uint32_t> channels_;
  size_t ended_ = 0;
  int number_ = -1;
};

} // namespace

std::unique_ptr<translator> forward_over_websocket(const std::vector<uint16_t>& ports) {
  return std::make_unique<websocket_forward>(ports);
}

} // namespace troupe
