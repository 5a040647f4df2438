// Replies in the encoding and shape that the client wants.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include "actors/gateway/exchange.hpp"
#include "messages/object.hpp"

namespace troupe::gateway {

/// A stored object under the addressed version, as object, Table or PartialObjectMetadata. The code is kept.
step answer_object(exchange&, int code, const object_ptr& stored);
/// A message that is not stored: reviews, scales, tokens.
step answer_message(exchange&, int code, const google::protobuf::Message&, std::string_view api_version, std::string_view kind);
/// An unstored object of the addressed kind as it would be stored: dry runs.
step answer_draft(exchange&, int code, const google::protobuf::Message& storage_form, uint64_t revision);
/// {"kind":"Status", ..., "status":"Success"} with details of the object that went.
step answer_gone(exchange&, std::string_view name, std::string_view uid);
/// 410 of a paged list, with a token that goes on from the state of now.
step fail_expired(exchange&, const status&, const std::string& continuation);
/// Success without details; the code in the document where `shown` says so.
step answer_success(exchange&, int code, bool shown);
/// JSON text that is the whole answer (discovery, OpenAPI).
step answer_text(exchange&, int code, std::string_view content_type, text_ptr text);

struct list_page {
  std::vector<object_ptr> items; // stored form
  uint64_t revision = 0;
  std::string continuation;
  int64_t remaining = -1;        // < 0: not said
};
step answer_list(exchange&, list_page page);

/// Warning headers: 299 - "text".
void add_warnings(exchange&);

} // namespace troupe::gateway
