#include <catch2/catch_test_macros.hpp>
#include <nghttp2/nghttp2.h>
#include "test/runtime/http/server_fixture.hpp"

using namespace toy;

TEST_CASE("requests over HTTP/2") {
  running server;
  h2_client client(server.port(), server.anonymous());
  REQUIRE(client.tls.connected());
  CHECK(client.tls.alpn() == "h2");
  auto hello = client.get("/text");
  CHECK(hello.code == 200);
  CHECK(hello.body == "hello");
  CHECK(hello.headers["content-length"] == "5");
  CHECK(hello.headers["cache-control"] == "no-cache, private");
  CHECK(client.get("/nowhere").code == 404);
  CHECK(client.get("/lost").code == 503);
  CHECK(client.get("/lost-write").code == 504);
  CHECK(client.get("/throw").code == 500);
  CHECK(client.get("/keep?1").code == 504);
  CHECK(client.get("/upgrade").code == 400);
  server.toys.answer_kept(); // too late: falls on the floor
  CHECK(client.get("/whoami").body == " 2");
  auto head = client.submit("HEAD", "/text");
  CHECK(client.run_until_ended(head));
  CHECK(client.responses[head].headers["content-length"] == "5");
  CHECK(client.responses[head].body.empty());
}

TEST_CASE("hundreds of requests at once, of all kinds, each with its own answer") {
  running server;
  h2_client client(server.port(), server.anonymous());
  std::map<int32_t, std::string> expected;
  size_t writes = 0;
  for (int i = 0; i < 600; ++i) {
    auto word = "body " + std::to_string(i) + std::string(size_t(i) * 7, '.');
    if (i % 3 == 0) expected[client.submit("POST", "/echo", word)] = word;
    else if (i % 3 == 1) expected[client.submit("GET", "/text")] = "hello";
    else expected[client.submit("POST", "/write", word)] = "", ++writes;
  }
  REQUIRE(client.run_until([&] {
    for (auto& [stream, _] : expected)
      if (!client.responses[stream].ended) return false;
    return true;
  }));
  std::map<std::string, int> revisions;
  for (auto& [stream, body] : expected) {
    if (body.empty()) ++revisions[client.responses[stream].body];
    else REQUIRE(client.responses[stream].body == body);
  }
  CHECK(revisions.size() == writes);
  CHECK(server.server->counts().body_bytes == 0);
  CHECK(server.server->counts().requests_in_flight == 0);
}

TEST_CASE("large replies side by side, windows smaller than they are") {
  running server;
  h2_client client(server.port(), server.anonymous());
  std::vector<int32_t> streams;
  for (int i = 0; i < 4; ++i) streams.push_back(client.submit("GET", "/big?8"));
  for (auto stream : streams) {
    REQUIRE(client.run_until_ended(stream));
    CHECK(client.responses[stream].body.size() == (8 << 20) + 2);
    CHECK(client.responses[stream].body.back() == ']');
  }
}

TEST_CASE("a client that does not read holds nobody up") {
  running server;
  h2_client stuck(server.port(), server.anonymous(), 4096);
  for (int i = 0; i < 50; ++i) stuck.submit("GET", "/big?8");
  stuck.send();
  h2_client quick(server.port(), server.anonymous());
  for (int i = 0; i < 50; ++i) REQUIRE(quick.get("/text").body == "hello");
}

TEST_CASE("watches get every line, also after a silence, and end when they are reset") {
  running server;
  h2_client client(server.port(), server.anonymous());
  auto one = client.submit("GET", "/watch"), two = client.submit("GET", "/watch");
  client.send();
  server.toys.await_watches(2);
  std::string all;
  for (int i = 0; i < 100; ++i) {
    auto line = "line " + std::to_string(i) + "\n";
    all += line;
    server.toys.tell_watchers(line);
  }
  REQUIRE(client.run_until([&] { return client.responses[one].body == all && client.responses[two].body == all; }));
  client.reset(one);
  client.send();
  server.toys.await_watches(1);
  server.toys.tell_watchers("more\n");
  REQUIRE(client.run_until([&] { return client.responses[two].body == all + "more\n"; }));
  CHECK(client.get("/text").body == "hello");
}

TEST_CASE("limits over HTTP/2") {
  running server;
  h2_client client(server.port(), server.anonymous());
  SECTION("a body that is too large") {
    auto large = client.submit("POST", "/echo", std::string((3 << 20) + 1, 'x'));
    CHECK(client.run_until_ended(large));
    CHECK(client.responses[large].code == 413);
    auto fits = client.submit("POST", "/echo", std::string(3 << 20, 'x'));
    CHECK(client.run_until_ended(fits));
    CHECK(client.responses[fits].body.size() == 3 << 20);
  }
  SECTION("more streams than are announced") {
    REQUIRE(client.get("/text").code == 200); // the settings are here now
    CHECK(nghttp2_session_get_remote_settings(client.session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS) == 250);
    std::vector<int32_t> streams;
    for (int i = 0; i < 300; ++i) streams.push_back(client.submit("GET", "/keep"));
    client.send();
    server.toys.await_kept(250); // the client's nghttp2 holds the rest back
    server.toys.answer_kept();
    for (int i = 0; i < 250; ++i) REQUIRE(client.run_until_ended(streams[size_t(i)]));
    client.send();
    server.toys.await_kept(50);
  }
  SECTION("streams that are opened and reset at once, again and again") {
    bool alive = true;
    for (int round = 0; round < 60 && alive; ++round) {
      for (int i = 0; i < 100; ++i) {
        auto stream = client.submit("GET", "/text");
        client.send();
        if (stream > 0) client.reset(stream);
      }
      client.send();
      alive = client.goaways == 0 && client.run_until([&] { return client.goaways > 0 || client.responses.size() >= size_t(round) * 100; });
    }
    while (client.run_until([&] { return client.goaways > 0; }) && client.goaways == 0) {}
    CHECK(client.goaways > 0);
    CHECK(client.goaway_error != NGHTTP2_NO_ERROR);
  }
  h2_client other(server.port(), server.anonymous());
  CHECK(other.get("/text").body == "hello");
}

TEST_CASE("what is not HTTP/2 behind ALPN h2 ends with GOAWAY") {
  running server;
  tls_client client(server.port(), server.anonymous(), "\x02h2");
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  client.half_close();
  client.read_to_end();
  h2_client other(server.port(), server.anonymous());
  CHECK(other.get("/text").body == "hello");
}
