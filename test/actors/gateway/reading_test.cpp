// Lists in pages, discovery and OpenAPI, request paths and content negotiation.
#include <catch2/catch_test_macros.hpp>
#include "actors/gateway/format/yaml_format.hpp"
#include "actors/gateway/media.hpp"
#include "actors/gateway/request_info.hpp"
#include "test/actors/gateway/chain_fixture.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

gateway::request_info info(const std::string& method, const std::string& path, const std::string& query = {}) {
  return gateway::read_request(method, path, gateway::query_values(query));
}

result<gateway::media> accepted(const std::string& header) {
  request from;
  from.headers = {{"accept", header}};
  return gateway::negotiate(from, false);
}

} // namespace

TEST_CASE("a paged list shows one state however many pages it takes") {
  chain_fixture cluster;
  cluster.make_space("pages");
  std::string path = "/api/v1/namespaces/pages/configmaps";
  for (int i = 0; i < 7; ++i) cluster.post(path, {{"metadata", {{"name", "c" + std::to_string(i)}, {"labels", {{"even", i % 2 ? "no" : "yes"}}}}}});
  auto first = cluster.get(path + "?limit=3").document();
  CHECK(first["items"].size() == 3);
  CHECK(first["metadata"]["remainingItemCount"] == 4);
  cluster.remove(path + "/c4");
  cluster.post(path, {{"metadata", {{"name", "c3a"}}}});
  std::vector<std::string> names;
  std::string next = first["metadata"]["continue"];
  while (!next.empty()) {
    auto page = cluster.get(path + "?limit=2&continue=" + next).document();
    for (auto& item : page["items"]) names.push_back(item["metadata"]["name"]);
    CHECK(page["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]);
    next = page["metadata"].value("continue", "");
  }
  CHECK(names == std::vector<std::string>{"c3", "c4", "c5", "c6"});
  auto some = cluster.get(path + "?limit=2&labelSelector=even%3Dyes").document();
  CHECK(some["items"].size() == 2);
  CHECK_FALSE(some["metadata"].contains("remainingItemCount"));
}

TEST_CASE("a large list is a pulled body with the same text as a small one's form") {
  chain_fixture cluster;
  cluster.make_space("large");
  std::string path = "/api/v1/namespaces/large/configmaps";
  for (int i = 0; i < 40; ++i) cluster.post(path, {{"metadata", {{"name", "c" + std::to_string(i)}}}, {"data", {{"k", std::string(2'000, 'x')}}}});
  auto list = cluster.get(path).document();
  CHECK(list["kind"] == "ConfigMapList");
  CHECK(list["items"].size() == 40);
  CHECK_FALSE(list["items"][0].contains("kind"));
}

TEST_CASE("discovery: legacy and aggregated say the same") {
  chain_fixture cluster;
  auto groups = cluster.get("/apis").document();
  CHECK(groups["kind"] == "APIGroupList");
  auto aggregated = cluster.send("GET", "/apis", {}, {{"accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"}});
  CHECK(aggregated.type == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  CHECK(aggregated.document()["items"].size() == groups["groups"].size());
  for (auto& group : groups["groups"]) {
    std::string version = group["preferredVersion"]["groupVersion"];
    CHECK(cluster.get("/apis/" + version).document()["groupVersion"] == version);
  }
  CHECK(cluster.get("/apis/nope").text == "404 page not found\n");
  CHECK(cluster.get("/apis/apps/v9").document()["reason"] == "NotFound");
}

TEST_CASE("OpenAPI v3 has every group version, with fields, keys and the parameters that kubectl looks for") {
  chain_fixture cluster;
  auto index = cluster.get("/openapi/v3").document();
  for (auto& [key, place] : index["paths"].items()) CHECK(cluster.get(place["serverRelativeURL"]).code == 200);
  auto document = cluster.get("/openapi/v3/api/v1").document();
  auto& schemas = document["components"]["schemas"];
  CHECK(schemas["io.k8s.api.core.v1.Container"]["properties"]["ports"]["x-kubernetes-list-map-keys"] == json::array({"containerPort", "protocol"}));
  CHECK(schemas["io.k8s.api.core.v1.Pod"]["x-kubernetes-group-version-kind"][0]["kind"] == "Pod");
  auto& patch = document["paths"]["/api/v1/namespaces/{namespace}/pods/{name}"]["patch"];
  CHECK(patch["parameters"].dump().find("fieldValidation") != std::string::npos);
  // Every reference leads somewhere.
  std::string text = document.dump();
  for (size_t at = 0; (at = text.find("#/components/schemas/", at)) != std::string::npos;) {
    at += 21;
    CHECK(schemas.contains(text.substr(at, text.find('"', at) - at)));
  }
}

TEST_CASE("health says which check failed, not why") {
  chain_fixture cluster([](gateway_options& options) {
    options.checks = {{"good", [] { return std::string{}; }, true}, {"slow", [] { return std::string("secret reason"); }, false}};
  });
  CHECK(cluster.get("/livez").text == "ok");
  auto ready = cluster.get("/readyz?verbose");
  CHECK(ready.code == 500);
  CHECK(ready.text == "[+]ping ok\n[+]good ok\n[-]slow failed: reason withheld\nreadyz check failed\n");
  CHECK(cluster.get("/readyz?exclude=slow").code == 200);
  CHECK(cluster.get("/readyz/good").text == "ok");
  CHECK(cluster.get("/readyz/none").code == 404);
}

TEST_CASE("paths are read as upstream reads them") {
  CHECK_FALSE(info("GET", "/healthz").resource);
  CHECK_FALSE(info("GET", "/apis/apps/v1").resource);
  auto list = info("GET", "/api/v1/pods");
  CHECK(list.verb == "list");
  CHECK(list.space.empty());
  CHECK(info("GET", "/api/v1/namespaces/a/pods", "watch=true").verb == "watch");
  CHECK(info("GET", "/api/v1/watch/namespaces/a/pods").verb == "watch");
  auto status = info("PUT", "/apis/apps/v1/namespaces/a/deployments/d/status");
  CHECK(status.verb == "update");
  CHECK(status.group == "apps");
  CHECK(status.name == "d");
  CHECK(status.subresource == "status");
  auto space = info("GET", "/api/v1/namespaces/a");
  CHECK(space.plural == "namespaces");
  CHECK(space.name == "a");
  CHECK(space.space == "a");
  CHECK(info("PUT", "/api/v1/namespaces/a/finalize").subresource == "finalize");
  CHECK(info("DELETE", "/api/v1/namespaces/a/pods").verb == "deletecollection");
  CHECK(info("GET", "/api/v1/pods", "fieldSelector=metadata.name%3Dx").name == "x");
  CHECK(info("GET", "/api/v1//pods").malformed);
}

TEST_CASE("the best accepted form wins, unknown ones are passed over") {
  CHECK(accepted("application/xml, application/json;q=0.5")->form == gateway::encoding::json);
  CHECK(accepted("application/json;q=0.5, application/vnd.kubernetes.protobuf")->form == gateway::encoding::protobuf);
  CHECK(accepted("application/json;as=Table;v=v1;g=meta.k8s.io,application/json")->shape == gateway::view::table);
  CHECK(accepted("application/json;as=Table;v=v9;g=meta.k8s.io,application/json")->shape == gateway::view::object);
  CHECK(accepted("text/html").error().code == 406);
}

TEST_CASE("YAML in and out") {
  auto json_text = gateway::json_of("a: 1\nb: [x, \"y\"]\nc: {d: true, e: \"true\"}\nf: |\n  two\n  lines\ng: 08\n");
  REQUIRE(json_text.ok());
  CHECK(json::parse(*json_text) == json::parse(R"({"a":1,"b":["x","y"],"c":{"d":true,"e":"true"},"f":"two\nlines\n","g":8})"));
  CHECK_FALSE(gateway::json_of("a: [1").ok());
  std::string tree = R"({"b":[{"c":"1","d":[]}],"a":{"x":"two\nlines\n","y":"it's: so","z":null}})";
  CHECK(json::parse(*gateway::json_of(gateway::yaml_of(tree))) == json::parse(tree));
}

TEST_CASE("an Event is found by the fields of either of its versions") {
  chain_fixture cluster;
  json event = {{"metadata", {{"name", "e"}}}, {"involvedObject", {{"kind", "Pod"}, {"name", "p"}, {"namespace", "default"}}},
                {"reason", "Tested"}, {"reportingComponent", "tester"}, {"type", "Normal"}};
  REQUIRE(cluster.post("/api/v1/namespaces/default/events", event).code == 201);
  auto found = [&](const std::string& target) { return cluster.get(target).document()["items"].size(); };
  CHECK(found("/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dp") == 1);
  CHECK(found("/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=reportingController%3Dtester") == 1);
  CHECK(found("/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=reportingController%3Dother") == 0);
  CHECK(cluster.get("/apis/events.k8s.io/v1/namespaces/default/events/e").document()["reportingController"] == "tester");
}
