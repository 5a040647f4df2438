// The real ports on a real folder: they load what they wrote, in order, also when they are closed in between.
#include <stdlib.h>

#include <catch2/catch_test_macros.hpp>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>

#include "persist/ports/data_folder.hpp"
#include "persist/ports/segment_files.hpp"
#include "persist/ports/threaded_history_port.hpp"
#include "persist/ports/threaded_log_port.hpp"
#include "persist/replica_engine.hpp"
#include "test/persist/store_test_tools.hpp"

using namespace troupe;
using namespace troupe::store_test;

namespace {

struct temporary_folder {
  temporary_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "troupe-ports-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~temporary_folder() { std::filesystem::remove_all(path); }
  std::string path;
};

/// An engine on this thread over the real ports.
class real_life : public log_listener, public history_listener, public std::enable_shared_from_this<real_life> {
 public:
  explicit real_life(const std::string& folder)
      : state(1u << 20, 1u << 20, std::make_unique<threaded_log_port>([folder] {
                return std::make_unique<segment_files>(folder + "/log", 1u << 20);
              }),
              std::make_unique<threaded_history_port>(folder + "/history.db")) {}
  void start() {
    state.log->open();
    state.history->open();
    begin();
    while (engine->now() == replica_engine::phase::loading) step();
  }
  void begin() {
    engine = std::make_unique<replica_engine>(state, replica_engine::options{1, 60'000, {}});
    engine->start(weak_from_this(), weak_from_this());
  }
  void step() {
    if (engine->now() == replica_engine::phase::failed) begin();
    if (engine->wants_flush()) return engine->flush({});
    std::function<void()> work;
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [&] { return !inbox_.empty(); });
      work = std::move(inbox_.front());
      inbox_.pop_front();
    }
    work();
  }
  txn_outcome write(txn what) {
    txn_outcome outcome;
    bool done = false;
    auto home = std::make_shared<test_home>([&](const call_ptr& one) {
      outcome = one->outcome;
      done = true;
    });
    engine->propose(make_call(home, std::move(what)));
    while (!done) step();
    return outcome;
  }
  void log_is_loaded(std::shared_ptr<log_image> image) override {
    post([this, image] { engine->log_loaded(image, {}); });
  }
  void log_is_durable(uint64_t index, uint64_t term) override {
    post([this, index, term] { engine->log_durable(index, term, {}); });
  }
  void log_is_full() override {
    post([this] { engine->log_full(); });
  }
  void log_failed(const std::string& why) override {
    post([this, why] { engine->port_failed(why); });
  }
  void history_is_loaded(std::shared_ptr<history_image> image) override {
    post([this, image] { engine->history_loaded(image, {}); });
  }
  void history_has_passed(const applied_position& at, const applied_position& safe) override {
    post([this, at, safe] { engine->history_passed(at, safe, {}); });
  }
  void history_failed(const std::string& why) override { log_failed(why); }

 private:
  void post(std::function<void()> work) {
    std::lock_guard guard{mutex_};
    inbox_.push_back(std::move(work));
    changed_.notify_one();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> inbox_;

 public:
  replica_state state;
  std::unique_ptr<replica_engine> engine;
};

}  // namespace

TEST_CASE("writes of every size survive, over many segments, whether the ports end gently or not") {
  temporary_folder folder;
  std::map<std::string, std::string> expected;
  uint64_t revision = 0;
  for (int start = 0; start < 4; ++start) {
    auto one = std::make_shared<real_life>(folder.path);
    one->start();
    REQUIRE(one->engine->why() == "");
    REQUIRE(one->state.published.revision() == revision);
    REQUIRE(one->state.published.count(config_maps(), "") == expected.size());
    for (auto& [name, text] : expected)
      REQUIRE(text_of(*one->state.published.get(config_maps(), "default", name)) == text);
    for (int i = 0; i < 60; ++i) {
      auto name = "name-" + std::to_string(i % 17);
      std::string text(i % 9 == 0 ? 200'000 : static_cast<size_t>(i) * 37, static_cast<char>('a' + (i + start) % 26));
      REQUIRE(one->write({{put("default", name, text)}}).what == txn_outcome::kind::committed);
      expected[name] = text;
      ++revision;
      if (i == 20 + start) {  // a killed port: the replica starts again over the same state
        if (start % 2) {
          one->state.log->close();
          one->state.log->open();
        } else {
          one->state.history->close(false);
          one->state.history->open();
        }
        while (one->engine->now() != replica_engine::phase::failed) one->step();
        one->step();
        while (one->engine->now() != replica_engine::phase::serving) one->step();
      }
    }
    if (start % 2) one->state.history->close(true);
  }
}

TEST_CASE("old revisions are read from SQLite while writes go on") {
  temporary_folder folder;
  auto one = std::make_shared<real_life>(folder.path);
  one->start();
  for (int i = 0; i < 300; ++i)
    REQUIRE(one->write({{put("default", "name", std::to_string(i))}}).revision == static_cast<uint64_t>(i) + 1);
  std::mutex mutex;
  std::condition_variable changed;
  uint64_t after = 100;
  size_t next = 100;
  while (after < 200) {  // it is written behind: ask until it is there
    bool answered = false;
    one->state.windows.read_history(config_maps(), after, [&](result<history_page> page) {
      std::lock_guard guard{mutex};
      REQUIRE(page.ok());
      for (auto& event : page->events) {
        REQUIRE(text_of(*event->object) == std::to_string(next++));
        REQUIRE(event->previous->revision() + 1 == event->revision);
      }
      after = page->through;
      answered = true;
      changed.notify_one();
    });
    std::unique_lock lock{mutex};
    changed.wait(lock, [&] { return answered; });
  }
}

TEST_CASE("a folder is one process's, of one format") {
  temporary_folder parent;
  auto path = parent.path + "/data";
  {
    auto one = data_folder::open(path);
    REQUIRE(one.ok());
    auto second = data_folder::open(path);
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().message.find("in use by process " + std::to_string(::getpid())) != std::string::npos);
  }
  CHECK(data_folder::open(path).ok());
  std::filesystem::remove(path + "/format");
  CHECK(data_folder::open(path).ok());
  {
    auto file = std::fopen((path + "/format").c_str(), "w");
    std::fputs("99\n", file);
    std::fclose(file);
  }
  auto newer = data_folder::open(path);
  REQUIRE_FALSE(newer.ok());
  CHECK(newer.error().message.find("format 99") != std::string::npos);
  CHECK(newer.error().message.find("format 1") != std::string::npos);
}
