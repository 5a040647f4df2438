// Creates, updates, patches and deletes: what the recordings do not show, because it needs a race or a look inside.
#include <catch2/catch_test_macros.hpp>
#include "test/actors/gateway/chain_fixture.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

const json config = {{"metadata", {{"name", "a"}}}, {"data", {{"k", "v"}}}};
const std::string maps = "/api/v1/namespaces/default/configmaps";

} // namespace

TEST_CASE("a patch that loses a race is run again on the new state") {
  chain_fixture cluster;
  REQUIRE(cluster.post(maps, config).code == 201);
  cluster.before_apply = [&] { REQUIRE(cluster.patch(maps + "/a", {{"data", {{"other", "1"}}}}).code == 200); };
  auto seen = cluster.patch(maps + "/a", {{"data", {{"mine", "2"}}}});
  CHECK(seen.code == 200);
  CHECK(seen.document()["data"] == json({{"k", "v"}, {"other", "1"}, {"mine", "2"}}));
}

TEST_CASE("an update with a resourceVersion that loses a race is a conflict") {
  chain_fixture cluster;
  auto made = cluster.post(maps, config).document();
  made["data"]["mine"] = "2";
  cluster.before_apply = [&] { REQUIRE(cluster.patch(maps + "/a", {{"data", {{"other", "1"}}}}).code == 200); };
  auto seen = cluster.put(maps + "/a", made);
  CHECK(seen.code == 409);
  CHECK(seen.document()["reason"] == "Conflict");
}

TEST_CASE("a create that loses a race to the same name says that it exists; a generated name is made again") {
  chain_fixture cluster;
  cluster.before_apply = [&] { REQUIRE(cluster.post(maps, config).code == 201); };
  CHECK(cluster.post(maps, config).document()["reason"] == "AlreadyExists");
  std::string first = cluster.post(maps, {{"metadata", {{"generateName", "g-"}}}}).document()["metadata"]["name"];
  std::string second = cluster.post(maps, {{"metadata", {{"generateName", "g-"}}}}).document()["metadata"]["name"];
  CHECK(first.starts_with("g-"));
  CHECK(first.size() == 7);
  CHECK(first != second);
}

TEST_CASE("generation counts changes of the specification only") {
  chain_fixture cluster;
  json pod_template = {{"metadata", {{"labels", {{"app", "x"}}}}}, {"spec", {{"containers", json::array({{{"name", "c"}, {"image", "i"}}})}}}};
  json deployment = {{"metadata", {{"name", "d"}}}, {"spec", {{"selector", {{"matchLabels", {{"app", "x"}}}}}, {"template", pod_template}}}};
  std::string path = "/apis/apps/v1/namespaces/default/deployments";
  CHECK(cluster.post(path, deployment).document()["metadata"]["generation"] == 1);
  CHECK(cluster.patch(path + "/d", {{"metadata", {{"labels", {{"a", "b"}}}}}}).document()["metadata"]["generation"] == 1);
  CHECK(cluster.patch(path + "/d", {{"spec", {{"replicas", 3}}}}).document()["metadata"]["generation"] == 2);
  CHECK(cluster.patch(path + "/d/status", {{"status", {{"replicas", 3}}}}).document()["metadata"]["generation"] == 2);
  auto scaled = cluster.patch(path + "/d/scale", {{"spec", {{"replicas", 5}}}});
  CHECK(scaled.document()["kind"] == "Scale");
  CHECK(cluster.get(path + "/d").document()["spec"]["replicas"] == 5);
  CHECK(cluster.get(path + "/d").document()["metadata"]["generation"] == 3);
}

TEST_CASE("an update without a change writes nothing") {
  chain_fixture cluster;
  auto made = cluster.post(maps, config).document();
  uint64_t before = cluster.store.revision();
  auto seen = cluster.put(maps + "/a", made);
  CHECK(seen.code == 200);
  CHECK(seen.document()["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]);
  CHECK(cluster.store.revision() == before);
}

TEST_CASE("finalizers keep a deleted object until the last is gone") {
  chain_fixture cluster;
  json held = config;
  held["metadata"]["finalizers"] = {"example.com/a", "example.com/b"};
  REQUIRE(cluster.post(maps, held).code == 201);
  auto deleted = cluster.remove(maps + "/a");
  CHECK(deleted.document()["metadata"].contains("deletionTimestamp"));
  CHECK(cluster.patch(maps + "/a", {{"metadata", {{"finalizers", {"example.com/a"}}}}}).code == 200);
  CHECK(cluster.get(maps + "/a").code == 200);
  CHECK(cluster.patch(maps + "/a", {{"metadata", {{"finalizers", nullptr}}}}).code == 200);
  CHECK(cluster.get(maps + "/a").code == 404);
}

TEST_CASE("a pod that is scheduled goes gracefully, and at once when its node says so") {
  chain_fixture cluster;
  std::string pods = "/api/v1/namespaces/default/pods";
  json pod = {{"metadata", {{"name", "p"}}}, {"spec", {{"containers", json::array({{{"name", "c"}, {"image", "i"}}})}}}};
  REQUIRE(cluster.post(pods, pod).code == 201);
  json binding = {{"metadata", {{"name", "p"}}}, {"target", {{"kind", "Node"}, {"name", "n"}}}};
  CHECK(cluster.post(pods + "/p/binding", binding).code == 201);
  CHECK(cluster.get(pods + "/p").document()["spec"]["nodeName"] == "n");
  auto going = cluster.remove(pods + "/p").document();
  CHECK(going["metadata"]["deletionGracePeriodSeconds"] == 30);
  CHECK(cluster.get(pods + "/p").code == 200);
  CHECK(cluster.remove(pods + "/p?gracePeriodSeconds=0").code == 200);
  CHECK(cluster.get(pods + "/p").code == 404);
}

TEST_CASE("a namespace terminates: nothing new is taken, and it goes with its last finalizer") {
  chain_fixture cluster;
  cluster.make_space("gone");
  auto seen = cluster.remove("/api/v1/namespaces/gone").document();
  CHECK(seen["status"]["phase"] == "Terminating");
  auto refused = cluster.post("/api/v1/namespaces/gone/configmaps", config).document();
  CHECK(refused["reason"] == "Forbidden");
  CHECK(refused["details"]["causes"][0]["reason"] == "NamespaceTerminating");
  seen["spec"]["finalizers"] = json::array();
  CHECK(cluster.put("/api/v1/namespaces/gone/finalize", seen).code == 200);
  CHECK(cluster.get("/api/v1/namespaces/gone").code == 404);
}

TEST_CASE("a dry run changes nothing") {
  chain_fixture cluster;
  uint64_t before = cluster.store.revision();
  auto seen = cluster.post(maps + "?dryRun=All", config);
  CHECK(seen.code == 201);
  CHECK_FALSE(seen.document()["metadata"].contains("resourceVersion"));
  CHECK(cluster.store.revision() == before);
}

TEST_CASE("protobuf goes in and out") {
  chain_fixture cluster;
  REQUIRE(cluster.post(maps, config).code == 201);
  auto bytes = cluster.send("GET", maps + "/a", {}, {{"accept", "application/vnd.kubernetes.protobuf"}});
  CHECK(bytes.type == "application/vnd.kubernetes.protobuf");
  REQUIRE(bytes.text.starts_with(std::string("k8s\0", 4)));
  auto again = cluster.send("PUT", maps + "/a", bytes.text, {{"content-type", "application/vnd.kubernetes.protobuf"}});
  CHECK(again.code == 200);
  CHECK(again.document()["data"] == json({{"k", "v"}}));
}

TEST_CASE("server-side apply is refused with the accepted types") {
  chain_fixture cluster;
  auto seen = cluster.patch(maps + "/a?fieldManager=m", config, "apply-patch+yaml");
  CHECK(seen.code == 415);
  CHECK(seen.document()["message"].get<std::string>().find("application/strategic-merge-patch+json") != std::string::npos);
}

TEST_CASE("too many requests at once are told to come again") {
  chain_fixture cluster([](gateway_options& options) { options.writes_in_flight_max = 0; });
  auto seen = cluster.post(maps, config);
  CHECK(seen.code == 429);
  CHECK(cluster.get(maps).code == 200);
}

TEST_CASE("a large collection goes in several transactions, and its answer names all") {
  chain_fixture cluster;
  cluster.make_space("many");
  std::string path = "/api/v1/namespaces/many/configmaps";
  for (int i = 0; i < 1'100; ++i) REQUIRE(cluster.post(path, {{"metadata", {{"name", "c" + std::to_string(i)}}}}).code == 201);
  uint64_t before = cluster.store.revision();
  auto gone = cluster.remove(path);
  CHECK(gone.code == 200);
  CHECK(gone.document()["items"].size() == 1'100);
  CHECK(cluster.store.revision() == before + 3);
  CHECK(cluster.get(path).document()["items"].empty());
}
