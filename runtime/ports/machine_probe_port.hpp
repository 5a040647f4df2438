// Reads what a machine is: /proc, /sys, the routes and addresses of this network namespace, the programs on it. Changes
// nothing, but may make the kernel load its modules for nf_tables.
#pragma once
#include "runtime/host/machine.hpp"

namespace troupe {

machine_facts read_machine_facts(const host_options& options);

} // namespace troupe
