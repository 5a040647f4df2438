// What a cluster must hold before it serves: proposed through the chain, until nothing is missing.
#pragma once
#include <functional>
#include <string>
#include "actors/gateway/gateway.hpp"
#include "messages/call.hpp"

namespace troupe::cli {

struct bootstrap_options {
  gateway_options gateway;
  std::string dns_service, dns_endpoint_slice; // JSON of kube-system's kube-dns; empty: no DNS on this machine
};

/// Blocks until everything is there. `ready`: whether the store serves yet. `wait`: sleeps a little; false ends the wait
/// early. Errors: the deadline, or what the store answered.
result<nothing> bootstrap_cluster(const bootstrap_options&, const chain&, const std::function<bool()>& ready,
                                  const std::function<bool()>& wait, const std::function<uint64_t()>& random, int64_t deadline_ms);

} // namespace troupe::cli
