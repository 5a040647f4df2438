// Admission that is the same for all kinds: NamespaceLifecycle and NodeRestriction.
#include "actors/gateway/filters/node_authorizer.hpp"
#include "actors/gateway/verbs/writing.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/meta/v1.pb.h"

namespace core = k8s::io::api::core::v1;

namespace troupe::gateway {
namespace {

constexpr std::string_view mirror_annotation = "kubernetes.io/config.mirror";

bool is_mirror(const core::Pod& pod) {
  for (auto& entry : pod.metadata().annotations())
    if (entry.key() == mirror_annotation) return true;
  return false;
}

result<nothing> admit_node_pod(const exchange& run, const std::string& node, const Message* object, const object_ptr& before) {
  auto refuse = [&](std::string_view name, const std::string& why) { return forbidden("", "pods", name, why); };
  if (!before) {
    auto& pod = static_cast<const core::Pod&>(*object);
    if (!is_mirror(pod))
      return refuse(pod.metadata().name(), "pod does not have \"kubernetes.io/config.mirror\" annotation, node \"" + node + "\" can only create mirror pods");
    if (pod.spec().nodename() != node)
      return refuse(pod.metadata().name(), "node \"" + node + "\" can only create pods with spec.nodeName set to itself");
    return nothing{};
  }
  auto bound = before->as<core::Pod>()->spec().nodename();
  if (bound == node) return nothing{};
  if (!object) return refuse(before->name(), "node \"" + node + "\" can only delete pods with spec.nodeName set to itself");
  return refuse(before->name(), "node \"" + node + "\" can only update pod " + (run.info.subresource.empty() ? "" : run.info.subresource + " ") +
                                    "for pods with spec.nodeName set to itself");
}

} // namespace

result<nothing> admit_space(const exchange& run, std::string_view space) {
  if (!run.kind->namespaced || space.empty()) return nothing{};
  auto found = run.state().get(*find_kind("", "v1", "namespaces"), "", space);
  if (!found) return not_found("", "namespaces", space);
  if (!found->deleting()) return nothing{};
  auto error = forbidden(run.kind->group, run.kind->plural, run.info.name,
                         "unable to create new content in namespace " + std::string(space) + " because it is being terminated");
  error.causes.push_back({"NamespaceTerminating", "namespace " + std::string(space) + " is being terminated", "metadata.namespace"});
  return error;
}

result<nothing> admit_node(const exchange& run, const Message* object, const object_ptr& before) {
  auto node = node_of(run.request.user);
  if (node.empty() || !run.kind->group.empty()) return nothing{};
  if (run.kind->plural == "pods") return admit_node_pod(run, node, object, before);
  if (run.kind->plural != "nodes") return nothing{};
  std::string name = before ? std::string(before->name()) : metadata_of(*object).name();
  if (name == node) return nothing{};
  return forbidden("", "nodes", name, "node \"" + node + "\" is not allowed to modify node \"" + name + "\"");
}

void warn_unenforced(exchange& run) {
  struct unenforced {
    std::string_view group, plural, what;
  };
  constexpr std::string_view no_controller = "no controller of this server acts on it yet";
  constexpr unenforced kinds_without[] = {
      {"apps", "statefulsets", no_controller}, {"apps", "daemonsets", no_controller}, {"batch", "jobs", no_controller},
      {"batch", "cronjobs", no_controller}, {"autoscaling", "horizontalpodautoscalers", no_controller},
      {"", "replicationcontrollers", no_controller}, {"", "persistentvolumes", no_controller},
      {"", "persistentvolumeclaims", no_controller},
      {"networking.k8s.io", "networkpolicies", "this server does not enforce network policies yet"},
      {"certificates.k8s.io", "certificatesigningrequests", no_controller},
      {"resource.k8s.io", "resourceclaims", no_controller},
      {"apiextensions.k8s.io", "customresourcedefinitions", "this server does not serve custom resources yet"},
      {"apiregistration.k8s.io", "apiservices", "this server does not aggregate other API servers yet"},
      {"admissionregistration.k8s.io", "validatingwebhookconfigurations", "this server does not call webhooks yet"},
      {"admissionregistration.k8s.io", "mutatingwebhookconfigurations", "this server does not call webhooks yet"},
      {"admissionregistration.k8s.io", "validatingadmissionpolicies", "this server does not evaluate admission policies yet"},
      {"admissionregistration.k8s.io", "mutatingadmissionpolicies", "this server does not evaluate admission policies yet"}};
  for (auto& row : kinds_without)
    if (row.group == run.kind->group && row.plural == run.kind->plural)
      run.warnings.push_back("troupe: " + std::string(run.kind->kind) + " is stored, but " + std::string(row.what));
}

} // namespace troupe::gateway
