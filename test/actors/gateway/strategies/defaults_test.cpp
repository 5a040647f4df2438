// What comes back for a new object of every kind.
#include <catch2/catch_test_macros.hpp>
#include <iostream>
#include "test/actors/gateway/strategies/recorded.hpp"
#include "test/messages/golden_lines.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

/// Answered by the chain itself, without a strategy.
bool is_of_the_chain(const std::string& name) {
  for (const char* part : {"authentication.k8s.io", "authorization.k8s.io-v1/", "TokenRequest"})
    if (name.find(part) != name.npos && name.find("rbac") == name.npos) return true;
  return false;
}

/// The name of a generated object is not known beforehand: it is taken from the request's path there.
std::string first_difference(const json& ours, const json& theirs) {
  return json::diff(theirs, ours).dump().substr(0, 900);
}

std::string run(const json& each) {
  kind_server server = server_for(each);
  for (auto& step : each["steps"]) {
    outcome made = send(server, step["request"]);
    auto& wanted = step["response"];
    if (made.code != wanted["status"].get<int>())
      return "status " + std::to_string(made.code) + " for " + wanted["status"].dump() + ": " + made.error.message;
    if (step["setup"].get<bool>() || !wanted.contains("body") || made.code >= 400) continue;
    json ours = json::parse(made.json), theirs = wanted["body"];
    normalise(ours);
    normalise(theirs);
    if (ours != theirs) return first_difference(ours, theirs);
    if (ours.dump() != theirs.dump()) return "order of fields: " + ours.dump();
    std::string warnings;
    for (auto& text : made.warnings) {
      std::string escaped;
      for (char letter : text)
        escaped += (letter == '"' || letter == '\\') ? std::string("\\") + letter : std::string(1, letter);
      warnings += (warnings.empty() ? "" : "\n") + std::string("299 - \"") + escaped + "\"";
    }
    if (warnings != wanted.value("warning", "")) return "warnings: " + warnings + " for " + wanted.value("warning", "");
  }
  return {};
}

}  // namespace

/// Makes the case's object; its path, or empty where the case is about something else.
std::string make(kind_server& server, const json& each, outcome& made) {
  for (auto& step : each["steps"]) {
    auto& request = step["request"];
    made = send(server, request);
    if (request["method"] != "POST" || made.code != 201 || step["setup"].get<bool>()) continue;
    place where = place_of(request["path"].get<std::string>());
    if (!where.name.empty() || !where.kind || !where.kind->stored) continue;
    return request["path"].get<std::string>() + "/" + json::parse(made.json)["metadata"]["name"].get<std::string>();
  }
  return {};
}

TEST_CASE("what came back can be put and patched again, and nothing changes") {
  size_t tried = 0;
  std::string failed;
  for (auto& line : golden_lines("strategies/defaults.jsonl.gz")) {
    json each = json::parse(line);
    kind_server server = server_for(each);
    outcome made;
    std::string path = make(server, each, made);
    if (path.empty()) continue;
    ++tried;
    json before = json::parse(made.json);
    auto unchanged = [&](const outcome& again, const char* how) {
      if (again.code != 200) {
        failed += each["name"].get<std::string>() + ": " + how + " " + std::to_string(again.code) + " " + again.error.message.substr(0, 400) + "\n";
        return;
      }
      json now = json::parse(again.json);
      before["metadata"].erase("resourceVersion"), now["metadata"].erase("resourceVersion");
      if (before != now) failed += each["name"].get<std::string>() + ": " + how + " " + first_difference(now, before) + "\n";
    };
    unchanged(server.put(path, made.json), "put");
    unchanged(server.patch(path, patch_form::merge, "{}"), "merge");
    unchanged(server.patch(path, patch_form::strategic, "{}"), "strategic");
  }
  INFO(failed);
  CHECK(failed.empty());
  CHECK(tried > 130);
}

TEST_CASE("every kind prints as many cells as it has columns") {
  size_t kinds_seen = 0;
  for (auto& line : golden_lines("strategies/defaults.jsonl.gz")) {
    json each = json::parse(line);
    kind_server server = server_for(each);
    outcome made;
    std::string path = make(server, each, made);
    if (path.empty()) continue;
    place where = place_of(path);
    auto found = server.state().get(kinds()[where.kind->storage], where.space, where.name);
    REQUIRE(found);
    gateway::table_row row;
    gateway::strategy_of(*where.kind).print(*found, server.wall_ns(), row);
    INFO(path);
    CHECK(row.cells.size() == where.kind->columns.size());
    ++kinds_seen;
  }
  CHECK(kinds_seen > 130);
}

TEST_CASE("defaults of recorded objects") {
  size_t equal = 0, all = 0, elsewhere = 0;
  std::string different;
  for (auto& line : golden_lines("strategies/defaults.jsonl.gz")) {
    json each = json::parse(line);
    if (is_of_the_chain(each["name"])) {
      ++elsewhere;
      continue;
    }
    ++all;
    std::string difference = run(each);
    if (difference.empty())
      ++equal;
    else
      different += each["name"].get<std::string>() + ": " + difference + "\n";
  }
  std::cout << "defaults: " << equal << " of " << all << " equal, " << elsewhere << " are answered by the chain\n"
            << different;
  CHECK(different == "");
}
