// Every recorded object: JSON -> message -> JSON byte for byte, and the same through protobuf bytes.
#include <google/protobuf/message.h>

#include <catch2/catch_test_macros.hpp>

#include "messages/codec.hpp"
#include "messages/object.hpp"
#include "test/messages/golden_lines.hpp"

using namespace troupe;

namespace {

// apiVersion's parts; "v1" is the core group.
const type_table* table_for(const type_meta& type) {
  size_t slash = type.api_version.find('/');
  if (slash == std::string::npos) return find_table("", type.api_version, type.kind);
  return find_table(type.api_version.substr(0, slash), type.api_version.substr(slash + 1), type.kind);
}

type_meta peek_type(const std::string& line) {
  type_meta type;
  std::vector<decode_problem> problems;
  auto any = new_message(*find_table("k8s.io.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata"));
  (void)from_json(line, *any, &type, &problems);
  return type;
}

} // namespace

TEST_CASE("every recorded answer comes back byte for byte") {
  size_t equal = 0, without_message = 0;
  for (const std::string& line : golden_lines("objects/answers.jsonl.gz")) {
    type_meta type = peek_type(line);
    const type_table* table = table_for(type);
    if (!table) {
      without_message++;
      INFO(type.api_version << " " << type.kind);
      bool custom = type.api_version.find(".example.com/") != std::string::npos;
      CHECK((custom || type.kind == "Table")); // nothing else of these has no protobuf
      continue;
    }
    auto message = new_message(*table);
    std::vector<decode_problem> problems;
    decode_error error = from_json(line, *message, &type, &problems);
    INFO(line);
    REQUIRE(error.text == "");
    REQUIRE(problems.empty());
    REQUIRE(to_json(*message, type.api_version, type.kind) == line);
    std::string bytes = to_wire(*message), text;
    wire_to_json(text, bytes, *table, type.api_version, type.kind);
    REQUIRE(text == line);
    auto again = new_message(*table);
    REQUIRE(from_wire(bytes, *again).ok());
    REQUIRE(to_wire(*again) == bytes);
    equal++;
  }
  CHECK(equal > 1800);
  WARN(equal << " equal, " << without_message << " of kinds without protobuf");
}

TEST_CASE("a stored object shows its revision wherever it is shown") {
  const kind_row& pods = *find_kind("", "v1", "pods");
  size_t seen = 0;
  for (const std::string& line : golden_lines("objects/answers.jsonl.gz")) {
    if (!line.starts_with(R"({"kind":"Pod","apiVersion":"v1")")) continue;
    auto message = new_message(pods);
    REQUIRE(from_json(line, *message).ok());
    size_t at = line.find("\"resourceVersion\":\"");
    if (at == std::string::npos) continue;
    uint64_t revision = std::stoull(line.substr(at + 19));
    auto stored = object::make(pods, revision, to_wire(*message));
    INFO(line);
    CHECK(*stored->json() == line);
    CHECK(stored->protobuf() == to_wire(*message));
    CHECK(to_json(*stored->message(), pods) == line);
    auto other = object::make(pods, 7, to_wire(*message));
    CHECK(other->json()->find("\"resourceVersion\":\"7\"") != std::string::npos);
    auto reread = new_message(pods);
    REQUIRE(from_wire(other->protobuf(), *reread).ok());
    CHECK(to_json(*reread, pods) == *other->json());
    CHECK(line.find("\"name\":\"" + std::string(stored->name()) + "\"") != std::string::npos);
    CHECK(line.find("\"namespace\":\"" + std::string(stored->space()) + "\"") != std::string::npos);
    CHECK(line.find("\"uid\":\"" + std::string(stored->uid()) + "\"") != std::string::npos);
    CHECK(stored->deleting() == (line.find("\"deletionTimestamp\"") != std::string::npos));
    stored->each_label([&](std::string_view key, std::string_view value) {
      CHECK(line.find("\"" + std::string(key) + "\":\"" + std::string(value) + "\"") != std::string::npos);
      CHECK(stored->label(key) == value);
      seen++;
    });
    CHECK(stored->label("no-such-label").data() == nullptr);
  }
  CHECK(seen > 0);
}
