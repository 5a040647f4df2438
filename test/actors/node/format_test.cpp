#include <catch2/catch_test_macros.hpp>
#include "actors/node/container_format.hpp"
#include "actors/node/environment_format.hpp"
#include "actors/node/resource_format.hpp"
#include "actors/node/volume_plan.hpp"

namespace troupe {
namespace {

core::Pod small_pod() {
  core::Pod pod;
  pod.mutable_metadata()->set_name("web");
  pod.mutable_metadata()->set_namespace_("shop");
  pod.mutable_metadata()->set_uid("u-1");
  pod.mutable_spec()->add_containers()->set_name("c");
  return pod;
}

void add_quantity(resource_list* list, const std::string& key, const std::string& value) {
  auto* entry = list->Add();
  entry->set_key(key);
  entry->mutable_value()->set_string(value);
}

TEST_CASE("references in the environment expand from what stands before them") {
  std::map<std::string, std::string> known{{"A", "1"}};
  CHECK(expand("$(A)-$(B)-$$(A)-$(A", known) == "1-$(B)-$(A)-$(A");
  auto pod = small_pod();
  auto& c = *pod.mutable_spec()->mutable_containers(0);
  auto variable = [&](const std::string& name, const std::string& value) {
    auto* v = c.add_env();
    v->set_name(name);
    v->set_value(value);
  };
  variable("A", "x");
  variable("B", "$(A)y$(C)");
  variable("C", "z");
  auto made = environment_of(pod, c, {}, {});
  REQUIRE(made.ok());
  CHECK((*made) == environment{{"A", "x"}, {"B", "xy$(C)"}, {"C", "z"}});
}

TEST_CASE("a missing ConfigMap or key is told as upstream tells it, unless it is optional") {
  auto pod = small_pod();
  auto& c = *pod.mutable_spec()->mutable_containers(0);
  auto* v = c.add_env();
  v->set_name("A");
  auto* key = v->mutable_valuefrom()->mutable_configmapkeyref();
  key->mutable_localobjectreference()->set_name("cm");
  key->set_key("k");
  auto missing = environment_of(pod, c, {}, {});
  REQUIRE(!missing.ok());
  CHECK(missing.error().message == "configmap \"cm\" not found");
  pod_objects objects;
  objects.config_maps["cm"] = std::make_shared<core::ConfigMap>();
  auto no_key = environment_of(pod, c, objects, {});
  REQUIRE(!no_key.ok());
  CHECK(no_key.error().message == "couldn't find key k in ConfigMap shop/cm");
  key->set_optional(true);
  auto optional = environment_of(pod, c, objects, {});
  REQUIRE(optional.ok());
  CHECK(optional->empty());
}

TEST_CASE("services become variables") {
  pod_objects objects;
  core::Service service;
  service.mutable_metadata()->set_name("my-db");
  service.mutable_spec()->set_clusterip("10.96.0.5");
  auto* port = service.mutable_spec()->add_ports();
  port->set_name("sql");
  port->set_port(5432);
  port->set_protocol("TCP");
  objects.services.push_back(service);
  auto pod = small_pod();
  auto made = environment_of(pod, pod.spec().containers(0), objects, {});
  REQUIRE(made.ok());
  std::map<std::string, std::string> values(made->begin(), made->end());
  CHECK(values["MY_DB_SERVICE_HOST"] == "10.96.0.5");
  CHECK(values["MY_DB_SERVICE_PORT"] == "5432");
  CHECK(values["MY_DB_SERVICE_PORT_SQL"] == "5432");
  CHECK(values["MY_DB_PORT"] == "tcp://10.96.0.5:5432");
  CHECK(values["MY_DB_PORT_5432_TCP_ADDR"] == "10.96.0.5");
}

TEST_CASE("requests and limits become cgroup numbers") {
  auto pod = small_pod();
  auto* resources = pod.mutable_spec()->mutable_containers(0)->mutable_resources();
  CHECK(quality_of(pod) == pod_quality::best_effort);
  add_quantity(resources->mutable_requests(), "cpu", "250m");
  add_quantity(resources->mutable_limits(), "cpu", "500m");
  add_quantity(resources->mutable_limits(), "memory", "64Mi");
  CHECK(quality_of(pod) == pod_quality::burstable);
  auto group = pod_cgroup(pod, "/troupe/alpha");
  CHECK(group.path == "/troupe/alpha/podu-1");
  CHECK(group.cpu_shares == 256);
  CHECK(group.cpu_quota_us == 50'000);
  CHECK(group.memory_limit_bytes == 64 << 20);
  auto config = container_config(pod, pod.spec().containers(0), {});
  CHECK(config.linux().resources().cpu_quota() == 50'000);
  CHECK(config.linux().resources().memory_limit_in_bytes() == 64 << 20);
  CHECK(config.linux().resources().oom_score_adj() == 1000);
}

TEST_CASE("DNS follows the pod's policy") {
  auto pod = small_pod();
  sandbox_facts facts{"alpha", "10.96.0.10", "cluster.local", "/logs", "/cg"};
  auto config = sandbox_config(pod, 0, facts);
  REQUIRE(config.dns_config().servers_size() == 1);
  CHECK(config.dns_config().searches(0) == "shop.svc.cluster.local");
  CHECK(config.dns_config().options(0) == "ndots:5");
  CHECK(config.hostname() == "web");
  pod.mutable_spec()->set_hostnetwork(true);
  config = sandbox_config(pod, 0, facts);
  CHECK(!config.has_dns_config());
  CHECK(config.hostname().empty());
  CHECK(config.linux().security_context().namespace_options().network() == cri::NODE);
}

TEST_CASE("security context, container over pod") {
  auto pod = small_pod();
  auto* shared = pod.mutable_spec()->mutable_securitycontext();
  shared->set_runasuser(1000);
  shared->set_fsgroup(2000);
  shared->set_runasnonroot(true);
  auto& c = *pod.mutable_spec()->mutable_containers(0);
  c.mutable_securitycontext()->set_allowprivilegeescalation(false);
  c.mutable_securitycontext()->mutable_capabilities()->add_drop("ALL");
  auto made = container_config(pod, c, {}).linux().security_context();
  CHECK(made.run_as_user().value() == 1000);
  CHECK(made.no_new_privs());
  CHECK(made.capabilities().drop_capabilities(0) == "ALL");
  CHECK(made.supplemental_groups(0) == 2000);
  CHECK(user_problem(pod, c, 0, "").empty());
  c.mutable_securitycontext()->set_runasuser(0);
  CHECK(user_problem(pod, c, -1, "").starts_with("container's runAsUser breaks non-root policy"));
  shared->clear_runasuser();
  c.mutable_securitycontext()->clear_runasuser();
  CHECK(user_problem(pod, c, -1, "").starts_with("container has runAsNonRoot and image will run as root"));
  CHECK(user_problem(pod, c, -1, "app").find("non-numeric user (app)") != std::string::npos);
}

TEST_CASE("pull policies default by tag") {
  core::Container c;
  for (auto [image, policy] : {std::pair{"a", "Always"}, {"a:latest", "Always"}, {"a:1", "IfNotPresent"},
                               {"host:5000/a", "Always"}, {"host:5000/a:2", "IfNotPresent"}, {"a@sha256:0", "IfNotPresent"}}) {
    c.set_image(image);
    CHECK(pull_policy(c) == policy);
  }
}

TEST_CASE("volumes become places and trees; missing objects are told") {
  auto pod = small_pod();
  volume_facts facts{"/data", "/troupe/alpha", {}};
  auto* volume = pod.mutable_spec()->add_volumes();
  volume->set_name("v");
  auto* source = volume->mutable_volumesource()->mutable_configmap();
  source->mutable_localobjectreference()->set_name("cm");
  auto missing = plan_volumes(pod, {}, facts);
  REQUIRE(!missing.ok());
  CHECK(missing.error().message == "MountVolume.SetUp failed for volume \"v\" : configmap \"cm\" not found");
  pod_objects objects;
  auto map = std::make_shared<core::ConfigMap>();
  auto* entry = map->add_data();
  entry->set_key("k");
  entry->set_value("text");
  objects.config_maps["cm"] = map;
  auto planned = plan_volumes(pod, objects, facts);
  REQUIRE(planned.ok());
  REQUIRE(planned->host.trees.size() == 1);
  CHECK(planned->host.trees[0].directory == "/data/pods/u-1/volumes/v");
  CHECK(planned->host.trees[0].files[0].content == "text");
  auto* item = source->add_items();
  item->set_key("k");
  item->set_path("sub/x");
  item->set_mode(0400);
  planned = plan_volumes(pod, objects, facts);
  REQUIRE(planned.ok());
  CHECK(planned->host.trees[0].files[0].path == "sub/x");
  CHECK(planned->host.trees[0].files[0].mode == 0400);
  item->set_key("nope");
  CHECK(!plan_volumes(pod, objects, facts).ok());
}

} // namespace
} // namespace troupe
