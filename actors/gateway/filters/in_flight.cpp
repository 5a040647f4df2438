// How many requests one I/O thread works on at once (kube-apiserver --max-requests-inflight and its sibling for writes).
// What lasts long has no place here: its bound is the number of streams of a connection.
#include "actors/gateway/filters/filters.hpp"

namespace troupe::gateway {

filtered filter_in_flight(exchange& run) {
  if (run.request.trusted || lasts_long(run.info)) return std::nullopt;
  bool writes = run.request.in.method != "GET" && run.request.in.method != "HEAD";
  auto& options = run.shared.options;
  auto counter = writes ? run.local.writes : run.local.reads;
  size_t most = writes ? options.writes_in_flight_max : options.reads_in_flight_max;
  if (options.in_flight_max) most = options.in_flight_max(writes);
  if (counter->fetch_add(1) >= most) {
    counter->fetch_sub(1);
    return fail(run, too_many_requests("Too many requests, please try again later.", 1));
  }
  run.ticket = std::shared_ptr<void>(nullptr, [counter](void*) { counter->fetch_sub(1); });
  return std::nullopt;
}

} // namespace troupe::gateway
