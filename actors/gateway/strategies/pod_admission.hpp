// What admission adds to pods by default: limits of the namespace, service account and its token, priority,
// tolerations, runtime class. In the order of upstream's plugins.
#pragma once
#include "actors/gateway/strategies/api_names.hpp"
#include "actors/gateway/strategies/strategy.hpp"

namespace k8s::io::api::core::v1 {
class Pod;
class PersistentVolumeClaim;
}  // namespace k8s::io::api::core::v1

namespace troupe::gateway {

result<nothing> admit_pod(verb_context&, core::Pod&, const core::Pod* before);

/// LimitRanger (kubernetes.io/docs/concepts/policy/limit-range): fills in what containers do not say ...
void apply_limit_ranges(const verb_context&, core::Pod&);
/// ... and refuses (403) what lies outside.
result<nothing> check_limit_ranges(const verb_context&, const core::Pod&);
result<nothing> check_limit_ranges(const verb_context&, const core::PersistentVolumeClaim&);

/// "pods "p" is forbidden: WHY".
status forbidden_here(const verb_context&, std::string_view why);

}  // namespace troupe::gateway
