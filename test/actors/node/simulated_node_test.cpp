// The node's actors on the simulated runtime: pods come, run, end, and survive the death of every actor.
#include <catch2/catch_test_macros.hpp>
#include "test/actors/node/node_machine.hpp"

namespace troupe::test {
namespace {

node_options simulated() {
  auto options = simulated_node("alpha", "alpha", 0, false);
  options.base = "/alpha/node";
  return options;
}

void annotate(core::Pod& pod, const std::string& key, const std::string& value) {
  auto* entry = pod.mutable_metadata()->add_annotations();
  entry->set_key(key);
  entry->set_value(value);
}

TEST_CASE("the node registers, is ready and has a lease") {
  node_machine m(simulated());
  REQUIRE(m.until([&] { return m.api->has("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/sim-0"); }));
  auto node = m.api->get<core::Node>("/api/v1/nodes/sim-0");
  CHECK(node.status().nodeinfo().containerruntimeversion() == "simulated://1");
  bool ready = false;
  for (auto& condition : node.status().conditions()) ready = ready || (condition.type() == "Ready" && condition.status() == "True");
  CHECK(ready);
  CHECK(node.status().allocatable_size() > 3);
}

TEST_CASE("pods run, end and go") {
  node_machine m(simulated());
  for (int i = 0; i < 20; ++i) {
    auto pod = simple_pod("sim-0", "p" + std::to_string(i));
    // As the server makes them: a token, and what else is not there for simulated pods.
    auto* volume = pod.mutable_spec()->add_volumes();
    volume->set_name("kube-api-access");
    volume->mutable_volumesource()->mutable_projected()->add_sources()->mutable_serviceaccounttoken()->set_path("token");
    volume->mutable_volumesource()->mutable_projected()->add_sources()->mutable_configmap()->mutable_localobjectreference()->set_name("kube-root-ca.crt");
    m.api->put_pod(pod);
  }
  auto job = simple_pod("sim-0", "job");
  job.mutable_spec()->set_restartpolicy("Never");
  annotate(job, "troupe.dev/simulated-run-ms", "20");
  annotate(job, "troupe.dev/simulated-exit-code", "3");
  m.api->put_pod(job);
  for (int i = 0; i < 20; ++i) REQUIRE(m.until([&] { return is_ready(m.api->pod("default", "p" + std::to_string(i))); }));
  REQUIRE(m.until([&] { return phase_of(m.api->pod("default", "job")) == "Failed"; }));
  CHECK(m.api->pod("default", "job").status().containerstatuses(0).state().terminated().exitcode() == 3);
  for (int i = 0; i < 20; ++i) m.api->delete_pod("default", "p" + std::to_string(i), i % 2 ? 30 : 0);
  for (int i = 0; i < 20; ++i) REQUIRE(m.until([&] { return !m.api->has("/api/v1/namespaces/default/pods/p" + std::to_string(i)); }));
  REQUIRE(m.until([&] { return m.world->actors.below("/alpha/node/pods/").size() == 1; }));
}

TEST_CASE("a pod of the same name waits for its predecessor") {
  node_machine m(simulated());
  m.api->put_pod(simple_pod("sim-0", "p"));
  REQUIRE(m.until([&] { return is_ready(m.api->pod("default", "p")); }));
  auto first = m.api->pod("default", "p").status().containerstatuses(0).containerid();
  m.api->delete_pod("default", "p", 0);
  m.api->put_pod(simple_pod("sim-0", "p"));
  REQUIRE(m.until([&] { return is_ready(m.api->pod("default", "p")); }));
  CHECK(m.api->pod("default", "p").status().containerstatuses(0).containerid() != first);
}

TEST_CASE("killing any actor of the node restarts no container") {
  node_machine m(simulated());
  for (int i = 0; i < 5; ++i) m.api->put_pod(simple_pod("sim-0", "p" + std::to_string(i)));
  for (int i = 0; i < 5; ++i) REQUIRE(m.until([&] { return is_ready(m.api->pod("default", "p" + std::to_string(i))); }));
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(m.api->pod("default", "p" + std::to_string(i)).status().containerstatuses(0).containerid());
  int round = 0;
  for (auto* path : {"/alpha/node/runtime", "/alpha/node/host", "/alpha/node/pods", "/alpha/node/source", "/alpha/node/agent",
                     "/alpha/node/pods/default/p1", "/alpha/nodes/sim-0", "/alpha/node"}) {
    INFO(path);
    REQUIRE(m.until([&] { return m.kill(path); }));
    // It works again: a new pod runs, and another one ends.
    auto name = "n" + std::to_string(round++);
    m.api->put_pod(simple_pod("sim-0", name));
    REQUIRE(m.until([&] { return is_ready(m.api->pod("default", name)); }));
    m.api->delete_pod("default", name, 30);
    REQUIRE(m.until([&] { return !m.api->has("/api/v1/namespaces/default/pods/" + name); }));
    REQUIRE(m.until([&] { return m.world->actors.below("/alpha/node/pods/").size() == 5; }));
  }
  for (int i = 0; i < 5; ++i) {
    auto pod = m.api->pod("default", "p" + std::to_string(i));
    CHECK(pod.status().containerstatuses(0).containerid() == ids[static_cast<size_t>(i)]);
    CHECK(pod.status().containerstatuses(0).restartcount() == 0);
    CHECK(is_ready(pod));
  }
}

TEST_CASE("pods deleted while the source was dead are ended") {
  node_machine m(simulated());
  m.api->put_pod(simple_pod("sim-0", "p"));
  REQUIRE(m.until([&] { return is_ready(m.api->pod("default", "p")); }));
  m.api->delete_pod("default", "p", 0);
  m.kill("/alpha/node/source");
  REQUIRE(m.until([&] { return m.world->actors.below("/alpha/node/pods/").empty(); }));
}

} // namespace
} // namespace troupe::test
