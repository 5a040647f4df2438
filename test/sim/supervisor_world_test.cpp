// Supervisors on virtual time: restarts, order, escalation, dynamic children, kills of every kind.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <caf/send.hpp>
#include "runtime/log.hpp"
#include "runtime/supervision/spawn.hpp"
#include "runtime/supervision/supervisor_actor.hpp"
#include "test/sim/world.hpp"

using namespace troupe;
using namespace troupe::sim;

namespace {

using poke_atom = caf::atom_constant<caf::atom("poke")>;
using throw_atom = caf::atom_constant<caf::atom("throw")>;
using worker_actor = caf::typed_actor<caf::reacts_to<poke_atom>, caf::reacts_to<throw_atom>, caf::reacts_to<stop_atom>>;

struct diary {
  std::vector<std::string> lines;
  int alive = 0, alive_most = 0;
};

struct worker_state {
  worker_state(caf::local_actor*) {}
  ~worker_state() {
    if (book)
      --book->alive;
  }
  static inline const char* name = "worker";
  std::shared_ptr<diary> book;
};

worker_actor::behavior_type worker(worker_actor::stateful_pointer<worker_state> self, env_ptr env, spawn_context context,
                                   std::shared_ptr<diary> book, bool says_ready) {
  self->state.book = book;
  book->alive_most = std::max(book->alive_most, ++book->alive);
  auto note = [book, path = context.path](const std::string& what) { book->lines.push_back(what + " " + path); };
  note("start");
  if (says_ready)
    say_ready(self, env, context);
  return {
    [](poke_atom) {},
    [](throw_atom) { throw std::runtime_error("broken"); },
    [self, note](stop_atom) {
      note("stop");
      self->quit();
    },
  };
}

child_spec child(const std::string& name, std::shared_ptr<diary> book, bool says_ready = false) {
  child_spec spec;
  spec.name = name;
  spec.kind = "Worker";
  spec.says_ready = says_ready;
  spec.start = [=](const spawn_context& context, const env_ptr& env) {
    return spawn_child(context, worker, env, spawn_context{nullptr, context.path, context.supervisor, false}, book, says_ready);
  };
  return spec;
}

struct tree_world {
  explicit tree_world(uint64_t seed = 1) : all(seed) { set_log_sink({}); }
  machine& boot(std::function<std::vector<child_spec>()> children) {
    auto& on = all.add("alpha", [children](machine&) { return children(); });
    all.boot(on);
    all.run_until(1 * sec);
    return on;
  }
  std::shared_ptr<diary> book = std::make_shared<diary>();
  world all;
};

actor_record record(machine& on, const std::string& path) {
  auto found = on.env->tree->find(path);
  return found ? *found : actor_record{};
}

template <class Atom> void tell(machine& on, const std::string& path, Atom what) {
  caf::anon_send(on.env->actors.get<caf::actor>(path), what);
}

} // namespace

TEST_CASE("a tree starts in order and is published") {
  tree_world world;
  auto book = world.book;
  auto& on = world.boot([=] {
    return std::vector<child_spec>{child("one", book, true), supervisor_spec("two", {child("a", book, true), child("b", book)}), child("three", book)};
  });
  CHECK(book->lines == std::vector<std::string>{"start /alpha/one", "start /alpha/two/a", "start /alpha/two/b", "start /alpha/three"});
  CHECK(on.env->tree->all().size() == 6);
  CHECK(record(on, "two/a").now == actor_record::state::running);
  CHECK(record(on, "two/a").parent == "/alpha/two");
  CHECK(record(on, "alpha.two").supervisor);
}

TEST_CASE("who throws is started again, and the failure is told") {
  tree_world world;
  auto book = world.book;
  auto& on = world.boot([=] { return std::vector<child_spec>{child("one", book), child("two", book)}; });
  tell(on, "/alpha/one", throw_atom::value);
  world.all.run_until(2 * sec);
  auto one = record(on, "/alpha/one");
  CHECK(one.restarts == 1);
  CHECK(one.incarnation == 2);
  CHECK(one.last_failure == "std::runtime_error: broken (message: throw)");
  CHECK(record(on, "/alpha/two").restarts == 0);
  CHECK(book->alive == 2);
}

TEST_CASE("a failure that comes again and again climbs the tree, to the end of the machine's root") {
  tree_world world;
  auto book = world.book;
  auto& on = world.boot([=] {
    return std::vector<child_spec>{supervisor_spec("sup", {child("bad", book), child("good", book)}, {3, 10'000})};
  });
  for (int i = 0; i < 4; ++i) {
    tell(on, "/alpha/sup/bad", throw_atom::value);
    world.all.run_until(world.all.now + 100 * ms);
  }
  CHECK(record(on, "/alpha/sup").restarts == 1);
  CHECK(record(on, "/alpha/sup").last_failure.find("more than 3 restarts") == 0);
  CHECK(book->alive == 2);
  CHECK(std::count(book->lines.begin(), book->lines.end(), "stop /alpha/sup/good") == 1);
}

TEST_CASE("stopping the root stops everything backwards") {
  tree_world world;
  auto book = world.book;
  auto& on = world.boot([=] {
    return std::vector<child_spec>{child("one", book), supervisor_spec("two", {child("a", book), child("b", book)}), child("three", book)};
  });
  book->lines.clear();
  std::string ended = "not yet";
  on.root->attach_functor([&](const caf::error& reason) { ended = failure_text(reason); });
  caf::anon_send(on.root, stop_atom::value);
  world.all.run_until(2 * sec);
  CHECK(book->lines == std::vector<std::string>{"stop /alpha/three", "stop /alpha/two/b", "stop /alpha/two/a", "stop /alpha/one"});
  CHECK(ended.empty());
  CHECK(book->alive == 0);
}

TEST_CASE("children are added and removed at run time") {
  tree_world world;
  auto book = world.book;
  auto& on = world.boot([=] { return std::vector<child_spec>{supervisor_spec("pods", {})}; });
  auto pods = on.env->actors.get<supervisor_actor>("/alpha/pods");
  caf::anon_send(pods, add_child{child("default/web-1", book)});
  caf::anon_send(pods, add_child{child("default/web-1", book)});
  world.all.run_until(2 * sec);
  CHECK(record(on, "alpha.pods.default.web-1").now == actor_record::state::running);
  CHECK(book->alive == 1);
  caf::anon_send(pods, remove_child{"default/web-1"});
  caf::anon_send(pods, add_child{child("default/web-1", book)});
  world.all.run_until(3 * sec);
  CHECK(book->alive == 1);
  CHECK(book->alive_most == 1);
  CHECK(book->lines.size() == 3);
  caf::anon_send(pods, remove_child{"default/web-1"});
  world.all.run_until(4 * sec);
  CHECK(book->alive == 0);
  CHECK_FALSE(on.env->tree->find("default/web-1"));
}

TEST_CASE("kill: an actor, a supervisor with its children, never the root") {
  tree_world world;
  auto book = world.book;
  auto& on = world.boot([=] { return std::vector<child_spec>{supervisor_spec("sup", {child("a", book), child("b", book)})}; });
  CHECK(kill_actor(*on.env, "sup/a").ok());
  world.all.run_until(2 * sec);
  CHECK(record(on, "sup/a").restarts == 1);
  CHECK(record(on, "sup/a").last_failure == "killed");
  CHECK(record(on, "sup/b").restarts == 0);
  CHECK(kill_actor(*on.env, "alpha.sup").ok());
  world.all.run_until(3 * sec);
  CHECK(record(on, "/alpha/sup").restarts == 1);
  CHECK(record(on, "sup/b").incarnation == 1); // of a new supervisor
  CHECK(book->alive == 2);
  CHECK(book->alive_most == 2);
  CHECK(kill_actor(*on.env, "alpha").error().code == 405);
  CHECK(kill_actor(*on.env, "nobody").error().code == 404);
}

TEST_CASE("a supervisor that is killed hard leaves no child behind, and no two incarnations work at once") {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    tree_world world{seed};
    auto book = world.book;
    auto& on = world.boot([=] {
      return std::vector<child_spec>{supervisor_spec("sup", {child("a", book), supervisor_spec("inner", {child("b", book), child("c", book)})})};
    });
    REQUIRE(world.all.kill("/alpha/sup"));
    world.all.run_until(2 * sec);
    REQUIRE(book->alive == 3);
    REQUIRE(book->alive_most == 3);
    REQUIRE(world.all.kill("/alpha/sup/inner"));
    REQUIRE(world.all.kill("/alpha/sup"));
    world.all.run_until(3 * sec);
    REQUIRE(book->alive == 3);
    REQUIRE(book->alive_most == 3);
    REQUIRE(record(on, "/alpha/sup/inner/c").now == actor_record::state::running);
  }
}

TEST_CASE("kill at every message: the tree always comes back whole") {
  auto run = [](uint64_t seed, kill_rule rule, uint64_t* messages) {
    tree_world world{seed};
    auto book = world.book;
    world.all.rule = rule;
    auto& on = world.boot([=] {
      return std::vector<child_spec>{child("one", book, true), supervisor_spec("two", {child("a", book, true), child("b", book)})};
    });
    world.all.after(0, [&] {
      if (auto one = on.up ? on.env->actors.get<caf::actor>("/alpha/two/a") : caf::actor{})
        caf::anon_send(one, throw_atom::value);
    });
    world.all.run_until(3 * sec);
    *messages = world.all.messages;
    std::string state;
    for (auto& record : on.env->tree->all())
      state += record.path + (record.now == actor_record::state::running ? "+ " : "- ");
    return state + std::to_string(book->alive) + " " + std::to_string(book->alive_most);
  };
  uint64_t messages = 0, ignored = 0;
  auto undisturbed = run(1, {}, &messages);
  CHECK(undisturbed == "/alpha+ /alpha/one+ /alpha/two+ /alpha/two/a+ /alpha/two/b+ 3 3");
  for (uint64_t at = 1; at <= messages; ++at)
    for (bool after : {false, true}) {
      CAPTURE(at, after);
      CHECK(run(1, {at, after}, &ignored) == undisturbed);
    }
}

TEST_CASE("the same seed leaves the same trace") {
  auto run = [](uint64_t seed) {
    tree_world world{seed};
    auto book = world.book;
    auto& on = world.boot([=] {
      return std::vector<child_spec>{child("one", book, true), supervisor_spec("two", {child("a", book, true), child("b", book)})};
    });
    tell(on, "/alpha/two/a", throw_atom::value);
    world.all.run_until(3 * sec);
    return world.all.log.hash();
  };
  CHECK(run(1) == run(1));
  CHECK(run(2) == run(2));
  CHECK(run(1) != run(2));
}
