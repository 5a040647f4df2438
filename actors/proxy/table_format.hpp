// The kernel's table `ip troupe` in nft's language (nft(8)). Pure.
//
// A packet to a Service finds a verdict by (address, protocol, port): the chain that draws a slot and translates to the
// slot's endpoint. Packets to the Services' range that no map knows are refused at once. What comes from outside of the
// pods' network, and what a pod sends to itself through a Service, is masqueraded, so that answers come back the same way.
#pragma once
#include <string>
#include "actors/proxy/service_table.hpp"

namespace troupe {

struct table_format_options {
  std::string pod_cidr, cluster_cidr, service_cidr;
  bool masquerade_all = false;
};

/// One transaction that replaces the table as a whole.
std::string table_format(const table_format_options& options, const table_elements& elements);

/// The same marks that service_elements() puts into its keys.
constexpr uint32_t slot_mark_first = 0x74720000;

} // namespace troupe
