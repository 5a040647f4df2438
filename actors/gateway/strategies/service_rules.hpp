// What a Service's type implies, its validation, and the addresses and ports it is given.
#pragma once
#include "actors/gateway/strategies/api_names.hpp"
#include "actors/gateway/strategies/field_error.hpp"
#include "actors/gateway/strategies/strategy.hpp"

namespace k8s::io::api::core::v1 {
class Service;
}

namespace troupe::gateway {

bool is_headless(const core::Service&);
bool needs_address(const core::Service&);
bool needs_node_ports(const core::Service&);
/// From outside of the cluster: by node ports, a balancer, or external addresses.
bool is_external(const core::Service&);
bool needs_health_check_port(const core::Service&);

void check_service(causes&, const core::Service&);
void check_addresses(causes&, const core::Service&, const core::Service* before);

/// Gives the service what it asks for or needs: cluster address, node ports, health check port. Adds to context.also
/// what claims them (each with absent_revision, so two writers cannot get the same), and what gives back those of
/// `before` that are no longer used. 422 where an asked one is outside the range or taken.
result<nothing> allocate(verb_context&, core::Service&, const core::Service* before);
/// Gives back all.
void release(verb_context&, const core::Service&);

}  // namespace troupe::gateway
