// Namespaces, garbage, nodes, endpoints and budgets.
#include <catch2/catch_test_macros.hpp>
#include "actors/controllers/disruption_reconcile.hpp"
#include "actors/controllers/endpointslice_reconcile.hpp"
#include "actors/controllers/garbage_reconcile.hpp"
#include "actors/controllers/namespace_reconcile.hpp"
#include "actors/controllers/node_lifecycle_reconcile.hpp"
#include "messages/api/apps/v1.pb.h"
#include "messages/api/core/v1/config.pb.h"
#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/node.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/core/v1/service.pb.h"
#include "messages/api/discovery/v1.pb.h"
#include "messages/api/policy/v1.pb.h"
#include "test/actors/controllers/controller_bench.hpp"

using namespace troupe;
using namespace troupe::controllers;
using namespace troupe::test;
namespace core = k8s::io::api::core::v1;
namespace discovery = k8s::io::api::discovery::v1;
namespace policy = k8s::io::api::policy::v1;

namespace {

template <class Message> Message named(const std::string& space, const std::string& name) {
  Message made;
  made.mutable_metadata()->set_name(name);
  if (!space.empty()) made.mutable_metadata()->set_namespace_(space);
  made.mutable_metadata()->set_uid("uid-" + name);
  return made;
}

core::Pod pod_of(const std::string& name, const std::string& address, bool ready) {
  auto pod = named<core::Pod>("default", name);
  set_label(*pod.mutable_metadata(), "app", "web");
  pod.mutable_spec()->set_nodename("alpha");
  auto* container = pod.mutable_spec()->add_containers();
  container->set_name("c");
  auto* port = container->add_ports();
  port->set_name("http");
  port->set_containerport(8080);
  port->set_protocol("TCP");
  pod.mutable_status()->set_phase("Running");
  pod.mutable_status()->set_podip(address);
  auto* condition = pod.mutable_status()->add_conditions();
  condition->set_type("Ready");
  condition->set_status(ready ? "True" : "False");
  return pod;
}

core::Service service_of() {
  auto service = named<core::Service>("default", "web");
  auto* entry = service.mutable_spec()->add_selector();
  entry->set_key("app");
  entry->set_value("web");
  service.mutable_spec()->set_clusterip("10.96.0.20");
  auto* port = service.mutable_spec()->add_ports();
  port->set_name("http");
  port->set_port(80);
  port->set_protocol("TCP");
  port->mutable_targetport()->set_type(1);
  port->mutable_targetport()->set_strval("http");
  return service;
}

} // namespace

TEST_CASE("a namespace on its way out is emptied, then finalized") {
  controller_bench bench(namespace_controller());
  auto space = named<core::Namespace>("", "gone");
  space.mutable_spec()->add_finalizers("kubernetes");
  CHECK(bench.put(row("", "v1", "namespaces"), space).empty()); // alive: nothing to do
  bench.put(row("", "v1", "configmaps"), named<core::ConfigMap>("gone", "one"));
  space.mutable_metadata()->mutable_deletiontimestamp()->set_seconds(1);
  REQUIRE(bench.put(row("", "v1", "namespaces"), space) == std::vector<std::string>{"/gone"});
  auto done = bench.look("/gone");
  REQUIRE(of_verb(done, action::verb::remove_collection, "configmaps").size() == 1);
  CHECK(of_verb(done, action::verb::update, "namespaces").at(0)->subresource == "status");
  CHECK(done.again_after_ms > 0);
  bench.remove(row("", "v1", "configmaps"), "gone", "one");
  done = bench.look("/gone");
  REQUIRE(done.actions.size() == 1);
  CHECK(done.actions[0].subresource == "finalize");
  CHECK(body_of<core::Namespace>(done.actions[0]).spec().finalizers_size() == 0);
}

TEST_CASE("every living namespace has a default account and the root certificate") {
  controller_bench accounts(service_account_controller()), roots_of_trust(root_certificate_controller("PEM"));
  for (auto* bench : {&accounts, &roots_of_trust}) {
    bench->put(row("", "v1", "namespaces"), named<core::Namespace>("", "a"));
    CHECK(bench->look("/a").actions.size() == 1);
    CHECK(bench->look("/b").actions.empty());
  }
  auto map = body_of<core::ConfigMap>(roots_of_trust.look("/a").actions.at(0));
  CHECK(map.metadata().name() == "kube-root-ca.crt");
  CHECK(map.data(0).value() == "PEM");
  map.mutable_data(0)->set_value("tampered");
  CHECK(roots_of_trust.put(row("", "v1", "configmaps"), map) == std::vector<std::string>{"/a"});
  CHECK(roots_of_trust.look("/a").actions.at(0).what == action::verb::update);
}

TEST_CASE("garbage: absent owners, foreground, orphans") {
  controller_bench bench(garbage_controller());
  const auto& maps = row("", "v1", "configmaps");
  auto owner = named<core::ConfigMap>("default", "owner");
  auto child = named<core::ConfigMap>("default", "child");
  own(*child.mutable_metadata(), maps, owner.metadata());
  bench.put(maps, owner);
  auto keys = bench.put(maps, child);
  REQUIRE(keys == std::vector<std::string>{"configmaps default/child"});
  CHECK(bench.look(keys[0]).actions.empty()); // its owner lives

  SECTION("in the background") {
    keys = bench.remove(maps, "default", "owner");
    REQUIRE(keys == std::vector<std::string>{"configmaps default/child"});
    auto done = bench.look(keys[0]);
    REQUIRE(done.actions.size() == 1);
    CHECK(done.actions[0].what == action::verb::remove);
    CHECK(done.actions[0].uid == "uid-child");
  }
  SECTION("in the foreground the owner waits for its dependents") {
    owner.mutable_metadata()->mutable_deletiontimestamp()->set_seconds(1);
    owner.mutable_metadata()->add_finalizers("foregroundDeletion");
    bench.put(maps, owner);
    auto done = bench.look("configmaps default/owner");
    REQUIRE(done.actions.size() == 1);
    CHECK(done.actions[0].what == action::verb::remove);
    keys = bench.remove(maps, "default", "child");
    CHECK(std::find(keys.begin(), keys.end(), "configmaps default/owner") != keys.end());
    done = bench.look("configmaps default/owner");
    REQUIRE(done.actions.size() == 1);
    CHECK(done.actions[0].body.find(R"("finalizers":[])") != std::string::npos);
  }
  SECTION("orphaned dependents lose the reference first") {
    owner.mutable_metadata()->mutable_deletiontimestamp()->set_seconds(1);
    owner.mutable_metadata()->add_finalizers("orphan");
    bench.put(maps, owner);
    auto done = bench.look("configmaps default/owner");
    REQUIRE(done.actions.size() == 2);
    CHECK(done.actions[0].name == "child");
    CHECK(done.actions[0].body.find(R"("ownerReferences":[])") != std::string::npos);
    CHECK(done.actions[1].name == "owner");
  }
}

TEST_CASE("a silent node becomes Unknown and tainted, and its pods leave when they do not tolerate that") {
  const auto& nodes = row("", "v1", "nodes");
  controller_bench health(node_lifecycle_controller());
  auto node = named<core::Node>("", "beta");
  auto* ready = node.mutable_status()->add_conditions();
  ready->set_type("Ready");
  ready->set_status("True");
  health.put(nodes, node);
  auto done = health.look("/beta");
  CHECK(done.actions.empty());
  CHECK(done.again_after_ms == node_grace_ms);
  health.now.wall_ns += (node_grace_ms + 1) * 1'000'000;
  done = health.look("/beta");
  REQUIRE(done.actions.size() == 1);
  CHECK(done.actions[0].subresource == "status");
  health.put(nodes, body_of<core::Node>(done.actions[0]));
  done = health.look("/beta");
  REQUIRE(done.actions.size() == 1);
  auto tainted = body_of<core::Node>(done.actions[0]);
  REQUIRE(tainted.spec().taints_size() == 2);
  CHECK(tainted.spec().taints(0).key() == "node.kubernetes.io/unreachable");

  controller_bench eviction(taint_eviction_controller());
  eviction.now = health.now;
  eviction.put(nodes, tainted);
  auto stays = pod_of("stays", "10.0.0.1", true), goes = pod_of("goes", "10.0.0.2", true), later = pod_of("later", "10.0.0.3", true);
  for (auto* pod : {&stays, &goes, &later}) pod->mutable_spec()->set_nodename("beta");
  auto tolerate = [](core::Pod& pod) {
    auto* toleration = pod.mutable_spec()->add_tolerations();
    toleration->set_key("node.kubernetes.io/unreachable");
    toleration->set_operator_("Exists");
    toleration->set_effect("NoExecute");
    return toleration;
  };
  tolerate(stays);
  tolerate(later)->set_tolerationseconds(300);
  for (auto* pod : {&stays, &goes, &later}) eviction.put(row("", "v1", "pods"), *pod);
  done = eviction.look("/beta");
  auto removed = of_verb(done, action::verb::remove, "pods");
  REQUIRE(removed.size() == 1);
  CHECK(removed[0]->name == "goes");
  CHECK(done.again_after_ms == 300'000);

  controller_bench leftovers(pod_garbage_controller());
  CHECK(leftovers.put(row("", "v1", "pods"), goes) == std::vector<std::string>{"/beta"});
  CHECK(leftovers.look("/beta").actions.at(0).grace_seconds == 0);
}

TEST_CASE("nodes get ranges of their own") {
  controller_bench bench(node_range_controller("10.244.0.0/16"));
  auto first = named<core::Node>("", "a");
  first.mutable_spec()->set_podcidr("10.244.0.0/24");
  bench.put(row("", "v1", "nodes"), first);
  bench.put(row("", "v1", "nodes"), named<core::Node>("", "b"));
  CHECK(bench.look("/a").actions.empty());
  CHECK(bench.look("/b").actions.at(0).body.find("10.244.1.0/24") != std::string::npos);
}

TEST_CASE("a Service's pods stand in its slices and Endpoints, by the port's name") {
  const auto& slices = row("discovery.k8s.io", "v1", "endpointslices");
  controller_bench bench(endpointslice_controller()), old(endpoints_controller());
  for (auto* each : {&bench, &old}) {
    each->put(row("", "v1", "services"), service_of());
    CHECK(each->put(row("", "v1", "pods"), pod_of("a", "10.244.0.5", true)) == std::vector<std::string>{"default/web"});
    each->put(row("", "v1", "pods"), pod_of("b", "10.244.0.6", false));
  }
  auto done = bench.look("default/web");
  REQUIRE(done.actions.size() == 1);
  auto slice = body_of<discovery::EndpointSlice>(done.actions[0]);
  REQUIRE(slice.endpoints_size() == 2);
  CHECK(slice.ports(0).port() == 8080);
  CHECK(slice.endpoints(0).conditions().ready());
  CHECK_FALSE(slice.endpoints(1).conditions().ready());
  CHECK(label_of(slice.metadata(), "kubernetes.io/service-name") == "web");
  bench.put(slices, slice);
  CHECK(bench.look("default/web").actions.empty()); // stable
  bench.remove(row("", "v1", "pods"), "default", "a");
  done = bench.look("default/web");
  REQUIRE(done.actions.size() == 1);
  CHECK(body_of<discovery::EndpointSlice>(done.actions[0]).endpoints_size() == 1);

  auto endpoints = body_of<core::Endpoints>(old.look("default/web").actions.at(0));
  REQUIRE(endpoints.subsets_size() == 1);
  CHECK(endpoints.subsets(0).addresses(0).ip() == "10.244.0.5");
  CHECK(endpoints.subsets(0).notreadyaddresses(0).ip() == "10.244.0.6");
  old.put(row("", "v1", "endpoints"), endpoints);
  CHECK(old.look("default/web").actions.empty());
}

TEST_CASE("a Service without pods has one empty slice; more than a hundred endpoints take two") {
  controller_bench bench(endpointslice_controller());
  bench.put(row("", "v1", "services"), service_of());
  auto done = bench.look("default/web");
  REQUIRE(done.actions.size() == 1);
  CHECK(body_of<discovery::EndpointSlice>(done.actions[0]).endpoints_size() == 0);
  bench.put(row("discovery.k8s.io", "v1", "endpointslices"), body_of<discovery::EndpointSlice>(done.actions[0]));
  for (int i = 0; i < 101; ++i) bench.put(row("", "v1", "pods"), pod_of("p" + std::to_string(i), "10.244.1." + std::to_string(i), true));
  done = bench.look("default/web");
  CHECK(of_verb(done, action::verb::create, "endpointslices").size() == 2);
  CHECK(of_verb(done, action::verb::remove, "endpointslices").size() == 1); // the empty one
}

TEST_CASE("a budget allows what stays healthy") {
  controller_bench bench(disruption_controller());
  auto budget = named<policy::PodDisruptionBudget>("default", "web");
  auto* match = budget.mutable_spec()->mutable_selector()->add_matchlabels();
  match->set_key("app");
  match->set_value("web");
  budget.mutable_spec()->mutable_minavailable()->set_intval(1);
  bench.put(row("policy", "v1", "poddisruptionbudgets"), budget);
  bench.put(row("", "v1", "pods"), pod_of("a", "10.0.0.1", true));
  CHECK(bench.put(row("", "v1", "pods"), pod_of("b", "10.0.0.2", true)) == std::vector<std::string>{"default/web"});
  auto status = body_of<policy::PodDisruptionBudget>(bench.look("default/web").actions.at(0)).status();
  CHECK(status.disruptionsallowed() == 1);
  CHECK(status.currenthealthy() == 2);
  CHECK(status.desiredhealthy() == 1);
  CHECK(status.conditions(0).reason() == "SufficientPods");
}
