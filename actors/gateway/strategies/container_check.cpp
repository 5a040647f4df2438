#include <set>
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/core/v1/pod.pb.h"

namespace troupe::gateway {
namespace {

using names = std::set<std::string>;

void check_ports(causes& found, const field_path& path, const core::Container& container) {
  names seen;
  for (int i = 0; i < container.ports_size(); ++i) {
    auto& port = container.ports(i);
    if (!port.name().empty()) {
      auto wrong = port_name_problems(port.name());
      add_problems(found, path[i] / "name", port.name(), wrong);
      if (wrong.empty() && !seen.insert(port.name()).second) add_duplicate(found, path[i] / "name", port.name());
    }
    if (port.containerport() == 0)
      add_required(found, path[i] / "containerPort");
    else
      check_port_number(found, path[i] / "containerPort", port.containerport());
    if (port.hostport() != 0) check_port_number(found, path[i] / "hostPort", port.hostport());
    if (port.protocol().empty())
      add_required(found, path[i] / "protocol");
    else if (!is_one_of(port.protocol(), {"SCTP", "TCP", "UDP"}))
      add_not_supported(found, path[i] / "protocol", port.protocol(), {"SCTP", "TCP", "UDP"});
  }
}

/// `name` of a ConfigMap or Secret and a `key` in it.
template <class Reference>
void check_key_reference(causes& found, const field_path& path, const Reference& reference) {
  if (reference.key().empty())
    add_required(found, path / "key");
  else
    add_problems(found, path / "key", reference.key(), config_key_problems(reference.key()));
}

void check_value_source(causes& found, const field_path& path, const core::EnvVar& variable) {
  auto& source = variable.valuefrom();
  int count = 0;
  if (source.has_fieldref()) ++count, check_field_reference(found, path / "fieldRef", source.fieldref(), false);
  if (source.has_resourcefieldref())
    ++count, check_resource_reference(found, path / "resourceFieldRef", source.resourcefieldref(), false);
  if (source.has_configmapkeyref())
    ++count, check_key_reference(found, path / "configMapKeyRef", source.configmapkeyref());
  if (source.has_secretkeyref()) ++count, check_key_reference(found, path / "secretKeyRef", source.secretkeyref());
  if (source.has_filekeyref()) ++count;
  if (count == 0)
    add_invalid(found, path, "",
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
  else if (!variable.value().empty())
    add_invalid(found, path, "", "may not be specified when `value` is not empty");
  else if (count > 1)
    add_invalid(found, path, "", "may not have more than one field specified at a time");
}

void check_environment(causes& found, const field_path& path, const core::Container& container) {
  for (int i = 0; i < container.env_size(); ++i) {
    auto& variable = container.env(i);
    field_path at = (path / "env")[i];
    if (variable.name().empty())
      add_required(found, at / "name");
    else
      add_problems(found, at / "name", variable.name(), env_name_problems(variable.name()));
    if (variable.has_valuefrom()) check_value_source(found, at / "valueFrom", variable);
  }
  for (int i = 0; i < container.envfrom_size(); ++i) {
    auto& source = container.envfrom(i);
    field_path at = (path / "envFrom")[i];
    if (!source.prefix().empty())
      add_problems(found, at / "prefix", source.prefix(), env_name_problems(source.prefix()));
    if (source.has_configmapref() && source.configmapref().localobjectreference().name().empty())
      add_required(found, at / "configMapRef" / "name");
    if (source.has_secretref() && source.secretref().localobjectreference().name().empty())
      add_required(found, at / "secretRef" / "name");
    if (source.has_configmapref() + source.has_secretref() == 0)
      add_invalid(found, at, "", "must specify one of: `configMapRef` or `secretRef`");
    else if (source.has_configmapref() && source.has_secretref())
      add_invalid(found, at, "", "may not have more than one field specified at a time");
  }
}

bool is_listed(const std::vector<std::string>& list, const std::string& name) {
  for (auto& one : list)
    if (one == name) return true;
  return false;
}

void check_mounts(causes& found, const field_path& path, const core::Container& container,
                  const std::vector<std::string>& volumes) {
  names paths;
  for (int i = 0; i < container.volumemounts_size(); ++i) {
    auto& mount = container.volumemounts(i);
    if (mount.name().empty()) add_required(found, path[i] / "name");
    if (!is_listed(volumes, mount.name())) add_not_found(found, path[i] / "name", mount.name());
    if (mount.mountpath().empty()) add_required(found, path[i] / "mountPath");
    if (!paths.insert(mount.mountpath()).second)
      add_invalid(found, path[i] / "mountPath", mount.mountpath(), "must be unique");
    for (auto& device : container.volumedevices()) {
      if (device.name() == mount.name())
        add_invalid(found, path[i] / "name", mount.name(), "must not already exist in volumeDevices");
      if (device.devicepath() == mount.mountpath())
        add_invalid(found, path[i] / "mountPath", mount.mountpath(),
                    "must not already exist as a path in volumeDevices");
    }
    // Upstream names the list here, not the item.
    if (!mount.subpath().empty()) check_local_path(found, path / "subPath", mount.subpath());
    if (!mount.subpathexpr().empty()) {
      if (!mount.subpath().empty())
        add_invalid(found, path[i] / "subPathExpr", mount.subpathexpr(),
                    "subPathExpr and subPath are mutually exclusive");
      check_local_path(found, path / "subPathExpr", mount.subpathexpr());
    }
    if (mount.has_mountpropagation() &&
        !is_one_of(mount.mountpropagation(), {"Bidirectional", "HostToContainer", "None"}))
      add_not_supported(found, path[i] / "mountPropagation", mount.mountpropagation(),
                        {"Bidirectional", "HostToContainer", "None"});
    if (mount.mountpropagation() == "Bidirectional" && !container.securitycontext().privileged())
      add_forbidden(found, path[i] / "mountPropagation",
                    "Bidirectional mount propagation is available only to privileged containers");
  }
}

void check_devices(causes& found, const field_path& path, const core::Container& container,
                   const std::vector<std::string>& volumes) {
  names paths, used;
  for (int i = 0; i < container.volumedevices_size(); ++i) {
    auto& device = container.volumedevices(i);
    if (device.name().empty()) add_required(found, path[i] / "name");
    if (!used.insert(device.name()).second) add_invalid(found, path[i] / "name", device.name(), "must be unique");
    if (!is_listed(volumes, device.name())) add_not_found(found, path[i] / "name", device.name());
    if (device.devicepath().empty()) add_required(found, path[i] / "devicePath");
    if (!paths.insert(device.devicepath()).second)
      add_invalid(found, path[i] / "devicePath", device.devicepath(), "must be unique");
    if (!device.devicepath().empty()) check_no_backsteps(found, path[i] / "devicePath", device.devicepath());
  }
}

/// What is asked of every container, of whichever list.
void check_common(causes& found, const field_path& path, const core::Container& container,
                  const std::vector<std::string>& volumes) {
  if (container.name().empty())
    add_required(found, path / "name");
  else
    add_problems(found, path / "name", container.name(), dns_label_problems(container.name()));
  auto& image = container.image();
  if (image.empty())
    add_required(found, path / "image");
  else if (std::string_view(" \t\n\r").find(image.front()) != std::string_view::npos ||
           std::string_view(" \t\n\r").find(image.back()) != std::string_view::npos)
    add_invalid(found, path / "image", image, "must not have leading or trailing whitespace");
  if (!is_one_of(container.terminationmessagepolicy(), {"File", "FallbackToLogsOnError"}))
    add_not_supported(found, path / "terminationMessagePolicy", container.terminationmessagepolicy(),
                      {"FallbackToLogsOnError", "File"});
  check_ports(found, path / "ports", container);
  check_environment(found, path, container);
  check_mounts(found, path / "volumeMounts", container, volumes);
  check_devices(found, path / "volumeDevices", container, volumes);
  if (!is_one_of(container.imagepullpolicy(), {"Always", "IfNotPresent", "Never"}))
    add_not_supported(found, path / "imagePullPolicy", container.imagepullpolicy(),
                      {"Always", "IfNotPresent", "Never"});
  check_resources(found, path / "resources", container.resources());
  if (container.has_securitycontext()) check_security(found, path / "securityContext", container.securitycontext());
}

enum class probe_use { liveness, readiness, startup };

void check_probe(causes& found, const field_path& path, const core::Probe& probe, probe_use use) {
  check_handler(found, path, probe.handler());
  check_not_negative(found, path / "initialDelaySeconds", probe.initialdelayseconds());
  check_not_negative(found, path / "timeoutSeconds", probe.timeoutseconds());
  check_not_negative(found, path / "periodSeconds", probe.periodseconds());
  check_not_negative(found, path / "successThreshold", probe.successthreshold());
  check_not_negative(found, path / "failureThreshold", probe.failurethreshold());
  if (probe.has_terminationgraceperiodseconds() && use != probe_use::readiness &&
      probe.terminationgraceperiodseconds() <= 0)
    add_invalid(found, path / "terminationGracePeriodSeconds", probe.terminationgraceperiodseconds(),
                "must be greater than 0");
  if (use != probe_use::readiness && probe.successthreshold() != 1)
    add_invalid(found, path / "successThreshold", probe.successthreshold(), "must be 1");
  if (use == probe_use::readiness && probe.has_terminationgraceperiodseconds())
    add_invalid(found, path / "terminationGracePeriodSeconds", probe.terminationgraceperiodseconds(),
                "must not be set for readinessProbes");
}

void check_running(causes& found, const field_path& path, const core::Container& container) {
  if (container.has_lifecycle()) {
    auto& lifecycle = container.lifecycle();
    if (lifecycle.has_poststart()) check_handler(found, path / "lifecycle" / "postStart", lifecycle.poststart());
    if (lifecycle.has_prestop()) check_handler(found, path / "lifecycle" / "preStop", lifecycle.prestop());
  }
  if (container.has_livenessprobe())
    check_probe(found, path / "livenessProbe", container.livenessprobe(), probe_use::liveness);
  if (container.has_readinessprobe())
    check_probe(found, path / "readinessProbe", container.readinessprobe(), probe_use::readiness);
  if (container.has_startupprobe())
    check_probe(found, path / "startupProbe", container.startupprobe(), probe_use::startup);
}

void check_host_ports(causes& found, const field_path& path, const core::Container& container, names& taken) {
  for (int i = 0; i < container.ports_size(); ++i) {
    auto& port = container.ports(i);
    if (port.hostport() == 0) continue;
    std::string text = port.protocol() + "/" + port.hostip() + "/" + std::to_string(port.hostport());
    if (!taken.insert(text).second) add_duplicate(found, (path / "ports")[i] / "hostPort", text);
  }
}

void check_init_container(causes& found, const field_path& path, const core::Container& container, names& known) {
  bool sidecar = container.restartpolicy() == "Always";
  if (container.has_restartpolicy() && !is_one_of(container.restartpolicy(), {"Always", "Never", "OnFailure"}))
    add_not_supported(found, path / "restartPolicy", container.restartpolicy(), {"Always", "Never", "OnFailure"});
  if (!container.name().empty() && !known.insert(container.name()).second)
    add_duplicate(found, path / "name", container.name());
  names taken;
  check_host_ports(found, path, container, taken);
  if (sidecar) return check_running(found, path, container);
  constexpr std::string_view only = "may not be set for init containers without restartPolicy=Always";
  if (container.has_lifecycle()) add_forbidden(found, path / "lifecycle", only);
  if (container.has_livenessprobe()) add_forbidden(found, path / "livenessProbe", only);
  if (container.has_readinessprobe()) add_forbidden(found, path / "readinessProbe", only);
  if (container.has_startupprobe()) add_forbidden(found, path / "startupProbe", only);
}

void check_ephemeral(causes& found, const field_path& path, const core::PodSpec& spec,
                     const std::vector<std::string>& volumes, names& known) {
  for (int i = 0; i < spec.ephemeralcontainers_size(); ++i) {
    auto& ephemeral = spec.ephemeralcontainers(i);
    core::Container container;  // the two types have the same fields under the same numbers
    container.ParseFromString(ephemeral.ephemeralcontainercommon().SerializeAsString());
    check_common(found, path[i], container, volumes);
    if (!container.name().empty() && !known.insert(container.name()).second)
      add_duplicate(found, path[i] / "name", container.name());
    bool target = ephemeral.targetcontainername().empty();
    for (auto& one : spec.containers()) target = target || one.name() == ephemeral.targetcontainername();
    for (auto& one : spec.initcontainers()) target = target || one.name() == ephemeral.targetcontainername();
    if (!target) add_not_found(found, path[i] / "targetContainerName", ephemeral.targetcontainername());
    constexpr std::string_view never = "cannot be set for an Ephemeral Container";
    if (container.ports_size()) add_forbidden(found, path[i] / "ports", never);
    if (container.has_livenessprobe()) add_forbidden(found, path[i] / "livenessProbe", never);
    if (container.has_readinessprobe()) add_forbidden(found, path[i] / "readinessProbe", never);
    if (container.has_startupprobe()) add_forbidden(found, path[i] / "startupProbe", never);
    if (container.has_lifecycle()) add_forbidden(found, path[i] / "lifecycle", never);
    if (container.resources().limits_size() + container.resources().requests_size())
      add_forbidden(found, path[i] / "resources", never);
  }
}

}  // namespace

void check_containers(causes& found, const field_path& spec_path, const core::PodSpec& spec,
                      const std::vector<std::string>& volumes) {
  field_path path = spec_path / "containers";
  names known, host_ports;
  if (spec.containers().empty()) add_required(found, path);
  for (int i = 0; i < spec.containers_size(); ++i) {
    auto& container = spec.containers(i);
    check_common(found, path[i], container, volumes);
    if (!known.insert(container.name()).second) add_duplicate(found, path[i] / "name", container.name());
    check_running(found, path[i], container);
  }
  for (int i = 0; i < spec.containers_size(); ++i) check_host_ports(found, path[i], spec.containers(i), host_ports);
  path = spec_path / "initContainers";
  for (int i = 0; i < spec.initcontainers_size(); ++i) {
    check_common(found, path[i], spec.initcontainers(i), volumes);
    check_init_container(found, path[i], spec.initcontainers(i), known);
  }
  check_ephemeral(found, spec_path / "ephemeralContainers", spec, volumes, known);
}

}  // namespace troupe::gateway
