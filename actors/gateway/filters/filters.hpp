// The filters in front of the verbs, in their order. Each either answers the call (a step) or lets it pass (nullopt).
#pragma once
#include <optional>
#include "actors/gateway/exchange.hpp"
#include "actors/gateway/filters/access.hpp"

namespace troupe::gateway {

using filtered = std::optional<step>;

/// Sets the deadline: ?timeout= up to request_deadline_ms; none for what lasts long.
filtered filter_deadline(exchange&);
/// Fills call.user from the client certificate, a bearer token, or as system:anonymous. 401 for credentials that are wrong.
filtered filter_authenticate(exchange&);
/// Impersonate-User, -Uid, -Group, -Extra-*: replaces call.user where RBAC allows it.
filtered filter_impersonate(exchange&);
/// A place among the requests in flight, or 429.
filtered filter_in_flight(exchange&);
/// May the user do this? 403 with upstream's words.
filtered filter_authorize(exchange&);

/// What the request asks for, in the authorizer's terms.
access_question question_of(const exchange&);

} // namespace troupe::gateway
