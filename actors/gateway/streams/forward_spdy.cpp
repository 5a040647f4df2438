// Port-forward over SPDY/3.1, bare or cut into WebSocket messages: two streams a connection, "error" and "data", paired by
// their "requestid" (client-go portforward). A connection is one channel of the session.
#include <charconv>

#include "actors/gateway/streams/translator.hpp"
#include "messages/streams/spdy.hpp"
#include "messages/streams/websocket.hpp"

namespace troupe {
namespace {

struct pair {
  uint32_t data = 0, error = 0, channel = 0;
  uint16_t port = 0;
};
using pair_ptr = std::shared_ptr<pair>;

constexpr size_t waiting_pairs_max = 256; // with only one of their two streams

class spdy_forward final : public translator {
public:
  explicit spdy_forward(bool tunnel) : tunnel_(tunnel) {}

private:
  using kind = spdy::event::kind;
  void parse(std::string_view bytes) override {
    if (!tunnel_) return spdy_bytes(bytes);
    while (auto piece = from_.next(bytes)) {
      switch (piece->what) {
      case websocket::opcode::ping: websocket::put_message(out_, websocket::opcode::pong, piece->data); break;
      case websocket::opcode::pong: break;
      case websocket::opcode::close:
        if (finished_) break;
        websocket::put_message(out_, websocket::opcode::close, piece->data.substr(0, 2));
        give_up();
        break;
      default: spdy_bytes(piece->data);
      }
    }
    if (from_.failed() && !finished_) give_up();
  }
  void spdy_bytes(std::string_view bytes) {
    while (auto event = peer_.next(bytes)) {
      if (event->what == kind::opened) opened(*event);
      if ((event->what == kind::goaway || event->what == kind::failed) && !finished_) give_up();
      auto at = by_stream_.find(event->stream);
      if (at == by_stream_.end()) continue;
      auto p = at->second;
      if (event->stream != p->data || p->channel == 0) continue;
      if (event->what == kind::data) to_node(p->channel, event->data, event->fin);
      if (event->what == kind::fin) to_node(p->channel, {}, true);
      if (event->what == kind::reset) {
        forget(p->channel);
        link_.reset(p->channel, "client reset");
        end(p, {});
      }
    }
  }
  void opened(const spdy::event& event) {
    std::string_view type, port, request;
    for (auto& [name, value] : event.fields) {
      if (name == "streamtype") type = value;
      if (name == "port") port = value;
      if (name == "requestid") request = value;
    }
    uint16_t number = 0;
    auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    bool data = type == "data";
    bool good = (data || type == "error") && error == std::errc() && stop == port.data() + port.size() && number != 0;
    // Very old clients send no id: their error stream comes first, and the data stream has the next number.
    auto key = request.empty() ? "#" + std::to_string(data ? event.stream - 2 : event.stream) : std::string(request);
    if (!good || (waiting_.size() >= waiting_pairs_max && !waiting_.count(key)))
      return peer_.reset(event.stream, spdy::reset_code::refused);
    auto& p = waiting_[key];
    if (!p) p = std::make_shared<pair>();
    auto& place = data ? p->data : p->error;
    if (place != 0) return peer_.reset(event.stream, spdy::reset_code::refused);
    place = event.stream;
    p->port = number;
    peer_.reply(event.stream);
    by_stream_[event.stream] = p;
    if (p->data == 0 || p->error == 0) return;
    p->channel = link_.open(channel_kind::port, number);
    by_channel_[p->channel] = p;
    waiting_.erase(key);
  }
  void node_event(const session_event& event) override {
    auto at = by_channel_.find(event.channel);
    if (at == by_channel_.end()) return;
    auto p = at->second;
    switch (event.type) {
    case frame_type::data: peer_.send(p->data, event.data); break;
    case frame_type::fin: // the pod's end; the client may still speak
      peer_.send(p->data, {}, true);
      peer_.send(p->error, {}, true);
      if (!link_.alive(event.channel)) end(p, {});
      break;
    case frame_type::reset: end(p, event.data); break;
    default: break;
    }
  }
  // kubectl reads an error stream to its end and then closes its whole session, here as everywhere.
  void end(pair_ptr p, std::string_view error) {
    peer_.send(p->error, error, error.empty());
    if (!error.empty()) {
      peer_.reset(p->data);
      peer_.reset(p->error);
    }
    by_stream_.erase(p->data);
    by_stream_.erase(p->error);
    by_channel_.erase(p->channel);
  }
  // Channels that ended by our own fin, the pod's having come before.
  void sweep() {
    for (auto& [channel, p] : std::map(by_channel_))
      if (!link_.alive(channel)) end(p, {});
  }
  void lost(std::string_view) override {
    peer_.goaway();
    finished_ = true;
    if (!tunnel_) return;
    wrap();
    websocket::put_close(out_, websocket::close_internal_error);
  }
  void abandon() override {
    for (auto& [channel, _] : by_channel_) {
      forget(channel);
      link_.reset(channel, "client gone");
    }
    by_channel_.clear();
    by_stream_.clear();
    waiting_.clear();
  }
  void wrap() override {
    if (by_channel_.size() > link_.size()) sweep();
    if (!tunnel_) out_ += peer_.out;
    else if (!peer_.out.empty()) websocket::put_message(out_, websocket::opcode::binary, peer_.out);
    peer_.out.clear();
  }
  void keep_alive() override {
    if (tunnel_) websocket::put_message(out_, websocket::opcode::pong, {});
  }
  bool tunnel_;
  websocket::decoder from_{true};
  spdy::session peer_{false};
  std::map<std::string, pair_ptr> waiting_;
  std::map<uint32_t, pair_ptr> by_stream_, by_channel_;
};

} // namespace

std::unique_ptr<translator> forward_over_spdy(bool tunnel) { return std::make_unique<spdy_forward>(tunnel); }

} // namespace troupe
