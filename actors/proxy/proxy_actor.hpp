// /M/proxy/services: follows Services and EndpointSlices, and keeps the kernel's table equal to them.
#pragma once
#include <caf/actor.hpp>
#include "actors/proxy/proxy.hpp"
#include "messages/actors/network.hpp"

namespace troupe {

caf::actor spawn_proxy(const spawn_context& context, const env_ptr& env, const proxy_options& options);

constexpr int64_t proxy_settle_ms = 10;          // changes within so long go to the kernel together
constexpr int64_t proxy_apply_ms = 60'000;       // a bulk load of 10,000 Services takes about two seconds
constexpr int64_t proxy_retry_first_ms = 500, proxy_retry_last_ms = 30'000;
constexpr int64_t proxy_look_ms = 60'000;        // is the table still there? (others may flush the packet filter)

} // namespace troupe
