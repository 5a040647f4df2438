#include "messages/streams/websocket.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace troupe;
using websocket::opcode;

namespace {

std::string masked(uint8_t first_byte, std::string text) {
  std::string made(1, char(first_byte));
  if (text.size() < 126) {
    made += char(0x80 | text.size());
  } else {
    made += char(0x80 | 126);
    made += char(text.size() >> 8);
    made += char(text.size());
  }
  const char mask[5] = "\x11\xa2\x33\xc4";
  made.append(mask, 4);
  for (size_t i = 0; i < text.size(); ++i) made += char(text[i] ^ mask[i % 4]);
  return made;
}

} // namespace

TEST_CASE("the handshake's accept key") { // RFC 6455 section 1.3
  CHECK(websocket::accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a message comes in the pieces in which it arrives") {
  std::string text(1000, 'a');
  for (size_t i = 0; i < text.size(); ++i) text[i] = char('a' + i % 26);
  auto wire = masked(0x82, text);
  for (size_t step : {size_t(1), size_t(7), wire.size()}) {
    websocket::decoder decoder(true);
    std::string got;
    size_t firsts = 0, lasts = 0;
    for (size_t at = 0; at < wire.size(); at += step) {
      auto part = wire.substr(at, step);
      std::string_view in = part;
      while (auto piece = decoder.next(in)) {
        CHECK(piece->what == opcode::binary);
        got += piece->data;
        firsts += piece->first;
        lasts += piece->last;
      }
    }
    CHECK(got == text);
    CHECK(firsts == 1);
    CHECK(lasts == 1);
  }
}

TEST_CASE("control frames may come between fragments") {
  auto wire = masked(0x02, "one ") + masked(0x89, "ping") + masked(0x80, "two");
  websocket::decoder decoder(true);
  std::string_view in = wire;
  auto piece = decoder.next(in);
  REQUIRE(piece);
  CHECK(piece->first);
  CHECK_FALSE(piece->last);
  piece = decoder.next(in);
  REQUIRE(piece);
  CHECK(piece->what == opcode::ping);
  CHECK(piece->data == "ping");
  piece = decoder.next(in);
  REQUIRE(piece);
  CHECK(piece->what == opcode::binary);
  CHECK(piece->last);
  CHECK(piece->data == "two");
}

TEST_CASE("what the protocol forbids ends the connection") {
  std::vector<std::string> wires = {
      std::string("\x82\x01x", 3),               // not masked
      masked(0xc2, "reserved bit"), masked(0x80, "continues nothing"), masked(0x83, "unknown opcode"),
      masked(0x09, "fragmented ping"), masked(0x89, std::string(126, 'x')), // a long control frame
      masked(0x02, "a") + masked(0x82, "b"),     // a second message inside the first
  };
  for (auto& wire : wires) {
    websocket::decoder decoder(true);
    std::string_view in = wire;
    while (decoder.next(in)) {}
    CHECK(decoder.failed());
    CHECK(in.empty());
  }
}

TEST_CASE("frames we make are read by a client") {
  for (size_t size : {0, 1, 125, 126, 65535, 65536}) {
    std::string wire, body(size, 'z');
    websocket::put_message(wire, opcode::binary, "\x01", body);
    websocket::decoder client(false);
    std::string_view in = wire;
    std::string got;
    bool last = false;
    while (auto piece = client.next(in)) {
      got += piece->data;
      last = piece->last;
    }
    CHECK(last);
    CHECK(got == "\x01" + body);
  }
  std::string wire;
  websocket::put_close(wire, websocket::close_normal);
  CHECK(wire == "\x88\x02\x03\xe8");
}
