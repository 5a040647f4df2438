// What must be done for pods to have a network, as steps. Pure; runtime/ports/network_port takes them.
#pragma once
#include <string>
#include <vector>
#include "runtime/host/machine.hpp"

namespace troupe {

/// Either a program to run, or a kernel setting to write.
struct host_step {
  std::vector<std::string> command;   // empty: a setting
  std::string setting, value;         // file below /proc/sys, and its content
  bool needed = true;                 // false: go on when it fails
  std::vector<std::string> unless;    // a program; when it succeeds, the step is not needed
};

/// Bridge with a fixed hardware address (a failed first plugin run would leave a bridge whose address no later run can
/// change), its addresses and routes, and the kernel settings. Every step may be taken again.
/// Services get a route through the bridge: without one, a machine without a default route cannot reach them.
std::vector<host_step> network_up_plan(const machine_configuration& configuration, const host_options& options);

/// In front of a FORWARD chain that drops. The same arguments remove the rules: "-I" becomes "-D".
std::vector<std::vector<std::string>> forwarding_rules(const std::string& verb);

} // namespace troupe
