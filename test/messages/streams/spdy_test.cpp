#include "messages/streams/spdy.hpp"

#include <catch2/catch_test_macros.hpp>
#include <zlib.h>
#include <vector>

using namespace troupe;
using kind = spdy::event::kind;

namespace {

struct seen {
  kind what;
  uint32_t stream;
  std::string data;
  bool fin;
  bool operator==(const seen&) const = default;
};

std::vector<seen> deliver(std::string& bytes, spdy::session& to, spdy::header_list* fields = nullptr) {
  std::string taken;
  taken.swap(bytes);
  std::string_view in = taken;
  std::vector<seen> events;
  while (auto event = to.next(in)) {
    events.push_back({event->what, event->stream, std::string(event->data), event->fin});
    if (fields && !event->fields.empty()) *fields = event->fields;
  }
  return events;
}

} // namespace

TEST_CASE("the dictionary is the protocol's") {
  auto words = spdy::dictionary();
  CHECK(words.size() == 1423);
  CHECK(adler32(adler32(0, nullptr, 0), reinterpret_cast<const Bytef*>(words.data()), uInt(words.size())) == 0xe3c6a7c2);
}

TEST_CASE("streams open, talk, half-close and end") {
  spdy::session client(true), server(false);
  auto id = client.open({{"streamtype", "stdin"}});
  CHECK(id == 1);
  spdy::header_list fields;
  CHECK(deliver(client.out, server, &fields) == std::vector<seen>{{kind::opened, 1, "", false}});
  CHECK(fields == spdy::header_list{{"streamtype", "stdin"}});
  server.reply(1);
  CHECK(server.send(1, "hello"));
  CHECK(deliver(server.out, client) == std::vector<seen>{{kind::replied, 1, "", false}, {kind::data, 1, "hello", false}});
  CHECK(client.send(1, "bye", true));
  CHECK_FALSE(client.send(1, "more"));
  CHECK(deliver(client.out, server) == std::vector<seen>{{kind::data, 1, "bye", true}});
  CHECK(server.known(1));
  CHECK(server.send(1, {}, true));
  CHECK_FALSE(server.known(1));
  CHECK(deliver(server.out, client) == std::vector<seen>{{kind::fin, 1, "", true}});
  CHECK(client.size() == 0);
}

TEST_CASE("the reply goes before the data even where it was forgotten") {
  spdy::session client(true), server(false);
  client.open({{"streamtype", "error"}});
  deliver(client.out, server);
  CHECK(server.send(1, "x"));
  CHECK(deliver(server.out, client) == std::vector<seen>{{kind::replied, 1, "", false}, {kind::data, 1, "x", false}});
}

TEST_CASE("pings of the peer are echoed, ours are not") {
  spdy::session server(false);
  std::string wire;
  spdy::encoder::ping(wire, 3);
  auto first = wire;
  spdy::encoder::ping(wire, 4);
  deliver(wire, server);
  CHECK(server.out == first);
}

TEST_CASE("a flood of pings whose answers nobody takes ends the session") {
  spdy::session server(false);
  std::string wire;
  for (int i = 0; i < 10'000; ++i) spdy::encoder::ping(wire, 1);
  auto events = deliver(wire, server);
  REQUIRE(events.size() == 1);
  CHECK(events[0].what == kind::failed);
  CHECK(server.out.size() < 70'000);
}

TEST_CASE("bad stream ids are reset and the session goes on") {
  spdy::session server(false);
  spdy::encoder encoder;
  std::string wire;
  encoder.syn_stream(wire, 5, {{"a", "b"}});
  encoder.syn_stream(wire, 3, {{"a", "b"}}); // lower than the last
  encoder.syn_stream(wire, 8, {{"a", "b"}}); // the server's parity
  encoder.syn_stream(wire, 7, {{"a", "b"}});
  auto events = deliver(wire, server);
  CHECK(events == std::vector<seen>{{kind::opened, 5, "", false}, {kind::opened, 7, "", false}});
  std::string resets;
  spdy::encoder::rst_stream(resets, 3, spdy::reset_code::protocol_error);
  spdy::encoder::rst_stream(resets, 8, spdy::reset_code::protocol_error);
  CHECK(server.out == resets);
}

TEST_CASE("header blocks are bounded") {
  spdy::encoder encoder;
  std::string wire;
  SECTION("bytes") { encoder.syn_stream(wire, 1, {{"a", std::string(20'000, 'x')}}); }
  SECTION("count") { encoder.syn_stream(wire, 1, spdy::header_list(65, {"a", "b"})); }
  spdy::session server(false);
  auto events = deliver(wire, server);
  REQUIRE(events.size() == 1);
  CHECK(events[0].what == kind::failed);
}
