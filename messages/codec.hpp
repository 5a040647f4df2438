// Between the three forms of an API object: typed message, protobuf bytes as upstream writes them, JSON text.
// All is driven by type tables; nothing here knows a kind.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "messages/kind.hpp"
#include "messages/result.hpp"
#include "messages/type_table.hpp"

namespace troupe {

/// A field that strict decoding refuses and lax decoding reports: `unknown field "spec.foo"`.
struct decode_problem {
  std::string path; // "spec.template.spec.containers[0].nope"
  bool duplicate = false;
  std::string text() const { return (duplicate ? "duplicate field \"" : "unknown field \"") + path + "\""; }
};

/// Why a text could not be decoded.
struct decode_error {
  // unrecognized: no JSON object, or its kind and apiVersion are no strings; value: a field's value does not fit.
  enum class kind : uint8_t { none, unrecognized, value } what = kind::none;
  std::string text; // Go's wording, without the server's "... cannot be handled as a ..." around it
  bool ok() const { return what == kind::none; }
};

/// apiVersion and kind of a text, as far as there are any.
struct type_meta {
  std::string api_version, kind;
};

/// A new, empty message of the row's type.
std::unique_ptr<google::protobuf::Message> new_message(const kind_row& row);
std::unique_ptr<google::protobuf::Message> new_message(const type_table& table);
std::unique_ptr<google::protobuf::Message> clone(const google::protobuf::Message& message);

/// The message's ObjectMeta (cast it to k8s::io::apimachinery::pkg::apis::meta::v1::ObjectMeta); null: it has none.
google::protobuf::Message* object_meta(google::protobuf::Message& message);
const google::protobuf::Message* object_meta(const google::protobuf::Message& message);

// Message to bytes.
/// Upstream's protobuf: fields without presence always, maps in key order. Deterministic.
std::string to_wire(const google::protobuf::Message& message);
/// Replaces `message` by what the bytes say, in normal form: maps sorted, raw JSON compact, quantities canonical.
/// Unknown fields are dropped. Errors: 400-like texts ("unexpected EOF").
decode_error from_wire(std::string_view bytes, google::protobuf::Message& message);

// Message to text.
void append_json(std::string& out, const google::protobuf::Message& message, std::string_view api_version,
                 std::string_view kind);
std::string to_json(const google::protobuf::Message& message, std::string_view api_version, std::string_view kind);
/// With apiVersion and kind of the row.
std::string to_json(const google::protobuf::Message& message, const kind_row& row);

/// Fills `message`, empty before, from JSON text. `type` receives apiVersion
/// and kind, `problems` unknown and duplicate fields in order (at most strict_problems_max). After an error the message is
/// partly filled.
decode_error from_json(std::string_view text, google::protobuf::Message& message, type_meta* type = nullptr,
                       std::vector<decode_problem>* problems = nullptr);

// Bytes to text, without a message.
/// `bytes` must come from to_wire(). A `resource_version` is shown as metadata.resourceVersion in place of what the bytes
/// have; empty: as the bytes have it.
void wire_to_json(std::string& out, std::string_view bytes, const type_table& table, std::string_view api_version,
                  std::string_view kind, std::string_view resource_version = {});
/// Appends `bytes` with metadata.resourceVersion (field 6 of field 1) replaced.
void wire_with_version(std::string& out, std::string_view bytes, std::string_view resource_version);

} // namespace troupe
