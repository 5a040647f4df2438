// The DNS actor in the simulated world, with sockets that a test holds in its hands.
#include <catch2/catch_test_macros.hpp>
#include <caf/send.hpp>
#include <map>
#include "actors/dns/dns.hpp"
#include "actors/dns/dns_message.hpp"
#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/service.pb.h"
#include "runtime/log.hpp"
#include "runtime/supervision/supervisor_actor.hpp"
#include "test/actors/support/fake_node_port.hpp"
#include "test/sim/world.hpp"

using namespace troupe;
using namespace troupe::sim;
using namespace troupe::test;

namespace {

struct hands {
  struct forwarded {
    uint64_t token;
    std::string message;
    std::function<bool(std::string_view)> matches;
  };
  std::map<uint64_t, std::string> answers;
  std::vector<forwarded> forwards;
  int opened = 0;
};

class held_sockets : public dns_server_port {
public:
  explicit held_sockets(std::shared_ptr<hands> in) : in_(std::move(in)) {}
  void answer(uint64_t client, std::string message) override { in_->answers[client] = std::move(message); }
  void forward(uint64_t token, std::string message, bool, std::function<bool(std::string_view)> matches) override {
    in_->forwards.push_back({token, std::move(message), std::move(matches)});
  }
  uint16_t port() const override { return 1053; }

private:
  std::shared_ptr<hands> in_;
};

std::string question(const std::string& name, uint16_t type = dns::type_a) {
  return std::string("\x12\x34\1\0\0\1\0\0\0\0\0\0", 12) + dns::wire_name(name) + std::string{char(type >> 8), char(type), 0, 1};
}

struct stage {
  explicit stage(bool with_upstream = true) : all(1) {
    set_log_sink({});
    k8s::io::api::core::v1::Namespace space;
    space.mutable_metadata()->set_name("default");
    api->put("/api/v1/namespaces", "default", space);
    put("web", "10.96.0.20");
    auto& on = all.add("alpha", [this, with_upstream](machine&) {
      dns_options options;
      options.base = "/alpha/dns";
      options.port_path = "/alpha/nodes/alpha";
      if (with_upstream) options.upstreams = {"192.0.2.53"};
      options.open = [held = held](dns_server_options) -> result<std::unique_ptr<dns_server_port>> {
        if (++held->opened == 1) return plain_error("the bridge is not there yet");
        return std::unique_ptr<dns_server_port>(std::make_unique<held_sockets>(held));
      };
      return std::vector<child_spec>{supervisor_spec("nodes", {fake_node_port("alpha", api)}), supervisor_spec("dns", dns_children(options))};
    });
    all.boot(on);
  }
  void put(const std::string& name, const std::string& address) {
    k8s::io::api::core::v1::Service made;
    made.mutable_metadata()->set_namespace_("default");
    made.mutable_metadata()->set_name(name);
    made.mutable_spec()->set_clusterip(address);
    api->put("/api/v1/services", "default/" + name, made);
  }
  template <class Message> void tell(Message message) {
    caf::anon_send(all.find("alpha")->env->actors.get<dns_actor>("/alpha/dns/names"), std::move(message));
  }
  /// The answer; empty: none within a second.
  std::string ask(const std::string& message) {
    uint64_t client = ++last_client;
    tell(dns_query{client, true, message});
    all.run_until([&] { return held->answers.count(client) > 0; }, all.now + 1 * sec);
    return held->answers[client];
  }
  static int code_of(const std::string& answer) { return answer.size() < 12 ? -1 : answer[3] & 15; }

  std::shared_ptr<fake_collections> api = std::make_shared<fake_collections>();
  std::shared_ptr<hands> held = std::make_shared<hands>();
  uint64_t last_client = 0;
  world all;
};

} // namespace

TEST_CASE("DNS: nothing is denied before everything has been seen; then names follow the API") {
  stage on;
  on.api->unreachable = true;
  on.all.run_until([&] { return on.held->opened >= 2; }, 5 * sec); // the first try to listen failed
  CHECK(stage::code_of(on.ask(question("web.default.svc.cluster.local"))) == 2);
  on.api->unreachable = false;
  on.all.run_until(on.all.now + 10 * sec);
  auto found = on.ask(question("web.default.svc.cluster.local"));
  CHECK(stage::code_of(found) == 0);
  CHECK(found.ends_with(dns::address_data(0x0a600014)));
  CHECK(stage::code_of(on.ask(question("new.default.svc.cluster.local"))) == 3);
  on.put("new", "10.96.0.21");
  on.all.run_until(on.all.now + 1 * sec);
  CHECK(stage::code_of(on.ask(question("new.default.svc.cluster.local"))) == 0);
  on.api->remove("/api/v1/services", "default/new");
  on.all.run_until(on.all.now + 1 * sec);
  CHECK(stage::code_of(on.ask(question("new.default.svc.cluster.local"))) == 3);
  CHECK(on.ask("nonsense").empty());
  CHECK(stage::code_of(on.ask(question("x", dns::type_a).substr(0, 14))) == 1);
}

TEST_CASE("DNS: other names are passed on under another id and come back under their own") {
  stage on;
  on.all.run_until(2 * sec);
  on.tell(dns_query{100, true, question("example.org")});
  REQUIRE(on.all.run_until([&] { return on.held->forwards.size() == 1; }, on.all.now + 1 * sec));
  auto& forward = on.held->forwards[0];
  CHECK(forward.message.substr(2) == question("example.org").substr(2));
  std::string answer = forward.message;
  answer[2] = char(0x81);
  CHECK(forward.matches(answer));
  CHECK_FALSE(forward.matches(forward.message));
  on.tell(dns_forwarded{forward.token, true, answer});
  REQUIRE(on.all.run_until([&] { return on.held->answers.count(100) > 0; }, on.all.now + 1 * sec));
  CHECK(on.held->answers[100].substr(0, 2) == "\x12\x34");
  on.tell(dns_query{101, true, question("example.org")});
  REQUIRE(on.all.run_until([&] { return on.held->forwards.size() == 2; }, on.all.now + 1 * sec));
  on.tell(dns_forwarded{on.held->forwards[1].token, false, ""});
  REQUIRE(on.all.run_until([&] { return on.held->answers.count(101) > 0; }, on.all.now + 1 * sec));
  CHECK(stage::code_of(on.held->answers[101]) == 2);
}

TEST_CASE("DNS: without an upstream, and with too many questions waiting, it says so") {
  stage alone(false);
  alone.all.run_until(2 * sec);
  CHECK(stage::code_of(alone.ask(question("example.org"))) == 2);
  stage on;
  on.all.run_until(2 * sec);
  for (uint64_t client = 1000; client < 1000 + 512; ++client) on.tell(dns_query{client, true, question("example.org")});
  CHECK(stage::code_of(on.ask(question("example.org"))) == 2);
  CHECK(on.held->forwards.size() == 512);
  on.all.run_until(on.all.now + 9 * sec); // those that wait too long make room
  on.tell(dns_query{5000, true, question("example.org")});
  CHECK(on.all.run_until([&] { return on.held->forwards.size() == 513; }, on.all.now + 1 * sec));
}

TEST_CASE("DNS: killed, it answers again from what it lists") {
  stage on;
  on.all.run_until(2 * sec);
  REQUIRE(on.all.kill("/alpha/dns/names"));
  REQUIRE(on.all.run_until([&] { return on.held->opened >= 3; }, on.all.now + 5 * sec));
  on.all.run_until(on.all.now + 1 * sec);
  CHECK(stage::code_of(on.ask(question("web.default.svc.cluster.local"))) == 0);
  REQUIRE(on.all.kill("/alpha/nodes/alpha"));
  CHECK(stage::code_of(on.ask(question("web.default.svc.cluster.local"))) == 0); // what it knows, it goes on saying
}
