// Small text forms: quantities, times, durations, base64, names, selectors, statuses.
#include <catch2/catch_test_macros.hpp>

#include "messages/base64.hpp"
#include "messages/codec.hpp"
#include "messages/json_text.hpp"
#include "messages/limits.hpp"
#include "messages/names.hpp"
#include "messages/quantity.hpp"
#include "messages/result.hpp"
#include "messages/selectors.hpp"
#include "messages/time_format.hpp"

#include <google/protobuf/message.h>

using namespace troupe;

namespace {

std::string canonical(const char* text) { return quantity::parse(text)->text(); }
std::string quantity_error(const char* text) {
  std::string error;
  CHECK_FALSE(quantity::parse(text, &error));
  return error;
}
std::string time_error(const char* text) {
  std::string error;
  CHECK_FALSE(parse_time(text, &error));
  return error;
}
std::string label_error(const char* text) {
  std::string error;
  CHECK_FALSE(label_selector::parse(text, &error));
  return error;
}
std::string first(const name_errors& errors) { return errors.empty() ? "" : errors[0]; }

} // namespace

TEST_CASE("quantities in canonical form") {
  CHECK(canonical("0") == "0");
  CHECK(canonical("-0") == "0");
  CHECK(canonical("1000m") == "1");
  CHECK(canonical("0.5") == "500m");
  CHECK(canonical("0.5Gi") == "512Mi");
  CHECK(canonical("1024Mi") == "1Gi");
  CHECK(canonical("1.5Gi") == "1536Mi");
  CHECK(canonical("1023Ki") == "1023Ki");
  CHECK(canonical("0.25Ki") == "256");
  CHECK(canonical("1e3") == "1e3");
  CHECK(canonical("1000e0") == "1e3");
  CHECK(canonical("12345") == "12345");
  CHECK(canonical("1000") == "1k");
  CHECK(canonical("1500k") == "1500k");
  CHECK(canonical("0.1n") == "1n"); // up to the smallest
  CHECK(canonical("-1.5") == "-1500m");
  CHECK(canonical("1Ei") == "1Ei");
  CHECK(canonical("8Ei") == "9223372036854775807"); // the largest
  CHECK(canonical("+1.") == "1");
  CHECK(canonical(".5") == "500m");
  CHECK(canonical("100u") == "100u");
}

TEST_CASE("quantities that are none") {
  const std::string format = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  CHECK(quantity_error("") == format);
  CHECK(quantity_error("abc") == format);
  CHECK(quantity_error("1 Gi") == format);
  CHECK(quantity_error("1.2.3") == format);
  CHECK(quantity_error("1GGi") == "unable to parse quantity's suffix");
  CHECK(quantity_error("1e") == "unable to parse quantity's suffix");
  CHECK(quantity_error("1K") == "unable to parse quantity's suffix");
}

TEST_CASE("amounts of quantities") {
  CHECK(quantity::parse("250m")->milli_value() == 250);
  CHECK(quantity::parse("250m")->value() == 1);
  CHECK(quantity::parse("-250m")->value() == -1);
  CHECK(quantity::parse("1Gi")->value() == 1 << 30);
  CHECK(quantity::parse("1") == quantity::parse("1000m"));
  CHECK(*quantity::parse("1Mi") > *quantity::parse("1M"));
  CHECK((*quantity::parse("1Gi") + *quantity::parse("512Mi")).text() == "1536Mi");
  CHECK((*quantity::parse("1") - *quantity::parse("1500m")).text() == "-500m");
  CHECK((quantity() + *quantity::parse("1Ki")).text() == "1Ki");
  CHECK(quantity::parse("1u")->rounded_to_milli().text() == "1m");
  CHECK(quantity::of(INT64_MAX).value() == INT64_MAX);
  CHECK(quantity::of(INT64_MAX).milli_value() == INT64_MAX); // saturated
  CHECK((quantity::of(INT64_MAX) + quantity::of(INT64_MAX)).value() == INT64_MAX);
}

TEST_CASE("texts have limits") {
  CHECK_FALSE(quantity::parse(std::string(quantity_bytes_max + 1, '1')));
  CHECK(quantity::parse(std::string(quantity_bytes_max, '1'))->value() == INT64_MAX);
  CHECK_FALSE(label_selector::parse(std::string(selector_bytes_max + 1, 'a')));
  CHECK_FALSE(field_selector::parse(std::string(selector_bytes_max + 1, 'a')));
}

TEST_CASE("times") {
  CHECK(format_time(0) == "1970-01-01T00:00:00Z");
  CHECK(format_time(1'795'511'100) == "2026-11-24T09:05:00Z");
  CHECK(format_time(-1) == "1969-12-31T23:59:59Z");
  CHECK(format_micro_time(1'795'511'100, 1'234'567) == "2026-11-24T09:05:00.001234Z");
  CHECK(parse_time("2026-11-24T09:05:00Z") == instant{1'795'511'100, 0});
  CHECK(parse_time("2026-11-24T10:05:00.25+01:00") == instant{1'795'511'100, 250'000'000});
  CHECK(parse_time("2024-02-29T00:00:00Z").has_value());
  CHECK(parse_micro_time("2026-11-24T09:05:00.000001Z") == instant{1'795'511'100, 1000});
  CHECK_FALSE(parse_micro_time("2026-11-24T09:05:00Z"));
  const std::string head = "parsing time \"";
  CHECK(time_error("yesterday") == head + R"(yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006")");
  CHECK(time_error("2026-11-24") == head + R"(2026-11-24" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T")");
  CHECK(time_error("2026-13-24T00:00:00Z") == head + R"(2026-13-24T00:00:00Z": month out of range)");
  CHECK(time_error("2025-02-29T00:00:00Z") == head + R"(2025-02-29T00:00:00Z": day out of range)");
  CHECK(time_error("2025-02-28T00:00:00") ==
        head + R"(2025-02-28T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00")");
  for (int64_t seconds = -62'135'596'800; seconds < 253'402'300'799; seconds += 86'399 * 997)
    REQUIRE(parse_time(format_time(seconds)) == instant{seconds, 0});
}

TEST_CASE("durations") {
  for (const char* text : {"0s", "1ns", "1.5\xC2\xB5s", "250ms", "1.5s", "1m0s", "1h0m0.001s", "-2h45m0s"})
    CHECK(format_duration(*parse_duration(text)) == text);
  CHECK(parse_duration("1h30m") == 5'400'000'000'000);
  std::string error;
  CHECK_FALSE(parse_duration("x", &error));
  CHECK(error == "time: invalid duration \"x\"");
  CHECK_FALSE(parse_duration("1", &error));
  CHECK(error == "time: missing unit in duration \"1\"");
  CHECK_FALSE(parse_duration("1d", &error));
  CHECK(error == "time: unknown unit \"d\" in duration \"1d\"");
  CHECK_FALSE(parse_duration("9999999999h"));
  CHECK(human_duration(5) == "5s");
  CHECK(human_duration(119) == "119s");
  CHECK(human_duration(130) == "2m10s");
  CHECK(human_duration(3600 * 2) == "120m");
  CHECK(human_duration(3600 * 5) == "5h");
  CHECK(human_duration(86400 * 3 + 3600) == "3d1h");
  CHECK(human_duration(86400 * 30) == "30d");
  CHECK(human_duration(86400 * 800) == "2y70d");
}

TEST_CASE("base64") {
  CHECK(base64("") == "");
  CHECK(base64("a") == "YQ==");
  CHECK(base64("ab") == "YWI=");
  CHECK(base64("abc") == "YWJj");
  CHECK(from_base64("YWJj\nYQ==") == "abca");
  size_t at = 0;
  CHECK_FALSE(from_base64("%%%", &at));
  CHECK(at == 0);
  CHECK_FALSE(from_base64("YWJ", &at));
  CHECK(at == 0);
  CHECK_FALSE(from_base64("YQ=a", &at));
  CHECK(base64_url("\xFB\xFF") == "-_8");
  CHECK(from_base64_url("-_8") == "\xFB\xFF");
  CHECK_FALSE(from_base64_url("a"));
}

TEST_CASE("names") {
  CHECK(dns_label_errors("my-name").empty());
  CHECK(first(dns_label_errors("a.b")) == "must not contain dots");
  CHECK(first(dns_label_errors("-a")).starts_with("a lowercase RFC 1123 label must consist of"));
  CHECK(first(dns_label_errors(std::string(64, 'a'))) == "must be no more than 63 characters");
  CHECK(dns_subdomain_errors("a.b-c.d0").empty());
  CHECK_FALSE(dns_subdomain_errors("a..b").empty());
  CHECK_FALSE(dns_subdomain_errors("A").empty());
  CHECK(first(dns_1035_label_errors("1a")).starts_with("a DNS-1035 label must consist of"));
  CHECK(label_key_errors("example.com/My.Name").empty());
  CHECK(first(label_key_errors("")) == "name part must be non-empty");
  CHECK(first(label_key_errors("/a")) == "prefix part must be non-empty");
  CHECK(first(label_key_errors("a/b/c")).starts_with("a valid label key must consist of"));
  CHECK(first(label_value_errors(std::string(64, 'a'))) == "must be no more than 63 bytes");
  CHECK(label_value_errors("").empty());
  CHECK(config_key_errors("a.B_c-1").empty());
  CHECK(first(config_key_errors("..")) == "must not be '..'");
  CHECK(path_segment_errors("system:node").empty());
  CHECK(first(path_segment_errors("a/b")) == "may not contain '/'");
  CHECK(port_name_errors("http-1").empty());
  CHECK(first(port_name_errors("80")) == "must contain at least one letter (a-z)");
  CHECK(first(port_number_errors(0)) == "must be between 1 and 65535, inclusive");
  CHECK(generated_name("web-", 0) == "web-bbbbb");
  CHECK(generated_name(std::string(80, 'a'), 12345).size() == 63);
  CHECK(generated_name("a-", 1) != generated_name("a-", 2));
  CHECK(format_uuid(0, 0) == "00000000-0000-4000-8000-000000000000");
  CHECK(format_uuid(~uint64_t(0), ~uint64_t(0)) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST_CASE("label selectors") {
  auto matches = [](const char* selector, std::string_view a) {
    return label_selector::parse(selector)->matches(
        [&](std::string_view key) { return key == "a" ? a : std::string_view(); });
  };
  CHECK(matches("", {}));
  CHECK(matches("a=1", "1"));
  CHECK_FALSE(matches("a=1", {}));
  CHECK(matches("a", std::string_view("", 0)));
  CHECK(matches("!b", "1"));
  CHECK(matches("b!=1", {}));
  CHECK(matches("a in (1, 2),b notin (1)", "2"));
  CHECK_FALSE(matches("a notin (1)", "1"));
  CHECK(matches("a>5", "7"));
  CHECK_FALSE(matches("a>5", "x"));
  CHECK(matches("a in (,x)", std::string_view("", 0)));
  CHECK(matches("a=", std::string_view("", 0)));
  CHECK(label_selector::parse("b==2, a in (y,x,y)")->text() == "a in (x,y),b=2");
  CHECK(label_selector::parse("in=1")->text() == "in=1"); // a word where a key may stand
  const std::string requirement = "unable to parse requirement: ";
  CHECK(label_error("a near b") == requirement + "found 'near', expected: in, notin, =, ==, !=, gt, lt");
  CHECK(label_error("a in (b") == requirement + "found '', expected: ',' or ')'");
  CHECK(label_error("a>x") == requirement + R"(values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer)");
  CHECK(label_error("-a-=1").starts_with(requirement + R"(<nil>: Invalid value: "-a-": name part must consist of)"));
  CHECK(label_error("a=1,") == "found '', expected: identifier after ','");
  CHECK(label_error("=1") == "found '=', expected: !, identifier, or 'end of string'");
  CHECK(label_error("a in b") == requirement + "found 'b' expected: '('");
  CHECK_FALSE(label_selector::nothing().matches([](auto) { return std::string_view("1"); }));
}

TEST_CASE("structured label selectors") {
  auto parse = [](const char* json, std::string* error = nullptr) {
    auto message = new_message(*find_table("k8s.io.apimachinery.pkg.apis.meta.v1.LabelSelector"));
    REQUIRE(from_json(json, *message).ok());
    return label_selector::of(*message, error);
  };
  CHECK(parse("{}")->empty());
  CHECK(parse(R"({"matchLabels":{"a":"1"},"matchExpressions":[{"key":"b","operator":"NotIn","values":["x"]},{"key":"c","operator":"DoesNotExist"}]})")
            ->text() == "a in (1),b notin (x),!c");
  std::string error;
  CHECK_FALSE(parse(R"({"matchExpressions":[{"key":"b","operator":"Near"}]})", &error));
  CHECK(error == "\"Near\" is not a valid label selector operator");
  CHECK_FALSE(parse(R"({"matchExpressions":[{"key":"b","operator":"In"}]})", &error));
  CHECK(error.find("values set can't be empty") != std::string::npos);
}

TEST_CASE("field selectors") {
  auto parsed = field_selector::parse("status.phase!=Running,metadata.name=a\\,b");
  REQUIRE(parsed);
  REQUIRE(parsed->terms.size() == 2);
  CHECK(parsed->terms[0].field == "metadata.name");
  CHECK(parsed->terms[0].value == "a,b");
  CHECK(parsed->terms[1].negated);
  CHECK(parsed->text() == "metadata.name=a\\,b,status.phase!=Running");
  CHECK(parsed->matches([](std::string_view field) { return std::string(field == "metadata.name" ? "a,b" : "Pending"); }));
  CHECK(field_selector::parse("")->empty());
  CHECK(field_selector::parse("a==b")->terms[0].value == "b");
  std::string error;
  CHECK_FALSE(field_selector::parse("metadata.name in (a)", &error));
  CHECK(error == "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'");
  CHECK_FALSE(field_selector::parse("a=b=c", &error));
  CHECK_FALSE(field_selector::parse("a=\\x", &error));
}

TEST_CASE("statuses") {
  CHECK(to_json(not_found("apps", "deployments", "web")) ==
        R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"deployments.apps \"web\" not found","reason":"NotFound","details":{"name":"web","group":"apps","kind":"deployments"},"code":404})");
  CHECK(to_json(unauthorized()) ==
        R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401})");
  CHECK(to_json(plain_error("boom")) ==
        R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"boom","code":500})");
  CHECK(invalid("", "Pod", "a", {{"FieldValueRequired", "Required value", "spec.x"}}).message ==
        "Pod \"a\" is invalid: spec.x: Required value");
  CHECK(invalid("apps", "Deployment", "a", {{"", "one", "x"}, {"", "one", "x"}, {"", "two", "y"}}).message ==
        "Deployment.apps \"a\" is invalid: [x: one, y: two]");
  CHECK(forbidden("", "pods", "", "User \"a\" cannot list").message == "pods is forbidden: User \"a\" cannot list");
  CHECK(to_json(forbidden("", "", "", "no")).find(R"("message":"forbidden: no","reason":"Forbidden","details":{},"code":403)") !=
        std::string::npos);
  CHECK(to_json(too_many_requests("slow", 5)).find(R"("details":{"retryAfterSeconds":5})") != std::string::npos);
  CHECK(conflict("", "pods", "a", "x").message == "Operation cannot be fulfilled on pods \"a\": x");
}

TEST_CASE("JSON text") {
  std::string out;
  append_json_string(out, "a\"\\\n<>&\xE2\x80\xA8\xFF\xED\xA0\x80\x7F");
  CHECK(out == "\"a\\\"\\\\\\n\\u003c\\u003e\\u0026\\u2028\\ufffd\\ufffd\\ufffd\\ufffd\x7F\"");
  auto real = [](double value) {
    std::string text;
    append_real(text, value);
    return text;
  };
  CHECK(real(1) == "1");
  CHECK(real(0.1) == "0.1");
  CHECK(real(1e-7) == "1e-7");
  CHECK(real(1e21) == "1e+21");
  CHECK(real(1e20) == "100000000000000000000");
  out.clear();
  append_compact_json(out, " { \"a b\" : [ 1 , \"<\\\"\" ] } ");
  CHECK(out == "{\"a b\":[1,\"\\u003c\\\"\"]}");
  CHECK(go_quoted("a\"\x01\xC3\xBC") == "\"a\\\"\\x01\xC3\xBC\"");
  CHECK(to_utf8("a\xFF" "b") == "a\xEF\xBF\xBD" "b");
}
