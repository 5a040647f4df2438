// The commands of `troupe`. Each takes its parsed arguments and returns the process's exit code (arguments.hpp).
// All but up, down and the local half of status are API clients with a kubeconfig.
#pragma once
#include "cli/arguments.hpp"

namespace troupe::cli {

command up_command();
int up(const arguments&);
command down_command();
int down(const arguments&);
command status_command();
int show_status(const arguments&);
command tree_command();
int tree(const arguments&);
command kill_command();
int kill(const arguments&);
command kubeconfig_command();
int kubeconfig(const arguments&);
command image_load_command();
int image_load(const arguments&);
command version_command();
int show_version(const arguments&);

/// One line on stderr, "troupe: ...".
int fail(int code, const std::string& line);

} // namespace troupe::cli
