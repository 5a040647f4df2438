// Replays recorded requests (test/golden/api/chain_cases.json, from a real control plane) against the chain. Compared are
// status, content type and body; what a server makes up (uids, times, revisions, tokens) and the wording of messages are not.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <regex>
#include "messages/base64.hpp"
#include "test/actors/gateway/chain_fixture.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

std::string filled(std::string text, const std::map<std::string, std::string>& values) {
  for (size_t at = 0; (at = text.find("${", at)) != std::string::npos;) {
    size_t end = text.find('}', at);
    std::string name = text.substr(at + 2, end - at - 2), value;
    if (name.starts_with("fill:")) value = std::string(std::stoul(name.substr(5)), 'x');
    else if (values.contains(name)) value = values.at(name);
    text.replace(at, end - at + 1, value);
    at += value.size();
  }
  return text;
}

std::string steady_text(std::string text) {
  static const std::regex uid("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), time("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z"),
      token("eyJ[\\w-]+\\.[\\w-]+\\.[\\w-]+"), address("\\b10\\.(9[6-9]|1[01]\\d)\\.\\d+\\.\\d+\\b"), mount("kube-api-access-[a-z0-9]{5}");
  for (auto& [what, by] : {std::pair{&uid, "<uid>"}, {&time, "<time>"}, {&token, "<token>"}, {&address, "<address>"}, {&mount, "<mount>"}})
    text = std::regex_replace(text, *what, by);
  return text;
}

/// What a server makes up is replaced, messages and managedFields are left out.
json steady(json value, const std::string& key = {}) {
  if (value.is_object()) {
    for (auto* left_out : {"managedFields", "message"}) value.erase(left_out);
    if (value.contains("generateName") && value.contains("name")) value["name"] = "<generated>";
    for (auto& [name, member] : value.items()) member = steady(member, name);
  } else if (value.is_array()) {
    for (auto& item : value) item = steady(item, key);
  } else if (value.is_string()) {
    for (auto* made_up : {"uid", "resourceVersion", "clusterIP", "continue", "token"})
      if (key == made_up && value != "" && value != "None" && value != "0") return "<" + key + ">";
    return steady_text(value.get<std::string>());
  } else if (key == "nodePort" || key == "retryAfterSeconds") {
    return 1;
  }
  return value;
}

std::vector<std::pair<std::string, std::string>> headers_of(const json& request, const std::map<std::string, std::string>& values) {
  std::vector<std::pair<std::string, std::string>> headers;
  bool typed = false;
  auto sent = request.value("headers", json::object()), groups = request.value("groups", json::array());
  for (auto& [name, value] : sent.items()) {
    std::string lower = name;
    for (auto& letter : lower) letter = static_cast<char>(std::tolower(letter));
    typed = typed || lower == "content-type";
    if (value.is_string()) headers.emplace_back(lower, filled(value.get<std::string>(), values));
  }
  bool body = request.contains("body") || request.contains("text") || request.contains("base64");
  if (body && !typed) headers.emplace_back("content-type", "application/json");
  if (request.contains("as")) headers.emplace_back("impersonate-user", request["as"].get<std::string>());
  for (auto& group : groups) headers.emplace_back("impersonate-group", group.get<std::string>());
  return headers;
}

std::string body_of(const json& request, const std::map<std::string, std::string>& values) {
  if (request.contains("body")) return filled(request["body"].dump(), values);
  if (request.contains("text")) return filled(request["text"].get<std::string>(), values);
  if (request.contains("base64")) return *from_base64(request["base64"].get<std::string>());
  return {};
}

void run_step(chain_fixture& cluster, const json& recorded, std::map<std::string, std::string>& values) {
  auto& request = recorded["request"];
  caller by;
  if (request.value("anonymous", false)) by = {"", {}};
  auto seen = cluster.send(request["method"], filled(request["path"], values), body_of(request, values), headers_of(request, values), by);
  auto& wanted = recorded["response"];
  INFO(request["method"] << " " << request["path"] << "\ngot " << seen.code << " " << seen.text.substr(0, 2'000));
  CHECK(seen.code == wanted["status"].get<int>());
  bool is_json = seen.type == "application/json" && !seen.text.empty();
  auto document = is_json ? json::parse(seen.text, nullptr, false) : json();
  auto captured = recorded.value("capture", json::object());
  for (auto& [name, pointer] : captured.items()) {
    json::json_pointer at(pointer.get<std::string>());
    if (document.is_object() && document.contains(at)) values[name] = document[at].is_string() ? document[at].get<std::string>() : document[at].dump();
  }
  if (recorded.value("setup", false)) return;
  if (wanted.contains("body")) CHECK(steady(document).dump() == steady(wanted["body"]).dump());
  if (wanted.contains("headers") && wanted["headers"].contains("Content-Type")) CHECK(seen.type == wanted["headers"]["Content-Type"].get<std::string>());
}

} // namespace

TEST_CASE("recorded requests get the recorded answers") {
  std::ifstream file("test/golden/api/chain_cases.json");
  REQUIRE(file);
  auto cases = json::parse(file);
  REQUIRE(cases.size() > 200);
  for (auto& recorded : cases) {
    DYNAMIC_SECTION(recorded["name"].get<std::string>()) {
      chain_fixture cluster;
      if (recorded.contains("namespace")) cluster.make_space(recorded["namespace"]);
      std::map<std::string, std::string> values;
      for (auto& each : recorded["steps"]) run_step(cluster, each, values);
    }
  }
}
