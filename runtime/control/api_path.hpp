// Paths of the API from a kind's row, and a controller's action as a request. Pure.
#pragma once
#include <string>
#include "messages/call.hpp"
#include "runtime/control/reconcile.hpp"

namespace troupe {

/// "/api/v1/namespaces/default/pods/web-1/status": percent-encoded. `space` empty: cluster scope, or all namespaces.
/// `name` empty: the collection.
std::string api_path(const kind_row&, std::string_view space, std::string_view name, std::string_view subresource = {});

/// Method, path, query, content type and body of an action. Bodies are without protobuf envelope; a removal's
/// DeleteOptions are JSON.
request action_request(const action&);

/// The kind that a create or update of this action's body is ("Binding" for pods/binding); null: unknown subresource.
struct body_kind {
  std::string api_version, kind;
};
body_kind action_body_kind(const action&);

/// Percent-encodes everything but unreserved characters (RFC 3986, 2.3).
std::string percent_encode(std::string_view);

} // namespace troupe
