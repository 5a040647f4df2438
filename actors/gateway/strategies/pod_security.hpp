// The pod security standards (kubernetes.io/docs/concepts/security/pod-security-standards): what a namespace's labels ask
// of its pods.
#pragma once
#include <string>
#include <vector>
#include "actors/gateway/strategies/api_names.hpp"
#include "actors/gateway/strategies/field_error.hpp"
#include "actors/gateway/strategies/strategy.hpp"

namespace k8s::io::api::core::v1 {
class Namespace;
class Pod;
class PodSpec;
}  // namespace k8s::io::api::core::v1

namespace troupe::gateway {

/// A rule that a pod breaks: "hostPort", and how: `container "c" uses hostPort 1`.
struct security_finding {
  std::string rule, detail;
};
/// `level`: "privileged" (nothing is asked), "baseline" or "restricted".
std::vector<security_finding> security_findings(std::string_view level, const core::PodSpec&);

/// 403 where the namespace enforces a level that the pod does not keep.
result<nothing> enforce_security(const verb_context&, const core::Pod&);
/// The warning for pods and templates where the namespace asks for one.
void warn_about_security(verb_context&, const core::PodSpec&);
/// Labels of a namespace that name no level.
void check_security_labels(causes&, const core::Namespace&);
/// Warns about pods that are there already and break a level that `now` enforces and `before` did not.
void warn_about_existing(verb_context&, const core::Namespace& now, const core::Namespace& before);

}  // namespace troupe::gateway
