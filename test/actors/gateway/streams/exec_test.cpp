#include <catch2/catch_test_macros.hpp>
#include "messages/streams/spdy.hpp"
#include "test/actors/gateway/streams/fakes.hpp"

using namespace fakes;
using message_list = std::vector<std::pair<int, std::string>>;

TEST_CASE("exec over WebSocket v5: bytes, half-close, exit code") {
  served s;
  s.websocket("v5.channel.k8s.io");
  REQUIRE(s.serve(exec_of(true, true, true)) == step::elsewhere);
  REQUIRE(s.out().code == 101);
  REQUIRE(s.up);
  CHECK(s.header_of("Sec-WebSocket-Protocol") == "v5.channel.k8s.io");
  CHECK(s.header_of("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  auto& node = s.node->last();
  CHECK(messages(s.taken()) == message_list{{2, "\x01"}}); // the session stands
  s.up->from_client(binary(std::string("\0hello", 6)));
  CHECK(node.received[node.of(channel_kind::in)] == "hello");
  s.up->from_client(binary(std::string("\xff\0", 2)));
  CHECK(node.finished == std::vector<uint32_t>{node.of(channel_kind::in)});
  node.say(channel_kind::out, "out");
  node.say(channel_kind::err, "err");
  node.end(stream_outcome::exit(7));
  CHECK(messages(s.taken()) ==
        message_list{{2, "\x01out"}, {2, "\x02" "err"},
                     {2, "\x03" R"({"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: error executing command [sh -c exit 7], exit code 7","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}})"},
                     {8, "\x03\xe8"}});
  CHECK(s.up->finished());
  s.up.reset();
  CHECK(node.closed);
}

TEST_CASE("success by version: v4 says so, v1 says nothing") {
  for (auto& [protocol, word] : std::vector<std::pair<std::string, message_list>>{
           {"v4.channel.k8s.io", {{2, "\x03" R"({"metadata":{},"status":"Success"})"}, {8, "\x03\xe8"}}},
           {"channel.k8s.io", {{8, "\x03\xe8"}}}}) {
    served s;
    s.websocket(protocol);
    s.serve(exec_of(false, true, false));
    s.taken();
    s.node->last().end(stream_outcome::exit(0));
    CHECK(messages(s.taken()) == word);
  }
}

TEST_CASE("the best common protocol is chosen") {
  served s;
  s.websocket("channel.k8s.io, v4.channel.k8s.io,v5.channel.k8s.io");
  s.serve(exec_of(false, true, false));
  CHECK(s.header_of("Sec-WebSocket-Protocol") == "v5.channel.k8s.io");
}

TEST_CASE("a terminal: sizes cross, stderr is dropped") {
  served s;
  s.websocket("v5.channel.k8s.io");
  s.serve(exec_of(true, true, true, true));
  auto& node = s.node->last();
  CHECK_FALSE(node.begin.err);
  CHECK(node.channels.count(channel_kind::err) == 0);
  s.up->from_client(binary("\x04{\"Width\":111,\"Hei"));
  s.up->from_client(binary("\x04ght\":33}{\"Width\":80,\"Height\":24}"));
  CHECK(node.received[node.of(channel_kind::resize)] == terminal_size{111, 33}.encode() + terminal_size{80, 24}.encode());
}

TEST_CASE("a process that takes nothing stops its client, and bounds what is held") {
  served s;
  s.websocket("v5.channel.k8s.io");
  s.serve(exec_of(true, true, false));
  auto& node = s.node->last();
  node.spends = false;
  std::string block(64 << 10, 'x');
  size_t sent = 0;
  while (!s.up->stalled()) {
    s.up->from_client(binary(std::string(1, '\0') + block));
    sent += block.size();
    REQUIRE(sent <= channel_window_bytes + block.size());
  }
  CHECK(node.received[node.of(channel_kind::in)].size() == channel_window_bytes);
  node.link.consumed(node.of(channel_kind::in), channel_window_bytes);
  node.send();
  s.home->run();
  CHECK_FALSE(s.up->stalled());
  CHECK(node.received[node.of(channel_kind::in)].size() == sent);
}

TEST_CASE("a client that does not read stops the node") {
  served s;
  s.websocket("v5.channel.k8s.io");
  s.serve(exec_of(false, true, false));
  auto& node = s.node->last();
  std::string block(64 << 10, 'x');
  size_t sent = 0;
  while (auto count = node.link.write(node.of(channel_kind::out), block)) sent += count;
  node.send();
  s.home->run();
  CHECK(sent == channel_window_bytes);
  CHECK(s.up->out().size() < channel_window_bytes + 100);
  s.taken();
  CHECK(node.link.room(node.of(channel_kind::out)) == channel_window_bytes);
}

TEST_CASE("stdin goes on after the process has closed it, and falls on the floor") {
  served s;
  s.websocket("v5.channel.k8s.io");
  s.serve(exec_of(true, true, false));
  auto& node = s.node->last();
  node.link.reset(node.of(channel_kind::in), "stdin closed");
  node.send();
  s.home->run();
  for (int i = 0; i < 100; ++i) s.up->from_client(binary(std::string(10'000, '\0')));
  CHECK_FALSE(s.up->stalled());
  CHECK(node.received[node.of(channel_kind::in)].empty());
}

TEST_CASE("a lost node is a clean last word") {
  served s;
  s.websocket("v5.channel.k8s.io");
  s.serve(exec_of(true, true, false));
  s.taken();
  s.node->last().back->close();
  CHECK(messages(s.taken()) ==
        message_list{{2, "\x03" R"({"metadata":{},"status":"Failure","message":"Internal error occurred: the node went away","reason":"InternalError","code":500})"},
                     {8, "\x03\xe8"}});
  CHECK(s.up->finished());
}

TEST_CASE("a client that leaves resets its channels") {
  served s;
  s.websocket("v5.channel.k8s.io");
  s.serve(exec_of(true, true, false));
  auto& node = s.node->last();
  s.up->client_closed();
  CHECK(node.resets.size() == 3);
  s.up.reset();
  CHECK(node.closed);
}

TEST_CASE("pings are answered, and pongs sent unasked") {
  served s;
  s.websocket("v5.channel.k8s.io");
  s.serve(exec_of(true, true, false));
  s.taken();
  s.up->from_client(masked(0x89, "abc"));
  CHECK(messages(s.taken()) == message_list{{10, "abc"}});
  s.up->tick(1'000);
  s.up->tick(2'000);
  CHECK(s.taken().empty());
  s.up->tick(16'000);
  CHECK(messages(s.taken()) == message_list{{10, ""}});
}

namespace {

// kubectl's half of SPDY exec.
struct spdy_client {
  spdy::session session{true};
  std::map<std::string, uint32_t> streams;
  std::map<uint32_t, std::string> received;
  std::map<uint32_t, bool> ended;
  void open(const std::string& type) { streams[type] = session.open({{"streamtype", type}}); }
  std::string take_out() { return std::exchange(session.out, {}); }
  void take(std::string_view bytes) {
    while (auto event = session.next(bytes)) {
      received[event->stream] += event->data;
      ended[event->stream] = ended[event->stream] || event->fin;
    }
  }
};

} // namespace

TEST_CASE("exec over SPDY v4: the node begins when every stream is there") {
  served s;
  s.spdy({"v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io"});
  REQUIRE(s.serve(exec_of(true, true, true)) == step::elsewhere);
  REQUIRE(s.up);
  CHECK(s.header_of("X-Stream-Protocol-Version") == "v4.channel.k8s.io");
  CHECK(s.header_of("Upgrade") == "SPDY/3.1");
  auto& node = s.node->last();
  spdy_client client;
  for (auto type : {"error", "stdin", "stdout"}) client.open(type);
  s.up->from_client(client.take_out());
  CHECK(node.channels.empty());
  client.open("stderr");
  s.up->from_client(client.take_out());
  CHECK(node.channels.size() == 4);
  client.session.send(client.streams["stdin"], "words", true);
  s.up->from_client(client.take_out());
  CHECK(node.received[node.of(channel_kind::in)] == "words");
  CHECK(node.finished == std::vector<uint32_t>{node.of(channel_kind::in)});
  node.say(channel_kind::out, "out");
  node.say(channel_kind::err, "err");
  node.end(stream_outcome::failure("no such program"));
  client.take(s.taken());
  CHECK(client.received[client.streams["stdout"]] == "out");
  CHECK(client.received[client.streams["stderr"]] == "err");
  CHECK(client.received[client.streams["error"]] ==
        R"({"metadata":{},"status":"Failure","message":"Internal error occurred: no such program","reason":"InternalError","code":500})");
  for (auto type : {"stdout", "stderr", "error"}) CHECK(client.ended[client.streams[type]]);
  CHECK(s.up->finished());
}
