// Patches of an object or of a subresource's own message.
#pragma once
#include "actors/gateway/exchange.hpp"
#include "messages/decode_body.hpp"

namespace troupe::gateway {

/// Which patch the body is, by its Content-Type; 415.
result<nothing> check_patch_type(const exchange&);
/// The patched message; unknown fields are warnings or errors by ?fieldValidation=.
result<message_ptr> patch_message(exchange&, const google::protobuf::Message& current, const body_type&);

} // namespace troupe::gateway
