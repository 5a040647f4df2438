#include "messages/streams/session.hpp"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace troupe;

namespace {

struct seen {
  frame_type what;
  uint32_t channel;
  std::string data;
  bool operator==(const seen&) const = default;
};

std::vector<seen> deliver(session& from, session& to) {
  std::vector<seen> events;
  auto bytes = from.take_out();
  std::string_view in = bytes;
  while (auto event = to.next(in)) events.push_back({event->type, event->channel, std::string(event->data)});
  return events;
}

} // namespace

TEST_CASE("outcomes survive the wire") {
  for (auto& outcome : {stream_outcome::exit(0), stream_outcome::exit(7), stream_outcome::exit(-1),
                        stream_outcome::failure("no such file", "NotFound", 404)}) {
    auto back = stream_outcome::decode(outcome.encode());
    REQUIRE(back);
    CHECK(back->what == outcome.what);
    CHECK(back->exit_code == outcome.exit_code);
    CHECK(back->code == outcome.code);
    CHECK(back->reason == outcome.reason);
    CHECK(back->message == outcome.message);
  }
  CHECK_FALSE(stream_outcome::decode(""));
  CHECK_FALSE(stream_outcome::decode(std::string(13, '\xff')));
  auto size = terminal_size::decode(terminal_size{211, 50}.encode());
  REQUIRE(size);
  CHECK(size->columns == 211);
  CHECK(size->rows == 50);
}

TEST_CASE("a session carries channels both ways") {
  session gateway, node;
  auto in = gateway.open(channel_kind::in), status = gateway.open(channel_kind::status);
  auto opened = deliver(gateway, node);
  CHECK(opened == std::vector<seen>{{frame_type::open, in, ""}, {frame_type::open, status, ""}});
  node.ready();
  node.write(status, "done");
  node.fin(status);
  CHECK(deliver(node, gateway) ==
        std::vector<seen>{{frame_type::ready, 0, ""}, {frame_type::data, status, "done"}, {frame_type::fin, status, ""}});
  gateway.fin(status);
  CHECK_FALSE(gateway.alive(status));
  CHECK(gateway.alive(in));
  CHECK(deliver(gateway, node) == std::vector<seen>{{frame_type::fin, status, ""}});
  CHECK_FALSE(node.alive(status));
}

TEST_CASE("a window bounds what is on its way") {
  session gateway, node;
  auto in = gateway.open(channel_kind::in);
  deliver(gateway, node);
  std::string much(channel_window_bytes * 2, 'x');
  CHECK(gateway.write(in, much) == channel_window_bytes);
  CHECK(gateway.room(in) == 0);
  CHECK(gateway.write(in, "y") == 0);
  deliver(gateway, node);
  node.consumed(in, channel_window_bytes / 2 - 1);
  CHECK(node.out.empty()); // given back by halves
  node.consumed(in, 1);
  deliver(node, gateway);
  CHECK(gateway.room(in) == channel_window_bytes / 2);
}

TEST_CASE("a peer that breaks its window ends the session") {
  session gateway, liar;
  auto in = gateway.open(channel_kind::in);
  deliver(gateway, liar);
  auto frame = [](frame_type type, uint32_t channel, std::string payload) {
    std::string made(1, char(type));
    for (uint32_t value : {channel, uint32_t(payload.size())})
      for (int shift = 24; shift >= 0; shift -= 8) made += char(value >> shift);
    return made + payload;
  };
  SECTION("too much data") {
    auto bytes = frame(frame_type::data, in, std::string(channel_window_bytes, 'x')) + frame(frame_type::data, in, "y");
    std::string_view rest = bytes;
    CHECK(gateway.next(rest));
    CHECK_FALSE(gateway.next(rest));
    CHECK(gateway.failed());
  }
  SECTION("room that was never taken") {
    auto bytes = frame(frame_type::window, in, std::string("\0\0\0\1", 4));
    std::string_view rest = bytes;
    CHECK_FALSE(gateway.next(rest));
    CHECK(gateway.failed());
  }
  SECTION("a frame larger than a window") {
    auto bytes = frame(frame_type::data, in, std::string(channel_window_bytes + 1, 'x'));
    std::string_view rest = bytes;
    CHECK_FALSE(gateway.next(rest));
    CHECK(gateway.failed());
    CHECK(rest.empty());
  }
}

TEST_CASE("what is under way to a channel that was reset here falls on the floor") {
  session gateway, node;
  auto port = gateway.open(channel_kind::port, 8080);
  deliver(gateway, node);
  gateway.reset(port, "client gone");
  node.write(port, "late");
  CHECK(deliver(node, gateway).empty());
  CHECK_FALSE(gateway.failed());
  CHECK(deliver(gateway, node) == std::vector<seen>{{frame_type::reset, port, "client gone"}});
}
