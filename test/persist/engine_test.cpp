// The replica's engine over simulated ports: what it promises is kept when the power fails at any moment.
#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <map>

#include "persist/replica_engine.hpp"
#include "test/persist/store_test_tools.hpp"
#include "test/sim/store_ports.hpp"

using namespace troupe;
using namespace troupe::store_test;
using sim::random_stream;

namespace {

/// One life of a process: state, engine and ports over a disk that outlives it. Events run one at a time.
class life : public log_listener, public history_listener, public std::enable_shared_from_this<life> {
 public:
  life(std::shared_ptr<sim::store_disk> disk, uint64_t seed)
      : disk_(std::move(disk)),
        random_(seed),
        state(1u << 20, 20'000, sim::make_log_port(disk_, later(), random_stream{random_.next()}),
              sim::make_history_port(disk_, later(), random_stream{random_.next()})) {}
  void start() {
    state.log->open();
    state.history->open();
    begin();
  }
  /// Another engine over the same state: what a restarted replica is.
  void begin() {
    engine = std::make_unique<replica_engine>(state, replica_engine::options{1, 60'000, {}});
    engine->start(weak_from_this(), weak_from_this());
  }
  /// False: nothing is left to do.
  bool step() {
    if (engine->now() == replica_engine::phase::failed) begin();
    if (engine->wants_flush() && random_.chance(0.7)) {
      engine->flush(now());
      return true;
    }
    if (!inbox_.empty()) {
      auto work = std::move(inbox_.front());
      inbox_.pop_front();
      work();
      return true;
    }
    if (events_.empty()) return engine->wants_flush() ? (engine->flush(now()), true) : false;
    time_ = std::max(time_, events_.begin()->first);
    auto work = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    work();
    return true;
  }
  instant now() const { return {time_ / sim::ms, wall_s}; }
  void propose(txn write) {
    auto home = std::make_shared<test_home>([this, write](const call_ptr& one) {
      outcomes.push_back({write, one->outcome, one->out.code});
    });
    engine->propose(make_call(home, std::move(write)));
  }

  void log_is_loaded(std::shared_ptr<log_image> image) override {
    inbox_.push_back([this, image] { engine->log_loaded(image, now()); });
  }
  void log_is_durable(uint64_t index, uint64_t term) override {
    inbox_.push_back([this, index, term] { engine->log_durable(index, term, now()); });
  }
  void log_is_full() override {
    inbox_.push_back([this] { engine->log_full(); });
  }
  void log_failed(const std::string& why) override {
    inbox_.push_back([this, why] { engine->port_failed(why); });
  }
  void history_is_loaded(std::shared_ptr<history_image> image) override {
    inbox_.push_back([this, image] { engine->history_loaded(image, now()); });
  }
  void history_has_passed(const applied_position& at, const applied_position& safe) override {
    inbox_.push_back([this, at, safe] { engine->history_passed(at, safe, now()); });
  }
  void history_failed(const std::string& why) override { log_failed(why); }

 private:
  sim::later_function later() {
    return
        [this](sim::nanoseconds delay, std::function<void()> work) { events_.emplace(time_ + delay, std::move(work)); };
  }
  std::shared_ptr<sim::store_disk> disk_;
  random_stream random_;
  sim::nanoseconds time_ = 0;
  std::multimap<sim::nanoseconds, std::function<void()>> events_;
  std::deque<std::function<void()>> inbox_;

 public:
  struct result_of {
    txn write;
    txn_outcome outcome;
    int code;
  };
  int64_t wall_s = 1000;
  std::vector<result_of> outcomes;  // before the engine: its calls come home when it dies
  replica_state state;
  std::unique_ptr<replica_engine> engine;
};

/// A client that counts: it writes pairs of keys with the next number, one pair after the other, and knows what was
/// acknowledged. A pair must always agree (half applied otherwise), its number never go back (lost), and each committed
/// number has its own revision (there twice otherwise).
struct counting_client {
  std::map<std::string, uint64_t> acknowledged, tried;
  uint64_t writes = 0;

  txn next(random_stream& random) {
    auto name = "pair-" + std::to_string(random.below(4));
    auto number = std::to_string(++tried[name]);
    ++writes;
    return {{put("left", name, number), put("right", name, number)}};
  }
  void take(life& of) {
    for (auto& one : std::exchange(of.outcomes, {}))
      if (one.outcome.what == txn_outcome::kind::committed) {
        auto& name = one.write.operations[0].key.name;
        auto& highest = acknowledged[name];
        highest = std::max<uint64_t>(highest, std::stoull(text_of(*one.outcome.objects[0])));
      }
  }
  std::string wrong(const roots& state) const {
    for (auto& [name, number] : tried) {
      auto left = state.get(config_maps(), "left", name), right = state.get(config_maps(), "right", name);
      auto highest = acknowledged.contains(name) ? acknowledged.at(name) : 0;
      if (!left != !right) return name + " is half there";
      uint64_t found = left ? std::stoull(text_of(*left)) : 0;
      if (left && (text_of(*left) != text_of(*right) || left->revision() != right->revision()))
        return name + " is half applied";
      if (found < highest)
        return name + ": " + std::to_string(highest) + " was acknowledged, " + std::to_string(found) + " is there";
      if (found > number) return name + " has a number that nobody wrote";
    }
    return "";
  }
};

bool run_until_serving(life& of) {
  for (int i = 0; i < 10'000; ++i) {
    if (of.engine->now() == replica_engine::phase::serving) return true;
    if (!of.step() && of.engine->now() != replica_engine::phase::serving) return false;
  }
  return false;
}

/// What the history says of all changes so far, as counts of (key, number): more than one is "there twice".
std::string written_twice(const sim::store_disk& disk, const life& of) {
  std::map<std::string, int> seen;
  auto look = [&](const history_group& group) {
    for (auto& one : group.events)
      if (++seen[one->object->key().text() + "=" + text_of(*one->object)] > 1) return one->object->key().text();
    return std::string{};
  };
  for (auto& group : disk.history)
    if (auto key = look(group); !key.empty()) return key;
  auto head = disk.history.empty() ? 0 : disk.history.back().position.index;
  for (auto& group : of.state.ring.groups_above(head))
    if (auto key = look(group); !key.empty()) return key;
  return "";
}

}  // namespace

TEST_CASE("a replica alone serves, and comes back with what it had") {
  auto disk = std::make_shared<sim::store_disk>();
  counting_client client;
  random_stream random{4};
  {
    auto one = std::make_shared<life>(disk, 1);
    one->start();
    REQUIRE(run_until_serving(*one));
    for (int i = 0; i < 50; ++i) one->propose(client.next(random));
    while (one->step()) {
    }
    client.take(*one);
    CHECK(client.wrong(one->state.published) == "");
    CHECK(one->state.published.revision() == 50);
    CHECK(one->state.applied.index < 10);  // groups, not single writes
  }
  auto other = std::make_shared<life>(disk, 2);
  other->start();
  REQUIRE(run_until_serving(*other));
  CHECK(other->state.published.revision() == 50);
  CHECK(client.wrong(other->state.published) == "");
  CHECK(other->state.replayed == 0);  // the history had it all
}

TEST_CASE("a restart replays only what the history has not got") {
  auto disk = std::make_shared<sim::store_disk>();
  auto one = std::make_shared<life>(disk, 1);
  one->start();
  REQUIRE(run_until_serving(*one));
  counting_client client;
  random_stream random{4};
  auto write = [&] {
    one->propose(client.next(random));
    one->engine->flush(one->now());
    while (one->outcomes.empty()) REQUIRE(one->step());
    one->outcomes.clear();
  };
  for (int i = 0; i < 30; ++i) write();
  while (one->step()) {  // the history catches up
  }
  auto in_history = disk->history.back().position.index;
  for (int i = 0; i < 7; ++i) write();
  auto last = one->state.applied.index;
  REQUIRE(disk->history.back().position.index == in_history);
  one.reset();
  auto other = std::make_shared<life>(disk, 2);
  other->start();
  REQUIRE(run_until_serving(*other));
  CHECK(other->state.replayed == last - in_history);
  CHECK(other->state.replayed == 7);
  CHECK(other->state.published.revision() == 37);
}

TEST_CASE("power loss at every step loses nothing that was acknowledged, halves nothing, repeats nothing") {
  size_t losses = 0;
  uint64_t acknowledged = 0;
  for (uint64_t seed = 1; seed <= 25; ++seed)
    for (uint64_t crash_at = 1;; ++crash_at) {
      auto disk = std::make_shared<sim::store_disk>(random_stream{seed * 1000 + crash_at});
      disk->damaged_tail = 0.3;
      counting_client client;
      random_stream random{seed};
      bool reached = false;
      {
        auto first = std::make_shared<life>(disk, seed);
        first->start();
        for (uint64_t step = 0; step < crash_at; ++step) {
          if (client.writes < 40 && random.chance(0.3)) first->propose(client.next(random));
          if (!first->step() && client.writes >= 40) {
            reached = true;
            break;
          }
          client.take(*first);
        }
        client.take(*first);
      }
      if (reached) break;  // the undisturbed end: every index was tried
      disk->lose_power();
      ++losses;
      auto second = std::make_shared<life>(disk, seed + 7);
      second->start();
      REQUIRE(run_until_serving(*second));
      INFO("seed " << seed << " step " << crash_at);
      REQUIRE(client.wrong(second->state.published) == "");
      for (int i = 0; i < 5; ++i) second->propose(client.next(random));
      while (second->step()) {
      }
      client.take(*second);
      REQUIRE(client.wrong(second->state.published) == "");
      REQUIRE(written_twice(*disk, *second) == "");
      for (auto& [name, number] : client.acknowledged) acknowledged += number;
    }
  CHECK(losses > 1000);
  CHECK(acknowledged > losses);
}

TEST_CASE("the simulation notices a store that acknowledges before it has synced") {
  size_t lost = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    auto disk = std::make_shared<sim::store_disk>(random_stream{seed});
    disk->acknowledge_early = true;
    counting_client client;
    random_stream random{seed};
    {
      auto first = std::make_shared<life>(disk, seed);
      first->start();
      for (uint64_t step = 0; step < 20 + seed; ++step) {
        if (random.chance(0.5)) first->propose(client.next(random));
        first->step();
        client.take(*first);
      }
    }
    disk->lose_power();
    auto second = std::make_shared<life>(disk, seed);
    second->start();
    if (!run_until_serving(*second) || client.wrong(second->state.published) != "") ++lost;
  }
  CHECK(lost > 0);
}

TEST_CASE("a replica killed at every step goes on over the same state") {
  size_t kills = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed)
    for (uint64_t kill_at = 1; kill_at < 120; ++kill_at) {
      auto disk = std::make_shared<sim::store_disk>(random_stream{seed});
      counting_client client;
      random_stream random{seed};
      auto one = std::make_shared<life>(disk, seed);
      one->start();
      for (uint64_t step = 0; one->step() || client.writes < 40; ++step) {
        if (client.writes < 40 && random.chance(0.3)) one->propose(client.next(random));
        client.take(*one);
        if (step == kill_at) {
          auto before = one->state.published.revision();
          one->begin();
          REQUIRE(one->state.published.revision() == before);  // reads go on
          ++kills;
        }
      }
      client.take(*one);
      INFO("seed " << seed << " step " << kill_at);
      REQUIRE(client.wrong(one->state.published) == "");
      REQUIRE(written_twice(*disk, *one) == "");
      for (auto& [name, number] : client.tried)  // a kill ends in 503 or 504, all else is acknowledged
        REQUIRE(client.acknowledged[name] + 20 > number);
    }
  CHECK(kills > 1000);
}

TEST_CASE("a killed port ends the engine; its successor writes what the history missed") {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    auto disk = std::make_shared<sim::store_disk>(random_stream{seed});
    counting_client client;
    random_stream random{seed};
    auto one = std::make_shared<life>(disk, seed);
    one->start();
    for (uint64_t step = 0; one->step() || client.writes < 60; ++step) {
      if (client.writes < 60 && random.chance(0.3)) one->propose(client.next(random));
      if (step % 50 == 30 + seed % 20) {
        if (random.chance(0.5)) {
          one->state.history->close(false);
          one->state.history->open();
        } else {
          one->state.log->close();
          one->state.log->open();
        }
      }
      client.take(*one);
    }
    client.take(*one);
    INFO("seed " << seed);
    REQUIRE(client.wrong(one->state.published) == "");
    REQUIRE(written_twice(*disk, *one) == "");
    REQUIRE(disk->history.back().position.revision == one->state.published.revision());
    auto other = std::make_shared<life>(disk, seed);
    other->start();
    REQUIRE(run_until_serving(*other));
    REQUIRE(client.wrong(other->state.published) == "");
  }
}

TEST_CASE("without space on the disk writes are refused and reads go on, until there is space") {
  auto disk = std::make_shared<sim::store_disk>();
  auto one = std::make_shared<life>(disk, 1);
  one->start();
  REQUIRE(run_until_serving(*one));
  disk->log.segments_max = 1;
  std::string big(60'000, 'x');
  size_t committed = 0, refused = 0;
  for (int i = 0; i < 200 && refused < 3; ++i) {
    one->propose({{put("default", "big-" + std::to_string(i), big)}});
    for (int k = 0; k < 20 && one->outcomes.empty(); ++k) one->step();
    for (auto& outcome : std::exchange(one->outcomes, {})) {
      committed += outcome.outcome.what == txn_outcome::kind::committed;
      refused += outcome.outcome.what == txn_outcome::kind::refused &&
                 outcome.outcome.why.find("no space") != std::string::npos;
    }
  }
  CHECK(committed > 0);
  CHECK(refused >= 3);
  CHECK(one->state.published.count(config_maps(), "") == committed);
  // What waits behind the group in hand is refused at once as well, not left to its deadline.
  CHECK(one->state.log->full());
  disk->log.segments_max = 100;
  for (int k = 0; k < 100; ++k) one->step();
  one->outcomes.clear();
  one->propose({{put("default", "small", "x")}});
  for (int k = 0; k < 1000 && one->outcomes.empty(); ++k) one->step();
  REQUIRE(one->outcomes.size() == 1);
  CHECK(one->outcomes[0].outcome.what == txn_outcome::kind::committed);
}

TEST_CASE("what has a time to live is removed by a proposal when it is over, unless it was written again") {
  auto disk = std::make_shared<sim::store_disk>();
  auto one = std::make_shared<life>(disk, 1);
  one->start();
  REQUIRE(run_until_serving(*one));
  auto write = [&](const std::string& name, uint64_t ttl_seconds) {
    txn what{{put("default", name, "x")}};
    what.ttl_seconds = ttl_seconds;
    one->propose(what);
    while (one->step()) {
    }
  };
  write("short", 10);
  write("renewed", 10);
  write("kept", 0);
  one->wall_s += 5;
  write("renewed", 10);
  one->wall_s += 6;
  one->engine->tick(one->now());
  while (one->step()) {
  }
  CHECK_FALSE(one->state.published.get(config_maps(), "default", "short"));
  CHECK(one->state.published.get(config_maps(), "default", "renewed"));
  // A restart knows it too, from history and log.
  one.reset();
  auto other = std::make_shared<life>(disk, 2);
  other->wall_s = 1016;
  other->start();
  REQUIRE(run_until_serving(*other));
  CHECK(other->engine->wait_ms(other->now()) == 1000);
  other->engine->tick(other->now());
  while (other->step()) {
  }
  CHECK_FALSE(other->state.published.get(config_maps(), "default", "renewed"));
  CHECK(other->state.published.get(config_maps(), "default", "kept"));
}

TEST_CASE("a damaged log, or one that does not reach the history, is refused") {
  auto disk = std::make_shared<sim::store_disk>();
  {
    auto one = std::make_shared<life>(disk, 1);
    one->start();
    REQUIRE(run_until_serving(*one));
    for (int i = 0; i < 20; ++i) {
      one->propose({{put("default", "name", std::to_string(i))}});
      while (one->step()) {
      }
    }
  }
  auto refused = [&] {
    auto other = std::make_shared<life>(disk, 2);
    other->start();
    while (other->step()) {
    }
    REQUIRE(other->engine->now() == replica_engine::phase::refused);
    other->propose({{put("default", "name", "x")}});
    REQUIRE(other->outcomes.size() == 1);
    CHECK(other->outcomes[0].outcome.what == txn_outcome::kind::refused);
    return other->engine->why();
  };
  auto files = disk->log.files;
  auto& file = disk->log.files.begin()->second;
  file[3 * 4096 + 100] = static_cast<char>(file[3 * 4096 + 100] ^ 1);
  CHECK(refused().find("damaged") != std::string::npos);
  disk->log.files.clear();
  CHECK(refused().find("does not reach") != std::string::npos);
}

TEST_CASE("a malformed transaction is refused before it is proposed") {
  auto disk = std::make_shared<sim::store_disk>();
  auto one = std::make_shared<life>(disk, 1);
  one->start();
  REQUIRE(run_until_serving(*one));
  one->propose({});
  one->propose({{put("a", "one", "1"), removal("a", "one")}});
  one->propose({{put("a", "one", std::string(txn_bytes_max, 'x'))}});
  REQUIRE(one->outcomes.size() == 3);
  for (auto& outcome : one->outcomes) CHECK(outcome.outcome.what == txn_outcome::kind::refused);
  one->engine->stop();
  one->propose({{put("a", "one", "1")}});
  CHECK(one->outcomes.back().outcome.what == txn_outcome::kind::refused);
  CHECK(one->engine->drained());
}
