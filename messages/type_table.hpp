// What the codec knows of a message type: made once from its descriptor and options. Internal to messages/ and to who
// walks messages generically; others use codec.hpp.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
class Message;
class Reflection;
} // namespace google::protobuf

namespace troupe {

/// How a field or a type looks in JSON. From `time` on: message types whose JSON is not an object of their fields.
enum class value_kind : uint8_t {
  boolean, int32, int64, real, string, bytes, object,
  time, micro_time, duration, quantity, int_or_string, raw, string_list, schema_or_bool, schema_or_array, schema_or_strings
};

struct type_table;

struct field_table {
  std::string key;       // `"name":`, as JSON has it
  std::string_view name; // within key; "-": never in JSON
  const google::protobuf::FieldDescriptor* field = nullptr;
  const type_table* type = nullptr; // of messages; of a map: its entry {key, value}
  std::string item_prefix;          // JSON that each item begins with (`"kind":...,"apiVersion":...`); mostly empty
  uint32_t offset = 0, has_bit = 0; // in the generated class
  int number = 0, index = 0;        // in protobuf; in type_table::fields
  value_kind kind = value_kind::string;
  bool repeated = false, map = false;
  bool pointer = false;    // unset and zero differ
  bool keep = false;       // no omitempty
  bool omitzero = false;
  bool inlined = false;    // its fields are the outer object's
  bool list_items = false; // `items` of a list: [] when empty, never null
};

/// A JSON name of an object: the fields to pass, through inlined ones, to the field that it means.
struct name_slot {
  std::string_view name; // of the field
  uint32_t hash = 0;
  int16_t depth = -1; // length of path; -1: free
  int16_t path[3] = {-1, -1, -1};
};

struct type_table {
  const google::protobuf::Descriptor* descriptor = nullptr;
  const google::protobuf::Reflection* reflection = nullptr;
  const google::protobuf::Message* prototype = nullptr;
  std::string_view name;             // "Pod"
  uint32_t has_bits = 0;             // offset of the presence words
  value_kind kind = value_kind::object;
  bool typed = false;                // carries apiVersion and kind in JSON
  std::vector<field_table> fields;   // in JSON order
  std::vector<int16_t> by_number;    // field number -> index, -1
  std::vector<uint16_t> wire_order;  // indices by field number
  std::vector<name_slot> slots;      // open addressing; size is a power of two
  uint32_t slot_mask = 0;
  const field_table* metadata = nullptr; // field of type ObjectMeta named metadata, if there is one

  /// The slot of a JSON name, or null.
  const name_slot* find(std::string_view json_name) const;
  /// The field of this very message (not of inlined ones) by its protobuf name, or null.
  const field_table* field(std::string_view proto_name) const;
};

/// Upper bound on the fields of one type: what a scan of its bytes keeps on the stack.
constexpr size_t type_fields_max = 64;

const type_table& table_of(const google::protobuf::Descriptor* descriptor);
const type_table& table_of(const google::protobuf::Message& message);
/// By full protobuf name, "k8s.io.api.core.v1.Pod"; null: no such message.
const type_table* find_table(std::string_view full_name);
/// By apiVersion's parts and kind, also of kinds without a resource (Status, Eviction, PodList, ...); null: unknown.
const type_table* find_table(std::string_view group, std::string_view version, std::string_view kind);

} // namespace troupe
