// Envelopes, watch frames and lists: recorded protobuf answers are written again byte for byte.
#include <google/protobuf/message.h>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "messages/base64.hpp"
#include "messages/codec.hpp"
#include "messages/envelope.hpp"
#include "messages/wire_reader.hpp"
#include "test/messages/golden_lines.hpp"

using namespace troupe;
using nlohmann::json;

namespace {

// The object in an envelope, decoded, shown as JSON (a check that it is whole) and enveloped again.
std::string again(const envelope& recorded) {
  std::string group, version(recorded.api_version);
  if (size_t slash = version.find('/'); slash != std::string::npos) {
    group = version.substr(0, slash);
    version = version.substr(slash + 1);
  }
  const type_table* table = find_table(group, version, recorded.kind);
  REQUIRE(table);
  auto message = new_message(*table);
  REQUIRE(from_wire(recorded.bytes, *message).text == "");
  auto copy = new_message(*table);
  REQUIRE(from_json(to_json(*message, "", ""), *copy).ok());
  return to_wire(*copy);
}

std::vector<object_ptr> pods(int count) {
  const kind_row& row = *find_kind("", "v1", "pods");
  std::vector<object_ptr> made;
  for (int i = 0; i < count; i++) {
    auto pod = new_message(row);
    REQUIRE(from_json(R"({"metadata":{"name":"p)" + std::to_string(i) + R"(","namespace":"n","labels":{"a":"<b>"}}})", *pod).ok());
    made.push_back(object::make(row, uint64_t(100 + i), to_wire(*pod)));
  }
  return made;
}

} // namespace

TEST_CASE("recorded protobuf answers") {
  size_t objects = 0, frames = 0;
  for (const std::string& line : golden_lines("frames/answers.jsonl.gz")) {
    json each = json::parse(line);
    INFO(each["case"]);
    std::string bytes = *from_base64(each["base64"].get<std::string>());
    if (!each["frames"]) {
      auto recorded = unwrap_protobuf(bytes);
      REQUIRE(recorded);
      CHECK(wrap_protobuf(recorded->api_version, recorded->kind, again(*recorded)) == bytes);
      objects++;
      continue;
    }
    while (!bytes.empty()) {
      REQUIRE(bytes.size() > 4);
      size_t size = 0;
      for (int i = 0; i < 4; i++) size = size << 8 | uint8_t(bytes[size_t(i)]);
      REQUIRE(bytes.size() >= 4 + size);
      std::string frame = bytes.substr(0, 4 + size);
      bytes.erase(0, 4 + size);
      wire_reader event(std::string_view(frame).substr(4));
      event.varint();
      std::string_view type = event.bytes();
      event.varint();
      wire_reader raw(event.bytes());
      raw.varint();
      auto recorded = unwrap_protobuf(raw.bytes());
      REQUIRE(recorded);
      std::string written;
      append_watch_protobuf(written, type, recorded->api_version, recorded->kind, again(*recorded));
      CHECK(written == frame);
      frames++;
    }
  }
  CHECK(objects >= 3);
  CHECK(frames >= 10);
}

TEST_CASE("a watch event in JSON is a line") {
  std::string out;
  append_watch_json(out, watch_type(event::type::modified), "{\"kind\":\"Pod\"}");
  CHECK(out == "{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Pod\"}}\n");
  CHECK(watch_type(event::type::added) == "ADDED");
  CHECK(watch_type(event::type::deleted) == "DELETED");
}

TEST_CASE("lists in both forms hold the same") {
  const kind_row& row = *find_kind("", "v1", "pods");
  auto items = pods(3);
  auto held = items[1]->json(); // one of them from the shared text
  list_meta meta{"250", "token", 7};
  std::string text, bytes;
  append_list_json(text, row, meta, items);
  append_list_protobuf(bytes, row, meta, items);
  auto unwrapped = unwrap_protobuf(bytes);
  REQUIRE(unwrapped);
  CHECK(unwrapped->kind == "PodList");
  auto list = new_message(*find_table("", "v1", "PodList"));
  REQUIRE(from_wire(unwrapped->bytes, *list).ok());
  CHECK(to_json(*list, "v1", "PodList") == text);
  CHECK(to_wire(*list) == unwrapped->bytes);
  CHECK(text.starts_with(
      R"({"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"250","continue":"token","remainingItemCount":7},"items":[{"metadata":{"name":"p0","namespace":"n","resourceVersion":"100")"));
  std::string empty;
  append_list_json(empty, row, {"9", "", std::nullopt}, {});
  CHECK(empty == R"({"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[]})");
}

TEST_CASE("what is no envelope is refused") {
  std::string error;
  CHECK_FALSE(unwrap_protobuf("", &error));
  CHECK_FALSE(unwrap_protobuf("{}", &error));
  CHECK(error == "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  CHECK_FALSE(unwrap_protobuf(std::string_view("k8s\0\x12\x05", 6), &error));
  CHECK(error == "unexpected EOF");
  auto bare = unwrap_protobuf(std::string_view("k8s\0\x12\x01x", 7));
  REQUIRE(bare);
  CHECK(bare->bytes == "x");
  CHECK(bare->kind.empty());
}
