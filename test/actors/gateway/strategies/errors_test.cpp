// What is refused, and with which words.
#include <catch2/catch_test_macros.hpp>
#include <iostream>
#include <map>
#include <regex>
#include "test/actors/gateway/strategies/recorded.hpp"
#include "test/messages/golden_lines.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

/// Without what the server made up: names from "A", and what identifies an object that is shown.
std::string without_random(std::string text) {
  static const std::regex name(R"re(Invalid value: "A[a-z0-9]{5}")re");
  static const std::regex identity(R"re(\\"(uid|resourceVersion|creationTimestamp)\\":\\"[^\\]*)re");
  text = std::regex_replace(text, name, "Invalid value: \"A*****\"");
  return std::regex_replace(text, identity, "$1");
}

std::string causes_of(const json& body) {
  std::string text;
  if (!body.contains("details") || !body["details"].contains("causes")) return text;
  for (auto& cause : body["details"]["causes"])
    text += cause.value("reason", "") + " | " + cause.value("field", "") + " | " +
            without_random(cause.value("message", "")) + "\n";
  return text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at; !from.empty() && (at = text.find(from)) != text.npos;) text.replace(at, from.size(), to);
  return text;
}

std::string difference_of(const json& step, const outcome& made) {
  auto& wanted = step["response"];
  int code = wanted["status"];
  if (made.code != code)
    return "status " + std::to_string(made.code) + " for " + std::to_string(code) + ": " +
           made.error.message.substr(0, 500);
  if (code < 400) {
    std::string all;
    for (auto& text : made.warnings) all += (all.empty() ? "" : "\n") + std::string("299 - \"") + text + "\"";
    std::string theirs = replaced(wanted.value("warning", ""), "\\\"", "\"");
    return all == theirs ? "" : "warnings: " + all + " for " + theirs;
  }
  json ours = json::parse(to_json(made.error));
  std::string own = causes_of(ours), their = causes_of(wanted["body"]);
  if (own != their) return "\n  ours:   " + own.substr(0, 1500) + "  theirs: " + their.substr(0, 1500);
  if (code == 422 && !their.empty()) return {};  // the message follows from the causes
  std::string said = ours.value("message", ""), wish = wanted["body"].value("message", "");
  return said == wish ? "" : "message: " + said + " for " + wish;
}

std::string run(const json& each) {
  kind_server server = server_for(each);
  for (auto& step : each["steps"]) {
    outcome made = send(server, step["request"]);
    if (step["setup"].get<bool>()) {
      if (made.code != step["response"]["status"].get<int>())
        return "setup: " + std::to_string(made.code) + " " + made.error.message.substr(0, 300);
      continue;
    }
    if (auto difference = difference_of(step, made); !difference.empty()) return difference;
  }
  return {};
}

/// Where our answer is known to be another, and why.
const std::map<std::string, std::string>& known() {
  static const std::map<std::string, std::string> list{
      {"crd/cel-bad", "expressions are not compiled"},
      {"crd/default-invalid", "defaults in schemas are not checked"},
      {"validate/deviceclass/cel", "expressions are not compiled"},
      {"validate/vap/cel", "expressions are not compiled"}};
  return list;
}

}  // namespace

TEST_CASE("recorded refusals") {
  std::map<std::string, std::pair<size_t, size_t>> tally;  // area: equal, all
  std::string different;
  for (auto& line : golden_lines("strategies/errors.jsonl.gz")) {
    json each = json::parse(line);
    std::string name = each["name"];
    auto& area = tally[name.substr(0, name.find('/'))];
    ++area.second;
    std::string difference = run(each);
    if (difference.empty())
      ++area.first;
    else
      different += name + ": " + difference + "\n";
    INFO(name << difference);
    if (known().count(name))
      CHECK_FALSE(difference.empty());  // equal by now: take it off the list
    else
      CHECK(difference.empty());
  }
  for (auto& [area, counts] : tally) std::cout << area << ": " << counts.first << " of " << counts.second << " equal\n";
  std::cout << different;
}
