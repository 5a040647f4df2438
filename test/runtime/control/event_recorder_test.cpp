#include <catch2/catch_test_macros.hpp>
#include "messages/api/core/v1/event.pb.h"
#include "runtime/control/event_recorder.hpp"

using namespace troupe;

namespace {
constexpr int64_t second = 1'000'000'000, start = 1'800'000'000 * second;
notice about(std::string name, std::string note = "Created pod: web-1") {
  return {{find_kind("apps", "v1", "replicasets"), "default", std::move(name)}, "U", "Normal", "SuccessfulCreate", std::move(note)};
}
} // namespace

TEST_CASE("the first time is a create, the same again is a count") {
  event_recorder recorder{"replicaset-controller", "alpha"};
  auto first = recorder.record(about("web"), start, 0x1234);
  REQUIRE(first);
  CHECK(first->what == action::verb::create);
  CHECK(first->space == "default");
  k8s::io::api::core::v1::Event event;
  REQUIRE(event.ParseFromString(first->body));
  CHECK(event.metadata().name() == "web.0000000000001234");
  CHECK(event.involvedobject().kind() == "ReplicaSet");
  CHECK(event.involvedobject().apiversion() == "apps/v1");
  CHECK(event.source().component() == "replicaset-controller");
  CHECK(event.count() == 1);
  auto second_time = recorder.record(about("web"), start + 5 * second, 0x5678);
  REQUIRE(second_time);
  CHECK(second_time->what == action::verb::patch);
  CHECK(second_time->name == "web.0000000000001234");
  CHECK(second_time->body == R"({"count":2,"lastTimestamp":"2027-01-15T08:00:05Z"})");
  SECTION("long after, it is told anew") { CHECK(recorder.record(about("web"), start + 700 * second, 1)->what == action::verb::create); }
  SECTION("after a failed write, too") {
    recorder.forget(about("web"));
    CHECK(recorder.record(about("web"), start + 6 * second, 1)->what == action::verb::create);
  }
  SECTION("something else is told apart") { CHECK(recorder.record(about("web", "other"), start, 1)->what == action::verb::create); }
}

TEST_CASE("who says too much about one object is not heard, and slowly heard again") {
  event_recorder recorder{"c", "alpha"};
  int heard = 0;
  for (int i = 0; i < 100; ++i)
    heard += recorder.record(about("web", "note " + std::to_string(i)), start, 1).has_value();
  CHECK(heard == 25);
  CHECK(recorder.record(about("other"), start, 1).has_value());
  CHECK_FALSE(recorder.record(about("web", "x"), start + 299 * second, 1).has_value());
  CHECK(recorder.record(about("web", "x"), start + 301 * second, 1).has_value());
}
