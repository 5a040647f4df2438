#include <catch2/catch_test_macros.hpp>
#include "test/actors/gateway/streams/fakes.hpp"

using namespace fakes;

TEST_CASE("the query of a stream") {
  auto query = read_stream_query("command=sh&command=-c&command=echo+%22a%26b%22&container=main&stdin=1&stdout=true&stderr=true&tty=false");
  CHECK(query.arguments == std::vector<std::string>{"sh", "-c", "echo \"a&b\""});
  CHECK(query.container == "main");
  CHECK(query.in);
  CHECK(query.out);
  CHECK(query.err);
  CHECK_FALSE(query.tty);
  CHECK_FALSE(read_stream_query("stdout=true&stderr=true&tty=true").err);
  CHECK(read_stream_query("ports=80,443&ports=8080&ports=nonsense,0").ports == std::vector<uint16_t>{80, 443, 8080});
  CHECK(read_stream_query("&&=&command").arguments == std::vector<std::string>{""});
}

TEST_CASE("what is refused before a node is asked") {
  served s;
  SECTION("no upgrade") {
    CHECK(s.serve(exec_of(false, true, false)) == step::ready);
    CHECK(s.out().code == 400);
    CHECK(s.out().text.find("Upgrade request required") != std::string::npos);
  }
  SECTION("an upgrade over HTTP/2") {
    s.websocket("v5.channel.k8s.io");
    s.asked->in.http_major = 2;
    CHECK(s.serve(exec_of(false, true, false)) == step::ready);
    CHECK(s.out().code == 400);
  }
  SECTION("no stream asked for") {
    s.websocket("v5.channel.k8s.io");
    CHECK(s.serve(exec_of(false, false, false)) == step::ready);
    CHECK(s.out().code == 400);
    CHECK(s.out().text == "you must specify at least 1 of stdin, stdout, stderr\n");
  }
  SECTION("no common protocol") {
    s.spdy({"v9.channel.k8s.io"});
    CHECK(s.serve(exec_of(false, true, false)) == step::ready);
    CHECK(s.out().code == 403);
    CHECK(s.out().text == "unable to upgrade: unable to negotiate protocol: client supports [v9.channel.k8s.io], server accepts [v4.channel.k8s.io]\n");
  }
  SECTION("no way to the node") {
    s.streams.erase("beta");
    s.websocket("v5.channel.k8s.io");
    CHECK(s.serve(exec_of(false, true, false)) == step::ready);
    CHECK(s.out().code == 500);
    CHECK(s.out().text.find("error dialing backend: no link to node beta") != std::string::npos);
  }
  CHECK(s.node->sessions.empty());
}

TEST_CASE("a node that refuses") {
  auto why = stream_outcome::failure("container not found (\"c\")");
  served s;
  s.node->refuses = &why;
  SECTION("over SPDY: an HTTP error") {
    s.spdy({"v4.channel.k8s.io"});
    CHECK(s.serve(exec_of(false, true, false)) == step::elsewhere);
    CHECK(s.out().code == 500);
    CHECK(s.out().text == "container not found (\"c\")\n");
    CHECK(s.node->last().closed);
  }
  SECTION("over WebSocket v5: inside, after the 101") {
    s.websocket("v5.channel.k8s.io");
    CHECK(s.serve(exec_of(false, true, false)) == step::elsewhere);
    REQUIRE(s.up);
    auto all = messages(s.taken());
    REQUIRE(all.size() == 3);
    CHECK(all[1].second == "\x03" R"j({"metadata":{},"status":"Failure","message":"Internal error occurred: unable to upgrade connection: container not found (\"c\")","reason":"InternalError","code":500})j");
    CHECK(all[2].first == 8);
  }
  SECTION("a log: a Status") {
    stream_begin log;
    log.what = stream_begin::verb::log;
    why = stream_outcome::failure("container \"c\" in pod \"p\" is waiting to start: ContainerCreating", "BadRequest", 400);
    CHECK(s.serve(log) == step::elsewhere);
    CHECK(s.out().code == 400);
    CHECK(s.out().text.find("\"reason\":\"BadRequest\"") != std::string::npos);
    CHECK(s.node->last().closed);
  }
}

TEST_CASE("a node that is lost before it speaks") {
  served s;
  s.node->says_ready = false;
  s.spdy({"v4.channel.k8s.io"});
  s.serve(exec_of(false, true, false));
  CHECK(s.home->answers.empty());
  CHECK(s.asked->deadline_ms == s.asked->steady_ms + 30'000);
  s.node->sessions.clear(); // its end dies without a word
  s.home->run();
  REQUIRE(s.home->answers.size() == 1);
  CHECK(s.out().code == 500);
  CHECK(s.out().text == "error dialing backend: the node went away\n");
}

TEST_CASE("a client that is gone before the node speaks ends the session") {
  served s;
  s.node->says_ready = false;
  s.websocket("v5.channel.k8s.io");
  s.serve(exec_of(false, true, false));
  s.node->last().ready();
  s.home->run();
  REQUIRE(s.home->answers.size() == 1);
  s.home->answers.clear(); // as the server does with a reply to a closed connection
  s.asked->out = reply{};
  CHECK(s.node->last().closed);
}

namespace {

std::string read_all(body& from) {
  std::string all(300'000, '\0');
  all.resize(from.read(all.data(), all.size()));
  return all;
}

} // namespace

TEST_CASE("a log is pulled, window by window") {
  served s;
  stream_begin log;
  log.what = stream_begin::verb::log;
  log.follow = true;
  REQUIRE(s.serve(log) == step::elsewhere);
  REQUIRE(s.out().code == 200);
  CHECK(s.out().content_type == "text/plain");
  auto& from = *s.out().stream;
  auto& node = s.node->last();
  CHECK(read_all(from).empty());
  CHECK_FALSE(from.done());
  node.say(channel_kind::out, "one\n");
  s.home->run();
  CHECK(read_all(from) == "one\n");
  std::string block(64 << 10, 'x');
  while (node.link.write(node.of(channel_kind::out), block)) {}
  node.send();
  s.home->run();
  CHECK(node.link.room(node.of(channel_kind::out)) == 0);
  CHECK(read_all(from).size() == channel_window_bytes - 4);
  CHECK(node.link.room(node.of(channel_kind::out)) == channel_window_bytes);
  node.end(stream_outcome::exit(0));
  s.home->run();
  CHECK(from.done());
}

TEST_CASE("a log over WebSocket") {
  served s;
  s.websocket("binary.k8s.io");
  stream_begin log;
  log.what = stream_begin::verb::log;
  REQUIRE(s.serve(log) == step::elsewhere);
  REQUIRE(s.up);
  auto& node = s.node->last();
  node.say(channel_kind::out, "line\n");
  node.end(stream_outcome::exit(0));
  CHECK(messages(s.taken()) == std::vector<std::pair<int, std::string>>{{2, "line\n"}, {8, "\x03\xe8"}});
}
