// /M/dns/names: answers for the cluster's domain from what it has seen of the API, passes everything else on.
#pragma once
#include <caf/actor.hpp>
#include "actors/dns/dns.hpp"
#include "messages/actors/network.hpp"

namespace troupe {

caf::actor spawn_dns(const spawn_context& context, const env_ptr& env, const dns_options& options);

constexpr size_t dns_waiting_max = 512;      // questions with an upstream server; above, clients get SERVFAIL
constexpr int64_t dns_waiting_ms = 8'000;    // then the port has forgotten them too

} // namespace troupe
