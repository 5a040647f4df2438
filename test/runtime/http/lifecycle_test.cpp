#include <catch2/catch_test_macros.hpp>
#include <thread>
#include "test/runtime/http/server_fixture.hpp"

using namespace toy;

TEST_CASE("who the client's certificate says it is") {
  running server;
  h2_client alice(server.port(), server.alice());
  CHECK(alice.get("/whoami").body == "alice,devs,ops 2");
  h1_client too(server.port(), server.alice());
  CHECK(too.request("GET", "/whoami").body == "alice,devs,ops 1");
  // One that does not verify is no reason to hang up: the chain answers 401.
  h2_client stranger(server.port(), server.stranger());
  CHECK(stranger.get("/whoami").body == "bad certificate 2");
}

TEST_CASE("plain HTTP on the port is told so") {
  running server;
  toy::socket client(server.port());
  client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_to_end() == "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
}

TEST_CASE("garbage handshakes touch no neighbour") {
  running server;
  h2_client neighbour(server.port(), server.anonymous());
  for (int i = 0; i < 100; ++i) {
    toy::socket client(server.port());
    client.send(i % 3 == 0 ? std::string("\x16\x03\x01\xff\xff") + std::string(300, char(i)) : std::string(200, char(i)));
    if (i % 10 == 0) REQUIRE(neighbour.get("/text").body == "hello");
  }
  CHECK(neighbour.get("/text").body == "hello");
}

TEST_CASE("a closed generation answers what it has, and the next one takes who waits") {
  running server;
  h2_client old(server.port(), server.anonymous());
  REQUIRE(old.get("/text").body == "hello");
  auto kept = old.submit("GET", "/keep"), watch = old.submit("GET", "/watch");
  old.send();
  server.toys.await_kept(1);
  server.toys.await_watches(1);
  h1_client idle(server.port(), server.anonymous());
  REQUIRE(idle.request("GET", "/text").body == "hello");

  server.server->close_generation(server.generation);
  CHECK(old.run_until([&] { return old.goaways == 2; })); // "open nothing new", then the last stream that is served
  CHECK(old.run_until_ended(watch));
  CHECK(old.responses[watch].ended);
  CHECK(idle.tls.read_to_end().empty()); // an idle connection just ends

  // Nobody accepts now, yet nobody is refused.
  std::thread late([&] {
    h2_client client(server.port(), server.anonymous());
    CHECK(client.get("/text").body == "hello");
  });
  server.toys.answer_kept();
  CHECK(old.run_until_ended(kept));
  CHECK(old.responses[kept].body == "kept");
  CHECK(old.tls.read_to_end().empty());
  auto next = server.server->open_generation();
  CHECK(next > server.generation);
  late.join();
}

TEST_CASE("generations change under load and no request fails") {
  running server;
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0}, failed{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      while (!stop) {
        h2_client client(server.port(), server.anonymous());
        while (!stop && client.goaways == 0) {
          auto stream = client.submit("POST", "/write", "x");
          if (!client.run_until_ended(stream)) ++failed;
          else if (client.responses[stream].code == 201) ++answered;
          // REFUSED_STREAM says that it was not looked at: a client sends it again elsewhere
          else if (!client.responses[stream].reset) ++failed;
        }
      }
    });
  auto generation = server.generation;
  for (int round = 0; round < 10; ++round) {
    auto before = answered.load();
    while (answered < before + 50) std::this_thread::yield();
    auto next = server.server->open_generation();
    server.server->close_generation(generation);
    generation = next;
  }
  // HTTP/1.1 too: a first request is answered, whatever happens to its generation meanwhile.
  for (int round = 0; round < 50; ++round) {
    h1_client client(server.port(), server.anonymous());
    auto next = server.server->open_generation();
    server.server->close_generation(generation);
    generation = next;
    CHECK(client.request("GET", "/text").body == "hello");
  }
  stop = true;
  for (auto& client : clients) client.join();
  CHECK(failed == 0);
  CHECK(answered >= 500);
}

TEST_CASE("a renewed certificate is shown to who comes next") {
  running server;
  tls_client before(server.port(), server.anonymous(), nullptr);
  renew_serving_certificate();
  REQUIRE(server.server->reload().ok());
  tls_client after(server.port(), server.anonymous(), nullptr);
  REQUIRE(after.connected());
  CHECK(before.serving_certificate() != after.serving_certificate());
  before.send("GET /text HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(before.read_to_end().ends_with("hello"));
}

TEST_CASE("a stop in order answers what is in flight") {
  running server;
  h2_client client(server.port(), server.anonymous());
  auto kept = client.submit("GET", "/keep");
  client.send();
  server.toys.await_kept(1);
  std::thread stopping([&] { server.server->stop(10'000); });
  CHECK(client.run_until([&] { return client.goaways == 2; }));
  server.toys.answer_kept();
  CHECK(client.run_until_ended(kept));
  CHECK(client.responses[kept].body == "kept");
  client.tls.read_to_end();
  client.tls.half_close();
  stopping.join();
}

TEST_CASE("what cannot be served is said in one line") {
  troupe::http_options options;
  options.certificate_file = "/nowhere/server.crt";
  auto started = troupe::http_server::start(options, troupe::chain{});
  REQUIRE_FALSE(started.ok());
  CHECK(started.error().message.starts_with("/nowhere/server.crt: "));
  running server;
  options.certificate_file = (certificates() / "server.crt").string();
  options.key_file = (certificates() / "server.key").string();
  options.port = server.port();
  started = troupe::http_server::start(options, troupe::chain{});
  REQUIRE_FALSE(started.ok());
  CHECK(started.error().message.find("127.0.0.1:" + std::to_string(server.port())) != std::string::npos);
}
