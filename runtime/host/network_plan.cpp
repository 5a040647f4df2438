#include "runtime/host/network_plan.hpp"
#include "runtime/host/address.hpp"

namespace troupe {

std::vector<std::vector<std::string>> forwarding_rules(const std::string& verb) {
  std::vector<std::vector<std::string>> rules;
  for (const char* direction : {"-i", "-o"})
    rules.push_back({"iptables", "-w", verb, "FORWARD", direction, bridge_name, "-m", "comment", "--comment", "troupe", "-j", "ACCEPT"});
  return rules;
}

std::vector<host_step> network_up_plan(const machine_configuration& configuration, const host_options& options) {
  std::vector<host_step> steps;
  auto run = [&](std::vector<std::string> command) { steps.push_back({std::move(command), "", "", true, {}}); };
  auto set = [&](std::string setting, const char* value, bool needed) { steps.push_back({{}, std::move(setting), value, needed, {}}); };
  if (configuration.load_bridge_netfilter) steps.push_back({{"modprobe", "br_netfilter"}, "", "", false, {}});
  const std::string bridge = bridge_name;
  steps.push_back({{"ip", "link", "add", bridge, "address", configuration.bridge_mac, "type", "bridge"}, "", "", true,
                   {"ip", "link", "show", "dev", bridge}});
  auto prefix = parse_cidr(options.pod_cidr)->prefix;
  run({"ip", "link", "set", bridge, "mtu", std::to_string(configuration.mtu)});
  run({"ip", "address", "replace", configuration.bridge_address + "/" + std::to_string(prefix), "dev", bridge});
  run({"ip", "link", "set", bridge, "up"});
  run({"ip", "route", "replace", options.service_cidr, "dev", bridge});
  set("net/ipv4/ip_forward", "1", true);
  // A pod's packet to a Service comes in and would go out by the bridge: the kernel would tell the pod to ask its
  // neighbours for that address. Either setting alone keeps it talking.
  set("net/ipv4/conf/all/send_redirects", "0", true);
  set("net/ipv4/conf/" + bridge + "/send_redirects", "0", true);
  set("net/bridge/bridge-nf-call-iptables", "1", !configuration.masquerade_all_services);
  if (configuration.accept_forwarding) {
    auto insert = forwarding_rules("-I"), check = forwarding_rules("-C");
    for (size_t rule = 0; rule < insert.size(); ++rule) steps.push_back({insert[rule], "", "", true, check[rule]});
  }
  return steps;
}

} // namespace troupe
