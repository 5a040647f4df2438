// Validation of pods and pod templates. Split by subject; order and texts are upstream's (pkg/apis/core/validation).
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "actors/gateway/strategies/api_names.hpp"
#include "actors/gateway/strategies/field_error.hpp"

namespace k8s::io::api::core::v1 {
class Affinity;
class LifecycleHandler;
class Pod;
class PodSecurityContext;
class PodSpec;
class PodTemplateSpec;
class ProbeHandler;
class ResourceRequirements;
class SecurityContext;
class NodeSelector;
class Toleration;
class Volume;
class Taint;
class ObjectFieldSelector;
class ResourceFieldSelector;
}  // namespace k8s::io::api::core::v1
namespace google::protobuf {
template <class>
class RepeatedPtrField;
}

namespace troupe::gateway {

struct verb_context;

/// `names` of volumes that are sound, for the mounts.
void check_pod_spec(causes&, const field_path&, const core::PodSpec&);
void check_template(causes&, const field_path&, const core::PodTemplateSpec&);
void check_pod_update(causes&, const core::Pod& pod, const core::Pod& before);

void check_containers(causes&, const field_path& spec, const core::PodSpec&, const std::vector<std::string>& volumes);
std::vector<std::string> check_volumes(causes&, const field_path&, const core::PodSpec&);
void check_affinity(causes&, const field_path&, const core::Affinity&);
void check_node_selector(causes&, const field_path&, const core::NodeSelector&);
void check_tolerations(causes&, const field_path&, const google::protobuf::RepeatedPtrField<core::Toleration>&);
void check_topology_spread(causes&, const field_path&, const core::PodSpec&);
void check_resources(causes&, const field_path&, const core::ResourceRequirements&);
void check_security(causes&, const field_path&, const core::SecurityContext&);
void check_pod_security(causes&, const field_path& spec, const core::PodSpec&);
void check_windows(causes&, const field_path& spec, const core::PodSpec&);
/// An action of a probe or hook.
void check_handler(causes&, const field_path&, const core::ProbeHandler&);
void check_handler(causes&, const field_path&, const core::LifecycleHandler&);
/// References to fields of the pod itself, in variables and in files.
void check_field_reference(causes&, const field_path&, const core::ObjectFieldSelector&, bool in_file);
void check_resource_reference(causes&, const field_path&, const core::ResourceFieldSelector&, bool in_file);

void check_local_path(causes&, const field_path&, const std::string& path);
void check_no_backsteps(causes&, const field_path&, const std::string& path);
void check_port(causes&, const field_path&, const IntOrString&);
void check_port_number(causes&, const field_path&, int32_t port);
/// An address that traffic may be sent to: not loopback, link-local, unspecified.
void check_endpoint_address(causes&, const field_path&, const std::string& address);
/// "cpu", "memory", ... or qualified.
void check_resource_name(causes&, const field_path&, const std::string& name);
void check_resource_quantity(causes&, const field_path&, const std::string& name, const Quantity&);

/// Warnings on create and update of what holds a pod spec.
void warn_about_pod(verb_context&, const field_path& spec, const core::PodSpec&);

}  // namespace troupe::gateway
