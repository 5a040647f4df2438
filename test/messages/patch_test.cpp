// Recorded patches of typed objects: the merged object, or the error, is the server's.
#include <google/protobuf/message.h>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "messages/limits.hpp"
#include "messages/patch.hpp"
#include "test/messages/golden_lines.hpp"

using namespace troupe;
using json = nlohmann::ordered_json;

namespace {

const type_table* table_for(const json& object) {
  std::string api_version = object["apiVersion"], kind = object["kind"];
  size_t slash = api_version.find('/');
  if (slash == std::string::npos) return find_table("", api_version, kind);
  return find_table(api_version.substr(0, slash), api_version.substr(slash + 1), kind);
}

// What the server's update changes beside the merge itself.
void drop_written(json& object) {
  for (const char* key : {"managedFields", "resourceVersion", "generation"}) object["metadata"].erase(key);
}

// The same object in our own order and form.
json normal(const json& object) {
  auto message = new_message(*table_for(object));
  decode_error error = from_json(object.dump(), *message);
  INFO(error.text);
  REQUIRE(error.ok());
  json shown = json::parse(to_json(*message, object["apiVersion"].get<std::string>(), object["kind"].get<std::string>()));
  drop_written(shown);
  return shown;
}

patch_form form_of(const std::string& name) {
  return name == "json" ? patch_form::json : name == "merge" ? patch_form::merge : patch_form::strategic;
}

} // namespace

TEST_CASE("recorded patches give the recorded object or error") {
  // What these answers show comes from defaulting, validation or the update's own rules, which stand behind the merge.
  const std::set<std::string> behind = {
      // defaults of what was added
      "json/append", "strategic/container-replace-list", "strategic/env-value-to-valuefrom",
      "strategic/initcontainers-add", "strategic/service-ports-add", "strategic/secret-stringdata",
      // validation of the result
      "merge/directive-not-special", "patch/strategic-delete-all", "strategic/strategy-no-retainkeys",
      "strategic/volume-no-retainkeys",
      // the update: metadata is kept, status is another subresource's, revisions must match
      "conflict/patch-stale-rv", "merge/status-ignored", "strategic/root-replace",
      "subresource/status-patch-in-main-ignored",
      // the request: media types and options
      "media/patch-json", "media/patch-none", "media/patch-text", "media/patch-yaml", "patch/bad-dryrun",
      "patch/fieldmanager-bad", "patch/fieldmanager-too-long", "patch/force-on-merge"};
  size_t merged = 0, refused = 0;
  for (const std::string& line : golden_lines("patches/patches.jsonl.gz")) {
    json each = json::parse(line);
    std::string name = each["case"];
    json before = each["before"];
    auto message = new_message(*table_for(before));
    REQUIRE(from_json(before.dump(), *message).ok());
    auto made = apply_patch(form_of(each["form"]), each["patch"].get<std::string>(), *message,
                            before["apiVersion"].get<std::string>(), before["kind"].get<std::string>());
    if (behind.count(name)) continue;
    INFO(name << " " << each["form"] << "\npatch " << each["patch"]);
    if (each["status"] < 300) {
      if (!made.ok()) FAIL_CHECK(made.error().message);
      if (!made.ok()) continue;
      json shown = json::parse(to_json(*made->message, before["apiVersion"].get<std::string>(), before["kind"].get<std::string>()));
      drop_written(shown);
      CHECK(shown.dump() == normal(each["after"]).dump());
      merged++;
      continue;
    }
    status error;
    if (!made.ok())
      error = made.error();
    else if (each["strict"] == true && !made->problems.empty())
      error = patch_result_error(made->shown, "strict decoding error: " + join_problems(made->problems));
    CHECK(error.message == each["message"].get<std::string>());
    CHECK(error.reason == each["reason"].get<std::string>());
    CHECK(error.code == each["status"].get<int>());
    refused++;
  }
  CHECK(merged > 50);
  CHECK(refused > 10);
}

TEST_CASE("the work of a patch is bounded") {
  auto current = new_message(*find_kind("", "v1", "configmaps"));
  // Many members: taken, in time that grows with their number.
  std::string many = "{\"data\":{", none = many;
  for (int i = 0; i < 100'000; i++) {
    many += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":\"\"";
    none += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":null";
  }
  auto filled = apply_patch(patch_form::merge, many + "}}", *current, "v1", "ConfigMap");
  REQUIRE(filled.ok());
  auto emptied = apply_patch(patch_form::strategic, none + "}}", *filled->message, "v1", "ConfigMap");
  REQUIRE(emptied.ok());
  CHECK(to_json(*emptied->message, "", "") == "{\"metadata\":{}}");
  // Long lists that merge by key: every item meets every other, so these are refused.
  std::string list = "{\"spec\":{\"containers\":[";
  for (int i = 0; i < 3'000; i++) list += (i ? ",{\"name\":\"c" : "{\"name\":\"c") + std::to_string(i) + "\"}";
  auto pod = new_message(*find_kind("", "v1", "pods"));
  auto first = apply_patch(patch_form::merge, list + "]}}", *pod, "v1", "Pod");
  REQUIRE(first.ok());
  auto second = apply_patch(patch_form::strategic, list + "]}}", *first->message, "v1", "Pod");
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == 422);
  std::string deep(size_t(value_depth_max) + 5, '[');
  auto nested = apply_patch(patch_form::merge, "{\"a\":" + deep + std::string(deep.size(), ']') + "}", *pod, "v1", "Pod");
  REQUIRE_FALSE(nested.ok());
  CHECK(nested.error().code == 400);
}
