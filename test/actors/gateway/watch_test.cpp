// Watches: nothing is lost between list, replay and live events; what is full or too old ends in order.
#include <catch2/catch_test_macros.hpp>
#include "test/actors/gateway/chain_fixture.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

const std::string maps = "/api/v1/namespaces/default/configmaps";

json config(const std::string& name, const json& labels = json::object()) {
  return {{"metadata", {{"name", name}, {"labels", labels}}}, {"data", {{"k", "v"}}}};
}

std::string revision_of(chain_fixture& cluster) { return cluster.get(maps).document()["metadata"]["resourceVersion"]; }

std::vector<std::string> told(const std::vector<json>& events) {
  std::vector<std::string> texts;
  for (auto& event : events) texts.push_back(event["type"].get<std::string>() + " " + event["object"]["metadata"].value("name", ""));
  return texts;
}

} // namespace

TEST_CASE("a watch from a revision replays what came since, then goes on live") {
  chain_fixture cluster;
  auto from = revision_of(cluster);
  cluster.post(maps, config("a"));
  auto watch = cluster.get(maps + "?watch=1&resourceVersion=" + from);
  CHECK(told(cluster.events(watch)) == std::vector<std::string>{"ADDED a"});
  cluster.post(maps, config("b"));
  cluster.patch(maps + "/a", {{"data", {{"k", "w"}}}});
  cluster.remove(maps + "/b");
  CHECK(told(cluster.events(watch)) == std::vector<std::string>{"ADDED b", "MODIFIED a", "DELETED b"});
  CHECK(cluster.events(watch).empty());
}

TEST_CASE("events between the beginning of a watch and its first read come once") {
  chain_fixture cluster;
  auto watch = cluster.get(maps + "?watch=1&resourceVersion=" + revision_of(cluster));
  cluster.post(maps, config("a"));
  cluster.home->run_posts(); // the hub is told before the client reads
  cluster.post(maps, config("b"));
  CHECK(told(cluster.events(watch)) == std::vector<std::string>{"ADDED a", "ADDED b"});
}

TEST_CASE("a watch without a revision begins with everything there is") {
  chain_fixture cluster;
  cluster.post(maps, config("a"));
  auto watch = cluster.get(maps + "?watch=1");
  auto first = told(cluster.events(watch));
  CHECK(std::count(first.begin(), first.end(), "ADDED a") == 1);
  cluster.post(maps, config("b"));
  CHECK(told(cluster.events(watch)) == std::vector<std::string>{"ADDED b"});
}

TEST_CASE("sendInitialEvents ends the initial events with a marked bookmark") {
  chain_fixture cluster;
  cluster.make_space("w");
  std::string path = "/api/v1/namespaces/w/configmaps";
  cluster.post(path, config("a"));
  auto watch = cluster.get(path + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
  auto seen = cluster.events(watch);
  CHECK(told(seen) == std::vector<std::string>{"ADDED a", "BOOKMARK "});
  CHECK(seen[1]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true");
}

TEST_CASE("what enters or leaves a selection is added or deleted") {
  chain_fixture cluster;
  auto watch = cluster.get(maps + "?watch=1&labelSelector=a%3D1&resourceVersion=" + revision_of(cluster));
  cluster.post(maps, config("x", {{"a", "2"}}));
  cluster.patch(maps + "/x", {{"metadata", {{"labels", {{"a", "1"}}}}}});
  cluster.patch(maps + "/x", {{"data", {{"k", "w"}}}});
  auto left = cluster.patch(maps + "/x", {{"metadata", {{"labels", {{"a", "3"}}}}}}).document();
  cluster.remove(maps + "/x");
  auto seen = cluster.events(watch);
  CHECK(told(seen) == std::vector<std::string>{"ADDED x", "MODIFIED x", "DELETED x"});
  CHECK(seen[2]["object"]["metadata"]["labels"]["a"] == "1");
  CHECK(seen[2]["object"]["metadata"]["resourceVersion"] == left["metadata"]["resourceVersion"]);
}

TEST_CASE("below the window events come from the history, below the compaction none do") {
  chain_fixture cluster;
  auto from = revision_of(cluster);
  cluster.post(maps, config("a"));
  cluster.post(maps, config("b"));
  cluster.store.close_window(cluster.store.revision());
  cluster.post(maps, config("c"));
  auto watch = cluster.get(maps + "?watch=1&resourceVersion=" + from);
  cluster.events(watch); // asks the history, which answers by a post
  auto seen = told(cluster.events(watch));
  CHECK(seen == std::vector<std::string>{"ADDED a", "ADDED b", "ADDED c"});
  cluster.store.compact(cluster.store.revision());
  auto old = cluster.get(maps + "?watch=1&resourceVersion=" + from);
  cluster.events(old);
  auto error = cluster.events(old);
  REQUIRE(error.size() == 1);
  CHECK(error[0]["type"] == "ERROR");
  CHECK(error[0]["object"]["code"] == 410);
  CHECK(old.stream->done());
}

TEST_CASE("a watch whose client does not read ends after a whole event when its queue is full") {
  chain_fixture cluster;
  auto watch = cluster.get(maps + "?watch=1&resourceVersion=" + revision_of(cluster));
  cluster.events(watch); // caught up: from here on events are queued
  for (int i = 0; i < 1'200; ++i) cluster.post(maps, config("c" + std::to_string(i)));
  cluster.home->run_posts();
  auto seen = cluster.events(watch);
  CHECK(seen.size() == 1'000);
  CHECK(seen.back()["type"] == "ADDED");
  CHECK(watch.stream->done());
}

TEST_CASE("bookmarks come before the time is up, and then the watch ends") {
  chain_fixture cluster;
  auto watch = cluster.get(maps + "?watch=1&allowWatchBookmarks=true&timeoutSeconds=5&resourceVersion=" + revision_of(cluster));
  cluster.post(maps, config("a"));
  CHECK(told(cluster.events(watch)) == std::vector<std::string>{"ADDED a"});
  watch.stream->tick(cluster.steady_ms + 1'000);
  CHECK(cluster.events(watch).empty());
  watch.stream->tick(cluster.steady_ms + 3'500);
  auto bookmark = cluster.events(watch);
  REQUIRE(bookmark.size() == 1);
  CHECK(bookmark[0]["type"] == "BOOKMARK");
  CHECK(bookmark[0]["object"]["metadata"]["resourceVersion"] == std::to_string(cluster.store.revision()));
  watch.stream->tick(cluster.steady_ms + 5'000);
  CHECK(watch.stream->done());
}

TEST_CASE("a Table watch sends its columns once, a metadata watch only metadata") {
  chain_fixture cluster;
  auto from = revision_of(cluster);
  cluster.post(maps, config("a"));
  cluster.post(maps, config("b"));
  std::string target = maps + "?watch=1&resourceVersion=" + from;
  auto tables = cluster.send("GET", target, {}, {{"accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}});
  auto seen = cluster.events(tables);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0]["object"]["columnDefinitions"].size() == 3);
  CHECK(seen[1]["object"]["columnDefinitions"].is_null());
  auto partial = cluster.send("GET", target, {}, {{"accept", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"}});
  auto first = cluster.events(partial)[0]["object"];
  CHECK(first["kind"] == "PartialObjectMetadata");
  CHECK_FALSE(first.contains("data"));
}

TEST_CASE("a winding up watch ends at once") {
  chain_fixture cluster;
  auto watch = cluster.get(maps + "?watch=1&resourceVersion=" + revision_of(cluster));
  cluster.post(maps, config("a"));
  cluster.home->run_posts();
  watch.stream->wind_up();
  CHECK(cluster.events(watch).empty());
  CHECK(watch.stream->done());
}
