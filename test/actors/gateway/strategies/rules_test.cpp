// Rules that no recording holds: allocation, conversions, field labels, ages.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "test/actors/gateway/strategies/recorded.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

std::string service(const std::string& name, const std::string& spec) {
  return R"({"metadata":{"name":")" + name + R"("},"spec":)" + spec + "}";
}

}  // namespace

TEST_CASE("services get addresses that nobody else has, and give them back") {
  kind_server server = server_for({{"namespace", "a"}});
  std::set<std::string> addresses;
  for (int i = 0; i < 50; ++i) {
    auto made =
        server.post("/api/v1/namespaces/a/services", service("s" + std::to_string(i), R"({"ports":[{"port":80}]})"));
    REQUIRE(made.code == 201);
    addresses.insert(json::parse(made.json)["spec"]["clusterIP"]);
  }
  CHECK(addresses.size() == 50);
  auto& kind = *find_kind("networking.k8s.io", "v1", "ipaddresses");
  CHECK(server.state().count(kind, "") == 51);  // with the service `kubernetes`
  for (int i = 0; i < 50; ++i) server.remove("/api/v1/namespaces/a/services/s" + std::to_string(i));
  CHECK(server.state().count(kind, "") == 1);
}

TEST_CASE("a node port is taken once") {
  kind_server server = server_for({{"namespace", "a"}});
  auto one = server.post("/api/v1/namespaces/a/services",
                         service("one", R"({"type":"NodePort","ports":[{"port":80,"nodePort":30080}]})"));
  CHECK(one.code == 201);
  auto two = server.post("/api/v1/namespaces/a/services",
                         service("two", R"({"type":"NodePort","ports":[{"port":80,"nodePort":30080}]})"));
  CHECK(two.code == 422);
  REQUIRE(two.error.causes.size() == 1);
  CHECK(two.error.causes[0].message == "Invalid value: 30080: provided port is already allocated");
}

TEST_CASE("node ports are objects that come and go with their service") {
  kind_server server = server_for({{"namespace", "a"}});
  auto& kind = *find_kind("troupe.dev", "v1", "nodeports");
  REQUIRE(server.post("/api/v1/namespaces/a/services", service("one", R"({"type":"NodePort","ports":[{"port":80},{"name":"b","port":81}]})")).code == 422);
  REQUIRE(server.post("/api/v1/namespaces/a/services",
                      service("one", R"({"type":"NodePort","ports":[{"name":"a","port":80},{"name":"b","port":81}]})")).code == 201);
  CHECK(server.state().count(kind, "") == 2);
  REQUIRE(server.patch("/api/v1/namespaces/a/services/one", patch_form::merge, R"({"spec":{"ports":[{"port":80}]}})").code == 200);
  CHECK(server.state().count(kind, "") == 1);
  server.remove("/api/v1/namespaces/a/services/one");
  CHECK(server.state().count(kind, "") == 0);
}

TEST_CASE("a service that becomes internal gives its node ports back") {
  kind_server server = server_for({{"namespace", "a"}});
  auto made =
      server.post("/api/v1/namespaces/a/services", service("s", R"({"type":"NodePort","ports":[{"port":80}]})"));
  REQUIRE(made.code == 201);
  auto changed = server.patch("/api/v1/namespaces/a/services/s", patch_form::merge, R"({"spec":{"type":"ClusterIP"}})");
  REQUIRE(changed.code == 200);
  json spec = json::parse(changed.json)["spec"];
  CHECK_FALSE(spec["ports"][0].contains("nodePort"));
  CHECK(spec["clusterIP"] == json::parse(made.json)["spec"]["clusterIP"]);
  CHECK_FALSE(spec.contains("externalTrafficPolicy"));
}

TEST_CASE("an autoscaler of v1 is the same object in v2") {
  kind_server server = server_for({{"namespace", "a"}});
  auto made = server.post(
      "/apis/autoscaling/v1/namespaces/a/horizontalpodautoscalers",
      R"({"metadata":{"name":"h"},"spec":{"maxReplicas":3,"scaleTargetRef":{"kind":"Deployment","name":"d","apiVersion":"apps/v1"}}})");
  REQUIRE(made.code == 201);
  CHECK(json::parse(made.json)["spec"]["targetCPUUtilizationPercentage"] == 80);
  json other = json::parse(server.get("/apis/autoscaling/v2/namespaces/a/horizontalpodautoscalers/h").json);
  CHECK(other["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 80);
}

TEST_CASE("values of field labels are read from the bytes") {
  kind_server server = server_for({{"namespace", "a"}});
  REQUIRE(
      server
          .post(
              "/api/v1/namespaces/a/pods",
              R"({"metadata":{"name":"p"},"spec":{"nodeName":"n1","hostNetwork":true,"containers":[{"name":"c","image":"i:1"}]}})")
          .code == 201);
  auto& kind = *find_kind("", "v1", "pods");
  auto pod = server.state().get(kind, "a", "p");
  auto& rules = gateway::strategy_of(kind);
  CHECK(rules.field_value(*pod, "spec.nodeName") == "n1");
  CHECK(rules.field_value(*pod, "spec.hostNetwork") == "true");
  CHECK(rules.field_value(*pod, "status.phase") == "Pending");
  CHECK(rules.field_value(*pod, "status.podIP") == "");
  CHECK(rules.unknown_field_label("spec.image") == "field label not supported: spec.image");
  CHECK(gateway::strategy_of(*find_kind("apps", "v1", "deployments")).unknown_field_label("spec.replicas") ==
        "\"spec.replicas\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
}

TEST_CASE("a deployment's status cannot be changed with its spec, nor its spec with its status") {
  kind_server server = server_for({{"namespace", "a"}});
  std::string path = "/apis/apps/v1/namespaces/a/deployments";
  REQUIRE(
      server
          .post(
              path,
              R"({"metadata":{"name":"d"},"status":{"replicas":9},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}})")
          .code == 201);
  auto main = server.patch(path + "/d", patch_form::merge, R"({"status":{"replicas":7},"spec":{"replicas":2}})");
  REQUIRE(main.code == 200);
  CHECK(json::parse(main.json)["spec"]["replicas"] == 2);
  CHECK_FALSE(json::parse(main.json)["status"].contains("replicas"));
  auto status =
      server.patch(path + "/d/status", patch_form::merge, R"({"status":{"replicas":7},"spec":{"replicas":5}})");
  REQUIRE(status.code == 200);
  CHECK(json::parse(status.json)["spec"]["replicas"] == 2);
  CHECK(json::parse(status.json)["status"]["replicas"] == 7);
}

TEST_CASE("amounts of resources are rounded up to thousandths") {
  kind_server server = server_for({{"namespace", "a"}});
  auto made = server.post("/api/v1/namespaces/a/pods",
                          R"({"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i:1","resources":{"limits":{"cpu":"0.0001"}}}]}})");
  REQUIRE(made.code == 201);
  json resources = json::parse(made.json)["spec"]["containers"][0]["resources"];
  CHECK(resources["limits"]["cpu"] == "1m");
  CHECK(resources["requests"]["cpu"] == "1m");
}

TEST_CASE("addresses are read strictly") {
  CHECK(gateway::parse_ip("10.96.0.1"));
  CHECK(gateway::parse_ip("2001:db8::1"));
  CHECK(gateway::parse_ip("::ffff:1.2.3.4"));
  for (auto bad : {"", "1.2.3", "01.2.3.4", "1.2.3.4.5", "256.1.1.1", ":::", "1::2::3", "fe80::1%eth0", "12345::"})
    CHECK_FALSE(gateway::parse_ip(bad));
  CHECK(gateway::parse_network("10.96.0.0/12")->contains(*gateway::parse_ip("10.111.255.255")));
  CHECK_FALSE(gateway::parse_network("10.96.0.0/12")->contains(*gateway::parse_ip("10.112.0.0")));
  CHECK(gateway::ip_text(*gateway::parse_ip("2001:db8:0:0:0:0:0:1")) == "2001:db8::1");
  CHECK_FALSE(gateway::parse_network("10.0.0.0/33"));
}

TEST_CASE("a unified diff has three lines of context") {
  CHECK(gateway::unified_diff("a\nb\nc\nd\ne\nf\ng", "a\nb\nc\nd\nX\nf\ng") ==
        "@@ -2,6 +2,6 @@\n b\n c\n d\n-e\n+X\n f\n g\n");
  CHECK(gateway::unified_diff("a", "a").empty());
}
