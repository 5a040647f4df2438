// The verbs: what a resource request does once it may. Each takes the exchange and answers it or proposes a write.
#pragma once
#include "actors/gateway/exchange.hpp"

namespace troupe::gateway {

/// Finds kind, subresource and verb of a resource request. 404 for what is not served, 405 for what it cannot do.
result<verb> find_verb(exchange&);

step run_get(const exchange_ptr&);
step run_list(const exchange_ptr&);
step run_watch(const exchange_ptr&);
step run_create(const exchange_ptr&);
step run_update(const exchange_ptr&);      // also of subresources that are the object's own kind
step run_patch(const exchange_ptr&);
step run_delete(const exchange_ptr&);
step run_delete_collection(const exchange_ptr&);

// Subresources of another kind, and kinds that are not stored.
step run_scale(const exchange_ptr&);       // get, update, patch
step run_binding(const exchange_ptr&);     // pods/binding, and bindings
step run_eviction(const exchange_ptr&);
step run_token_request(const exchange_ptr&);
step run_review(const exchange_ptr&);      // access reviews, token reviews
step run_stream(const exchange_ptr&);      // pods/exec, attach, portforward, log
step run_proxy(const exchange_ptr&);       // pods/proxy, services/proxy, nodes/proxy: 503, nothing is proxied yet
step run_actor(const exchange_ptr&);       // delete of an Actor

} // namespace troupe::gateway
