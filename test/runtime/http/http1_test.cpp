#include <catch2/catch_test_macros.hpp>
#include <thread>
#include "test/runtime/http/server_fixture.hpp"

using namespace toy;

TEST_CASE("requests and keep-alive over HTTP/1.1") {
  running server;
  h1_client client(server.port(), server.anonymous());
  REQUIRE(client.tls.connected());
  CHECK(client.tls.alpn() == "http/1.1");
  auto hello = client.request("GET", "/text");
  CHECK(hello.code == 200);
  CHECK(hello.body == "hello");
  CHECK(hello.headers["cache-control"] == "no-cache, private");
  CHECK(hello.headers["content-type"] == "text/plain");
  CHECK(hello.headers.count("date") == 1);
  CHECK(client.request("POST", "/echo", "some words").body == "some words");
  CHECK(client.request("POST", "/write", "x").code == 201);
  auto none = client.request("GET", "/nowhere");
  CHECK(none.code == 404);
  CHECK(none.body.find("\"reason\":\"NotFound\"") != none.body.npos);
  CHECK(client.request("GET", "/whoami").body == " 1");
}

TEST_CASE("HTTP/1.1 without ALPN") {
  running server;
  tls_client client(server.port(), server.anonymous(), nullptr);
  REQUIRE(client.connected());
  client.send("GET /text HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  auto all = client.read_to_end();
  CHECK(all.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(all.ends_with("\r\n\r\nhello"));
}

TEST_CASE("HEAD has a length and no body") {
  running server;
  h1_client client(server.port(), server.anonymous());
  auto head = client.request("HEAD", "/text");
  CHECK(head.code == 200);
  CHECK(head.headers["content-length"] == "5");
  CHECK(client.request("GET", "/text").body == "hello");
}

TEST_CASE("bodies in chunks, and requests in one piece") {
  running server;
  h1_client client(server.port(), server.anonymous());
  client.tls.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n, all!\r\n0\r\n\r\n"
                  "GET /text HTTP/1.1\r\nHost: x\r\n\r\nGET /write HTTP/1.1\r\nHost: x\r\n\r\nGET /text HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_response().body == "hello, all!");
  CHECK(client.read_response().body == "hello");
  CHECK(client.read_response().code == 201);
  CHECK(client.read_response().body == "hello");
}

TEST_CASE("a request byte by byte") {
  running server;
  h1_client client(server.port(), server.anonymous());
  std::string text = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  for (char byte : text) client.tls.send({&byte, 1});
  CHECK(client.read_response().body == "abc");
}

TEST_CASE("a client that asks first whether to send its body") {
  running server;
  h1_client client(server.port(), server.anonymous());
  client.tls.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  CHECK(client.read_response().code == 100);
  client.tls.send("abc");
  CHECK(client.read_response().body == "abc");
}

TEST_CASE("limits over HTTP/1.1") {
  running server;
  h1_client client(server.port(), server.anonymous());
  SECTION("a body that is too large, by its length") {
    client.tls.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3145729\r\n\r\n");
    CHECK(client.read_response().code == 413);
  }
  SECTION("a body that is too large, in chunks") {
    client.tls.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n400000\r\n");
    client.tls.send(std::string(3 << 20, 'x'));
    client.tls.send("x");
    CHECK(client.read_response().code == 413);
  }
  SECTION("the largest body that is taken") {
    auto echoed = client.request("POST", "/echo", std::string(3 << 20, 'x'));
    CHECK(echoed.code == 200);
    CHECK(echoed.body.size() == 3 << 20);
  }
  SECTION("a head that is too large") {
    client.tls.send("GET /text HTTP/1.1\r\nHost: x\r\nX-Large: " + std::string(70'000, 'x') + "\r\n\r\n");
    CHECK(client.read_response().code == 431);
  }
  SECTION("what is no request") {
    client.tls.send("EHLO localhost\r\n\r\n");
    CHECK(client.read_response().code == 400);
  }
  client.tls.half_close();
  CHECK(client.tls.read_to_end().empty());
}

TEST_CASE("a large reply of shared parts") {
  running server;
  h1_client client(server.port(), server.anonymous());
  auto big = client.request("GET", "/big?20");
  CHECK(big.headers["content-length"] == std::to_string((20 << 20) + 2));
  CHECK(big.body.size() == (20 << 20) + 2);
  CHECK(big.body.front() == '[');
  CHECK(big.body.back() == ']');
  CHECK(client.request("GET", "/text").body == "hello");
}

TEST_CASE("a watch comes in chunks and ends with the client") {
  running server;
  {
    h1_client client(server.port(), server.anonymous());
    client.tls.send("GET /watch HTTP/1.1\r\nHost: x\r\n\r\n");
    server.toys.await_watches(1);
    server.toys.tell_watchers("first\n");
    CHECK(client.tls.read_until("first\n\r\n").find("0006\r\nfirst\n\r\n") != std::string::npos);
    server.toys.tell_watchers("second\n");
    CHECK(client.tls.read_until("second\n\r\n") == "0007\r\nsecond\n\r\n");
  }
  server.toys.await_watches(0);
}

TEST_CASE("half a close: the request is answered, then the connection ends") {
  running server;
  tls_client client(server.port(), server.anonymous(), nullptr);
  client.send("GET /keep HTTP/1.1\r\nHost: x\r\n\r\n");
  server.toys.await_kept(1);
  client.half_close();
  server.toys.answer_kept();
  CHECK(client.read_to_end().ends_with("\r\n\r\nkept"));
}

TEST_CASE("a client that resets the connection is let go, whatever it waited for") {
  running server;
  auto await_none = [&] {
    while (server.server->counts().connections != 0) std::this_thread::yield();
  };
  SECTION("an answer, and it had said that it sends no more") {
    {
      tls_client client(server.port(), server.anonymous(), nullptr);
      client.send("GET /keep HTTP/1.1\r\nHost: x\r\n\r\n");
      server.toys.await_kept(1);
      client.half_close();
      client.close_hard();
    }
    await_none();
    server.toys.answer_kept(); // falls on the floor
  }
  SECTION("room, as its bytes are not taken") {
    tls_client client(server.port(), server.anonymous(), nullptr);
    client.send("GET /upgrade?deaf HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: loud\r\n\r\n");
    client.read_until("\r\n\r\n");
    client.send(std::string(16 << 10, 'x'));
    client.close_hard();
    await_none();
  }
}

TEST_CASE("an upgrade hands the bytes over, also those that came early") {
  running server;
  tls_client client(server.port(), server.anonymous(), nullptr);
  client.send("GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: loud\r\n\r\nearly ");
  client.send("late ");
  auto head = client.read_until("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 101 "));
  CHECK(head.find("\r\nUpgrade: loud\r\n") != head.npos);
  CHECK(head.find("Content-") == head.npos);
  client.send("bye");
  auto words = head.substr(head.find("\r\n\r\n") + 4) + client.read_to_end();
  CHECK(words == "EARLY LATE BYE");
  CHECK(server.server->counts().requests == 1);
}

TEST_CASE("an upgraded connection is told that the server ends it") {
  running server;
  tls_client client(server.port(), server.anonymous(), nullptr);
  client.send("GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: loud\r\n\r\n");
  client.read_until("\r\n\r\n");
  server.server->close_generation(server.generation);
  CHECK(client.read_to_end() == "THE END");
}

TEST_CASE("the reply to a call that nobody answers") {
  running server;
  h1_client client(server.port(), server.anonymous());
  auto lost = client.request("GET", "/lost");
  CHECK(lost.code == 503);
  CHECK(lost.headers["retry-after"] == "1");
  CHECK(client.request("POST", "/lost-write").code == 504);
  CHECK(client.request("GET", "/throw").code == 500);
  CHECK(client.request("GET", "/keep?1").code == 504); // its deadline is over before it is answered
  server.toys.answer_kept();
}
