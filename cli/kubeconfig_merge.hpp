// Merging a cluster's entries into somebody's kubeconfig: atomically, with a backup, keeping the file's mode.
#pragma once
#include <string>
#include "messages/result.hpp"

namespace troupe::cli {

/// ~/.kube/config.
std::string default_kubeconfig();
result<std::string> read_text(const std::string& path);

/// Puts cluster, user and context of `from` into `into`; sets the current context only if there is none. Another
/// cluster's entry (another authority) under the same name is refused without `force`. Returns a line for people.
result<std::string> merge_kubeconfig(const std::string& from, const std::string& into, bool force);
/// Takes the entries called `name` out again; a file that is not there is fine.
result<nothing> remove_from_kubeconfig(const std::string& name, const std::string& path);

} // namespace troupe::cli
