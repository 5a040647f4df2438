#include "actors/proxy/table_format.hpp"
#include <cstdio>
#include "runtime/host/machine.hpp"

namespace troupe {

namespace {

constexpr size_t slot_counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 256, 1024, 4096};
/// On a connection: its packets leave with the node's address.
constexpr const char* masquerade_mark = "0x74720001";

std::string hexadecimal(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", unsigned(value));
  return text;
}

/// Draws a slot: at random, or by the client's address.
std::string draw(bool sticky, size_t slots) {
  // One slot needs no drawing, and `mod 1` is refused by some versions.
  if (slots == 1) return "meta mark set " + hexadecimal(slot_mark_first);
  return std::string("meta mark set ") + (sticky ? "jhash ip saddr mod " : "numgen random mod ") + std::to_string(slots) +
         (sticky ? " seed 0x74727570" : "") + " offset " + std::to_string(slot_mark_first);
}

std::string chain(const std::string& name, const std::string& body) { return "  chain " + name + " {\n" + body + "  }\n"; }

std::string balancing_chains(const table_format_options& options) {
  const std::string outsiders = options.masquerade_all ? "" : "ip saddr != " + options.cluster_cidr + " ";
  const std::string mark = std::string("ct mark set ") + masquerade_mark + "\n";
  const std::string to_service = "    dnat to ip daddr . meta l4proto . th dport . meta mark map @backends\n";
  const std::string to_node_port = "    dnat to meta l4proto . th dport . meta mark map @node_backends\n";
  std::string text;
  for (bool sticky : {false, true})
    for (size_t slots : slot_counts) {
      std::string prefix = sticky ? "sticky_" : "", suffix = "_" + std::to_string(slots);
      std::string drawn = "    " + draw(sticky, slots) + "\n";
      text += chain(prefix + "inside" + suffix, drawn + "    " + outsiders + mark + to_service);
      text += chain(prefix + "outside" + suffix, drawn + "    " + mark + to_service);
      text += chain(prefix + "node_port" + suffix, drawn + "    " + mark + to_node_port);
    }
  return text;
}

std::string map_of(const table_elements& elements, const char* what, const std::string& name, const std::string& type) {
  std::string text = std::string("  ") + what + " " + name + " {\n    type " + type + ";\n";
  auto found = elements.find(name);
  if (found != elements.end() && !found->second.empty()) {
    text += "    elements = {\n";
    bool first = true;
    for (auto& [element, value] : found->second) {
      text += (first ? "      " : ",\n      ") + element + (value.empty() ? "" : " : " + value);
      first = false;
    }
    text += "\n    }\n";
  }
  return text + "  }\n";
}

std::string base_chains(const table_format_options& options) {
  const std::string unknown = "    ip daddr " + options.service_cidr + " ct state new reject with icmp port-unreachable\n";
  std::string text;
  text += chain("dispatch",
                "    ip daddr . meta l4proto . th dport vmap @services\n"
                "    fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @node_ports\n");
  text += chain("nat_prerouting", "    type nat hook prerouting priority dstnat; policy accept;\n    jump dispatch\n");
  text += chain("nat_output", "    type nat hook output priority -100; policy accept;\n    jump dispatch\n");
  text += chain("filter_forward", "    type filter hook forward priority filter; policy accept;\n" + unknown);
  text += chain("filter_output", "    type filter hook output priority filter; policy accept;\n" + unknown);
  text += chain("nat_postrouting", "    type nat hook postrouting priority srcnat; policy accept;\n    ct mark " + std::string(masquerade_mark) +
                                       " masquerade fully-random\n"
                                       "    ct status dnat ip saddr . ip daddr @hairpin masquerade fully-random\n"
                                       "    ip saddr " + options.pod_cidr + " ip daddr != " + options.cluster_cidr + " masquerade\n");
  return text;
}

} // namespace

std::string table_format(const table_format_options& options, const table_elements& elements) {
  const std::string table = std::string("table ip ") + nftables_table_name;
  // Declared first, so that deleting it never fails.
  std::string text = table + " {}\ndelete " + table + "\n" + table + " {\n";
  text += balancing_chains(options);
  text += map_of(elements, "map", "services", "ipv4_addr . inet_proto . inet_service : verdict");
  text += map_of(elements, "map", "backends", "ipv4_addr . inet_proto . inet_service . mark : ipv4_addr . inet_service");
  text += map_of(elements, "map", "node_ports", "inet_proto . inet_service : verdict");
  text += map_of(elements, "map", "node_backends", "inet_proto . inet_service . mark : ipv4_addr . inet_service");
  text += map_of(elements, "set", "hairpin", "ipv4_addr . ipv4_addr");
  text += base_chains(options);
  return text + "}\n";
}

} // namespace troupe
