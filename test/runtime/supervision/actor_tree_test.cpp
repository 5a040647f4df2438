#include <catch2/catch_test_macros.hpp>
#include "messages/api/troupe/v1.pb.h"
#include "runtime/supervision/actor_tree.hpp"

using namespace troupe;

namespace {
const kind_row& row() { return *find_kind("troupe.dev", "v1", "actors"); }

actor_record record(std::string path, std::string parent = "/alpha") {
  actor_record made;
  made.path = std::move(path);
  made.parent = std::move(parent);
  made.kind = "Worker";
  made.machine = "alpha";
  made.now = actor_record::state::running;
  made.incarnation = 1;
  made.started_ns = 1'800'000'000'000'000'000;
  return made;
}

struct waking : table_subscriber {
  int woken = 0;
  void table_changed(const kind_row&, uint64_t) override { ++woken; }
};
} // namespace

TEST_CASE("an actor is an object named by its path") {
  actor_tree tree{"alpha", 1000};
  tree.put(record("/alpha", ""));
  tree.put(record("/alpha/store/replica"));
  tree.ask_mailbox([](const std::string& path) { return path == "/alpha/store/replica" ? 7 : 0; });
  auto found = tree.state().get(row(), "", "alpha.store.replica");
  REQUIRE(found);
  auto actor = found->as<api::v1::Actor>();
  CHECK(actor->metadata().name() == "alpha.store.replica");
  CHECK(actor->metadata().uid().size() == 36);
  CHECK(actor->spec().path() == "/alpha/store/replica");
  CHECK(actor->spec().parent() == "/alpha");
  CHECK(actor->status().state() == "Running");
  CHECK(actor->status().mailbox() == 7);
  CHECK(actor->status().incarnation() == 1);
  CHECK(found->revision() >> 20 == 1000);
  CHECK_FALSE(tree.state().get(row(), "", "alpha.store"));
}

TEST_CASE("a long path ends in a hash, and two long ones differ") {
  auto one = dotted_name("/alpha/" + std::string(300, 'x') + "/1"), other = dotted_name("/alpha/" + std::string(300, 'x') + "/2");
  CHECK(one.size() == 253);
  CHECK(one != other);
  CHECK(dotted_name("/a/b/c.d") == "a.b.c.d");
}

TEST_CASE("lists are in order and in pages") {
  actor_tree tree{"alpha", 1000};
  for (auto* name : {"/alpha/c", "/alpha/a", "/alpha/b"})
    tree.put(record(name));
  std::vector<object_ptr> found;
  bool more = false;
  list_range range;
  range.kind = &row();
  range.limit = 2;
  auto revision = tree.state().list(range, found, more);
  REQUIRE(revision);
  CHECK(more);
  REQUIRE(found.size() == 2);
  CHECK(found[0]->name() == "alpha.a");
  auto after = object_key{&row(), "", "alpha.b"}.text() + '\0';
  range.after = after;
  range.revision = *revision;
  found.clear();
  REQUIRE(tree.state().list(range, found, more));
  CHECK_FALSE(more);
  REQUIRE(found.size() == 1);
  CHECK(found[0]->name() == "alpha.c");
  range.revision = 999ull << 20;
  CHECK(tree.state().list(range, found, more).error().code == 410);
}

TEST_CASE("a watch sees every change once, and none of another life of the process") {
  actor_tree tree{"alpha", 1000};
  auto subscriber = std::make_shared<waking>();
  tree.events().subscribe(row(), subscriber);
  auto from = tree.state().revision();
  tree.put(record("/alpha/a"));
  tree.put(record("/alpha/a")); // nothing new
  auto changed = record("/alpha/a");
  changed.restarts = 1;
  tree.put(changed);
  tree.erase("/alpha/a");
  tree.erase("/alpha/a");
  CHECK(subscriber->woken == 3);
  std::vector<event_ptr> events;
  uint64_t through = 0;
  REQUIRE(tree.events().read(row(), from, 100, events, through));
  REQUIRE(events.size() == 3);
  CHECK(events[0]->what == event::type::added);
  CHECK(events[1]->what == event::type::modified);
  CHECK(events[1]->previous == events[0]->object);
  CHECK(events[2]->what == event::type::deleted);
  CHECK(events[2]->object->revision() == events[2]->revision);
  CHECK(through == tree.events().progress(row()));
  CHECK_FALSE(tree.events().read(row(), 999ull << 20 | 5, 100, events, through));
  int code = 0;
  tree.events().read_history(row(), 999ull << 20 | 5, [&](result<history_page> page) { code = page.error().code; });
  CHECK(code == 410);
}

TEST_CASE("another incarnation is another object: who waits for the old one's end sees it") {
  actor_tree tree{"alpha", 1000};
  auto one = record("/alpha/a");
  tree.put(one);
  auto before = tree.state().get(row(), "", "alpha.a");
  auto from = tree.state().revision();
  ++one.incarnation;
  tree.put(one);
  std::vector<event_ptr> events;
  uint64_t through = 0;
  REQUIRE(tree.events().read(row(), from, 100, events, through));
  REQUIRE(events.size() == 2);
  CHECK(events[0]->what == event::type::deleted);
  CHECK(events[0]->object->uid() == before->uid());
  CHECK(events[0]->object->revision() == events[0]->revision);
  CHECK(events[1]->what == event::type::added);
  CHECK(events[1]->object->uid() != before->uid());
  CHECK(events[0]->revision < events[1]->revision);
}

TEST_CASE("an actor that was told to die has gone for who looks, once") {
  actor_tree tree{"alpha", 1000};
  auto one = record("/alpha/a");
  tree.put(one);
  auto before = tree.state().get(row(), "", "alpha.a");
  auto from = tree.state().revision();
  tree.expect_end("/alpha/a");
  tree.expect_end("/alpha/unknown");
  auto after = tree.state().get(row(), "", "alpha.a");
  CHECK(after->uid() != before->uid());
  ++one.restarts;
  tree.put(one); // its supervisor still counts the old incarnation ...
  ++one.incarnation;
  tree.put(one); // ... and now the new one
  CHECK(tree.state().get(row(), "", "alpha.a")->uid() == after->uid());
  std::vector<event_ptr> events;
  uint64_t through = 0;
  REQUIRE(tree.events().read(row(), from, 100, events, through));
  size_t deletions = 0;
  for (auto& each : events) deletions += each->what == event::type::deleted;
  CHECK(deletions == 1);
}

TEST_CASE("the window has a bound") {
  actor_tree tree{"alpha", 1000};
  auto from = tree.state().revision();
  auto one = record("/alpha/a");
  for (size_t i = 0; i <= actor_events_max; ++i) {
    one.restarts = static_cast<int64_t>(i);
    tree.put(one);
  }
  std::vector<event_ptr> events;
  uint64_t through = 0;
  CHECK_FALSE(tree.events().read(row(), from, 10, events, through));
  CHECK(tree.events().read(row(), from + 1, 10, events, through));
  CHECK(events.size() == 10);
  CHECK(through == from + 11);
}

TEST_CASE("an actor is found by path, by name, and by a suffix that is its alone") {
  actor_tree tree{"alpha", 1000};
  for (auto* path : {"/alpha/a/worker", "/alpha/b/worker", "/alpha/b/other"})
    tree.put(record(path));
  CHECK(tree.find("/alpha/b/worker")->path == "/alpha/b/worker");
  CHECK(tree.find("alpha.b.worker")->path == "/alpha/b/worker");
  CHECK(tree.find("a/worker")->path == "/alpha/a/worker");
  CHECK(tree.find("other")->path == "/alpha/b/other");
  CHECK(tree.find("worker").error().code == 409);
  CHECK(tree.find("ther").error().code == 404);
  CHECK(tree.find("").error().code == 404);
}
