// Quotas are counted again from what is there.
#include <catch2/catch_test_macros.hpp>
#include "actors/controllers/resource_quota_reconcile.hpp"
#include "messages/api/core/v1/config.pb.h"
#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "test/actors/controllers/controller_bench.hpp"

namespace core = k8s::io::api::core::v1;
using namespace troupe;
using namespace troupe::test;
using troupe::controllers::row;

namespace {

template <class Message> Message named(const char* name) {
  Message message;
  message.mutable_metadata()->set_name(name);
  message.mutable_metadata()->set_namespace_("a");
  message.mutable_metadata()->set_uid(std::string("uid-") + name);
  return message;
}

core::Pod pod_asking(const char* name, const char* cpu) {
  auto pod = named<core::Pod>(name);
  auto& container = *pod.mutable_spec()->add_containers();
  container.set_name("c");
  auto& request = *container.mutable_resources()->add_requests();
  request.set_key("cpu");
  request.mutable_value()->set_string(cpu);
  return pod;
}

core::ResourceQuota quota_of(std::initializer_list<std::pair<const char*, const char*>> hard) {
  auto quota = named<core::ResourceQuota>("q");
  for (auto& [key, amount] : hard) {
    auto& entry = *quota.mutable_spec()->add_hard();
    entry.set_key(key);
    entry.mutable_value()->set_string(amount);
  }
  return quota;
}

std::string used(const core::ResourceQuota& quota) {
  std::string text;
  for (auto& entry : quota.status().used()) text += entry.key() + "=" + entry.value().string() + " ";
  return text;
}

} // namespace

TEST_CASE("a quota's use is what is there") {
  controller_bench bench(controllers::resource_quota_controller());
  const auto &quotas = row("", "v1", "resourcequotas"), &pods = row("", "v1", "pods"), &maps = row("", "v1", "configmaps");
  auto quota = quota_of({{"configmaps", "3"}, {"pods", "5"}, {"requests.cpu", "2"}});
  REQUIRE(bench.put(quotas, quota) == std::vector<std::string>{"a/q"});
  CHECK(bench.put(pods, pod_asking("one", "500m")) == std::vector<std::string>{"a/q"});
  bench.put(pods, pod_asking("two", "250m"));
  bench.put(maps, named<core::ConfigMap>("map"));
  auto done = pod_asking("done", "1");
  done.mutable_status()->set_phase("Succeeded");
  bench.put(pods, done);

  auto looked = bench.look("a/q");
  REQUIRE(looked.actions.size() == 1);
  CHECK(looked.actions[0].subresource == "status");
  auto counted = body_of<core::ResourceQuota>(looked.actions[0]);
  CHECK(used(counted) == "configmaps=1 pods=2 requests.cpu=750m ");
  CHECK(counted.status().hard_size() == 3);

  bench.put(quotas, counted);
  CHECK(bench.look("a/q").actions.empty()); // nothing to say
  CHECK(bench.remove(pods, "a", "two") == std::vector<std::string>{"a/q"});
  CHECK(used(body_of<core::ResourceQuota>(bench.look("a/q").actions.at(0))) == "configmaps=1 pods=1 requests.cpu=500m ");
}

TEST_CASE("a quota with a scope counts the pods of that scope only") {
  controller_bench bench(controllers::resource_quota_controller());
  auto quota = quota_of({{"pods", "5"}});
  quota.mutable_spec()->add_scopes("BestEffort");
  bench.put(row("", "v1", "resourcequotas"), quota);
  bench.put(row("", "v1", "pods"), pod_asking("asks", "1"));
  bench.put(row("", "v1", "pods"), named<core::Pod>("asks-nothing"));
  CHECK(used(body_of<core::ResourceQuota>(bench.look("a/q").actions.at(0))) == "pods=1 ");
}
