#include "actors/gateway/strategies/defaults.hpp"
#include "messages/api/core/v1/pod.pb.h"

namespace troupe::gateway {
namespace {

void default_http_get(core::HTTPGetAction& action) {
  if (action.path().empty()) action.set_path("/");
  if (action.scheme().empty()) action.set_scheme("HTTP");
}

void default_probe(core::Probe& probe) {
  if (probe.timeoutseconds() == 0) probe.set_timeoutseconds(1);
  if (probe.periodseconds() == 0) probe.set_periodseconds(10);
  if (probe.successthreshold() == 0) probe.set_successthreshold(1);
  if (probe.failurethreshold() == 0) probe.set_failurethreshold(3);
  if (probe.handler().has_httpget()) default_http_get(*probe.mutable_handler()->mutable_httpget());
}

void default_lifecycle(core::Lifecycle& lifecycle) {
  if (lifecycle.has_poststart() && lifecycle.poststart().has_httpget())
    default_http_get(*lifecycle.mutable_poststart()->mutable_httpget());
  if (lifecycle.has_prestop() && lifecycle.prestop().has_httpget())
    default_http_get(*lifecycle.mutable_prestop()->mutable_httpget());
}

/// Container and EphemeralContainerCommon have the same fields.
template <class Container>
void default_container(Container& container) {
  if (container.imagepullpolicy().empty())
    container.set_imagepullpolicy(std::string(pull_policy_of(container.image())));
  if (container.terminationmessagepath().empty()) container.set_terminationmessagepath("/dev/termination-log");
  if (container.terminationmessagepolicy().empty()) container.set_terminationmessagepolicy("File");
  if (container.has_livenessprobe()) default_probe(*container.mutable_livenessprobe());
  if (container.has_readinessprobe()) default_probe(*container.mutable_readinessprobe());
  if (container.has_startupprobe()) default_probe(*container.mutable_startupprobe());
  if (container.has_lifecycle()) default_lifecycle(*container.mutable_lifecycle());
  for (auto& variable : *container.mutable_env())
    if (variable.has_valuefrom() && variable.valuefrom().has_fieldref() &&
        variable.valuefrom().fieldref().apiversion().empty())
      variable.mutable_valuefrom()->mutable_fieldref()->set_apiversion("v1");
}

/// A pod on its node's network listens where it says: the host's port is the container's.
template <class Containers>
void default_host_ports(Containers* containers) {
  for (auto& container : *containers)
    for (auto& port : *container.mutable_ports())
      if (port.hostport() == 0) port.set_hostport(port.containerport());
}

void default_pod_spec(core::PodSpec& spec) {
  if (spec.dnspolicy().empty()) spec.set_dnspolicy("ClusterFirst");
  if (spec.restartpolicy().empty()) spec.set_restartpolicy("Always");
  if (spec.hostnetwork()) {
    default_host_ports(spec.mutable_containers());
    default_host_ports(spec.mutable_initcontainers());
  }
  spec.mutable_securitycontext();
  if (!spec.has_terminationgraceperiodseconds()) spec.set_terminationgraceperiodseconds(30);
  if (spec.schedulername().empty()) spec.set_schedulername("default-scheduler");
  for (auto& volume : *spec.mutable_volumes()) default_volume(volume);
  for (auto& container : *spec.mutable_initcontainers()) default_container(container);
  for (auto& container : *spec.mutable_containers()) default_container(container);
  for (auto& container : *spec.mutable_ephemeralcontainers())
    default_container(*container.mutable_ephemeralcontainercommon());
  // The deprecated name and the current one say the same.
  if (spec.serviceaccountname().empty()) {
    if (!spec.serviceaccount().empty()) spec.set_serviceaccountname(spec.serviceaccount());
  } else {
    spec.set_serviceaccount(spec.serviceaccountname());
  }
}

void default_requests(core::ResourceRequirements& resources) {
  for (auto& limit : resources.limits())
    if (!find_entry(resources.requests(), limit.key()))
      *entry_of(resources.mutable_requests(), limit.key())->mutable_value() = limit.value();
}

template <class Containers>
void default_container_requests(Containers* containers) {
  for (auto& container : *containers)
    if (container.resources().limits_size() > 0) default_requests(*container.mutable_resources());
}

}  // namespace

std::string_view pull_policy_of(std::string_view image) {
  if (image.find('@') != image.npos) return "IfNotPresent";  // by digest
  size_t slash = image.rfind('/');
  size_t colon = image.rfind(':');
  if (colon == image.npos || (slash != image.npos && colon < slash)) return "Always";  // no tag: latest
  return image.substr(colon + 1) == "latest" ? "Always" : "IfNotPresent";
}

void default_template(core::PodTemplateSpec& pods) {
  default_pod_spec(*pods.mutable_spec());
}

void default_pod(core::Pod& pod) {
  auto& spec = *pod.mutable_spec();
  default_pod_spec(spec);
  default_container_requests(spec.mutable_containers());
  default_container_requests(spec.mutable_initcontainers());
  if (spec.has_resources() && spec.resources().limits_size() > 0) default_requests(*spec.mutable_resources());
  if (!spec.has_enableservicelinks()) spec.set_enableservicelinks(true);
}

}  // namespace troupe::gateway
