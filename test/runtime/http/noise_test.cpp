// Spoiled requests of both protocols against a real server, seeded: it must close or answer, and its neighbours notice nothing.
#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <nghttp2/nghttp2.h>
#include "test/messages/streams/noise.hpp"
#include "test/runtime/http/server_fixture.hpp"

using namespace toy;

namespace {

// What an HTTP/2 client would say: preface, settings, some requests, resets and bodies.
std::string conversation(noise& random) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session* client = nullptr;
  nghttp2_session_client_new(&client, callbacks, nullptr);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_submit_settings(client, NGHTTP2_FLAG_NONE, nullptr, 0);
  static const char* paths[] = {"/text", "/echo", "/write", "/big?1", "/watch", "/nowhere", "/lost"};
  std::string all;
  auto take = [&] {
    const uint8_t* bytes = nullptr;
    for (ssize_t count; (count = nghttp2_session_mem_send(client, &bytes)) > 0;) all.append(reinterpret_cast<const char*>(bytes), size_t(count));
  };
  for (size_t n = 1 + random.below(8); n--;) {
    std::string path = paths[random.below(7)], scheme = "https", method = random.one_in(3) ? "POST" : "GET", word = random.bytes(30);
    auto field = [](const char* name, const std::string& value) {
      return nghttp2_nv{(uint8_t*)name, (uint8_t*)value.data(), strlen(name), value.size(), NGHTTP2_NV_FLAG_NONE};
    };
    const nghttp2_nv fields[] = {field(":method", method), field(":path", path), field(":scheme", scheme), field(":authority", scheme),
                                 field("x-word", word)};
    auto stream = nghttp2_submit_request(client, nullptr, fields, 5, nullptr, nullptr);
    take();
    if (random.one_in(4)) nghttp2_submit_rst_stream(client, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
    if (random.one_in(6)) nghttp2_submit_ping(client, NGHTTP2_FLAG_NONE, nullptr);
    take();
  }
  nghttp2_session_del(client);
  return all;
}

std::string words(noise& random) {
  static const char* heads[] = {"GET /text HTTP/1.1\r\nHost: x\r\n\r\n", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody",
                                "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                                "GET /big?1 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /upgrade HTTP/1.1\r\nHost: x\r\nUpgrade: loud\r\nConnection: Upgrade\r\n\r\nbye",
                                "GET /watch HTTP/1.0\r\n\r\n"};
  std::string all;
  for (size_t n = 1 + random.below(4); n--;) all += heads[random.below(6)];
  return all;
}

} // namespace

TEST_CASE("spoiled requests of both protocols") {
  running server;
  noise random(5);
  h2_client neighbour(server.port(), server.anonymous());
  for (int round = 0; round < 200; ++round) {
    bool http2 = random.one_in(2);
    auto wire = http2 ? conversation(random) : words(random);
    // The preface stays whole, or nothing behind it would be looked at.
    auto front = http2 ? wire.substr(0, 24) : std::string();
    wire.erase(0, front.size());
    if (!random.one_in(4)) random.spoil(wire);
    wire.insert(0, front);
    tls_client client(server.port(), server.anonymous(), http2 ? "\x02h2" : "\x08http/1.1");
    REQUIRE(client.connected());
    random.in_pieces(wire, [&](std::string_view piece) { client.send(piece); });
    client.half_close();
    if (random.one_in(2)) client.read_to_end(); // or leave without a look
    if (round % 20 == 0) REQUIRE(neighbour.get("/text").body == "hello");
  }
  CHECK(neighbour.get("/text").body == "hello");
  server.toys.await_watches(0); // every watch of theirs has ended with its connection
}
