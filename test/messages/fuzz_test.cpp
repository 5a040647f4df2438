// Damaged input: decoders answer an error or a message that encodes again; they never crash or read outside (the sanitizer
// preset watches). Seeded and bounded.
#include <google/protobuf/message.h>

#include <catch2/catch_test_macros.hpp>

#include "messages/decode_body.hpp"
#include "messages/envelope.hpp"
#include "messages/patch.hpp"
#include "messages/quantity.hpp"
#include "messages/selectors.hpp"
#include "messages/time_format.hpp"
#include "test/messages/random_message.hpp"

using namespace troupe;

namespace {

constexpr uint64_t seed = 20261124;

// A few bytes changed, taken out, doubled, or the end cut off.
std::string damaged(std::string text, test::random_messages& random) {
  for (size_t times = 1 + random.below(4); times != 0 && !text.empty(); times--) {
    size_t at = random.below(text.size());
    switch (random.below(5)) {
      case 0: text[at] = char(random.next()); break;
      case 1: text.erase(at, 1 + random.below(4)); break;
      case 2: text.insert(at, text.substr(at, 1 + random.below(8))); break;
      case 3: text.insert(at, 1, "{}[]\",:0\\"[random.below(9)]); break;
      default: text.resize(at);
    }
  }
  return text;
}

} // namespace

TEST_CASE("damaged bodies of every kind") {
  test::random_messages random(seed);
  size_t refused = 0, taken = 0;
  for (const kind_row& row : kinds()) {
    body_type expected = body_type_of(row);
    for (int round = 0; round < 60; round++) {
      auto message = new_message(row);
      random.fill(*message);
      bool json = round % 2 == 0;
      std::string body = json ? to_json(*message, row) : wrap_protobuf(api_version(row), row.kind, to_wire(*message));
      std::vector<decode_problem> problems;
      auto decoded = decode_body(damaged(body, random), json ? body_form::json : body_form::protobuf, expected, &problems);
      if (!decoded.ok()) {
        CHECK(decoded.error().code == 400);
        refused++;
        continue;
      }
      // What was taken is whole: it shows as JSON that decodes to the same.
      std::string bytes = to_wire(**decoded), text;
      wire_to_json(text, bytes, row.table(), api_version(row), row.kind);
      CHECK(text == to_json(**decoded, row));
      auto again = new_message(row);
      CHECK(from_json(text, *again).text == "");
      taken++;
    }
  }
  CHECK(refused > 1000);
  CHECK(taken > 200);
}

TEST_CASE("damaged bytes never leave the reader") {
  test::random_messages random(seed + 1);
  const kind_row& row = *find_kind("", "v1", "pods");
  for (int round = 0; round < 3000; round++) {
    auto message = new_message(row);
    random.fill(*message);
    std::string bytes = damaged(to_wire(*message), random), text;
    auto made = object::make(row, 5, bytes); // not from our encoder: may show nonsense, but only its own bytes
    wire_to_json(text, made->bytes(), row.table(), "v1", "Pod", "5");
    std::string shown = made->protobuf();
    made->each_label([&](std::string_view key, std::string_view value) { text.append(key).append(value); });
    CHECK(text.size() + shown.size() < 1000 * (bytes.size() + 1000));
  }
}

TEST_CASE("damaged patches, selectors, quantities and times") {
  test::random_messages random(seed + 2);
  const kind_row& row = *find_kind("apps", "v1", "deployments");
  auto current = new_message(row);
  random.fill(*current);
  const std::string patches[] = {
      R"([{"op":"add","path":"/metadata/labels/a~1b","value":{"x":[1]}},{"op":"move","from":"/spec","path":"/spec/a"},{"op":"test","path":"/spec/replicas","value":1}])",
      R"({"metadata":{"labels":{"a":null,"b":"c"}},"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"x"}]}}}})",
      R"({"spec":{"$retainKeys":["replicas"],"replicas":2},"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],"finalizers":["b"],"$setElementOrder/finalizers":["b"]}})"};
  for (int round = 0; round < 1500; round++) {
    std::string text = damaged(patches[random.below(3)], random);
    auto made = apply_patch(patch_form(random.below(3)), text, *current, "apps/v1", "Deployment");
    if (made.ok()) CHECK_FALSE(to_wire(*made->message).empty());
    std::string error;
    std::string labels = damaged("a=b,c!=d,e in (f,g),!h,i>1", random);
    INFO(labels);
    if (auto selector = label_selector::parse(labels, &error))
      CHECK(label_selector::parse(selector->text()) == selector);
    else
      CHECK_FALSE(error.empty());
    (void)field_selector::parse(damaged("metadata.name=a\\,b,spec.x!=c", random));
    if (auto amount = quantity::parse(damaged("12.345Mi", random))) CHECK(quantity::parse(amount->text()) == amount);
    (void)parse_time(damaged("2026-11-24T09:05:00.123+01:00", random));
    (void)parse_duration(damaged("1h2m3.5s", random));
  }
}
