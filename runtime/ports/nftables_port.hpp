// The kernel's packet filter by libnftables, as an actor with its own thread (a bulk load takes up to a second). The
// interface is messages/actors/network.hpp's nftables_actor.
#pragma once
#include <memory>
#include <caf/actor.hpp>
#include "messages/actors/network.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

class simulated_nftables; // nftables_simulated.hpp

/// For child_spec::start. `simulated` null: the kernel of this network namespace.
caf::actor spawn_nftables(const spawn_context& context, const env_ptr& env, std::shared_ptr<simulated_nftables> simulated);

} // namespace troupe
