#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>
#include "runtime/log.hpp"

using namespace troupe;

TEST_CASE("a line is klog's") {
  setenv("TZ", "UTC", 1);
  tzset();
  auto line = log_line(log_level::warning, 1'796'137'445'123'456'000, 4711, "/a/b/replica_actor.cpp", 12, "one\ntwo \x01");
  CHECK(line == "W1201 15:04:05.123456    4711 replica_actor.cpp:12] one\\ntwo \\x01");
}

TEST_CASE("a line has a bound") {
  auto line = log_line(log_level::info, 0, 1, "x.cpp", 1, std::string(log_line_bytes_max + 10, 'x'));
  CHECK(line.size() < log_line_bytes_max + 100);
  CHECK(line.ends_with("... (16394 bytes)"));
}

TEST_CASE("lines of several threads stay whole") {
  std::vector<std::string> lines;
  set_log_sink([&](log_level, const std::string& line) { lines.push_back(line); });
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int n = 0; n < 100; ++n)
        log_info("hello");
    });
  for (auto& one : threads)
    one.join();
  set_log_sink({});
  REQUIRE(lines.size() == 400);
  for (auto& line : lines)
    CHECK(line.ends_with("] hello"));
}

TEST_CASE("detail is what was asked for") {
  set_log_detail(2);
  CHECK(log_detail(2));
  CHECK_FALSE(log_detail(3));
  set_log_detail(0);
}
