// A link: one actor for each peer machine. It carries messages between actors of both sides over a wire, notices within a
// second that the peer is silent, and tells every remote actor's monitors when the link is down.
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include <caf/typed_actor.hpp>
#include "messages/actors/atoms.hpp"
#include "runtime/link/link_proxy.hpp"
#include "runtime/link/wire_port.hpp"
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

struct link_options {
  std::string peer;                 // name of the other machine
  wire_port* wires = nullptr;       // outlives the actor
  bool dial = false;                // this side connects; the other one waits for wire_up
  std::vector<std::string> exports; // paths (themselves, or what is below them) that the peer may address
  /// Paths of the peer's actors that shall be in our directory, as proxies, while the link is up and they live.
  std::vector<std::string> imports;
  size_t window_bytes = 256u << 10; // sent and not yet consumed by the peer
  size_t queue_bytes_max = 16u << 20; // waiting for the window; above, the link goes down loudly
  int64_t heartbeat_ms = 200, dead_after_ms = 1'000, redial_ms = 100, resolve_again_ms = 100;
};

using link_actor = caf::typed_actor<
    caf::reacts_to<wire_up>,    // From the wire: connected. An older connection is dropped.
    caf::reacts_to<wire_frame>, // From the wire.
    caf::reacts_to<wire_down>,  // From the wire: all that is under way fails now.
    caf::reacts_to<outbound>,   // INTERNAL: from its proxies.
    caf::reacts_to<tick_atom>,  // INTERNAL: heartbeat, silence, redial, resolve again.
    caf::reacts_to<stop_atom>>;

/// The link as a child of "/M/links"; its name is the peer's.
child_spec link_child(link_options);

constexpr size_t link_proxies_max = 20'000; // remote actors of one peer; more and the link goes down

} // namespace troupe
