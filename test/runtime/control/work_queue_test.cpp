#include <catch2/catch_test_macros.hpp>
#include <random>
#include "runtime/control/work_queue.hpp"

using namespace troupe;

TEST_CASE("a key waits once, in order of arrival") {
  work_queue queue;
  queue.add("a");
  queue.add("b");
  queue.add("a");
  CHECK(queue.waiting() == 2);
  CHECK(queue.take(0) == "a");
  CHECK(queue.take(0) == "b");
  CHECK(queue.take(0) == std::nullopt);
}

TEST_CASE("a key that is being worked on is never given twice, and comes again when it was added meanwhile") {
  work_queue queue;
  queue.add("a");
  queue.take(0);
  queue.add("a");
  queue.add("a");
  CHECK(queue.take(0) == std::nullopt);
  queue.done("a", false, 0);
  CHECK(queue.take(0) == "a");
  queue.done("a", false, 0);
  CHECK(queue.take(0) == std::nullopt);
}

TEST_CASE("failures come again later and later, and success forgets them") {
  work_queue queue;
  queue.add("a");
  int64_t now = 0, last = 0;
  for (int i = 0; i < 20; ++i) {
    REQUIRE(queue.take(now) == "a");
    queue.done("a", true, now);
    REQUIRE(queue.take(now) == std::nullopt);
    auto due = queue.next_ms();
    REQUIRE(due);
    CHECK(*due - now == back_off_ms(i + 1));
    CHECK(*due - now >= last);
    last = *due - now;
    now = *due;
  }
  CHECK(last == back_off_last_ms);
  CHECK(queue.failures("a") == 20);
  REQUIRE(queue.take(now) == "a");
  queue.done("a", false, now);
  CHECK(queue.failures("a") == 0);
}

TEST_CASE("an event does not wait for the back-off of an earlier failure") {
  work_queue queue;
  queue.add("a");
  queue.take(0);
  queue.done("a", true, 0);
  queue.add("a");
  CHECK(queue.take(0) == "a");
  CHECK(queue.next_ms() == std::nullopt);
}

TEST_CASE("of two times the earlier one counts") {
  work_queue queue;
  queue.add_at("a", 100);
  queue.add_at("a", 50);
  queue.add_at("a", 200);
  CHECK(queue.next_ms() == 50);
  CHECK(queue.take(49) == std::nullopt);
  CHECK(queue.take(50) == "a");
  CHECK(queue.next_ms() == std::nullopt);
}

TEST_CASE("a postponed key comes at its time and not before") {
  work_queue queue;
  queue.add("a");
  queue.take(0);
  queue.add("a");
  queue.postpone("a", 5);
  CHECK(queue.take(4) == std::nullopt);
  CHECK(queue.take(5) == "a");
}

TEST_CASE("no key is lost, and none is worked on twice at once, whatever happens") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random{seed};
    work_queue queue;
    std::map<std::string, int> added_since_taken;
    std::set<std::string> busy;
    int64_t now = 0;
    for (int i = 0; i < 300; ++i) {
      auto key = std::string(1, static_cast<char>('a' + random() % 5));
      switch (random() % 4) {
        case 0: queue.add(key); ++added_since_taken[key]; break;
        case 1: queue.add_at(key, now + static_cast<int64_t>(random() % 50)); ++added_since_taken[key]; break;
        case 2:
          if (auto taken = queue.take(now)) {
            REQUIRE(busy.insert(*taken).second);
            added_since_taken[*taken] = 0;
          }
          break;
        case 3:
          if (!busy.empty()) {
            auto one = *busy.begin();
            busy.erase(one);
            bool failed = random() % 2;
            queue.done(one, failed, now);
            added_since_taken[one] += failed;
          }
          break;
      }
      now += static_cast<int64_t>(random() % 3);
    }
    for (auto& one : busy)
      queue.done(one, false, now);
    std::set<std::string> left;
    now += back_off_last_ms;
    while (auto taken = queue.take(now))
      left.insert(*taken);
    for (auto& [key, count] : added_since_taken)
      if (count)
        REQUIRE(left.contains(key));
  }
}
