#include <catch2/catch_test_macros.hpp>
#include "runtime/supervision/supervision_plan.hpp"

using namespace troupe;
using verb = supervision_plan::verb;
using steps = supervision_plan::steps;

namespace {
child_terms plain(std::string name) {
  child_terms terms;
  terms.name = std::move(name);
  return terms;
}
child_terms slow(std::string name) {
  auto terms = plain(std::move(name));
  terms.says_ready = true;
  terms.start_ms = 100;
  return terms;
}
child_terms with(std::string name, restart again) {
  auto terms = plain(std::move(name));
  terms.again = again;
  return terms;
}
supervision_plan::step step(verb what, std::string name = {}, std::string why = {}) { return {what, std::move(name), std::move(why)}; }
} // namespace

TEST_CASE("children start in order, each after the one before is ready") {
  supervision_plan plan{{plain("log"), slow("replica"), plain("table")}, {}};
  CHECK(plan.begin(0) == steps{step(verb::start, "log"), step(verb::start, "replica")});
  CHECK(plan.next_ms() == 100);
  CHECK(plan.ready("table", 1).empty());
  CHECK(plan.ready("replica", 5) == steps{step(verb::start, "table"), step(verb::ready)});
  CHECK(plan.ready("replica", 6).empty());
  CHECK(plan.next_ms() == std::nullopt);
}

TEST_CASE("a child that is not ready in its time holds the others up no longer") {
  supervision_plan plan{{slow("replica"), plain("table")}, {}};
  plan.begin(0);
  CHECK(plan.tick(99).empty());
  CHECK(plan.tick(100) == steps{step(verb::start, "table"), step(verb::ready)});
  CHECK(plan.ready("replica", 200).empty());
  CHECK(plan.find_child("replica")->now == supervision_plan::state::running);
}

TEST_CASE("a child that dies before it is ready starts again, still before the next one") {
  supervision_plan plan{{slow("replica"), plain("table")}, {}};
  plan.begin(0);
  CHECK(plan.ended("replica", "torn log", 10) == steps{step(verb::start, "replica")});
  CHECK(plan.find_child("replica")->incarnation == 2);
  CHECK(plan.ready("replica", 20) == steps{step(verb::start, "table"), step(verb::ready)});
}

TEST_CASE("who is started again depends on the kind of restart and of end") {
  supervision_plan plan{{with("permanent", restart::permanent), with("transient", restart::transient), with("temporary", restart::temporary)}, {}};
  plan.begin(0);
  CHECK(plan.ended("permanent", "", 1) == steps{step(verb::start, "permanent")});
  CHECK(plan.ended("transient", "killed", 1) == steps{step(verb::start, "transient")});
  CHECK(plan.ended("transient", "", 1) == steps{step(verb::forget, "transient")});
  CHECK(plan.ended("temporary", "killed", 1) == steps{step(verb::forget, "temporary")});
  CHECK(plan.children().size() == 1);
  CHECK(plan.ended("temporary", "killed", 1).empty());
}

TEST_CASE("too many restarts within the period stop everything, last first, and the failure climbs") {
  supervision_plan plan{{plain("a"), plain("b")}, {2, 1000}};
  plan.begin(0);
  CHECK(plan.ended("a", "x", 100) == steps{step(verb::start, "a")});
  CHECK(plan.ended("a", "x", 200) == steps{step(verb::start, "a")});
  SECTION("a third one in time") {
    CHECK(plan.ended("a", "x", 300) == steps{step(verb::stop, "b")});
    auto last = plan.ended("b", "", 310);
    REQUIRE(last.size() == 1);
    CHECK(last[0].what == verb::finish);
    CHECK(last[0].why.find("more than 2 restarts within 1000 ms; the last was a: x") == 0);
  }
  SECTION("after the period it is fine") {
    CHECK(plan.ended("a", "x", 1200) == steps{step(verb::start, "a")});
    CHECK(plan.find_child("a")->restarts == 3);
  }
}

TEST_CASE("stopping goes backwards, one at a time, and kills who does not end in time") {
  auto stubborn = plain("b");
  stubborn.shutdown_ms = 50;
  supervision_plan plan{{plain("a"), stubborn, plain("c")}, {}};
  plan.begin(0);
  CHECK(plan.stop(0) == steps{step(verb::stop, "c")});
  CHECK(plan.stop(0).empty());
  CHECK(plan.ended("c", "", 10) == steps{step(verb::stop, "b")});
  CHECK(plan.tick(59).empty());
  CHECK(plan.tick(60) == steps{step(verb::kill, "b")});
  CHECK(plan.tick(70).empty());
  CHECK(plan.ended("b", "killed", 61) == steps{step(verb::stop, "a")});
  CHECK(plan.ended("a", "", 62) == steps{step(verb::finish)});
}

TEST_CASE("a child that dies by itself during the stop is not started again") {
  supervision_plan plan{{plain("a"), plain("b")}, {}};
  plan.begin(0);
  plan.stop(0);
  CHECK(plan.ended("a", "x", 1).empty());
  CHECK(plan.ended("b", "", 2) == steps{step(verb::finish)});
}

TEST_CASE("killing kills all at once and finishes as a failure") {
  supervision_plan plan{{plain("a"), plain("b")}, {}};
  plan.begin(0);
  CHECK(plan.kill("killed") == steps{step(verb::kill, "b"), step(verb::kill, "a")});
  CHECK(plan.ended("a", "killed", 1).empty());
  CHECK(plan.ended("b", "killed", 1) == steps{step(verb::finish, {}, "killed")});
}

TEST_CASE("a supervisor without children stops and dies at once") {
  supervision_plan empty{{}, {}};
  CHECK(empty.begin(0) == steps{step(verb::ready)});
  CHECK(empty.stop(0) == steps{step(verb::finish)});
  supervision_plan other{{}, {}};
  other.begin(0);
  CHECK(other.kill("killed") == steps{step(verb::finish, {}, "killed")});
}

TEST_CASE("children come and go") {
  supervision_plan plan{{}, {}};
  plan.begin(0);
  CHECK(plan.add(plain("default/web-1"), 1) == steps{step(verb::start, "default/web-1")});
  CHECK(plan.add(plain("default/web-1"), 1) == std::nullopt);
  CHECK(plan.remove("default/web-2", 2).empty());
  CHECK(plan.remove("default/web-1", 2) == steps{step(verb::stop, "default/web-1")});
  CHECK(plan.remove("default/web-1", 2).empty());
  SECTION("its end is its forgetting") {
    CHECK(plan.ended("default/web-1", "x", 3) == steps{step(verb::forget, "default/web-1")});
    CHECK(plan.children().empty());
  }
  SECTION("a new one of the same name starts after the end of the old one") {
    CHECK(plan.add(plain("default/web-1"), 3) == steps{});
    CHECK(plan.ended("default/web-1", "", 4) == steps{step(verb::forget, "default/web-1"), step(verb::start, "default/web-1")});
    CHECK(plan.find_child("default/web-1")->incarnation == 1);
  }
  SECTION("nothing is added to a supervisor that stops") {
    plan.stop(3);
    CHECK(plan.add(plain("other"), 4) == std::nullopt);
  }
}

TEST_CASE("what is added while the table still starts waits for its turn") {
  supervision_plan plan{{slow("replica"), plain("table")}, {}};
  plan.begin(0);
  CHECK(plan.add(plain("late"), 1) == steps{});
  CHECK(plan.ready("replica", 2) == steps{step(verb::start, "table"), step(verb::start, "late"), step(verb::ready)});
}
