// On whatever machine this runs: the facts agree with what a simple program sees.
#include <arpa/inet.h>
#include <catch2/catch_test_macros.hpp>
#include <sys/socket.h>
#include <unistd.h>
#include "runtime/ports/machine_probe_port.hpp"
#include "runtime/ports/process_run.hpp"

using namespace troupe;

TEST_CASE("facts of this machine") {
  host_options options;
  options.name = "probe";
  options.data_directory = "/nonexistent";
  int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listening, 1) == 0);
  socklen_t size = sizeof address;
  ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
  options.api_port = ntohs(address.sin_port);

  auto facts = read_machine_facts(options);
  CHECK(facts.user_id == int(::geteuid()));
  CHECK(facts.ctr == find_program("ctr"));
  bool seen = false;
  for (auto& listener : facts.listeners)
    if (listener.port == options.api_port) {
      seen = true;
      CHECK(listener.address == "127.0.0.1");
      CHECK(listener.pid == int(::getpid()));
      CHECK(listener.name == "machine_probe_p"); // comm has 15 letters
    }
  CHECK(seen);
  for (auto& route : facts.routes) CHECK_FALSE(route.device.empty());

  options.with_node = false;
  auto decided = machine_probe(facts, options);
  REQUIRE(std::holds_alternative<refusal>(decided)); // we hold the port ourselves
  CHECK(std::get<refusal>(decided).line.find("machine_probe_p (pid ") != std::string::npos);
  ::close(listening);
}
