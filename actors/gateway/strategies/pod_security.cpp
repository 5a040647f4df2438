#include "actors/gateway/strategies/pod_security.hpp"

#include <functional>
#include <map>
#include <set>

#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/pod.pb.h"

namespace troupe::gateway {
namespace {

using findings = std::vector<security_finding>;
constexpr std::string_view prefix = "pod-security.kubernetes.io/";

void each_container(const core::PodSpec& spec, const std::function<void(const core::Container&)>& visit) {
  for (auto& container : spec.initcontainers()) visit(container);
  for (auto& container : spec.containers()) visit(container);
  for (auto& ephemeral : spec.ephemeralcontainers()) {
    core::Container container;  // the two types have the same fields under the same numbers
    container.ParseFromString(ephemeral.ephemeralcontainercommon().SerializeAsString());
    visit(container);
  }
}

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (auto& one : list) out.append(out.empty() ? "" : ", ").append(one);
  return out;
}

/// `container "a"` or `containers "a", "b"`.
std::string named(std::string_view what, const std::vector<std::string>& names) {
  return std::string(what) + (names.size() > 1 ? "s " : " ") + quoted_list(names);
}

/// The containers for which `bad` holds, as the subject of a finding.
std::vector<std::string> containers_where(const core::PodSpec& spec, const std::function<bool(const core::Container&)>& bad) {
  std::vector<std::string> names;
  each_container(spec, [&](auto& container) {
    if (bad(container)) names.push_back(container.name());
  });
  return names;
}

void check_containers_where(findings& found, const core::PodSpec& spec, const char* rule, const std::string& must,
                            const std::function<bool(const core::Container&)>& bad) {
  auto names = containers_where(spec, bad);
  if (!names.empty()) found.push_back({rule, named("container", names) + " " + must});
}

/// Capabilities beyond `allowed`, container by container.
std::string added_capabilities(const core::PodSpec& spec, const std::set<std::string>& allowed) {
  std::vector<std::string> names;
  std::set<std::string> added;
  each_container(spec, [&](auto& container) {
    bool bad = false;
    for (auto& capability : container.securitycontext().capabilities().add())
      if (!allowed.count(capability)) bad = true, added.insert(capability);
    if (bad) names.push_back(container.name());
  });
  if (names.empty()) return {};
  return named("container", names) + " must not include " + quoted_list({added.begin(), added.end()}) +
         " in securityContext.capabilities.add";
}

const std::set<std::string>& default_capabilities() {
  static const std::set<std::string> list{"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID",
                                          "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
                                          "SETPCAP", "SETUID", "SYS_CHROOT"};
  return list;
}

void check_host_use(findings& found, const core::PodSpec& spec) {
  std::vector<std::string> shared;
  if (spec.hostnetwork()) shared.push_back("hostNetwork=true");
  if (spec.hostpid()) shared.push_back("hostPID=true");
  if (spec.hostipc()) shared.push_back("hostIPC=true");
  if (!shared.empty()) found.push_back({"host namespaces", joined(shared)});
  std::vector<std::string> volumes;
  for (auto& volume : spec.volumes())
    if (volume.volumesource().has_hostpath()) volumes.push_back(volume.name());
  if (!volumes.empty()) found.push_back({"hostPath volumes", named("volume", volumes)});
  std::set<int32_t> ports;
  auto names = containers_where(spec, [&](auto& container) {
    bool any = false;
    for (auto& port : container.ports())
      if (port.hostport() != 0) any = true, ports.insert(port.hostport());
    return any;
  });
  if (names.empty()) return;
  std::vector<std::string> numbers;
  for (int32_t port : ports) numbers.push_back(std::to_string(port));
  found.push_back({"hostPort", named("container", names) + (names.size() > 1 ? " use hostPort" : " uses hostPort") +
                                   (numbers.size() > 1 ? "s " : " ") + joined(numbers)});
}

bool is_bad_label(const core::SELinuxOptions& options) {
  return !options.user().empty() || !options.role().empty() ||
         !is_one_of(options.type(), {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"});
}

void check_kernel_settings(findings& found, const core::PodSpec& spec, bool seccomp) {
  check_containers_where(found, spec, "procMount", "must not set securityContext.procMount to \"Unmasked\"", [](auto& one) {
    return one.securitycontext().has_procmount() && one.securitycontext().procmount() != "Default";
  });
  auto labelled = containers_where(spec, [](auto& one) { return is_bad_label(one.securitycontext().selinuxoptions()); });
  if (is_bad_label(spec.securitycontext().selinuxoptions()))
    found.push_back({"seLinuxOptions", "pod set forbidden securityContext.seLinuxOptions"});
  else if (!labelled.empty())
    found.push_back({"seLinuxOptions", named("container", labelled) + " set forbidden securityContext.seLinuxOptions"});
  if (seccomp) {
    constexpr const char* must = "must not set securityContext.seccompProfile.type to \"Unconfined\"";
    if (spec.securitycontext().seccompprofile().type() == "Unconfined")
      found.push_back({"seccompProfile", std::string("pod ") + must});
    else
      check_containers_where(found, spec, "seccompProfile", must, [](auto& one) {
        return one.securitycontext().seccompprofile().type() == "Unconfined";
      });
  }
  std::vector<std::string> settings;
  for (auto& setting : spec.securitycontext().sysctls())
    if (!is_one_of(setting.name(), {"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
                                    "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
                                    "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time",
                                    "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"}))
      settings.push_back(setting.name());
  if (!settings.empty()) found.push_back({"forbidden sysctls", joined(settings)});
}

void check_baseline(findings& found, const core::PodSpec& spec, bool alone) {
  auto unconfined = [](auto& context) { return context.apparmorprofile().type() == "Unconfined"; };
  if (unconfined(spec.securitycontext()))
    found.push_back({"forbidden AppArmor profile", "pod must not set AppArmor profile type to \"Unconfined\""});
  else
    check_containers_where(found, spec, "forbidden AppArmor profile", "must not set AppArmor profile type to \"Unconfined\"",
                           [&](auto& one) { return unconfined(one.securitycontext()); });
  if (alone)
    if (auto text = added_capabilities(spec, default_capabilities()); !text.empty())
      found.push_back({"non-default capabilities", text});
  check_host_use(found, spec);
  check_containers_where(found, spec, "privileged", "must not set securityContext.privileged=true",
                         [](auto& one) { return one.securitycontext().privileged(); });
  check_kernel_settings(found, spec, alone);
}

void check_volume_types(findings& found, const core::PodSpec& spec) {
  std::vector<std::string> names;
  std::set<std::string> types;
  for (auto& volume : spec.volumes()) {
    auto& source = volume.volumesource();
    std::vector<const google::protobuf::FieldDescriptor*> set;
    source.GetReflection()->ListFields(source, &set);
    for (auto* field : set) {
      if (is_one_of(field->name(), {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
                                    "projected", "secret", "image"}))
        continue;
      names.push_back(volume.name());
      types.insert(field->name());
    }
  }
  if (names.empty()) return;
  found.push_back({"restricted volume types", named("volume", names) + (names.size() > 1 ? " use" : " uses") +
                                                  " restricted volume type" + (types.size() > 1 ? "s " : " ") +
                                                  quoted_list({types.begin(), types.end()})});
}

void check_restricted(findings& found, const core::PodSpec& spec) {
  check_containers_where(found, spec, "allowPrivilegeEscalation != false",
                         "must set securityContext.allowPrivilegeEscalation=false", [](auto& one) {
                           auto& context = one.securitycontext();
                           return !context.has_allowprivilegeescalation() || context.allowprivilegeescalation();
                         });
  auto undropped = containers_where(spec, [](auto& one) {
    for (auto& capability : one.securitycontext().capabilities().drop())
      if (capability == "ALL") return false;
    return true;
  });
  std::string added = added_capabilities(spec, {"NET_BIND_SERVICE"});
  if (!undropped.empty() || !added.empty()) {
    std::string text =
        undropped.empty() ? "" : named("container", undropped) + " must set securityContext.capabilities.drop=[\"ALL\"]";
    if (!added.empty()) text += (text.empty() ? "" : "; ") + added;
    found.push_back({"unrestricted capabilities", text});
  }
  check_volume_types(found, spec);
  auto& pod = spec.securitycontext();
  auto rooted = containers_where(spec, [&](auto& one) {
    auto& own = one.securitycontext();
    return own.has_runasnonroot() ? !own.runasnonroot() : !pod.runasnonroot();
  });
  if (!rooted.empty())
    found.push_back({"runAsNonRoot != true", "pod or " + named("container", rooted) + " must set securityContext.runAsNonRoot=true"});
  if (pod.has_runasuser() && pod.runasuser() == 0)
    found.push_back({"runAsUser=0", "pod must not set runAsUser=0"});
  else
    check_containers_where(found, spec, "runAsUser=0", "must not set runAsUser=0", [](auto& one) {
      return one.securitycontext().has_runasuser() && one.securitycontext().runasuser() == 0;
    });
  auto confined = [](const std::string& type) { return is_one_of(type, {"RuntimeDefault", "Localhost"}); };
  auto open = containers_where(spec, [&](auto& one) {
    auto& own = one.securitycontext();
    return !confined(own.has_seccompprofile() ? own.seccompprofile().type() : pod.seccompprofile().type());
  });
  if (!open.empty())
    found.push_back({"seccompProfile", "pod or " + named("container", open) +
                                           " must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\""});
}

/// "baseline" and the version that goes with it ("latest"); empty: the mode is not asked for.
std::pair<std::string, std::string> asked(const google::protobuf::RepeatedPtrField<StringEntry>& labels, std::string_view mode) {
  auto* level = find_entry(labels, std::string(prefix).append(mode));
  auto* version = find_entry(labels, std::string(prefix).append(mode).append("-version"));
  if (!level || !is_one_of(level->value(), {"baseline", "restricted"})) return {};
  return {level->value(), version ? version->value() : "latest"};
}

std::string described(const findings& found) {
  std::string text;
  for (auto& one : found) text.append(text.empty() ? "" : ", ").append(one.rule).append(" (").append(one.detail).append(")");
  return text;
}

std::shared_ptr<const core::Namespace> space_of(const verb_context& context) {
  auto found = context.state.get(*find_kind("", "v1", "namespaces"), "", context.space);
  return found ? found->as<core::Namespace>() : nullptr;
}

}  // namespace

std::vector<security_finding> security_findings(std::string_view level, const core::PodSpec& spec) {
  findings found;
  if (level != "baseline" && level != "restricted") return found;
  check_baseline(found, spec, level == "baseline");
  if (level == "restricted") check_restricted(found, spec);
  return found;
}

result<nothing> enforce_security(const verb_context& context, const core::Pod& pod) {
  auto space = space_of(context);
  if (!space) return nothing{};
  auto [level, version] = asked(space->metadata().labels(), "enforce");
  auto found = security_findings(level, pod.spec());
  if (found.empty()) return nothing{};
  return forbidden(context.kind.group, context.kind.plural, context.name,
                   "violates PodSecurity \"" + level + ":" + version + "\": " + described(found));
}

void warn_about_security(verb_context& context, const core::PodSpec& spec) {
  auto space = space_of(context);
  if (!space) return;
  auto [level, version] = asked(space->metadata().labels(), "warn");
  auto found = security_findings(level, spec);
  if (!found.empty()) context.warnings.push_back("would violate PodSecurity \"" + level + ":" + version + "\": " + described(found));
}

void check_security_labels(causes& found, const core::Namespace& space) {
  for (const char* mode : {"enforce", "audit", "warn"}) {
    std::string key = std::string(prefix) + mode;
    auto* level = find_entry(space.metadata().labels(), key);
    if (level && !is_one_of(level->value(), {"privileged", "baseline", "restricted"}))
      add_invalid(found, (field_path("metadata") / "labels").at(key), level->value(), "must be one of privileged, baseline, restricted");
  }
}

void warn_about_existing(verb_context& context, const core::Namespace& now, const core::Namespace& before) {
  auto [level, version] = asked(now.metadata().labels(), "enforce");
  if (level.empty() || std::pair{level, version} == asked(before.metadata().labels(), "enforce")) return;
  constexpr size_t pods_max = 3000;  // upstream's bound
  std::vector<object_ptr> pods;
  bool more = false;
  auto& name = now.metadata().name();
  if (!context.state.list({find_kind("", "v1", "pods"), name, {}, pods_max, 0}, pods, more)) return;
  std::map<std::string, std::vector<std::string>> by_rules;  // what is broken -> by whom
  for (auto& one : pods) {
    std::string rules;
    for (auto& finding : security_findings(level, one->as<core::Pod>()->spec()))
      rules.append(rules.empty() ? "" : ", ").append(finding.rule);
    if (!rules.empty()) by_rules[rules].emplace_back(one->name());
  }
  if (by_rules.empty()) return;
  context.warnings.push_back("existing pods in namespace " + quoted(name) + " violate the new PodSecurity enforce level \"" + level +
                             ":" + version + "\"");
  for (auto& [rules, names] : by_rules) {
    std::string who = names[0];
    if (names.size() > 1) who += " (and " + std::to_string(names.size() - 1) + (names.size() > 2 ? " other pods)" : " other pod)");
    context.warnings.push_back(who + ": " + rules);
  }
}

}  // namespace troupe::gateway
