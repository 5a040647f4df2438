#include <catch2/catch_test_macros.hpp>
#include "runtime/ports/streams/log_format.hpp"

using namespace troupe;

namespace {

const std::string log = "2026-11-24T10:00:00.000000001Z stdout F one\n"
                        "2026-11-24T10:00:01Z stderr F two\n"
                        "2026-11-24T10:00:02Z stdout P thr\n"
                        "2026-11-24T10:00:02Z stdout F ee\n"
                        "2026-11-24T10:00:03Z stdout F \n";

std::string shown(log_wish wish, size_t step = 1000) {
  log_filter filter(wish);
  std::string to;
  for (size_t at = 0; at < log.size(); at += step) filter.take(std::string_view(log).substr(at, step), to);
  return to;
}

} // namespace

TEST_CASE("lines are shown whole, however they arrive") {
  for (size_t step : {1u, 7u, 1000u}) CHECK(shown({}, step) == "one\ntwo\nthree\n\n");
}

TEST_CASE("timestamps stand at the beginning of lines only") {
  log_wish wish;
  wish.timestamps = true;
  CHECK(shown(wish) == "2026-11-24T10:00:00.000000001Z one\n2026-11-24T10:00:01Z two\n2026-11-24T10:00:02Z three\n2026-11-24T10:00:03Z \n");
}

TEST_CASE("streams, time and size choose") {
  log_wish err;
  err.out = false;
  CHECK(shown(err) == "two\n");
  log_wish since;
  since.since_ns = (int64_t{1795514401}) * 1'000'000'000; // 2026-11-24T10:00:01Z
  CHECK(shown(since) == "two\nthree\n\n");
  log_wish limit;
  limit.limit_bytes = 6;
  CHECK(shown(limit) == "one\ntw");
}

TEST_CASE("the last lines are found from the end") {
  bool found = false;
  CHECK(tail_begin("a\nb\nc\n", 2, found) == 2);
  CHECK(found);
  CHECK(tail_begin("a\nb\nc\n", 0, found) == 6);
  CHECK(tail_begin("b\nc\n", 2, found) == 0);
  CHECK_FALSE(found); // it may begin earlier
  CHECK(tail_begin("a\nb\nc", 1, found) == 4);
}
