// What get, list, watch and deletecollection share.
#pragma once
#include "actors/gateway/format/answers.hpp"
#include "actors/gateway/verbs/list_options.hpp"

namespace troupe::gateway {

/// 504 for a resourceVersion that lies ahead of what this server has.
status too_large_version(uint64_t wanted, uint64_t now);
/// The page that the options ask for, selectors applied.
result<list_page> read_page(const exchange&, const list_options&);
/// The namespace of a list: that of the path (of namespaces and cluster-wide kinds: none).
inline std::string_view listed_space(const exchange& run) { return run.kind->namespaced ? std::string_view(run.info.space) : std::string_view{}; }

} // namespace troupe::gateway
