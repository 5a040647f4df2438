#include <catch2/catch_test_macros.hpp>
#include "actors/controllers/replicaset_reconcile.hpp"
#include "messages/api/apps/v1.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "test/actors/controllers/controller_bench.hpp"

using namespace troupe;
using namespace troupe::controllers;
using namespace troupe::test;
namespace apps = k8s::io::api::apps::v1;
namespace core = k8s::io::api::core::v1;

namespace {

const kind_row& sets() { return row("apps", "v1", "replicasets"); }
const kind_row& pods() { return row("", "v1", "pods"); }

apps::ReplicaSet set_of(int32_t replicas) {
  apps::ReplicaSet set;
  set.mutable_metadata()->set_name("web");
  set.mutable_metadata()->set_namespace_("default");
  set.mutable_metadata()->set_uid("set-uid");
  set.mutable_metadata()->set_generation(1);
  set.mutable_spec()->set_replicas(replicas);
  auto* match = set.mutable_spec()->mutable_selector()->add_matchlabels();
  match->set_key("app");
  match->set_value("web");
  *set.mutable_spec()->mutable_template_()->mutable_metadata()->add_labels() = *match;
  set.mutable_spec()->mutable_template_()->mutable_spec()->add_containers()->set_name("c");
  return set;
}

core::Pod pod_of(const std::string& name, bool owned, bool ready, const std::string& app = "web") {
  core::Pod pod;
  pod.mutable_metadata()->set_name(name);
  pod.mutable_metadata()->set_namespace_("default");
  pod.mutable_metadata()->set_uid("uid-" + name);
  auto* label = pod.mutable_metadata()->add_labels();
  label->set_key("app");
  label->set_value(app);
  if (owned) own(*pod.mutable_metadata(), sets(), set_of(0).metadata());
  pod.mutable_spec()->set_nodename("alpha");
  pod.mutable_status()->set_phase("Running");
  auto* condition = pod.mutable_status()->add_conditions();
  condition->set_type("Ready");
  condition->set_status(ready ? "True" : "False");
  condition->mutable_lasttransitiontime()->set_seconds(1'700'000'000);
  return pod;
}

} // namespace

TEST_CASE("a ReplicaSet gets the pods it lacks, and says so") {
  controller_bench bench(replicaset_controller());
  CHECK(bench.put(sets(), set_of(3)) == std::vector<std::string>{"default/web"});
  CHECK(bench.put(pods(), pod_of("web-1", true, true)) == std::vector<std::string>{"default/web"});
  auto done = bench.look("default/web");
  auto created = of_verb(done, action::verb::create, "pods");
  REQUIRE(created.size() == 2);
  auto pod = body_of<core::Pod>(*created[0]);
  CHECK(pod.metadata().name().substr(0, 4) == "web-");
  CHECK(pod.metadata().name() != body_of<core::Pod>(*created[1]).metadata().name());
  CHECK(pod.metadata().generatename() == "web-");
  CHECK(pod.metadata().ownerreferences(0).uid() == "set-uid");
  CHECK(pod.metadata().ownerreferences(0).controller());
  CHECK(label_of(pod.metadata(), "app") == "web");
  CHECK(done.notices.size() == 2);
  auto status = of_verb(done, action::verb::update, "replicasets");
  REQUIRE(status.size() == 1);
  CHECK(status[0]->subresource == "status");
  auto shown = body_of<apps::ReplicaSet>(*status[0]).status();
  CHECK(shown.replicas() == 1);
  CHECK(shown.readyreplicas() == 1);
  CHECK(shown.fullylabeledreplicas() == 1);
  CHECK(shown.observedgeneration() == 1);
}

TEST_CASE("pods beyond the number go: those that do not serve first") {
  controller_bench bench(replicaset_controller());
  bench.put(sets(), set_of(1));
  bench.put(pods(), pod_of("ready", true, true));
  bench.put(pods(), pod_of("unready", true, false));
  auto waiting = pod_of("waiting", true, false);
  waiting.mutable_spec()->clear_nodename();
  waiting.mutable_status()->set_phase("Pending");
  bench.put(pods(), waiting);
  auto done = bench.look("default/web");
  auto removed = of_verb(done, action::verb::remove, "pods");
  REQUIRE(removed.size() == 2);
  CHECK(removed[0]->name == "waiting");
  CHECK(removed[0]->uid == "uid-waiting");
  CHECK(removed[1]->name == "unready");
}

TEST_CASE("orphans that match are adopted, pods that match no longer are released") {
  controller_bench bench(replicaset_controller());
  bench.put(sets(), set_of(2));
  CHECK(bench.put(pods(), pod_of("orphan", false, true)) == std::vector<std::string>{"default/web"});
  bench.put(pods(), pod_of("relabeled", true, true, "other"));
  auto done = bench.look("default/web");
  auto patches = of_verb(done, action::verb::patch, "pods");
  REQUIRE(patches.size() == 2);
  CHECK(patches[0]->name == "relabeled");
  CHECK(patches[0]->body.find("$patch") != std::string::npos);
  CHECK(patches[1]->name == "orphan");
  CHECK(patches[1]->body.find("set-uid") != std::string::npos);
  CHECK(of_verb(done, action::verb::create, "pods").size() == 1); // the orphan counts, the released one does not
}

TEST_CASE("a set that is as it should be asks for nothing; one on its way out creates nothing") {
  controller_bench bench(replicaset_controller());
  auto set = set_of(1);
  set.mutable_status()->set_replicas(1);
  set.mutable_status()->set_readyreplicas(1);
  set.mutable_status()->set_availablereplicas(1);
  set.mutable_status()->set_fullylabeledreplicas(1);
  set.mutable_status()->set_observedgeneration(1);
  set.mutable_status()->set_terminatingreplicas(0);
  bench.put(sets(), set);
  bench.put(pods(), pod_of("web-1", true, true));
  CHECK(bench.look("default/web").actions.empty());
  set.mutable_metadata()->mutable_deletiontimestamp()->set_seconds(1'700'000'000);
  set.mutable_spec()->set_replicas(5);
  bench.put(sets(), set);
  CHECK(of_verb(bench.look("default/web"), action::verb::create, "pods").empty());
  CHECK(bench.look("default/absent").actions.empty());
}

TEST_CASE("minReadySeconds delays availability and asks to be woken") {
  controller_bench bench(replicaset_controller());
  auto set = set_of(1);
  set.mutable_spec()->set_minreadyseconds(30);
  bench.put(sets(), set);
  auto pod = pod_of("web-1", true, true);
  pod.mutable_status()->mutable_conditions(0)->mutable_lasttransitiontime()->set_seconds(bench.now.wall_ns / 1'000'000'000 - 10);
  bench.put(pods(), pod);
  auto done = bench.look("default/web");
  CHECK(done.again_after_ms == 20'000);
  CHECK(body_of<apps::ReplicaSet>(*of_verb(done, action::verb::update, "replicasets").at(0)).status().availablereplicas() == 0);
}
