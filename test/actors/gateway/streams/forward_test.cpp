#include <catch2/catch_test_macros.hpp>
#include "messages/streams/spdy.hpp"
#include "messages/streams/websocket.hpp"
#include "test/actors/gateway/streams/fakes.hpp"

using namespace fakes;
using message_list = std::vector<std::pair<int, std::string>>;

namespace {

stream_begin forward() {
  stream_begin made;
  made.what = stream_begin::verb::forward;
  return made;
}

// kubectl's half: bare, or inside WebSocket messages.
struct forwarding : served {
  bool tunnel;
  spdy::session client{true};
  std::map<uint32_t, std::string> received;
  std::map<uint32_t, bool> ended, reset;
  bool goaway = false;
  explicit forwarding(bool tunnel) : tunnel(tunnel) {
    if (tunnel) websocket("SPDY/3.1+portforward.k8s.io");
    else spdy({"portforward.k8s.io"});
    REQUIRE(serve(forward()) == step::elsewhere);
    REQUIRE(up);
    CHECK(header_of(tunnel ? "Sec-WebSocket-Protocol" : "X-Stream-Protocol-Version") ==
          (tunnel ? "SPDY/3.1+portforward.k8s.io" : "portforward.k8s.io"));
  }
  void send() {
    auto bytes = std::exchange(client.out, {});
    while (tunnel && !bytes.empty()) { // cut anywhere
      auto part = bytes.substr(0, 7);
      bytes.erase(0, part.size());
      up->from_client(binary(part));
    }
    if (!tunnel) up->from_client(bytes);
  }
  void receive() {
    auto bytes = taken();
    if (!tunnel) return read_spdy(bytes);
    for (auto& [code, text] : messages(bytes))
      if (code == 2) read_spdy(text);
  }
  void read_spdy(std::string_view bytes) {
    while (auto event = client.next(bytes)) {
      received[event->stream] += event->data;
      ended[event->stream] = ended[event->stream] || event->fin;
      if (event->what == spdy::event::kind::reset) reset[event->stream] = true;
      if (event->what == spdy::event::kind::goaway) goaway = true;
    }
  }
  // Returns the data stream; the error stream is two below.
  uint32_t connect(int request, uint16_t port) {
    spdy::header_list fields{{"streamtype", "error"}, {"port", std::to_string(port)}, {"requestid", std::to_string(request)}};
    client.open(fields, true);
    fields[0].second = "data";
    auto stream = client.open(fields);
    send();
    return stream;
  }
};

} // namespace

TEST_CASE("port-forward over SPDY, bare and tunnelled") {
  for (bool tunnel : {false, true}) {
    forwarding s(tunnel);
    auto one = s.connect(0, 8080), two = s.connect(1, 9090);
    auto& node = s.node->last();
    REQUIRE(node.ports.size() == 2);
    CHECK(node.ports[0].second == 8080);
    CHECK(node.ports[1].second == 9090);
    auto channel = node.ports[0].first;
    s.client.send(one, "request", true);
    s.client.send(two, "other");
    s.send();
    CHECK(node.received[channel] == "request");
    CHECK(node.received[node.ports[1].first] == "other");
    CHECK(node.finished == std::vector<uint32_t>{channel});
    node.link.write(channel, "answer");
    node.link.fin(channel);
    node.send();
    s.receive();
    CHECK(s.received[one] == "answer");
    CHECK(s.ended[one]);
    CHECK(s.ended[one - 2]);
    CHECK(s.received[one - 2].empty());
    CHECK_FALSE(s.ended[two]);
  }
}

TEST_CASE("a port that cannot be reached is told on the error stream") {
  forwarding s(true);
  auto data = s.connect(0, 8080);
  auto& node = s.node->last();
  node.link.reset(node.ports[0].first, "connection refused");
  node.send();
  s.receive();
  CHECK(s.received[data - 2] == "connection refused");
  CHECK(s.reset[data]);
  CHECK(s.reset[data - 2]);
}

TEST_CASE("a client that resets a connection, and goes on with others") {
  forwarding s(false);
  auto data = s.connect(0, 8080);
  s.client.reset(data);
  s.send();
  auto& node = s.node->last();
  CHECK(node.resets.count(node.ports[0].first) == 1);
  s.connect(1, 8080);
  CHECK(node.ports.size() == 2);
}

TEST_CASE("many connections one after the other leave nothing behind") {
  forwarding s(false);
  auto& node = s.node->last();
  for (int i = 0; i < 500; ++i) {
    auto data = s.connect(i, 8080);
    auto channel = node.ports.back().first;
    if (i % 2) { // the pod ends first, then the client
      node.link.fin(channel);
      node.send();
      s.receive();
      s.client.send(data, {}, true);
      s.send();
    } else {
      s.client.send(data, {}, true);
      s.send();
      node.link.fin(channel);
      node.send();
      s.receive();
    }
  }
  s.receive();
  CHECK(node.link.size() == 0);
  CHECK(s.client.size() == 0);
}

TEST_CASE("a lost node says goaway") {
  for (bool tunnel : {false, true}) {
    forwarding s(tunnel);
    s.connect(0, 8080);
    s.receive();
    s.node->last().back->close();
    auto bytes = s.taken();
    if (tunnel) {
      auto all = messages(bytes);
      REQUIRE(all.size() == 2);
      CHECK(all[1] == std::pair<int, std::string>{8, "\x03\xf3"});
      s.read_spdy(all[0].second);
    } else {
      s.read_spdy(bytes);
    }
    CHECK(s.goaway);
    CHECK(s.up->finished());
  }
}

TEST_CASE("port-forward over WebSocket channels") {
  served s;
  s.websocket("v4.channel.k8s.io");
  REQUIRE(s.serve(forward(), {80, 8443}) == step::elsewhere);
  REQUIRE(s.up);
  CHECK(messages(s.taken()) == message_list{{2, std::string("\x00\x50\x00", 3)}, {2, std::string("\x01\x50\x00", 3)},
                                            {2, std::string("\x02\xfb\x20", 3)}, {2, std::string("\x03\xfb\x20", 3)}});
  auto& node = s.node->last();
  REQUIRE(node.ports.size() == 2);
  s.up->from_client(binary(std::string("\x02hello", 6)));
  CHECK(node.received[node.ports[1].first] == "hello");
  node.link.write(node.ports[1].first, "there");
  node.link.reset(node.ports[0].first, "refused");
  node.send();
  CHECK(messages(s.taken()) == message_list{{2, "\x02there"}, {2, "\x01refused"}});
  node.link.fin(node.ports[1].first);
  node.send();
  CHECK(messages(s.taken()) == message_list{{8, "\x03\xe8"}});
  CHECK(s.up->finished());
}
