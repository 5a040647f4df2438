// A request's body into a message: encoding by Content-Type, strictness by ?fieldValidation=.
#pragma once
#include <string>
#include <string_view>
#include "actors/gateway/exchange.hpp"
#include "messages/decode_body.hpp"

namespace troupe::gateway {

/// The body (JSON, YAML or protobuf). Unknown and duplicate fields are warnings, or an error under
/// fieldValidation=Strict. 400, 413, 415.
result<message_ptr> decode_request(exchange&, const body_type&);
/// Strict: an error. Warn: warnings. Ignore: nothing.
result<nothing> judge_problems(exchange&, const body_type&, const std::vector<decode_problem>&);
body_type body_type_of(const subresource&);

/// ?dryRun, ?fieldValidation, ?fieldManager: 422 about `options` ("CreateOptions").
result<nothing> check_write_options(const exchange&, std::string_view options);
/// ?fieldValidation=; "Warn" where the client says nothing.
std::string field_validation(const exchange&);

} // namespace troupe::gateway
