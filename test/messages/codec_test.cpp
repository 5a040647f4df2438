// Properties of every message of the API. The generated parser and writer of protobuf are the independent witness for the
// codec's direct field offsets.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <catch2/catch_test_macros.hpp>

#include "messages/api_files.hpp"
#include "messages/codec.hpp"
#include "messages/kind_rows.hpp"
#include "test/messages/random_message.hpp"

using namespace troupe;
namespace pb = google::protobuf;

namespace {

template <class Visit>
void each_message(Visit&& visit) {
  for (std::string_view path : api_files()) {
    auto* file = pb::DescriptorPool::generated_pool()->FindFileByName(std::string(path));
    REQUIRE(file);
    if (file->package() == "troupe") continue; // the options
    for (int i = 0; i < file->message_type_count(); i++) visit(table_of(file->message_type(i)));
  }
}

// A few types have fields named kind and apiVersion: they show no type.
bool own_kind(const type_table& table) { return table.find("kind") || table.find("apiVersion"); }
std::string_view shown_version(const type_table& table) { return own_kind(table) ? "" : "v1"; }
std::string_view shown_kind(const type_table& table) { return own_kind(table) ? "" : "Some"; }

std::string json_of(const pb::Message& message) {
  const type_table& table = table_of(message);
  return to_json(message, shown_version(table), shown_kind(table));
}

std::string canonical_bytes(const pb::Message& message) {
  std::string bytes;
  message.SerializeToString(&bytes);
  return bytes;
}

} // namespace

TEST_CASE("every message comes back from JSON and from protobuf") {
  constexpr int rounds = 12;
  size_t messages = 0, types = 0;
  each_message([&](const type_table& table) {
    types++;
    if (table.kind != value_kind::object) return; // these appear inside of others
    for (int round = 0; round < rounds; round++) {
      test::random_messages random(uint64_t(types) * 1000 + uint64_t(round));
      auto made = new_message(table);
      random.fill(*made);
      std::string json = json_of(*made), bytes = to_wire(*made);
      INFO(table.descriptor->full_name() << " round " << round << "\n" << json);

      auto from_text = new_message(table);
      type_meta type;
      std::vector<decode_problem> problems;
      decode_error error = from_json(json, *from_text, &type, &problems);
      REQUIRE(error.text == "");
      REQUIRE(problems.empty());
      REQUIRE(type.kind == shown_kind(table));
      REQUIRE(json_of(*from_text) == json);
      REQUIRE(to_wire(*from_text) == bytes);

      std::string direct;
      wire_to_json(direct, bytes, table, shown_version(table), shown_kind(table));
      REQUIRE(direct == json);

      auto from_bytes = new_message(table);
      REQUIRE(from_wire(bytes, *from_bytes).text == "");
      REQUIRE(to_wire(*from_bytes) == bytes);
      REQUIRE(json_of(*from_bytes) == json);

      // By the generated code alone: its writer to our parser and our writer to its parser.
      auto generated = new_message(table);
      REQUIRE(from_wire(canonical_bytes(*made), *generated).text == "");
      REQUIRE(to_wire(*generated) == bytes);
      auto parsed = new_message(table);
      REQUIRE(parsed->ParseFromString(bytes));
      REQUIRE(parsed->GetReflection()->GetUnknownFields(*parsed).empty());
      REQUIRE(to_wire(*parsed) == bytes);
      messages++;
    }
  });
  CHECK(types > 700);
  WARN(messages << " random messages of " << types << " types");
}

TEST_CASE("every type fits the tables' limits") {
  each_message([&](const type_table& table) {
    INFO(table.descriptor->full_name());
    CHECK(table.fields.size() <= type_fields_max);
    CHECK(table.slots.size() <= 256);
    for (const field_table& field : table.fields)
      if (field.name != "-" && !field.inlined && table.kind == value_kind::object) CHECK(table.find(field.name));
    CHECK_FALSE(table.find("no such name"));
  });
}

TEST_CASE("an empty message shows what is always shown") {
  auto pod = new_message(*find_kind("", "v1", "pods"));
  CHECK(to_json(*pod, "v1", "Pod") ==
        R"({"kind":"Pod","apiVersion":"v1","metadata":{},"spec":{"containers":null},"status":{}})");
  auto list = new_message(*find_table("", "v1", "PodList"));
  CHECK(to_json(*list, "v1", "PodList") == R"({"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]})");
}

TEST_CASE("every kind of discovery has a type, and kinds are found by both names") {
  CHECK(kinds().size() > 70);
  for (const kind_row& row : kinds()) {
    INFO(row.group << "/" << row.version << " " << row.kind);
    CHECK(find_kind(row.group, row.version, row.plural) == &row);
    CHECK(find_kind_of(row.group, row.version, row.kind) != nullptr);
    CHECK(row.table().name == row.kind);
    CHECK(&kinds()[row.index] == &row);
    CHECK(row.storage < kinds().size());
    if (row.stored) CHECK(row.table().metadata != nullptr);
    if (row.stored) CHECK_FALSE(row.columns.empty());
    CHECK(find_table(row.group, row.version, std::string(row.kind)) == &row.table());
    if (row.can("list")) CHECK(find_table(row.group, row.version, std::string(row.kind) + "List") != nullptr);
  }
  for (auto [version, kind] : {std::pair{"v1", "Status"}, {"v1", "DeleteOptions"}, {"v1", "Binding"}, {"v1", "List"}})
    CHECK(find_table("", version, kind) != nullptr);
  CHECK(find_table("policy", "v1", "Eviction"));
  CHECK(find_table("autoscaling", "v1", "Scale"));
  CHECK(find_table("authentication.k8s.io", "v1", "TokenRequest"));
  CHECK(find_table("meta.k8s.io", "v1", "PartialObjectMetadata"));
  CHECK_FALSE(find_table("apps", "v1", "Pod"));
  CHECK(find_kind("", "v1", "pods")->can("watch"));
  CHECK_FALSE(find_kind("", "v1", "bindings")->stored);
  CHECK(api_version(*find_kind("apps", "v1", "deployments")) == "apps/v1");
  CHECK(group_resource(*find_kind("apps", "v1", "deployments")) == "deployments.apps");
  CHECK(kinds()[find_kind("events.k8s.io", "v1", "events")->storage].group == "");
}

TEST_CASE("raw and quantity of protobuf clients are brought into form") {
  const type_table& table = *find_table("apps", "v1", "ControllerRevision");
  auto raw = [](std::string text) {
    return std::string("\x12", 1) + char(text.size() + 2) + "\x0a" + char(text.size()) + text; // data{raw}
  };
  auto message = new_message(table);
  REQUIRE(from_wire(raw("{ \"a\" : \"<\" }"), *message).ok());
  CHECK(to_json(*message, "", "") == R"({"metadata":{},"data":{"a":"\u003c"},"revision":0})");
  CHECK_FALSE(from_wire(raw("{ \"a\" "), *message).ok());
}
