// Reads of the published state at old revisions, and events from windows and history: against a model that keeps it
// all.
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "persist/apply_txn.hpp"
#include "persist/event_windows.hpp"
#include "persist/store_roots.hpp"
#include "test/persist/store_test_tools.hpp"
#include "test/sim/store_ports.hpp"

using namespace troupe;
using namespace troupe::store_test;
using sim::random_stream;

namespace {

/// Applies transactions as a replica does, and keeps every state there ever was.
struct little_replica {
  explicit little_replica(size_t ring_bytes = 64u << 20) : ring(ring_bytes) {}
  std::vector<event_ptr> apply(const txn& write) {
    std::string entry;
    append_txn(entry, write, 0);
    pad_entry(entry);
    txn_reader reader{entry, names};
    txn_view view;
    history_group group;
    while (reader.next(view)) last = apply_txn(objects, view, revision, group.events);
    if (last.what == txn_outcome::kind::committed) revision = last.revision;
    group.position = {++index, 1, revision};
    ring.push(group);
    objects.publish(revision);
    for (auto& one : group.events) {
      if (one->what == event::type::deleted)
        model.erase(one->object->key().text());
      else
        model[one->object->key().text()] = one->revision;
    }
    states[revision] = model;
    return group.events;
  }
  kind_names names;
  keyspace objects;
  event_ring ring;
  store_roots published{objects, ring};
  uint64_t revision = 0, index = 0;
  txn_outcome last;
  std::map<std::string, uint64_t> model;
  std::map<uint64_t, std::map<std::string, uint64_t>> states;
};

txn random_write(random_stream& random, little_replica& replica) {
  txn write;
  size_t count = 1 + random.below(3), start = random.below(40);
  for (size_t i = 0; i < count; ++i) {
    auto space = "space-" + std::to_string(random.below(3));
    auto name = "name-" + std::to_string(start + i);
    bool there = replica.model.contains("configmaps/" + space + "/" + name);
    if (there && random.chance(0.3))
      write.operations.push_back(removal(space, name));
    else
      write.operations.push_back(put(space, name, std::to_string(random.next())));
  }
  return write;
}

std::string list_all(const roots& from, list_range range, size_t page, uint64_t& revision, int& code) {
  std::string text;
  code = 0;
  for (;;) {
    std::vector<object_ptr> objects;
    bool more = false;
    range.limit = page;
    auto shown = from.list(range, objects, more);
    if (!shown) {
      code = shown.error().code;
      return text;
    }
    revision = range.revision = *shown;
    for (auto& one : objects) text += one->key().text() + "@" + std::to_string(one->revision()) + " ";
    if (!more) return text;
    range.after = objects.back()->key().text();
    static std::string held;  // a view into it is kept
    held = objects.back()->key().text();
    range.after = held;
  }
}

std::string expected_list(const std::map<std::string, uint64_t>& state, const std::string& space) {
  std::string text;
  for (auto& [key, revision] : state)
    if (space.empty() || key.starts_with("configmaps/" + space + "/"))
      text += key + "@" + std::to_string(revision) + " ";
  return text;
}

}  // namespace

TEST_CASE("a transaction is all or nothing, at one revision") {
  little_replica replica;
  replica.apply({{put("a", "one", "1"), put("a", "two", "1")}});
  CHECK(replica.last.what == txn_outcome::kind::committed);
  CHECK(replica.revision == 1);
  CHECK(replica.last.objects[1]->revision() == 1);

  replica.apply({{put("a", "one", "2", 1), put("a", "three", "1", absent_revision), check("a", "two", 1)}});
  CHECK(replica.revision == 2);
  REQUIRE(replica.last.objects.size() == 3);
  CHECK(text_of(*replica.last.objects[0]) == "2");

  SECTION("a failing precondition changes nothing and says what is there") {
    for (auto& bad : {put("a", "one", "3", 1), put("a", "two", "3", absent_revision), check("a", "four", 7),
                      removal("a", "one", 1), removal("a", "nobody")}) {
      auto events = replica.apply({{put("a", "three", "9"), bad}});
      CHECK(events.empty());
      CHECK(replica.last.what == txn_outcome::kind::conflicting);
      CHECK(replica.last.failed == 1);
      CHECK(replica.revision == 2);
    }
    replica.apply({{put("a", "one", "3", 1)}});
    REQUIRE(replica.last.current);
    CHECK(replica.last.current->revision() == 2);
    CHECK(text_of(*replica.published.get(config_maps(), "a", "three")) == "1");
  }
  SECTION("only checks: no revision is used") {
    replica.apply({{check("a", "one", 2), check("a", "nobody", absent_revision)}});
    CHECK(replica.last.what == txn_outcome::kind::committed);
    CHECK(replica.last.revision == 2);
    CHECK(replica.revision == 2);
  }
  SECTION("a removal's event holds the last state under the removal's revision") {
    auto events = replica.apply({{removal("a", "one")}});
    REQUIRE(events.size() == 1);
    CHECK(events[0]->what == event::type::deleted);
    CHECK(events[0]->object->revision() == 3);
    CHECK(text_of(*events[0]->object) == "2");
    CHECK(events[0]->previous->revision() == 2);
    CHECK_FALSE(replica.published.get(config_maps(), "a", "one"));
  }
}

TEST_CASE("lists show any revision that the ring reaches, in pages") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    random_stream random{seed};
    little_replica replica{seed % 2 ? 64u << 20 : 30'000};
    for (int i = 0; i < 200; ++i) {
      replica.apply(random_write(random, replica));
      if (random.chance(0.2)) replica.ring.passed(replica.revision);
    }
    for (int i = 0; i < 60; ++i) {
      list_range range;
      range.kind = &config_maps();
      std::string space = random.chance(0.5) ? "space-" + std::to_string(random.below(3)) : "";
      range.space = space;
      range.revision = random.chance(0.2) ? 0 : 1 + random.below(replica.revision);
      auto asked = range.revision == 0 ? replica.revision : range.revision;
      uint64_t shown = 0;
      int code = 0;
      auto text = list_all(replica.published, range, random.below(20), shown, code);
      if (asked < replica.ring.floor() && asked != replica.revision) {
        CHECK(code == 410);
        continue;
      }
      CHECK(code == 0);
      CHECK(shown == asked);
      CHECK(text == expected_list(replica.states[asked], space));
    }
    CHECK(replica.published.count(config_maps(), "") == replica.model.size());
    list_range ahead;
    ahead.kind = &config_maps();
    ahead.revision = replica.revision + 1;
    std::vector<object_ptr> none;
    bool more;
    CHECK(replica.published.list(ahead, none, more).error().code == 504);
  }
}

namespace {

struct bell : table_subscriber {
  void table_changed(const kind_row&, uint64_t revision) override {
    ++rings;
    last = revision;
  }
  int rings = 0;
  uint64_t last = 0;
};

/// Windows over a history that is written behind, by hand.
struct window_rig {
  explicit window_rig(size_t window_bytes, uint64_t seed)
      : history(sim::make_history_port(
            disk, [this](auto, auto work) { later.push_back(std::move(work)); }, random_stream{seed})),
        windows(window_bytes, *history) {
    history->open();
    history->load(std::weak_ptr<history_listener>{}, false);
    run_history();
  }
  void run_history() {
    auto works = std::exchange(later, {});
    for (auto& work : works) work();
    if (!disk->history.empty()) {
      windows.passed(disk->history.back().position.revision);
      replica.ring.passed(disk->history.back().position.revision);
    }
  }
  void write(const txn& what) {
    auto events = replica.apply(what);
    windows.feed(events, replica.revision);
    history->write({{replica.index, 1, replica.revision}, events, {}});
    all.insert(all.end(), events.begin(), events.end());
  }
  /// What a watcher from `after` sees until it is up to date, wherever it has to look for it.
  std::vector<event_ptr> follow(uint64_t after, size_t limit) {
    std::vector<event_ptr> seen;
    for (int turns = 0; turns < 10'000; ++turns) {
      uint64_t through = after;
      size_t before = seen.size();
      if (windows.read(config_maps(), after, limit, seen, through)) {
        bool up_to_date = seen.size() == before;
        after = through;
        if (up_to_date) return seen;
        continue;
      }
      bool answered = false;
      windows.read_history(config_maps(), after, [&](result<history_page> page) {
        answered = true;
        REQUIRE(page.ok());
        seen.insert(seen.end(), page->events.begin(), page->events.end());
        REQUIRE(page->through > after);
        after = page->through;
      });
      while (!answered) run_history();
    }
    FAIL("never up to date");
    return seen;
  }
  std::shared_ptr<sim::store_disk> disk = std::make_shared<sim::store_disk>();
  std::vector<std::function<void()>> later;
  std::unique_ptr<history_port> history;
  event_windows windows;
  little_replica replica;
  std::vector<event_ptr> all;
};

}  // namespace

TEST_CASE("a watcher from any revision sees every event once, from history and window") {
  size_t from_history = 0;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    random_stream random{seed};
    window_rig rig{20'000, seed};
    for (int i = 0; i < 300; ++i) {
      rig.write(random_write(random, rig.replica));
      if (random.chance(0.5)) rig.windows.drain(config_maps());
      if (random.chance(0.2)) rig.run_history();
      if (!random.chance(0.1)) continue;
      auto after = random.below(rig.replica.revision + 1);
      // What waits in the feed is not there yet, and progress must not claim it.
      auto progress = rig.windows.progress(config_maps());
      auto seen = rig.follow(after, 1 + random.below(10));
      std::vector<event_ptr> expected;
      for (auto& one : rig.all)
        if (one->revision > after && one->revision <= std::max(progress, after)) expected.push_back(one);
      REQUIRE(seen.size() >= expected.size());
      for (size_t k = 0; k < seen.size(); ++k) {
        auto wanted = std::find_if(rig.all.begin(), rig.all.end(), [&](auto& one) { return one->revision > after; }) +
                      static_cast<ptrdiff_t>(k);
        REQUIRE((*wanted)->revision == seen[k]->revision);
        REQUIRE((*wanted)->object->name() == seen[k]->object->name());
      }
      std::vector<event_ptr> none;
      uint64_t through;
      from_history += !rig.windows.read(config_maps(), after, 1, none, through);
    }
  }
  CHECK(from_history > 20);
}

TEST_CASE("subscribers are woken when their kind has news, and forgotten when they are gone") {
  window_rig rig{1u << 20, 1};
  auto one = std::make_shared<bell>();
  rig.windows.subscribe(config_maps(), one);
  uint64_t woken_at = 0;
  rig.windows.on_feed(config_maps(), [&](uint64_t revision) { woken_at = revision; });
  rig.write({{put("a", "one", "1")}});
  CHECK(woken_at == 1);
  CHECK(one->rings == 0);
  CHECK(rig.windows.progress(config_maps()) == 0);
  rig.windows.drain(config_maps());
  CHECK(one->rings == 1);
  CHECK(one->last == 1);
  CHECK(rig.windows.progress(config_maps()) == 1);
  CHECK(rig.windows.progress(kind_named("pods")) == 1);  // nothing of it waits: it is as far as all are
  rig.windows.drain(config_maps());
  CHECK(one->rings == 1);
  one.reset();
  rig.write({{put("a", "one", "2")}});
  rig.windows.drain(config_maps());
}
