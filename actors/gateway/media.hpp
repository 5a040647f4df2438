// Content negotiation: what the client sent and wants back (apiserver/pkg/endpoints/handlers/negotiation).
#pragma once
#include <string>
#include <string_view>
#include "messages/call.hpp"
#include "messages/kind.hpp"
#include "messages/result.hpp"

namespace troupe::gateway {

enum class encoding : uint8_t { json, yaml, protobuf };
enum class view : uint8_t { object, table, partial, partial_list };

struct media {
  encoding form = encoding::json;
  view shape = view::object;
  std::string_view view_version = "v1"; // of meta.k8s.io, for table and partial
  bool pretty = false;
};

/// From Accept and ?pretty=. 406 with upstream's two wordings.
result<media> negotiate(const request&, bool pretty_asked);
/// The encoding that Status documents go out in where negotiation failed or has not happened: protobuf if it is the first
/// accepted type, else JSON.
media error_media(const request&);
/// Of a body: 415 for what is not known. An empty Content-Type is JSON.
result<encoding> body_encoding(std::string_view content_type);
/// "application/json", ...; `stream`: of a watch.
std::string content_type_of(const media&, bool stream);
/// 406 where a list is asked of an object or the other way round.
result<nothing> check_shape(const media&, const kind_row&, bool list);

} // namespace troupe::gateway
