// The gateway's two actors on virtual time: what they leave behind when they are killed.
#include <catch2/catch_test_macros.hpp>
#include <caf/send.hpp>
#include "actors/gateway/gateway_supervisor.hpp"
#include "runtime/log.hpp"
#include "runtime/supervision/supervisor_actor.hpp"
#include "test/sim/world.hpp"

using namespace troupe;
using namespace troupe::sim;

namespace {

struct noted_port final : http_port {
  std::vector<std::string> book;
  uint64_t last = 0;
  uint64_t open_generation() override {
    book.push_back("open " + std::to_string(++last));
    return last;
  }
  void close_generation(uint64_t generation) override { book.push_back("close " + std::to_string(generation)); }
  http_counts counts() const override { return {}; }
};

struct gateway_world {
  noted_port port;
  gateway_configuration_ptr configuration = std::make_shared<published<gateway_configuration>>();
  world all{1};
  machine* alpha = nullptr;
  gateway_world() {
    set_log_sink({});
    alpha = &all.add("alpha", [this](machine&) {
      return std::vector<child_spec>{supervisor_spec("gateway", gateway_children(port, configuration))};
    });
    all.boot(*alpha);
    all.run_until(1 * sec);
  }
};

} // namespace

TEST_CASE("a killed listener closes its generation, and the next one opens") {
  gateway_world world;
  CHECK(world.port.book == std::vector<std::string>{"open 1"});
  REQUIRE(world.all.kill("/alpha/gateway/listener"));
  world.all.run_until(2 * sec);
  CHECK(world.port.book == std::vector<std::string>{"open 1", "close 1", "open 2"});
  caf::anon_send(world.alpha->root, stop_atom::value);
  world.all.run_until(3 * sec);
  CHECK(world.port.book == std::vector<std::string>{"open 1", "close 1", "open 2", "close 2"});
}

TEST_CASE("a killed gateway leaves its last word, and no connection ends") {
  gateway_world world;
  REQUIRE(world.configuration->read());
  CHECK(world.configuration->read()->reads_in_flight_max == 400);
  gateway_configuration wanted;
  wanted.reads_in_flight_max = 7;
  caf::anon_send(world.alpha->env->actors.get<gateway_actor>("/alpha/gateway/gateway"), configure_gateway{wanted});
  world.all.run_until(2 * sec);
  CHECK(world.configuration->read()->reads_in_flight_max == 7);
  REQUIRE(world.all.kill("/alpha/gateway/gateway"));
  CHECK(world.configuration->read()->reads_in_flight_max == 7);
  world.all.run_until(3 * sec);
  CHECK(world.configuration->read()->reads_in_flight_max == 7);
  CHECK(world.port.book == std::vector<std::string>{"open 1"});
  caf::anon_send(world.alpha->root, stop_atom::value);
  world.all.run_until(4 * sec);
  CHECK_FALSE(world.configuration->read()->admitting);
}
