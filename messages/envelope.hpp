// What is around an object's bytes on the way to clients: the protobuf envelope (runtime.Unknown behind a magic), watch
// events, and lists. Source: special-types.json, apimachinery/pkg/runtime/serializer/protobuf.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/event.hpp"
#include "messages/object.hpp"

namespace troupe {

constexpr std::string_view json_media_type = "application/json";
constexpr std::string_view protobuf_media_type = "application/vnd.kubernetes.protobuf";

/// Appends "k8s\0" and runtime.Unknown{typeMeta, raw, contentEncoding "", contentType ""}.
void wrap_protobuf(std::string& out, std::string_view api_version, std::string_view kind, std::string_view bytes);
std::string wrap_protobuf(std::string_view api_version, std::string_view kind, std::string_view bytes);

struct envelope {
  std::string_view api_version, kind; // may be empty
  std::string_view bytes;             // view into what was unwrapped
};
/// On failure `error`, if given, is upstream's text.
std::optional<envelope> unwrap_protobuf(std::string_view text, std::string* error = nullptr);

/// "ADDED", "MODIFIED", "DELETED".
std::string_view watch_type(event::type what);
/// Appends `{"type":"ADDED","object":...}` and a newline.
void append_watch_json(std::string& out, std::string_view type, std::string_view object_json);
/// Appends a frame: length (4 bytes, big-endian), then meta.v1.WatchEvent whose object is enveloped.
void append_watch_protobuf(std::string& out, std::string_view type, std::string_view api_version, std::string_view kind,
                           std::string_view bytes);

/// metadata of a list.
struct list_meta {
  std::string resource_version;
  std::string continue_token;                   // empty: complete
  std::optional<int64_t> remaining_items = {};  // beyond this page
};

/// Appends the list document of `row` ("PodList") with these items, compact JSON.
void append_list_json(std::string& out, const kind_row& row, const list_meta& meta, const std::vector<object_ptr>& items);
/// Pieces of the same, for who streams a list: head up to and including `"items":[`, items separated by ',' and `]}`.
void append_list_head_json(std::string& out, const kind_row& row, const list_meta& meta);
/// Appends an enveloped list.
void append_list_protobuf(std::string& out, const kind_row& row, const list_meta& meta,
                          const std::vector<object_ptr>& items);

} // namespace troupe
