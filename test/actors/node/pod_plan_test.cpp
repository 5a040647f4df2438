#include <catch2/catch_test_macros.hpp>
#include "test/actors/node/pod_fixture.hpp"

namespace troupe {
namespace {

using verb = pod_step::verb;

TEST_CASE("a pod is prepared, gets its sandbox, then its containers in order") {
  pod_fixture p;
  p.add("a");
  p.add("b");
  auto first = p.plan();
  REQUIRE(first.steps.size() == 1);
  CHECK(first.steps[0].what == verb::prepare);
  CHECK(first.status.phase() == "Pending");
  CHECK(p.status_of(first.status, "a").state().waiting().reason() == "ContainerCreating");
  p.memory.prepared = true;
  auto second = p.plan();
  REQUIRE(second.steps.size() == 1);
  CHECK(second.steps[0].what == verb::run_sandbox);
  CHECK(second.steps[0].attempt == 0);
  p.sandbox();
  CHECK(p.start_next() == "a");
  CHECK(p.plan().status.phase() == "Pending"); // b has not run yet
  CHECK(p.start_next() == "b");
  auto running = p.plan();
  CHECK(running.steps.empty());
  CHECK(running.status.phase() == "Running");
  CHECK(running.status.podip() == "10.0.0.7");
  CHECK(running.status.hostip() == "192.168.0.1");
  for (auto* type : {"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"})
    CHECK(p.condition(running.status, type) == "True");
}

TEST_CASE("the first restart is at once, then 10 s doubled to 5 minutes, forgiven after ten good minutes") {
  pod_fixture p;
  p.add("a");
  p.sandbox();
  REQUIRE(p.start_next() == "a");
  int64_t waits_s[] = {0, 10, 20, 40, 80, 160, 300, 300};
  for (auto wait : waits_s) {
    p.pass(1'000);
    p.exit("a", 1);
    auto decision = p.publish();
    if (wait > 0) {
      CHECK(!p.find(decision, verb::start_container));
      CHECK(decision.again_ms == p.now_ms + wait * 1000);
      auto& status = p.status_of(decision.status, "a");
      CHECK(status.state().waiting().reason() == "CrashLoopBackOff");
      CHECK(status.laststate().terminated().exitcode() == 1);
      p.pass(wait * 1000 - 1);
      CHECK(!p.find(p.plan(), verb::start_container));
      p.pass(1);
    }
    REQUIRE(p.start_next() == "a");
  }
  CHECK(p.status_of(p.plan().status, "a").restartcount() == 8);
  p.pass(601'000);
  p.exit("a", 1);
  CHECK(p.find(p.plan(), verb::start_container) != nullptr);
}

TEST_CASE("only one finished run of a container is kept") {
  pod_fixture p;
  p.add("a");
  p.sandbox();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(p.start_next() == "a");
    if (i < 2) p.exit("a", 0);
    p.pass(400'000);
  }
  auto decision = p.plan();
  auto* removal = p.find(decision, verb::remove_container);
  REQUIRE(removal);
  CHECK(removal->id == p.view.containers.back().id);
}

TEST_CASE("init containers run one after the other, sidecars stay") {
  pod_fixture p;
  p.add_init("i1");
  p.add_init("side", true);
  p.add_init("i2");
  p.add("a");
  p.sandbox();
  CHECK(p.start_next() == "i1");
  CHECK(p.start_next().empty());
  auto waiting = p.plan().status;
  CHECK(p.condition(waiting, "Initialized") == "False");
  CHECK(p.status_of(waiting, "a").state().waiting().reason() == "PodInitializing");
  CHECK(waiting.phase() == "Pending");
  p.exit("i1", 0);
  CHECK(p.start_next() == "side");
  CHECK(p.start_next() == "i2");
  CHECK(p.start_next().empty());
  p.exit("i2", 0);
  CHECK(p.start_next() == "a");
  CHECK(p.condition(p.plan().status, "Initialized") == "True");
  p.exit("side", 1); // restarted, also later
  CHECK(p.start_next() == "side");
}

TEST_CASE("a failing init container is tried again, or fails the pod where nothing restarts") {
  pod_fixture again;
  again.add_init("i");
  again.add("a");
  again.sandbox();
  REQUIRE(again.start_next() == "i");
  again.exit("i", 3);
  CHECK(again.start_next() == "i");
  pod_fixture never("Never");
  never.add_init("i");
  never.add("a");
  never.sandbox();
  REQUIRE(never.start_next() == "i");
  never.exit("i", 3);
  CHECK(never.plan().status.phase() == "Failed");
  CHECK(!never.find(never.plan(), verb::start_container));
}

TEST_CASE("finished pods are Succeeded or Failed, their sandbox is stopped") {
  for (int code : {0, 1}) {
    pod_fixture p("Never");
    p.add("a");
    p.sandbox();
    REQUIRE(p.start_next() == "a");
    p.exit("a", code);
    auto decision = p.publish();
    CHECK(decision.status.phase() == (code == 0 ? "Succeeded" : "Failed"));
    CHECK(p.find(decision, verb::stop_sandbox) != nullptr);
    p.view.sandboxes[0].ready = false;
    CHECK(p.plan().steps.empty());
    CHECK(p.plan().status.phase() == (code == 0 ? "Succeeded" : "Failed"));
  }
  pod_fixture retried("OnFailure");
  retried.add("a");
  retried.sandbox();
  REQUIRE(retried.start_next() == "a");
  retried.exit("a", 1);
  CHECK(retried.start_next() == "a");
  retried.exit("a", 0);
  CHECK(retried.plan().status.phase() == "Succeeded");
}

TEST_CASE("a deleted pod: stop, show the end, remove, clean, finish") {
  pod_fixture p;
  p.add_init("side", true);
  p.add("a");
  p.sandbox();
  REQUIRE(p.start_next() == "side");
  REQUIRE(p.start_next() == "a");
  p.publish();
  p.pod.mutable_metadata()->mutable_deletiontimestamp()->set_seconds(p.wall_ns / 1'000'000'000 + 5);
  p.pod.mutable_metadata()->set_deletiongraceperiodseconds(5);
  p.memory.stopping_since_ms = p.now_ms;
  auto stopping = p.plan();
  REQUIRE(p.find(stopping, verb::stop_container, "a"));
  CHECK(p.find(stopping, verb::stop_container, "a")->grace_seconds == 5);
  CHECK(!p.find(stopping, verb::stop_container, "side")); // sidecars outlive the containers
  p.memory.containers["a"].stopping = true;
  CHECK(p.plan().steps.empty());
  p.memory.containers["a"].stopping = false;
  p.exit("a", 0);
  CHECK(p.find(p.plan(), verb::stop_container, "side") != nullptr);
  p.exit("side", 0);
  CHECK(p.find(p.plan(), verb::stop_sandbox) != nullptr);
  p.view.sandboxes[0].ready = false;
  p.memory.published = false;
  CHECK(p.plan().steps.empty()); // first everybody may see how it ended
  auto removing = p.publish();
  CHECK(removing.status.phase() == "Succeeded");
  CHECK(p.find(removing, verb::remove_sandbox) != nullptr);
  p.view.sandboxes.clear();
  p.view.containers.clear();
  CHECK(p.plan().status.phase() == "Succeeded"); // also when its runs are gone
  CHECK(p.status_of(p.plan().status, "a").state().terminated().exitcode() == 0);
  CHECK(p.find(p.plan(), verb::clean) != nullptr);
  p.memory.cleaned = true;
  CHECK(p.find(p.plan(), verb::finish) != nullptr);
}

TEST_CASE("a pod that is gone from the API ends without a word") {
  pod_fixture p;
  p.add("a");
  p.sandbox();
  REQUIRE(p.start_next() == "a");
  p.gone = true;
  CHECK(p.find(p.plan(), verb::stop_container, "a") != nullptr);
  p.exit("a", 137);
  p.view.sandboxes[0].ready = false;
  CHECK(p.find(p.plan(), verb::remove_sandbox) != nullptr);
}

TEST_CASE("after a reboot the same containers run again, counted") {
  pod_fixture p;
  p.add("a");
  p.sandbox();
  REQUIRE(p.start_next() == "a");
  p.publish();
  p.view.sandboxes[0].ready = false;
  p.exit("a", 255);
  auto decision = p.plan();
  auto* sandbox = p.find(decision, verb::run_sandbox);
  REQUIRE(sandbox);
  CHECK(sandbox->attempt == 1);
  p.sandbox();
  auto started = p.plan();
  auto* start = p.find(started, verb::start_container, "a");
  REQUIRE(start);
  CHECK(start->attempt == 1);
}

TEST_CASE("a sandbox that died is replaced only when what ran in it is still") {
  pod_fixture p;
  p.add("a");
  p.sandbox();
  REQUIRE(p.start_next() == "a");
  p.view.sandboxes[0].ready = false;
  auto decision = p.plan();
  CHECK(p.find(decision, verb::stop_container, "a") != nullptr);
  CHECK(!p.find(decision, verb::run_sandbox));
}

TEST_CASE("probes: readiness gates Ready, liveness restarts, startup holds both back") {
  pod_fixture p;
  auto& c = p.add("a");
  for (auto* probe : {c.mutable_readinessprobe(), c.mutable_livenessprobe(), c.mutable_startupprobe()}) {
    probe->set_periodseconds(10);
    probe->set_failurethreshold(2);
    probe->set_successthreshold(1);
  }
  p.sandbox();
  REQUIRE(p.start_next() == "a");
  auto& known = p.memory.containers["a"];
  auto decision = p.plan();
  REQUIRE(decision.steps.size() == 1);
  CHECK(decision.steps[0].kind == probe_kind::startup);
  probe_outcome(c.startupprobe(), true, "", p.now_ms, known.startup);
  decision = p.plan();
  REQUIRE(decision.steps.size() == 2);
  CHECK(p.status_of(decision.status, "a").started());
  CHECK(!p.status_of(decision.status, "a").ready());
  CHECK(p.condition(decision.status, "Ready") == "False");
  probe_outcome(c.readinessprobe(), true, "", p.now_ms, known.readiness);
  CHECK(p.condition(p.plan().status, "Ready") == "True");
  probe_outcome(c.livenessprobe(), false, "no", p.now_ms, known.liveness);
  CHECK(!p.find(p.plan(), verb::stop_container));
  p.pass(10'000);
  probe_outcome(c.livenessprobe(), false, "no", p.now_ms, known.liveness);
  CHECK(p.find(p.plan(), verb::stop_container, "a") != nullptr);
  p.exit("a", 137);
  REQUIRE(p.start_next() == "a"); // and its probes begin anew
  CHECK(!p.status_of(p.plan().status, "a").started());
}

TEST_CASE("the deadline fails the pod and stops it") {
  pod_fixture p;
  p.add("a");
  p.pod.mutable_spec()->set_activedeadlineseconds(60);
  p.sandbox();
  REQUIRE(p.start_next() == "a");
  auto decision = p.publish();
  CHECK(decision.again_ms == p.now_ms + 60'000);
  p.pass(60'000);
  decision = p.plan();
  CHECK(p.find(decision, verb::stop_container, "a") != nullptr);
  CHECK(decision.status.phase() == "Failed");
  CHECK(decision.status.reason() == "DeadlineExceeded");
}

TEST_CASE("a changed image restarts its container") {
  pod_fixture p;
  auto& c = p.add("a");
  p.sandbox();
  REQUIRE(p.start_next() == "a");
  c.set_image("img:2");
  CHECK(p.find(p.plan(), verb::stop_container, "a") != nullptr);
}

TEST_CASE("what failed is shown and not tried before its time") {
  pod_fixture p;
  p.add("a");
  p.sandbox();
  auto& known = p.memory.containers["a"];
  known.failure = "ErrImageNeverPull";
  known.failure_message = "text";
  known.retry_ms = p.now_ms + 1'000;
  auto decision = p.plan();
  CHECK(!p.find(decision, verb::start_container));
  CHECK(decision.again_ms == known.retry_ms);
  CHECK(p.status_of(decision.status, "a").state().waiting().reason() == "ErrImageNeverPull");
  p.pass(1'000);
  CHECK(p.find(p.plan(), verb::start_container) != nullptr);
}

TEST_CASE("a container made but not started by a dead incarnation is made again") {
  pod_fixture p;
  p.add("a");
  p.sandbox();
  REQUIRE(p.start_next() == "a");
  p.view.containers[0].now = container_view::state::created;
  CHECK(p.find(p.plan(), verb::remove_container, "a") != nullptr);
}

} // namespace
} // namespace troupe
