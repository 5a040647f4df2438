// Noisy clients and a noisy node against every translator. Bounded and seeded; the sanitizer preset gives it its full worth.
#include <catch2/catch_test_macros.hpp>
#include "actors/gateway/streams/translator.hpp"
#include "messages/streams/spdy.hpp"
#include "test/actors/gateway/streams/fakes.hpp"
#include "test/messages/streams/noise.hpp"

using namespace fakes;

namespace {

std::unique_ptr<translator> any_translator(noise& random) {
  auto begin = exec_of(!random.one_in(4), !random.one_in(4), random.one_in(3), random.one_in(2));
  switch (random.below(6)) {
  case 0: return exec_over_websocket(begin, random.one_in(2) ? 5 : random.one_in(2) ? 4 : 1);
  case 1: return exec_over_spdy(begin);
  case 2: return forward_over_spdy(false);
  case 3: return forward_over_spdy(true);
  case 4: return forward_over_websocket({80, 81});
  default: return log_over_websocket();
  }
}

// What a client of any kind might say.
std::string client_words(noise& random, spdy::session& client, std::vector<uint32_t>& streams) {
  auto what = random.below(8);
  if (what == 0) return random.bytes(60);
  if (what < 4) return masked(uint8_t((random.one_in(5) ? random.below(256) : 0x82)), std::string(1, char(random.below(6))) + random.bytes(random.one_in(9) ? 9000 : 90));
  static const char* types[] = {"stdin", "stdout", "stderr", "error", "resize", "data"};
  if (what == 4)
    streams.push_back(client.open({{"streamtype", types[random.below(6)]}, {"port", std::to_string(random.below(70'000))},
                                   {"requestid", std::to_string(random.below(4))}}, random.one_in(6)));
  else if (what == 5 && !streams.empty()) client.reset(streams[random.below(streams.size())]);
  else if (!streams.empty()) client.send(streams[random.below(streams.size())], random.bytes(random.one_in(9) ? 9000 : 90), random.one_in(8));
  auto bytes = std::exchange(client.out, {});
  return random.one_in(2) ? binary(bytes) : bytes;
}

// What a node might do with the channels it was opened.
void node_acts(noise& random, session& node, std::vector<uint32_t>& channels) {
  if (channels.empty()) return;
  auto channel = channels[random.below(channels.size())];
  switch (random.below(6)) {
  case 0: node.fin(channel); break;
  case 1: node.reset(channel, random.bytes(40)); break;
  case 2: node.write(channel, stream_outcome::exit(int32_t(random.below(3))).encode()); break;
  default: node.write(channel, random.bytes(random.one_in(9) ? 9000 : 90));
  }
}

} // namespace

TEST_CASE("translators survive noisy clients and noisy nodes") {
  noise random(4);
  size_t finished = 0, carried = 0, rounds = 1500;
  for (size_t round = 0; round < rounds; ++round) {
    auto made = any_translator(random);
    spdy::session client(true);
    session node;
    std::vector<uint32_t> streams, channels;
    struct recorder final : stream_pipe {
      std::string* to;
      void send(std::string frames) override { *to += frames; }
      void close() override {}
    };
    std::string for_node;
    auto pipe = std::make_shared<recorder>();
    pipe->to = &for_node;
    made->connect(pipe);
    for (size_t step = 1 + random.below(60); step--;) {
      random.in_pieces(client_words(random, client, streams), [&](std::string_view piece) {
        if (!made->stalled()) made->from_client(piece);
      });
      auto frames = std::exchange(for_node, {});
      std::string_view rest = frames;
      while (auto event = node.next(rest)) {
        if (event->type == frame_type::open) channels.push_back(event->channel);
        if (event->type == frame_type::data && !random.one_in(5)) node.consumed(event->channel, event->data.size());
        carried += event->data.size();
      }
      REQUIRE_FALSE(node.failed()); // whatever the client says, the node is spoken to properly
      node_acts(random, node, channels);
      auto back = node.take_out();
      if (random.one_in(40)) random.spoil(back);
      random.in_pieces(back, [&](std::string_view piece) { made->from_node(piece); });
      if (random.one_in(50)) made->link_lost("lost");
      if (random.one_in(20)) made->tick(int64_t(random.below(100'000)));
      REQUIRE(made->out().size() < (4u << 20));
      if (random.one_in(2)) {
        made->out().clear();
        made->taken();
      }
    }
    if (random.one_in(2)) made->client_closed();
    finished += made->finished();
  }
  CHECK(finished > rounds / 4);
  CHECK(carried > 50'000);
}
