// Links between machines: requests, pushes, partitions, deaths of actors, links and machines, floods.
#include <catch2/catch_test_macros.hpp>
#include "messages/actors/node.hpp"
#include "runtime/link/link_actor.hpp"
#include "runtime/log.hpp"
#include "runtime/supervision/spawn.hpp"
#include "runtime/supervision/supervisor_actor.hpp"
#include "test/sim/network.hpp"
#include "test/sim/world.hpp"

using namespace troupe;
using namespace troupe::sim;

namespace {

const std::string port_path = "/alpha/nodes/beta";

struct seen {
  std::vector<std::string> served;
  std::vector<uint64_t> watches, news;
  int responses = 0, failures = 0, downs = 0;
  nanoseconds failed_at = 0, down_at = 0;
};

struct empty_state {
  explicit empty_state(caf::local_actor*) {}
  static inline const char* name = "test";
};

node_port_actor::behavior_type port(node_port_actor::stateful_pointer<empty_state> self, std::shared_ptr<seen> note) {
  return {
    [note](const node_request& asked) {
      note->served.push_back(asked.path);
      return node_response{200, asked.body};
    },
    [self, note](const node_watch& wanted) {
      note->watches.push_back(wanted.id);
      auto watcher = caf::actor_cast<node_client_actor>(self->current_sender());
      for (uint64_t i = 1; i <= wanted.id; ++i)
        self->send(watcher, node_watch_news{i, std::string(1000, 'x')});
    },
    [](const node_unwatch&) {}, [](const table_news&) {}, [](const call_home&) {}, [](const posted&) {},
    [](tick_atom) {},
    [self](stop_atom) { self->quit(); },
  };
}

using ask_atom = caf::atom_constant<caf::atom("ask")>;
using watch_atom = caf::atom_constant<caf::atom("watch")>;
using client_actor = node_client_actor::extend<caf::reacts_to<ask_atom, std::string>, caf::reacts_to<watch_atom, uint64_t>>;

client_actor::behavior_type client(client_actor::stateful_pointer<empty_state> self, env_ptr env, std::shared_ptr<seen> note, world* in) {
  self->set_down_handler([note, in](const caf::down_msg&) {
    ++note->downs;
    note->down_at = in->now;
  });
  return {
    [note](const node_watch_news& news) { note->news.push_back(news.id); },
    [](const node_watch_end&) {}, [](tick_atom) {},
    [self](stop_atom) { self->quit(); },
    [=](ask_atom, const std::string& path) {
      auto failed = [note, in](const caf::error&) {
        ++note->failures;
        note->failed_at = in->now;
      };
      auto to = env->actors.get<node_port_actor>(port_path);
      if (!to)
        return failed({});
      self->monitor(to);
      self->request(to, std::chrono::seconds(30), node_request{"GET", path, {}, {}, "body"})
        .then([note](const node_response& answer) { note->responses += answer.code == 200 && answer.body == "body"; }, failed);
    },
    [=](watch_atom, uint64_t count) { self->send(env->actors.get<node_port_actor>(port_path), node_watch{count, "/api/v1/pods", ""}); },
  };
}

struct link_world {
  explicit link_world(uint64_t seed = 7) : all(seed) {
    set_log_sink({});
    alpha = &all.add("alpha", [this](machine& on) {
      child_spec beta;
      beta.name = "beta";
      beta.start = [this](const spawn_context& context, const env_ptr&) { return spawn_child(context, port, note); };
      link_options options;
      options.peer = "beta";
      options.wires = &on;
      options.exports = {port_path};
      return std::vector<child_spec>{supervisor_spec("nodes", {beta}), supervisor_spec("links", {link_child(options)})};
    });
    beta = &all.add("beta", [this](machine& on) {
      link_options options;
      options.peer = "alpha";
      options.wires = &on;
      options.dial = true;
      options.imports = imports;
      child_spec asking;
      asking.name = "client";
      asking.start = [this](const spawn_context& context, const env_ptr& env) { return spawn_child(context, client, env, note, &all); };
      return std::vector<child_spec>{supervisor_spec("links", {link_child(options)}), asking};
    });
  }
  void boot() {
    all.boot(*alpha);
    all.boot(*beta);
    wait(500 * ms);
  }
  void wait(nanoseconds time) { all.run_until(all.now + time); }
  void ask(const std::string& path = "/x") { caf::anon_send(client_handle(), ask_atom::value, path); }
  client_actor client_handle() { return beta->env->actors.get<client_actor>("/beta/client"); }
  bool imported() { return static_cast<bool>(beta->env->actors.get<node_port_actor>(port_path)); }

  std::vector<std::string> imports = {port_path};
  std::shared_ptr<seen> note = std::make_shared<seen>();
  world all;
  machine* alpha = nullptr;
  machine* beta = nullptr;
};

} // namespace

TEST_CASE("a remote actor answers like a local one") {
  link_world world;
  world.boot();
  REQUIRE(world.imported());
  world.ask("/api/v1/pods");
  world.wait(50 * ms);
  CHECK(world.note->responses == 1);
  CHECK(world.note->served == std::vector<std::string>{"/api/v1/pods"});
}

TEST_CASE("what is not exported is not there") {
  link_world world;
  world.imports = {"/alpha/links", "/alpha/nodes", "/alpha/nodes/betaX"};
  world.boot();
  for (auto& path : world.imports)
    CHECK_FALSE(world.beta->env->actors.get<caf::actor>(path));
}

TEST_CASE("when the remote actor dies its monitors hear of it, and its next incarnation is found") {
  link_world world;
  world.boot();
  world.ask();
  world.wait(50 * ms);
  REQUIRE(world.all.kill(port_path));
  world.wait(20 * ms);
  CHECK(world.note->downs == 1);
  world.wait(500 * ms);
  REQUIRE(world.imported());
  world.ask();
  world.wait(50 * ms);
  CHECK(world.note->responses == 2);
}

TEST_CASE("a partition fails what is under way within a second or so, and heals") {
  link_world world;
  world.boot();
  world.ask();
  world.wait(50 * ms);
  auto cut_at = world.all.now;
  world.all.partition(0, 1, true);
  world.ask();
  world.wait(3 * sec);
  CHECK(world.note->failures == 1);
  CHECK(world.note->failed_at - cut_at < 1500 * ms);
  CHECK(world.note->downs >= 1);
  CHECK_FALSE(world.imported());
  world.all.partition(0, 1, false);
  world.wait(1 * sec);
  REQUIRE(world.imported());
  world.ask();
  world.wait(50 * ms);
  CHECK(world.note->responses == 2);
}

TEST_CASE("the death of the link actor, of the process, of the machine") {
  link_world world;
  world.boot();
  world.ask();
  world.wait(50 * ms);
  auto at = world.all.now;
  SECTION("own link actor") {
    REQUIRE(world.all.kill("/beta/links/alpha"));
    world.wait(10 * ms);
    CHECK(world.note->downs == 1);
    CHECK(world.note->down_at - at < 10 * ms);
  }
  SECTION("the peer's link actor") {
    REQUIRE(world.all.kill("/alpha/links/beta"));
    world.wait(20 * ms);
    CHECK(world.note->downs == 1);
  }
  SECTION("the peer's process") {
    world.all.restart(*world.alpha, false, 100 * ms);
    world.wait(20 * ms);
    CHECK(world.note->downs == 1);
  }
  SECTION("the peer's machine: nobody says so") {
    world.all.restart(*world.alpha, true, 2 * sec);
    world.wait(1500 * ms);
    CHECK(world.note->downs == 1);
  }
  world.wait(4 * sec);
  REQUIRE(world.imported());
  world.ask();
  world.wait(50 * ms);
  CHECK(world.note->responses == 2);
}

TEST_CASE("a flood goes through the window in order; one beyond every bound takes the link down, loudly") {
  link_world world;
  world.boot();
  SECTION("10 MB") {
    caf::anon_send(world.client_handle(), watch_atom::value, uint64_t{10'000});
    world.wait(10 * sec);
    REQUIRE(world.note->news.size() == 10'000);
    CHECK(std::is_sorted(world.note->news.begin(), world.note->news.end()));
    CHECK(world.note->downs == 0);
  }
  SECTION("40 MB at once") {
    world.ask(); // monitors
    world.wait(50 * ms);
    caf::anon_send(world.client_handle(), watch_atom::value, uint64_t{40'000});
    world.wait(2 * sec);
    CHECK(world.note->news.size() < 40'000);
    CHECK(world.note->downs == 1);
    world.wait(8 * sec);
    CHECK(world.imported()); // it comes back
  }
}

TEST_CASE("what is no frame closes the link and nothing else") {
  link_world world;
  world.boot();
  auto& wires = *world.all.connections.back();
  for (auto& bytes : {std::string("\xff\xff\xff\xff"), std::string(9u << 20, '\0'), std::string("\x12\x02\x08\x01")}) {
    wires.post(0, bytes);
    world.wait(1 * sec);
  }
  world.ask();
  world.wait(50 * ms);
  CHECK(world.note->responses == 1);
}

TEST_CASE("faults of all kinds, many seeds: the link always comes back, and twins agree") {
  auto play = [](uint64_t seed) {
    link_world world{seed};
    world.beta->rate = 1.0003;
    world.beta->offset = 5 * ms;
    random_stream faults{seed ^ 0xfa17};
    world.boot();
    for (int i = 0; i < 6; ++i) {
      auto at = world.all.now + faults.between(1 * ms, 4 * sec), length = faults.between(50 * ms, 2 * sec);
      auto* on = faults.below(2) ? world.alpha : world.beta;
      switch (faults.below(4)) {
        case 0:
          world.all.at(at, [&world] { world.all.partition(0, 1, true); });
          world.all.at(at + length, [&world] { world.all.partition(0, 1, false); });
          break;
        case 1: world.all.at(at, [&world, on, length] { world.all.restart(*on, true, length); }); break;
        case 2: world.all.at(at, [&world, on, length] { on->frozen_until = world.all.now + length; }); break;
        case 3: world.all.at(at, [&world] { world.all.kill("/beta/links/alpha"); }); break;
      }
      world.all.at(at + 1 * ms, [&world] {
        if (world.beta->up)
          world.ask();
      });
    }
    world.wait(15 * sec);
    auto before = world.note->responses;
    world.ask();
    world.wait(1 * sec);
    CHECK(world.note->responses == before + 1);
    return world.all.log.hash();
  };
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    REQUIRE(play(seed) == play(seed));
  }
}
