#include <sqlite3.h>
#include <stdlib.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "persist/history_format.hpp"
#include "persist/ports/sqlite_history.hpp"
#include "test/persist/store_test_tools.hpp"
#include "test/sim/random.hpp"

using namespace troupe;
using namespace troupe::store_test;
using sim::random_stream;

namespace {

struct temporary_folder {
  temporary_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "troupe-history-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~temporary_folder() { std::filesystem::remove_all(path); }
  std::string path;
};

/// Changes objects at random and remembers what is true at which revision.
struct writer {
  explicit writer(uint64_t seed) : random(seed) {}
  history_group group(size_t changes) {
    history_group made;
    ++index;
    for (size_t i = 0; i < changes; ++i) {
      auto name = "name-" + std::to_string(random.below(200));
      auto& current = state[name];
      ++revision;
      object_ptr next;
      if (current && random.chance(0.2)) {
        auto last = object::make(config_maps(), revision, current->bytes());
        made.events.push_back(std::make_shared<event>(event{event::type::deleted, revision, last, current}));
      } else {
        auto text =
            std::string(random.below(40) == 0 ? 70'000 : random.below(900), 'x') + std::to_string(random.next());
        next = object::make(config_maps(), revision, config_map_bytes("default", name, text));
        made.events.push_back(std::make_shared<event>(
            event{current ? event::type::modified : event::type::added, revision, next, current}));
      }
      made.expires_s.push_back(next && random.chance(0.1) ? static_cast<int64_t>(revision) + 1000 : 0);
      current = next;
      events.push_back(made.events.back());
    }
    made.position = {index, 1, revision};
    return made;
  }
  std::string state_text() const {
    std::string text;
    for (auto& [name, one] : state)
      if (one) text += name + "@" + std::to_string(one->revision()) + "=" + std::string{one->bytes()} + "\n";
    return text;
  }
  random_stream random;
  uint64_t revision = 0, index = 0;
  std::map<std::string, object_ptr> state;
  std::vector<event_ptr> events;
};

std::string state_text(const keyspace& of) {
  std::string text;
  keyspace::view{of}.each({0, "", ""}, false, [&](const object& look, const object_ptr&) {
    text += std::string{look.name()} + "@" + std::to_string(look.revision()) + "=" + std::string{look.bytes()} + "\n";
    return true;
  });
  return text;
}

std::string event_text(const event& one) {
  return std::to_string(static_cast<int>(one.what)) + " " + std::to_string(one.revision) + " " +
         one.object->key().text() + " " + std::string{one.object->bytes()} + " before " +
         (one.previous ? std::to_string(one.previous->revision()) + std::string{one.previous->bytes()} : "-") + "\n";
}

/// All events of the history above `after`, page by page.
std::string read_all(sqlite_history& history, uint64_t after, bool& too_old) {
  std::string text;
  for (;;) {
    auto page = history.read(config_maps(), after);
    if (!page) {
      too_old = page.error().code == 410;
      return text;
    }
    for (auto& one : page->events) text += event_text(*one);
    if (page->through == after) return text;
    after = page->through;
  }
}

}  // namespace

TEST_CASE("a batch of rows is read back; a flipped bit in it is noticed") {
  writer from{3};
  auto group = from.group(50);
  std::string rows;
  for (auto& one : group.events) append_row(rows, row_of(*one, 5));
  auto blob = encode_batch(17, 16, 50, rows);
  decoded_batch batch;
  REQUIRE(decode_batch(17, blob, batch));
  CHECK(batch.previous == 16);
  REQUIRE(batch.rows.size() == 50);
  for (size_t i = 0; i < 50; ++i) {
    CHECK(batch.rows[i].revision == group.events[i]->revision);
    CHECK(batch.rows[i].removed == (group.events[i]->what == event::type::deleted));
    if (!batch.rows[i].removed) CHECK(batch.rows[i].bytes == group.events[i]->object->bytes());
  }
  CHECK_FALSE(decode_batch(18, blob, batch));  // somebody else's place
  for (size_t at = 0; at < blob.size(); at += 7) {
    auto damaged = blob;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    REQUIRE_FALSE(decode_batch(17, damaged, batch));
  }
  history_head head{{1, 2, 3}, 4, 5, 6}, back;
  auto bytes = encode_head(head);
  REQUIRE(decode_head(bytes, back));
  CHECK(back.position.revision == 3);
  CHECK(back.cleaned == 6);
  for (size_t at = 0; at < bytes.size(); ++at) {
    auto damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    REQUIRE_FALSE(decode_head(damaged, back));
  }
}

TEST_CASE("SQLite gives back the state and every event, also after compaction and a new start") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    temporary_folder folder;
    writer from{seed};
    auto history = std::make_unique<sqlite_history>();
    REQUIRE(history->open(folder.path + "/history.db") == "");
    history_image empty;
    history->load(empty, true);
    REQUIRE(empty.error == "");
    REQUIRE(empty.head.index == 0);
    uint64_t compacted = 0;
    for (int round = 0; round < 12; ++round) {
      std::vector<history_group> groups;
      for (int i = 0; i < 20; ++i) groups.push_back(from.group(1 + from.random.below(30)));
      REQUIRE(history->append(groups) == sqlite_history::outcome::ok);
      if (round % 3 == 2) {
        auto to = compacted + from.random.below(from.revision - compacted + 1);
        bool done = false;
        int slices = 0;
        while (!done) {
          REQUIRE(history->compact(to, done) == sqlite_history::outcome::ok);
          if (++slices == 1 && from.random.chance(0.5)) {  // dies half-way
            history = std::make_unique<sqlite_history>();
            REQUIRE(history->open(folder.path + "/history.db") == "");
            history_image image;
            history->load(image, true);
            REQUIRE(image.error == "");
            REQUIRE(state_text(image.state) == from.state_text());
          }
        }
        compacted = std::max(compacted, to);
        CHECK(history->head().cleaned >= to);
      }
      if (round % 4 == 3) {
        history = std::make_unique<sqlite_history>();
        REQUIRE(history->open(folder.path + "/history.db") == "");
      }
      history_image image;
      history->load(image, true);
      REQUIRE(image.error == "");
      CHECK(image.head.revision == from.revision);
      REQUIRE(state_text(image.state) == from.state_text());
      size_t expiring_now = 0;
      for (auto& [name, one] : from.state)
        if (one)
          for (auto& group : groups)
            for (size_t i = 0; i < group.events.size(); ++i)
              expiring_now += group.events[i]->object == one && group.expires_s[i] != 0;
      CHECK(image.expiries.size() >= expiring_now);
      auto after = compacted + from.random.below(from.revision - compacted + 1);
      std::string expected;
      for (auto& one : from.events)
        if (one->revision > after) expected += event_text(*one);
      bool too_old = false;
      CHECK(read_all(*history, after, too_old) == expected);
      CHECK_FALSE(too_old);
      if (compacted > 1) {
        read_all(*history, compacted - 1, too_old);
        CHECK(too_old);
      }
    }
  }
}

TEST_CASE("a compaction gives the space back") {
  temporary_folder folder;
  writer from{21};
  sqlite_history history;
  REQUIRE(history.open(folder.path + "/history.db") == "");
  history_image image;
  history.load(image, true);
  for (int i = 0; i < 100; ++i) REQUIRE(history.append({from.group(100)}) == sqlite_history::outcome::ok);
  auto batches = [&] {
    sqlite3* other = nullptr;
    sqlite3_open((folder.path + "/history.db").c_str(), &other);
    sqlite3_stmt* count = nullptr;
    sqlite3_prepare_v2(other, "SELECT count(*) FROM hist", -1, &count, nullptr);
    sqlite3_step(count);
    int found = sqlite3_column_int(count, 0);
    sqlite3_finalize(count);
    sqlite3_close(other);
    return found;
  };
  int before = batches();
  bool done = false;
  while (!done) REQUIRE(history.compact(from.revision, done) == sqlite_history::outcome::ok);
  CHECK(batches() * 4 < before);  // 10,000 revisions of 200 names
}

TEST_CASE("a flipped byte in the database file is refused, or it was in no use") {
  temporary_folder folder;
  writer from{5};
  auto path = folder.path + "/history.db";
  {
    sqlite_history history;
    REQUIRE(history.open(path) == "");
    history_image image;
    history.load(image, true);
    for (int i = 0; i < 30; ++i) REQUIRE(history.append({from.group(60)}) == sqlite_history::outcome::ok);
    REQUIRE(history.checkpoint());
  }
  std::filesystem::remove(path + "-wal");
  std::filesystem::remove(path + "-shm");
  std::string sound;
  {
    std::ifstream file{path, std::ios::binary};
    sound.assign(std::istreambuf_iterator<char>{file}, {});
  }
  random_stream random{8};
  size_t refused = 0;
  for (int flip = 0; flip < 120; ++flip) {
    auto damaged = sound;
    auto at = random.below(damaged.size());
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.below(8)));
    {
      std::ofstream file{path, std::ios::binary};
      file << damaged;
    }
    sqlite_history history;
    auto error = history.open(path);
    history_image image;
    if (error.empty()) history.load(image, true);
    if (!error.empty() || !image.error.empty())
      ++refused;
    else
      REQUIRE(state_text(image.state) == from.state_text());
  }
  CHECK(refused > 30);
}
