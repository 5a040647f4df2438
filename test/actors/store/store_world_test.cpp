// The store's actors in the simulated world: any of them killed before or after any message, the machine's power lost
// at any message. Nothing acknowledged is lost, nothing is there twice, every call comes home.
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "actors/store/store.hpp"
#include "runtime/supervision/supervisor_actor.hpp"
#include "test/persist/store_test_tools.hpp"
#include "test/sim/store_ports.hpp"
#include "test/sim/world.hpp"

using namespace troupe;
using namespace troupe::store_test;
using namespace troupe::sim;

namespace {

/// Clients that write the next number to their own key, again until it is acknowledged; a watcher that follows from 0.
struct scene : reply_sink, table_subscriber, std::enable_shared_from_this<scene> {
  static constexpr int clients = 5;
  static constexpr uint64_t goal = 16;

  explicit scene(uint64_t seed) : in(seed) {}
  void build() {
    alpha = &in.add("alpha", [this](machine& of) {
      auto disk = of.disk<store_disk>("store");
      disk->damaged_tail = 0.3;
      auto later = [&of](nanoseconds delay, std::function<void()> work) { of.later(delay, std::move(work)); };
      of.on_crash = {[disk](bool power_loss) {
        if (power_loss)
          disk->lose_power();
        else
          disk->log.settle();
      }};
      std::shared_ptr<store_backend> made =
          make_store({}, make_log_port(disk, later, random_stream{of.random().next()}),
                     make_history_port(disk, later, random_stream{of.random().next()}));
      of.held.push_back(made);
      backend = made;
      made->events().subscribe(config_maps(), weak_from_this());
      return std::vector<child_spec>{supervisor_spec("store", made->children())};
    });
    in.boot(*alpha);
    for (int client = 0; client < clients; ++client) in.after(1 * ms, [this, client] { send(client); });
  }
  void send(int client) {
    auto store = backend.lock();
    if (acknowledged[client] == goal) return;
    if (!alpha->up || !store) return again(client);
    auto number = std::to_string(acknowledged[client] + 1);
    auto name = "client-" + std::to_string(client);
    auto one = make_call(shared_from_this(), {{put("left", name, number), put("right", name, number)}});
    one->stream = client;
    ++sent;
    store->propose(alpha->env, std::move(one));
  }
  void again(int client) {
    in.after(5 * ms, [this, client] { send(client); });
  }
  void answered(call_ptr one) override {
    ++home;
    if (one->outcome.what == txn_outcome::kind::committed)
      acknowledged[one->stream] = std::stoull(text_of(*one->outcome.objects[0]));
    again(one->stream);
  }
  void post(std::function<void()> work) override { in.after(0, std::move(work)); }
  void table_changed(const kind_row&, uint64_t) override { ++rings; }

  bool done() const {
    auto store = backend.lock();
    if (!alpha->up || !store || store->state().revision() < clients * goal) return false;
    for (int client = 0; client < clients; ++client)
      if (!acknowledged.contains(client) || acknowledged.at(client) != goal) return false;
    return true;
  }
  /// What is wrong at the end.
  std::string wrong() {
    auto store = backend.lock();
    if (!store) return "no store";
    std::map<std::string, uint64_t> last;
    std::vector<event_ptr> seen;
    uint64_t after = 0, through = 0;
    while (after < store->state().revision()) {
      if (!store->events().read(config_maps(), after, 100, seen, through)) {
        bool answered_it = false;
        store->events().read_history(config_maps(), after, [&](result<history_page> page) {
          answered_it = true;
          if (page) seen.insert(seen.end(), page->events.begin(), page->events.end()), through = page->through;
        });
        for (int i = 0; i < 10'000 && !answered_it; ++i) in.step();
        if (!answered_it) return "the history does not answer";
      }
      if (through == after && !in.step()) return "the windows stand still";
      after = through;
    }
    for (auto& one : seen) {
      auto& before = last[one->object->key().text()];
      if (std::stoull(text_of(*one->object)) < before) return "a number went back";
      before = std::stoull(text_of(*one->object));
    }
    for (int client = 0; client < clients; ++client)
      for (auto space : {"left", "right"}) {
        auto found = store->state().get(config_maps(), space, "client-" + std::to_string(client));
        if (!found || text_of(*found) != std::to_string(goal)) return "lost or half there";
        if (last[found->key().text()] != goal) return "the watcher missed the end";
      }
    return "";
  }

  world in;
  machine* alpha = nullptr;
  std::weak_ptr<store_backend> backend;
  std::map<int, uint64_t> acknowledged;
  uint64_t sent = 0, home = 0, rings = 0;
};

struct outcome_of {
  std::string wrong;
  uint64_t messages = 0, hash = 0;
  std::string killed;
};

outcome_of run(uint64_t seed, kill_rule kill, uint64_t power_loss_at = 0) {
  auto one = std::make_shared<scene>(seed);
  one->in.rule = kill;
  one->build();
  bool lost = power_loss_at == 0;
  outcome_of outcome;
  auto until = [&] {
    if (!lost && one->in.messages >= power_loss_at) {
      lost = true;
      one->in.restart(*one->alpha, true, 50 * ms);
    }
    return one->done();
  };
  bool done = false;
  for (uint64_t steps = 0; !done && one->in.now < 60 * sec && steps < 1'000'000; ++steps) {
    one->in.step();
    done = until();
  }
  outcome.killed = one->in.killed;
  outcome.messages = one->in.messages;
  outcome.wrong = done ? one->wrong() : "not done";
  if (outcome.wrong.empty() && one->rings == 0) outcome.wrong = "nobody was woken";
  if (outcome.wrong.empty() &&
      power_loss_at == 0) {  // a crash takes its mailboxes' calls home as well, but the client is gone too
    one->in.run_until(one->in.now + 10 * sec);
    if (one->home != one->sent) outcome.wrong = "a call never came home";
  }
  outcome.hash = one->in.log.hash();
  return outcome;
}

}  // namespace

TEST_CASE("the store's actors in the world: twin runs are the same") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    auto one = run(seed, {}), twin = run(seed, {});
    INFO("seed " << seed);
    REQUIRE(one.wrong == "");
    REQUIRE(one.hash == twin.hash);
  }
}

TEST_CASE("the store's actors in the world: killed before and after every message") {
  size_t kills = 0;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    auto messages = run(seed, {}).messages;
    for (uint64_t at = 1; at <= messages; ++at)
      for (bool after : {false, true}) {
        auto result = run(seed, {at, after});
        INFO("seed " << seed << " message " << at << (after ? " after " : " before ") << result.killed);
        REQUIRE(result.wrong == "");
        ++kills;
      }
  }
  CHECK(kills > 300);
}

TEST_CASE("the store's actors in the world: power lost at every message") {
  size_t losses = 0;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    auto messages = run(seed, {}).messages;
    for (uint64_t at = 1; at <= messages; ++at) {
      auto result = run(seed, {}, at);
      INFO("seed " << seed << " message " << at);
      REQUIRE(result.wrong == "");
      ++losses;
    }
  }
  CHECK(losses > 200);
}
