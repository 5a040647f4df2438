// The store's actors on a real disk: killed one after the other under load, nothing acknowledged is lost, nobody hangs,
// no watcher misses an event.
#include <stdlib.h>

#include <atomic>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <map>

#include "test/actors/store/store_rig.hpp"

using namespace troupe;
using namespace troupe::store_test;

namespace {

struct temporary_folder {
  temporary_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "troupe-store-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~temporary_folder() { std::filesystem::remove_all(path); }
  std::string path;
};

void kill(store_rig& rig, const std::string& path) {
  auto victim = rig.env()->actors.get<caf::actor>(path);
  if (victim) caf::anon_send_exit(victim, caf::exit_reason::kill);
}

struct bell : table_subscriber {
  void table_changed(const kind_row&, uint64_t) override {
    std::lock_guard guard{mutex};
    ++rings;
    changed.notify_all();
  }
  std::mutex mutex;
  std::condition_variable changed;
  uint64_t rings = 0;
};

/// Follows a kind from a revision as a watcher does, until it has seen `until`.
std::vector<event_ptr> follow(store_rig& rig, const std::shared_ptr<bell>& woken, uint64_t after, uint64_t until) {
  std::vector<event_ptr> seen;
  auto& events = rig.store().events();
  while (after < until) {
    uint64_t through = after, rings;
    {
      std::lock_guard guard{woken->mutex};
      rings = woken->rings;
    }
    if (events.read(config_maps(), after, 50, seen, through)) {
      bool moved = through > after;
      after = through;
      if (moved || after >= until) continue;
      std::unique_lock lock{woken->mutex};
      woken->changed.wait(lock, [&] { return woken->rings != rings; });
      continue;
    }
    std::promise<result<history_page>> answer;
    events.read_history(config_maps(), after, [&](result<history_page> page) { answer.set_value(std::move(page)); });
    auto page = answer.get_future().get();
    if (!page) continue;  // the history is starting again
    seen.insert(seen.end(), page->events.begin(), page->events.end());
    after = page->through;
  }
  return seen;
}

}  // namespace

TEST_CASE("a write is read, listed and told of; a new start has it") {
  temporary_folder folder;
  store_options options;
  options.data_dir = folder.path;
  {
    store_rig rig{options};
    auto outcome = rig.write({{put("default", "one", "1")}});
    REQUIRE(outcome.what == txn_outcome::kind::committed);
    CHECK(outcome.revision == 1);
    CHECK(rig.store().state().revision() == 1);
    CHECK(text_of(*rig.store().state().get(config_maps(), "default", "one")) == "1");
    auto woken = std::make_shared<bell>();
    rig.store().events().subscribe(config_maps(), woken);
    rig.write({{put("default", "one", "2", 1)}});
    auto seen = follow(rig, woken, 0, 2);
    REQUIRE(seen.size() == 2);
    CHECK(seen[1]->previous->revision() == 1);
    CHECK(rig.write({{put("default", "one", "3", 1)}}).what == txn_outcome::kind::conflicting);
  }
  store_rig rig{options};
  CHECK(rig.write({{check("default", "one", 2)}}).what == txn_outcome::kind::committed);
  CHECK(rig.store().state().revision() == 2);
  auto woken = std::make_shared<bell>();
  CHECK(follow(rig, woken, 0, 2).size() == 2);  // from the history
}

TEST_CASE("any of its actors may be killed under load") {
  temporary_folder folder;
  store_options options;
  options.data_dir = folder.path;
  store_rig rig{options};
  rig.write({{put("default", "start", "1")}});
  auto woken = std::make_shared<bell>();
  rig.store().events().subscribe(config_maps(), woken);

  constexpr int names = 8;
  std::atomic<bool> over{false};
  std::atomic<uint64_t> committed{0}, unknown{0}, refused{0};
  std::map<std::string, uint64_t> acknowledged;
  std::mutex progress_mutex;
  std::condition_variable progress;
  auto wait_for_writes = [&](uint64_t more) {
    std::unique_lock lock{progress_mutex};
    progress.wait(lock, [&, until = committed + more] { return committed >= until; });
  };
  std::thread writer{[&] {
    for (uint64_t number = 1; !over; ++number) {
      auto name = "name-" + std::to_string(number % names);
      auto outcome = rig.write({{put("default", name, std::to_string(number))}});
      if (outcome.what == txn_outcome::kind::committed) {
        acknowledged[name] = number;
        std::lock_guard guard{progress_mutex};
        ++committed;
        progress.notify_one();
      } else if (outcome.what == txn_outcome::kind::unknown) {
        ++unknown;  // the call came home by itself, 503 or 504
        std::this_thread::yield();
      } else {
        ++refused;
      }
    }
  }};
  for (int round = 0; round < 4; ++round)
    for (std::string victim : {"replica", "tables/configmaps", "log", "history", "tables"}) {
      // Each kill comes under a load that goes on. Some come so soon that the store's supervisor gives up and is
      // started again.
      wait_for_writes(100);
      kill(rig, "/alpha/store/" + victim);
    }
  wait_for_writes(100);
  over = true;
  writer.join();
  CHECK(refused == 0);
  CHECK(unknown > 0);
  auto& state = rig.store().state();
  for (auto& [name, number] : acknowledged) {
    auto found = state.get(config_maps(), "default", name);
    REQUIRE(found);
    CHECK(std::stoull(text_of(*found)) >= number);
  }
  // A watcher from the beginning sees every revision once.
  rig.write({{put("default", "end", "1")}});
  auto seen = follow(rig, woken, 0, state.revision());
  REQUIRE(seen.size() == state.revision());
  for (size_t i = 0; i < seen.size(); ++i) REQUIRE(seen[i]->revision == i + 1);
}

TEST_CASE("a damaged log is refused with one line, and nothing is served") {
  temporary_folder folder;
  store_options options;
  options.data_dir = folder.path;
  {
    store_rig rig{options};
    for (int i = 0; i < 20; ++i) rig.write({{put("default", "one", std::to_string(i))}});
  }
  auto log = folder.path + "/store/log/log-0000000000000001";
  {
    auto file = std::fopen(log.c_str(), "r+");
    REQUIRE(file != nullptr);
    std::fseek(file, 5 * 4096 + 60, SEEK_SET);
    std::fputc('?', file);
    std::fclose(file);
  }
  std::promise<std::string> why;
  options.refused = [&](const std::string& line) { why.set_value(line); };
  store_rig rig{options};
  auto line = why.get_future().get();
  CHECK(line.find("damaged") != std::string::npos);
  CHECK(line.find('\n') == std::string::npos);
  auto outcome = rig.write({{put("default", "one", "x")}});
  CHECK(outcome.what == txn_outcome::kind::refused);
  CHECK(rig.store().state().revision() == 0);
}
