// Random, valid and spoiled bytes in random pieces against every decoder of this folder. Bounded and seeded; run under the
// sanitizer preset for its full worth.
#include <catch2/catch_test_macros.hpp>
#include "messages/streams/session.hpp"
#include "messages/streams/spdy.hpp"
#include "messages/streams/websocket.hpp"
#include "test/messages/streams/noise.hpp"

using namespace troupe;

namespace {

constexpr size_t rounds = 3000;

// What a client might say in one session, and how many bytes of data it sent.
std::string conversation(noise& random, size_t& sent) {
  spdy::session client(true);
  std::vector<uint32_t> ids;
  auto any = [&] { return ids[random.below(ids.size())]; };
  for (size_t step = 1 + random.below(40); step--;) {
    auto what = random.below(7);
    if (what < 2) {
      spdy::header_list fields;
      for (size_t n = random.below(5); n--;)
        fields.push_back({std::string(1 + random.below(20), char('a' + random.below(26))),
                          std::string(random.below(random.one_in(40) ? 20'000 : 60), char(random.below(256)))});
      if (auto id = client.open(fields, random.one_in(9))) ids.push_back(id);
    } else if (what == 4) {
      spdy::encoder::ping(client.out, uint32_t(random.engine()));
    } else if (what == 5) {
      spdy::encoder::window_update(client.out, uint32_t(random.below(30)), uint32_t(random.engine()));
    } else if (!ids.empty() && what == 6 && random.one_in(4)) {
      client.reset(any());
    } else if (!ids.empty()) {
      auto size = random.below(random.one_in(20) ? 70'000 : 200);
      if (client.send(any(), std::string(size, 'x'), random.one_in(5))) sent += size;
    }
  }
  return client.out;
}

std::string likely_noise(noise& random) {
  std::string wire;
  for (size_t n = 1 + random.below(20); n--;) {
    const char head[8] = {char(0x80), 3, 0, char(random.below(12)), char(random.below(4)), 0, char(random.one_in(200) ? random.engine() : 0),
                          char(random.below(80))};
    if (!random.one_in(3)) wire.append(head, 8);
    wire += random.bytes(90);
  }
  return wire;
}

} // namespace

TEST_CASE("SPDY sessions survive anything") {
  noise random(1);
  size_t opened = 0, failed = 0, answered = 0;
  for (size_t round = 0; round < rounds; ++round) {
    size_t sent = 0, got = 0;
    auto wire = random.one_in(4) ? likely_noise(random) : conversation(random, sent);
    bool clean = sent > 0 && random.one_in(2);
    if (!clean) random.spoil(wire);
    spdy::limits tight{.control_frame_bytes = 32768, .header_bytes = 4096, .headers = 8, .streams = uint32_t(1 + random.below(16))};
    spdy::session server(false, clean ? spdy::limits{} : tight);
    random.in_pieces(wire, [&](std::string_view piece) {
      while (auto event = server.next(piece)) {
        if (event->what == spdy::event::kind::opened && ++opened) server.reply(event->stream);
        if (event->what == spdy::event::kind::data) {
          got += event->data.size();
          server.send(event->stream, event->data.substr(0, 100), random.one_in(30));
        }
        if (event->what == spdy::event::kind::failed) ++failed, clean = false;
      }
      REQUIRE(piece.empty());
      answered += server.out.size();
      if (random.one_in(3)) server.out.clear();
    });
    if (clean) REQUIRE(got <= sent);
  }
  CHECK(opened > rounds);
  CHECK(failed > rounds / 10);
  CHECK(answered > 0);
}

TEST_CASE("WebSocket decoders survive anything") {
  noise random(2);
  size_t pieces = 0, failed = 0;
  for (size_t round = 0; round < rounds; ++round) {
    std::string wire;
    for (size_t n = 1 + random.below(10); n--;) {
      auto text = random.bytes(random.one_in(10) ? 70'000 : 120);
      std::string message;
      websocket::put_message(message, websocket::opcode(random.one_in(3) ? 9 : 2), text);
      wire += message;
    }
    if (random.one_in(2)) random.spoil(wire);
    websocket::decoder decoder(random.one_in(8)); // mostly as a client: then whole conversations are read
    random.in_pieces(wire, [&](std::string_view piece) {
      while (auto got = decoder.next(piece)) ++pieces;
      REQUIRE(piece.empty());
    });
    failed += decoder.failed();
  }
  CHECK(pieces > rounds);
  CHECK(failed > rounds / 10);
}

TEST_CASE("link sessions survive anything") {
  noise random(3);
  size_t events = 0, failed = 0;
  for (size_t round = 0; round < rounds; ++round) {
    session gateway, node;
    std::vector<uint32_t> channels;
    for (size_t n = 1 + random.below(6); n--;) channels.push_back(gateway.open(channel_kind(random.below(6)), uint16_t(random.engine())));
    for (size_t n = random.below(30); n--;) {
      auto channel = channels[random.below(channels.size())];
      if (random.one_in(12)) gateway.reset(channel, random.bytes(20));
      else if (random.one_in(8)) gateway.fin(channel);
      else gateway.write(channel, random.bytes(random.one_in(10) ? 300'000 : 100));
    }
    auto wire = gateway.take_out();
    bool spoiled = random.one_in(2);
    if (spoiled) random.spoil(wire);
    random.in_pieces(wire, [&](std::string_view piece) {
      while (auto event = node.next(piece)) {
        ++events;
        if (event->type == frame_type::data) node.consumed(event->channel, event->data.size());
      }
      REQUIRE(piece.empty());
    });
    if (!spoiled) REQUIRE_FALSE(node.failed());
    failed += node.failed();
  }
  CHECK(events > rounds);
  CHECK(failed > rounds / 20);
}
