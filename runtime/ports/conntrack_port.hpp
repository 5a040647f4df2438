// The kernel's table of connections, as far as UDP to Services goes: a client that keeps sending from the same port would
// stay with an endpoint that is gone until its entry times out. Blocking, by netlink (nfnetlink_conntrack).
#pragma once
#include <string>
#include <vector>
#include "messages/actors/network.hpp"

namespace troupe {

/// Entries of UDP flows that were translated from a Service to an endpoint.
std::vector<stale_flow> translated_flows();

/// Forgets every entry of one of `flows`. Empty: done; otherwise the kernel's words.
std::string forget_flows(const std::vector<stale_flow>& flows);

} // namespace troupe
