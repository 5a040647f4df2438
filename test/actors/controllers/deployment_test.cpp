#include <catch2/catch_test_macros.hpp>
#include "actors/controllers/deployment_plan.hpp"
#include "actors/controllers/deployment_reconcile.hpp"
#include "test/actors/controllers/controller_bench.hpp"

using namespace troupe;
using namespace troupe::controllers;
using namespace troupe::test;

namespace {

const kind_row& deployments() { return row("apps", "v1", "deployments"); }
const kind_row& sets() { return row("apps", "v1", "replicasets"); }

apps::Deployment deployment_of(int32_t replicas, const std::string& image) {
  apps::Deployment made;
  made.mutable_metadata()->set_name("web");
  made.mutable_metadata()->set_namespace_("default");
  made.mutable_metadata()->set_uid("deployment-uid");
  made.mutable_metadata()->set_generation(1);
  auto& spec = *made.mutable_spec();
  spec.set_replicas(replicas);
  spec.set_progressdeadlineseconds(600);
  spec.set_revisionhistorylimit(1);
  auto* match = spec.mutable_selector()->add_matchlabels();
  match->set_key("app");
  match->set_value("web");
  *spec.mutable_template_()->mutable_metadata()->add_labels() = *match;
  auto* container = spec.mutable_template_()->mutable_spec()->add_containers();
  container->set_name("c");
  container->set_image(image);
  spec.mutable_strategy()->set_type("RollingUpdate");
  auto* rolling = spec.mutable_strategy()->mutable_rollingupdate();
  rolling->mutable_maxsurge()->set_type(1);
  rolling->mutable_maxsurge()->set_strval("25%");
  rolling->mutable_maxunavailable()->set_type(1);
  rolling->mutable_maxunavailable()->set_strval("25%");
  return made;
}

/// Runs the controller to its end, with ReplicaSets whose pods are all there at once; returns the number of looks.
int settle(controller_bench& bench, std::vector<int32_t>* totals = nullptr) {
  for (int looks = 1; looks < 100; ++looks) {
    auto done = bench.look("default/web");
    bool changed = false;
    for (const auto& each : done.actions) {
      changed = true;
      if (each.what == action::verb::patch) { // the only patch here: the revision annotation
        auto deployment = *bench.state.get(deployments(), "default", "web")->as<apps::Deployment>();
        auto at = each.body.find(R"(revision":")") + 11;
        set_annotation(*deployment.mutable_metadata(), revision_annotation, each.body.substr(at, each.body.find('"', at) - at));
        bench.put(deployments(), deployment);
      } else if (each.kind == &sets() && each.what == action::verb::remove) {
        bench.remove(sets(), "default", each.name);
      } else if (each.kind == &sets()) {
        auto set = body_of<apps::ReplicaSet>(each);
        if (set.metadata().uid().empty()) {
          set.mutable_metadata()->set_uid("uid-" + set.metadata().name());
          set.mutable_metadata()->mutable_creationtimestamp()->set_seconds(1'700'000'000 + int64_t(bench.state.revision()));
        }
        set.mutable_status()->set_replicas(set.spec().replicas());
        set.mutable_status()->set_readyreplicas(set.spec().replicas());
        set.mutable_status()->set_availablereplicas(set.spec().replicas());
        bench.put(sets(), set);
      } else if (each.kind == &deployments()) {
        bench.put(deployments(), body_of<apps::Deployment>(each));
      }
    }
    if (totals) {
      int32_t total = 0;
      std::vector<object_ptr> all;
      bool more = false;
      list_range range;
      range.kind = &sets();
      (void)bench.state.list(range, all, more);
      for (const auto& set : all) total += set->as<apps::ReplicaSet>()->spec().replicas();
      totals->push_back(total);
    }
    if (!changed) return looks;
  }
  return 100;
}

std::vector<int32_t> replicas(const controller_bench& bench) {
  std::vector<object_ptr> all;
  bool more = false;
  list_range range;
  range.kind = &sets();
  (void)bench.state.list(range, all, more);
  std::vector<int32_t> out;
  for (const auto& set : all) out.push_back(set->as<apps::ReplicaSet>()->spec().replicas());
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace

TEST_CASE("a new Deployment gets one ReplicaSet with all replicas") {
  controller_bench bench(deployment_controller());
  bench.put(deployments(), deployment_of(4, "app:1"));
  CHECK(settle(bench) < 10);
  CHECK(replicas(bench) == std::vector<int32_t>{4});
  auto deployment = bench.state.get(deployments(), "default", "web")->as<apps::Deployment>();
  CHECK(deployment->status().availablereplicas() == 4);
  CHECK(annotation(deployment->metadata(), revision_annotation) == "1");
  bool available = false, progressing = false;
  for (const auto& each : deployment->status().conditions()) {
    available |= each.type() == "Available" && each.status() == "True";
    progressing |= each.type() == "Progressing" && each.reason() == "NewReplicaSetAvailable";
  }
  CHECK(available);
  CHECK(progressing);
}

TEST_CASE("a roll-out never leaves its limits, and ends on the new set") {
  controller_bench bench(deployment_controller());
  bench.put(deployments(), deployment_of(4, "app:1"));
  settle(bench);
  auto next = *bench.state.get(deployments(), "default", "web")->as<apps::Deployment>();
  next.mutable_spec()->mutable_template_()->mutable_spec()->mutable_containers(0)->set_image("app:2");
  next.mutable_metadata()->set_generation(2);
  bench.put(deployments(), next);
  std::vector<int32_t> totals;
  CHECK(settle(bench, &totals) < 40);
  for (int32_t total : totals) {
    CHECK(total <= 5); // 25 % of 4, rounded up
    CHECK(total >= 3); // and down
  }
  CHECK(replicas(bench) == std::vector<int32_t>{0, 4});
  CHECK(annotation(bench.state.get(deployments(), "default", "web")->as<apps::Deployment>()->metadata(), revision_annotation) == "2");
}

TEST_CASE("going back to an old template uses its set again, and the history is bounded") {
  controller_bench bench(deployment_controller());
  auto deployment = deployment_of(2, "app:1");
  bench.put(deployments(), deployment);
  settle(bench);
  for (const char* image : {"app:2", "app:3", "app:1"}) {
    auto next = *bench.state.get(deployments(), "default", "web")->as<apps::Deployment>();
    next.mutable_spec()->mutable_template_()->mutable_spec()->mutable_containers(0)->set_image(image);
    next.mutable_metadata()->set_generation(next.metadata().generation() + 1);
    bench.put(deployments(), next);
    settle(bench);
  }
  // revisionHistoryLimit 1: the first set was dropped when the third came, so app:1 got a new one.
  CHECK(replicas(bench) == std::vector<int32_t>{0, 2});
  CHECK(annotation(bench.state.get(deployments(), "default", "web")->as<apps::Deployment>()->metadata(), revision_annotation) == "4");
}

TEST_CASE("Recreate stops everything first; a paused Deployment rolls nothing") {
  controller_bench bench(deployment_controller());
  auto deployment = deployment_of(3, "app:1");
  deployment.mutable_spec()->mutable_strategy()->set_type("Recreate");
  deployment.mutable_spec()->mutable_strategy()->clear_rollingupdate();
  bench.put(deployments(), deployment);
  settle(bench);
  auto next = *bench.state.get(deployments(), "default", "web")->as<apps::Deployment>();
  next.mutable_spec()->mutable_template_()->mutable_spec()->mutable_containers(0)->set_image("app:2");
  bench.put(deployments(), next);
  std::vector<int32_t> totals;
  settle(bench, &totals);
  CHECK(std::find(totals.begin(), totals.end(), 0) != totals.end());
  CHECK(replicas(bench) == std::vector<int32_t>{0, 3});
  next = *bench.state.get(deployments(), "default", "web")->as<apps::Deployment>();
  next.mutable_spec()->set_paused(true);
  next.mutable_spec()->mutable_template_()->mutable_spec()->mutable_containers(0)->set_image("app:3");
  bench.put(deployments(), next);
  settle(bench);
  CHECK(replicas(bench) == std::vector<int32_t>{0, 3});
}

TEST_CASE("limits round as upstream's") {
  auto limits = [](int32_t replicas, const std::string& surge, const std::string& unavailable) {
    auto made = deployment_of(replicas, "x");
    made.mutable_spec()->mutable_strategy()->mutable_rollingupdate()->mutable_maxsurge()->set_strval(surge);
    made.mutable_spec()->mutable_strategy()->mutable_rollingupdate()->mutable_maxunavailable()->set_strval(unavailable);
    auto of = limits_of(made);
    return std::pair(of.surge, of.unavailable);
  };
  CHECK(limits(10, "25%", "25%") == std::pair(3, 2));
  CHECK(limits(1, "25%", "25%") == std::pair(1, 0));
  CHECK(limits(3, "0%", "0%") == std::pair(0, 1));
}

TEST_CASE("a scaled Deployment in the middle of a roll-out shares in proportion") {
  auto deployment = deployment_of(20, "x");
  std::vector<rollout_set> both(2);
  for (auto& each : both) {
    set_annotation(*each.set.mutable_metadata(), max_annotation, "13"); // of 10 replicas
    set_annotation(*each.set.mutable_metadata(), desired_annotation, "10");
  }
  both[0].set.mutable_spec()->set_replicas(8);
  both[1].set.mutable_spec()->set_replicas(5);
  both[1].is_new = true;
  CHECK(was_scaled(deployment, both));
  scale_proportionally(deployment, both);
  CHECK(both[0].replicas() + both[1].replicas() == 25); // 20 and a surge of 25 %
  CHECK(both[0].replicas() == 15);
  CHECK(both[1].replicas() == 10);
}
