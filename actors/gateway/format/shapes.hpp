// Tables and partial objects (meta.k8s.io), as JSON text or protobuf bytes.
#pragma once
#include <string>
#include <string_view>
#include <vector>
#include "messages/object.hpp"
#include "messages/result.hpp"

namespace troupe::gateway {

enum class include : uint8_t { metadata, object, none };
/// ?includeObject=; 400 for another word.
result<include> read_include(std::string_view word);

struct table_head {
  const kind_row* kind = nullptr;
  std::string_view version = "v1"; // of meta.k8s.io
  include with = include::metadata;
  int64_t wall_ns = 0;
};

/// The whole Table; `columns`: with columnDefinitions (a watch sends them once). `objects` under the row's own version.
std::string table_json(const table_head&, const std::vector<object_ptr>& objects, uint64_t revision, std::string_view continuation,
                       int64_t remaining, bool columns);

/// {"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{...}}; `typed` false: as a list's item.
void append_partial_json(std::string& out, const object&, std::string_view version, bool typed);
/// The message's bytes.
std::string partial_bytes(const object&);
/// metav1.ListMeta as protobuf. `remaining` < 0: not said.
std::string list_meta_bytes(uint64_t revision, std::string_view continuation, int64_t remaining);
/// metav1.ListMeta as JSON, braces included. Revision 0 is not shown.
std::string list_meta_json(uint64_t revision, std::string_view continuation, int64_t remaining);

} // namespace troupe::gateway
