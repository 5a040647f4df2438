// The actors of a machine's network: what keeps bridge and runtime, the kernel's table of Services, the proxy that fills
// it, and cluster DNS.
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include <caf/typed_actor.hpp>
#include "messages/actors/atoms.hpp"
#include "messages/actors/node.hpp"

namespace troupe {

/// /M/machine/network and /M/machine/containerd: make it so, look again from time to time.
using host_keeper_actor = caf::typed_actor<
    caf::reacts_to<tick_atom>, // INTERNAL: make or check.
    caf::reacts_to<stop_atom>>; // End; network and runtime stay.

/// UDP packets that clients still send to an endpoint that a Service has no more. Addresses in host order.
struct stale_flow {
  uint32_t address = 0; // of the Service; 0: any of the machine's (a node port)
  uint16_t port = 0;
  uint32_t endpoint = 0;
};

/// One transaction for the kernel: all of it or nothing. The text is nftables' language (nft(8)).
struct nftables_apply {
  std::string commands;
  std::vector<stale_flow> stale; // forgotten after it, so that their clients are translated anew
};
struct nftables_applied {
  bool ok = false;
  std::string why; // the kernel's or the parser's words when not ok; nothing was changed then
};

/// /M/proxy/nftables: the only one who changes the table `ip troupe`.
using nftables_actor = caf::typed_actor<
    caf::replies_to<nftables_apply>::with<nftables_applied>, // In order of arrival.
    caf::reacts_to<stop_atom>>;                               // End; the table stays.

/// /M/proxy/services: follows Services and EndpointSlices and keeps the table equal to them.
using proxy_actor = node_client_actor;

/// A query from a client of cluster DNS. INTERNAL to actors/dns: from its server port.
struct dns_query {
  uint64_t client = 0;   // the port's own number, given back with the answer
  bool datagram = true;  // false: TCP, answers may be as long as 65,535 bytes
  std::string message;   // RFC 1035
};
/// What an upstream server said. INTERNAL to actors/dns: from its server port.
struct dns_forwarded {
  uint64_t token = 0;
  bool ok = false;       // false: no upstream answered in time
  std::string message;
};

/// /M/dns/names: answers for the cluster's domain, passes everything else on.
using dns_actor = node_client_actor::extend<
    caf::reacts_to<dns_query>,      // Answer it, or pass it on; through the port, not as a reply.
    caf::reacts_to<dns_forwarded>>; // Give it to the client who asked.

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::nftables_apply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::nftables_applied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::dns_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::dns_forwarded)
