#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/core/v1/pod.pb.h"

namespace troupe::gateway {
namespace {

constexpr int64_t id_max = 2147483647;

void check_id(causes& found, const field_path& path, int64_t id) {
  check_range(found, path, id, 0, id_max);
}

void check_seccomp(causes& found, const field_path& path, const core::SeccompProfile& profile) {
  if (profile.type().empty()) return add_required(found, path / "type", "type is required when seccompProfile is set");
  if (profile.type() == "Localhost") {
    if (!profile.has_localhostprofile())
      add_required(found, path / "localhostProfile", "must be set when seccomp type is Localhost");
    else
      check_local_path(found, path / "localhostProfile", profile.localhostprofile());
  } else if (!is_one_of(profile.type(), {"RuntimeDefault", "Unconfined"})) {
    add_not_supported(found, path / "type", profile.type(), {"Localhost", "RuntimeDefault", "Unconfined"});
  } else if (profile.has_localhostprofile()) {
    add_invalid(found, path / "localhostProfile", profile.localhostprofile(),
                "can only be set when seccomp type is Localhost");
  }
}

void check_app_armor(causes& found, const field_path& path, const core::AppArmorProfile& profile) {
  if (profile.type().empty()) return add_required(found, path / "type", "type is required when appArmorProfile is set");
  if (profile.type() == "Localhost") {
    if (profile.localhostprofile().empty())
      add_required(found, path / "localhostProfile", "must be set when AppArmor type is Localhost");
  } else if (!is_one_of(profile.type(), {"RuntimeDefault", "Unconfined"})) {
    add_not_supported(found, path / "type", profile.type(), {"Localhost", "RuntimeDefault", "Unconfined"});
  } else if (profile.has_localhostprofile()) {
    add_invalid(found, path / "localhostProfile", profile.localhostprofile(),
                "can only be set when AppArmor type is Localhost");
  }
}

bool is_sysctl_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (char letter : name)
    if (!((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
          std::string_view("-_./").find(letter) != std::string_view::npos))
      return false;
  return true;
}

void check_sysctls(causes& found, const field_path& path, const core::PodSecurityContext& context, bool host_network,
                   bool host_ipc) {
  std::vector<std::string> seen;
  for (int i = 0; i < context.sysctls_size(); ++i) {
    auto& name = context.sysctls(i).name();
    field_path at = path[i] / "name";
    if (name.empty())
      add_required(found, at);
    else if (!is_sysctl_name(name))
      add_invalid(found, at, name,
                  "must have at most 253 characters and match regex "
                  "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");
    else if (std::find(seen.begin(), seen.end(), name) != seen.end())
      add_duplicate(found, at, name);
    else if (host_network && name.starts_with("net."))
      add_invalid(found, at, name, "may not be specified when 'hostNetwork' is set to true");
    else if (host_ipc && (name.starts_with("kernel.shm") || name.starts_with("kernel.msg") || name == "kernel.sem" ||
                          name.starts_with("fs.mqueue.")))
      add_invalid(found, at, name, "may not be specified when 'hostIPC' is set to true");
    seen.push_back(name);
  }
}

template <class Context>
void forbid_linux_fields(causes& found, const field_path& path, const Context& context) {
  constexpr std::string_view never = "cannot be set for a windows pod";
  if (context.has_apparmorprofile()) add_forbidden(found, path / "appArmorProfile", never);
  if (context.has_selinuxoptions()) add_forbidden(found, path / "seLinuxOptions", never);
  if (context.has_seccompprofile()) add_forbidden(found, path / "seccompProfile", never);
  if (context.has_runasuser()) add_forbidden(found, path / "runAsUser", never);
  if (context.has_runasgroup()) add_forbidden(found, path / "runAsGroup", never);
}

}  // namespace

void check_security(causes& found, const field_path& path, const core::SecurityContext& context) {
  if (context.has_runasuser()) check_id(found, path / "runAsUser", context.runasuser());
  if (context.has_runasgroup()) check_id(found, path / "runAsGroup", context.runasgroup());
  if (context.has_procmount() && !is_one_of(context.procmount(), {"Default", "Unmasked"}))
    add_not_supported(found, path / "procMount", context.procmount(), {"Default", "Unmasked"});
  if (context.has_seccompprofile()) check_seccomp(found, path / "seccompProfile", context.seccompprofile());
  if (context.has_allowprivilegeescalation() && !context.allowprivilegeescalation()) {
    if (context.privileged())
      add_invalid_json(found, path, shown(context),
                       "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    for (auto& capability : context.capabilities().add())
      if (capability == "CAP_SYS_ADMIN")
        add_invalid_json(found, path, shown(context),
                         "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
  }
  if (context.has_apparmorprofile()) check_app_armor(found, path / "appArmorProfile", context.apparmorprofile());
}

void check_pod_security(causes& found, const field_path& spec_path, const core::PodSpec& spec) {
  if (spec.shareprocessnamespace() && spec.hostpid())
    add_invalid_json(found, spec_path / "shareProcessNamespace", "true",
                     "ShareProcessNamespace and HostPID cannot both be enabled");
  auto& context = spec.securitycontext();
  field_path path = spec_path / "securityContext";
  if (context.has_fsgroup()) check_id(found, path / "fsGroup", context.fsgroup());
  if (context.has_runasuser()) check_id(found, path / "runAsUser", context.runasuser());
  if (context.has_runasgroup()) check_id(found, path / "runAsGroup", context.runasgroup());
  for (int i = 0; i < context.supplementalgroups_size(); ++i)
    check_id(found, (path / "supplementalGroups")[i], context.supplementalgroups(i));
  check_sysctls(found, path / "sysctls", context, spec.hostnetwork(), spec.hostipc());
  if (context.has_fsgroupchangepolicy() && !is_one_of(context.fsgroupchangepolicy(), {"Always", "OnRootMismatch"}))
    add_not_supported(found, path / "fsGroupChangePolicy", context.fsgroupchangepolicy(), {"Always", "OnRootMismatch"});
  if (context.has_seccompprofile()) check_seccomp(found, path / "seccompProfile", context.seccompprofile());
  if (context.has_apparmorprofile()) check_app_armor(found, path / "appArmorProfile", context.apparmorprofile());
  if (context.has_supplementalgroupspolicy() && !is_one_of(context.supplementalgroupspolicy(), {"Merge", "Strict"}))
    add_not_supported(found, path / "supplementalGroupsPolicy", context.supplementalgroupspolicy(),
                      {"Merge", "Strict"});
}

void check_windows(causes& found, const field_path& spec_path, const core::PodSpec& spec) {
  constexpr std::string_view never = "cannot be set for a windows pod";
  auto& context = spec.securitycontext();
  field_path path = spec_path / "securityContext";
  if (spec.has_hostusers()) add_forbidden(found, spec_path / "hostUsers", never);
  if (spec.hostpid()) add_forbidden(found, spec_path / "hostPID", never);
  if (spec.hostipc()) add_forbidden(found, spec_path / "hostIPC", never);
  if (context.has_apparmorprofile()) add_forbidden(found, path / "appArmorProfile", never);
  if (context.has_selinuxoptions()) add_forbidden(found, path / "seLinuxOptions", never);
  if (context.has_seccompprofile()) add_forbidden(found, path / "seccompProfile", never);
  if (context.has_fsgroup()) add_forbidden(found, path / "fsGroup", never);
  if (context.has_fsgroupchangepolicy()) add_forbidden(found, path / "fsGroupChangePolicy", never);
  if (context.sysctls_size()) add_forbidden(found, path / "sysctls", never);
  if (spec.shareprocessnamespace()) add_forbidden(found, spec_path / "shareProcessNamespace", never);
  if (context.has_runasuser()) add_forbidden(found, path / "runAsUser", never);
  if (context.has_runasgroup()) add_forbidden(found, path / "runAsGroup", never);
  if (context.supplementalgroups_size()) add_forbidden(found, path / "supplementalGroups", never);
  for (int i = 0; i < spec.containers_size(); ++i)
    if (spec.containers(i).has_securitycontext())
      forbid_linux_fields(found, (spec_path / "containers")[i] / "securityContext",
                          spec.containers(i).securitycontext());
}

}  // namespace troupe::gateway
