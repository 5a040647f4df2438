// Recorded bodies: what the server refuses to decode is refused with its words, and what it warns of is noted.
#include <google/protobuf/message.h>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "messages/base64.hpp"
#include "messages/decode_body.hpp"
#include "messages/json_reader.hpp"
#include "messages/json_text.hpp"
#include "messages/limits.hpp"
#include "test/messages/golden_lines.hpp"

using namespace troupe;
using nlohmann::json;

namespace {

std::string refusal(const json& each, const body_type& expected, std::vector<std::string>& warnings) {
  std::vector<decode_problem> problems;
  auto form = each["form"] == "json" ? body_form::json : body_form::protobuf;
  auto decoded = decode_body(*from_base64(each["body"].get<std::string>()), form, expected, &problems);
  if (!decoded.ok()) {
    CHECK(decoded.error().code == 400);
    return decoded.error().message;
  }
  if (each["validation"] == "Strict" && !problems.empty()) return strict_decoding_error(expected, problems).message;
  if (each["validation"] == "Warn")
    for (const auto& problem : problems) warnings.push_back(problem.text());
  return {};
}

std::string decode(const char* resource, const std::string& text) {
  const kind_row* row = find_kind("", "v1", resource);
  auto decoded = decode_body(text, body_form::json, body_type_of(*row));
  return decoded.ok() ? "" : decoded.error().message;
}

} // namespace

TEST_CASE("recorded bodies are refused or taken as the server does") {
  size_t refused = 0, taken = 0;
  for (const std::string& line : golden_lines("decode/bodies.jsonl.gz")) {
    json each = json::parse(line);
    std::string group = each["group"], version = each["version"], resource = each["resource"], name = each["case"];
    const kind_row* row = find_kind(group, version, resource);
    REQUIRE(row);
    std::vector<std::string> warnings, expected_warnings;
    std::string why = refusal(each, body_type_of(*row), warnings);
    for (const std::string text : each["warnings"]) {
      std::string plain; // as in the header: quotes escaped
      for (size_t i = 0; i < text.size(); i++)
        if (text[i] != '\\') plain.push_back(text[i]);
      if (plain.starts_with("unknown field") || plain.starts_with("duplicate field")) expected_warnings.push_back(plain);
    }
    INFO(name << "\n" << *from_base64(each["body"].get<std::string>()));
    std::string message = each["message"];
    bool by_decoder = message.find("cannot be handled as a") != std::string::npos ||
                      message.find("object provided is unrecognized") != std::string::npos;
    CHECK(why == (by_decoder ? message : ""));
    CHECK(warnings == expected_warnings);
    (by_decoder ? refused : taken)++;
  }
  CHECK(refused > 30);
  CHECK(taken > 150);
  WARN(refused << " refused, " << taken << " taken");
}

TEST_CASE("wrong values are named by type and place") {
  const std::string head = R"(Pod in version "v1" cannot be handled as a Pod: )";
  CHECK(decode("pods", R"({"spec":{"containers":[{"name":1}]}})") ==
        head + "json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string");
  CHECK(decode("pods", R"({"spec":{"containers":{}}})") ==
        head + "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container");
  CHECK(decode("pods", R"({"spec":{"restartPolicy":true}})") ==
        head + "json: cannot unmarshal bool into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy");
  CHECK(decode("pods", R"({"spec":{"priority":1.5}})") ==
        head + "json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.priority of type int32");
  CHECK(decode("pods", R"({"spec":{"priority":2147483648}})") ==
        head + "json: cannot unmarshal number 2147483648 into Go struct field PodSpec.spec.priority of type int32");
  CHECK(decode("pods", R"({"spec":{"containers":[{"resources":{"limits":{"cpu":"1x"}}}]}})") ==
        head + "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  // A syntax error outweighs what came before it.
  CHECK(decode("pods", R"({"spec":1,)").find("json parse error: unexpected end of JSON input") != std::string::npos);
}

TEST_CASE("syntax errors have Go's words") {
  CHECK(json_error("{} x") == "invalid character 'x' after top-level value");
  CHECK(json_error("{\"a\" 1}") == "invalid character '1' after object key");
  CHECK(json_error("{\"a\":1 2}") == "invalid character '2' after object key:value pair");
  CHECK(json_error("[1 2]") == "invalid character '2' after array element");
  CHECK(json_error("tru") == "unexpected end of JSON input");
  CHECK(json_error("trux") == "invalid character 'x' in literal true (expecting 'e')");
  CHECK(json_error("01") == "invalid character '1' after top-level value");
  CHECK(json_error("-") == "unexpected end of JSON input");
  CHECK(json_error("-x") == "invalid character 'x' in numeric literal");
  CHECK(json_error("1.e") == "invalid character 'e' after decimal point in numeric literal");
  CHECK(json_error("1ex") == "invalid character 'x' in exponent of numeric literal");
  CHECK(json_error("\"\\x\"") == "invalid character 'x' in string escape code");
  CHECK(json_error("\"\\u12g4\"") == "invalid character 'g' in \\u hexadecimal character escape");
  CHECK(json_error("\"a\nb\"") == "invalid character '\\n' in string literal");
  CHECK(json_error("[1,]") == "invalid character ']' looking for beginning of value");
  CHECK(json_error("{\"a\":1,}") == "invalid character '}' looking for beginning of object key string");
  CHECK(json_error("") == "unexpected end of JSON input");
}

TEST_CASE("nesting is bounded") {
  auto nested = [](const char* open, const char* close, int depth) {
    std::string text;
    for (int i = 0; i < depth; i++) text += open;
    text += "1";
    for (int i = 0; i < depth; i++) text += close;
    return text;
  };
  CHECK(json_error(nested("[", "]", json_depth_max)).empty());
  CHECK(json_error(nested("[", "]", json_depth_max + 1)) == "exceeded max depth");
  CHECK(json_error(nested("{\"a\":", "}", json_depth_max + 1)) == "exceeded max depth");
  // Unknown parts of a body may nest as deep as the text; schemas, which recurse, as deep as messages.
  CHECK(decode("configmaps", "{\"zz\":" + nested("[", "]", json_depth_max - 1) + "}").empty());
  const kind_row* row = find_kind("apiextensions.k8s.io", "v1", "customresourcedefinitions");
  auto schema = [&](int depth) {
    std::string text = R"({"spec":{"versions":[{"schema":{"openAPIV3Schema":)";
    for (int i = 0; i < depth; i++) text += R"({"not":)";
    text += "{}";
    for (int i = 0; i < depth; i++) text += "}";
    return text + "}}]}}";
  };
  CHECK(decode_body(schema(message_depth_max - 10), body_form::json, body_type_of(*row)).ok());
  CHECK_FALSE(decode_body(schema(message_depth_max), body_form::json, body_type_of(*row)).ok());
}

TEST_CASE("problems are reported once, and not without end") {
  auto message = new_message(*find_kind("", "v1", "configmaps"));
  std::string text = "{";
  for (int i = 0; i < 300; i++) text += "\"u" + std::to_string(i) + "\":1,";
  text += "\"data\":{\"a\":\"1\",\"a\":\"2\",\"a\":\"3\"}}";
  std::vector<decode_problem> problems;
  REQUIRE(from_json(text, *message, nullptr, &problems).ok());
  CHECK(problems.size() == strict_problems_max);
  problems.clear();
  auto other = new_message(*find_kind("", "v1", "configmaps"));
  REQUIRE(from_json(R"({"data":{"a":"1","b":"x","a":"2","a":"3"},"zz":1,"zz":2})", *other, nullptr, &problems).ok());
  CHECK(join_problems(problems) == "duplicate field \"data.a\", unknown field \"zz\"");
  CHECK(to_json(*other, "", "") == R"({"metadata":{},"data":{"a":"3","b":"x"}})");
}
