// The process's own metrics, under Kubernetes' (and Prometheus client libraries') names where these exist.
#pragma once
#include <string>
#include "actors/gateway/gateway.hpp"
#include "runtime/http/http_port.hpp"
#include "runtime/metrics.hpp"

namespace troupe::cli {

/// Counts each answered request: apiserver_request_total{verb,resource,subresource,code}.
void count_requests(metrics&, gateway_options&);
/// The text of /metrics: what is counted, and what is looked at when asked (connections, objects, memory, CPU time).
std::string metrics_text(metrics&, const roots&, const http_port*);

} // namespace troupe::cli
