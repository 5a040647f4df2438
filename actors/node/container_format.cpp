#include "actors/node/container_format.hpp"
#include <algorithm>
#include "actors/node/resource_format.hpp"
#include "actors/node/volume_plan.hpp"

namespace troupe {
namespace {

void set_profile(const core::SeccompProfile& from, cri::SecurityProfile* to) {
  if (from.type() == "Localhost") {
    to->set_profile_type(cri::SecurityProfile::Localhost);
    to->set_localhost_ref("/var/lib/kubelet/seccomp/" + from.localhostprofile());
  } else {
    to->set_profile_type(from.type() == "RuntimeDefault" ? cri::SecurityProfile::RuntimeDefault : cri::SecurityProfile::Unconfined);
  }
}

void set_namespaces(const core::Pod& pod, cri::NamespaceOption* to) {
  auto& spec = pod.spec();
  to->set_network(spec.hostnetwork() ? cri::NODE : cri::POD);
  to->set_ipc(spec.hostipc() ? cri::NODE : cri::POD);
  to->set_pid(spec.hostpid() ? cri::NODE : spec.shareprocessnamespace() ? cri::POD : cri::CONTAINER);
}

void add_labels(const core::Pod& pod, const std::string& node, google::protobuf::Map<std::string, std::string>& labels) {
  labels[label_pod_name] = pod.metadata().name();
  labels[label_pod_space] = pod.metadata().namespace_();
  labels[label_pod_uid] = pod.metadata().uid();
  labels[label_node] = node;
}

void set_dns(const core::Pod& pod, const sandbox_facts& facts, cri::PodSandboxConfig& config) {
  auto& spec = pod.spec();
  auto policy = spec.dnspolicy().empty() ? std::string("ClusterFirst") : spec.dnspolicy();
  bool cluster = policy == "ClusterFirstWithHostNet" || (policy == "ClusterFirst" && !spec.hostnetwork());
  if (!cluster && policy != "None" && !spec.has_dnsconfig()) return; // the host's file
  auto* dns = config.mutable_dns_config();
  if (cluster) {
    dns->add_servers(facts.cluster_dns);
    dns->add_searches(pod.metadata().namespace_() + ".svc." + facts.cluster_domain);
    dns->add_searches("svc." + facts.cluster_domain);
    dns->add_searches(facts.cluster_domain);
    dns->add_options("ndots:5");
  }
  for (auto& server : spec.dnsconfig().nameservers()) dns->add_servers(server);
  for (auto& search : spec.dnsconfig().searches()) dns->add_searches(search);
  for (auto& option : spec.dnsconfig().options()) {
    auto& options = *dns->mutable_options();
    auto same = [&](const std::string& text) { return text == option.name() || text.starts_with(option.name() + ":"); };
    options.erase(std::remove_if(options.begin(), options.end(), same), options.end());
    dns->add_options(option.value().empty() ? option.name() : option.name() + ":" + option.value());
  }
}

std::string with_capability_prefix(const std::string& name) {
  return name.starts_with("CAP_") ? name.substr(4) : name;
}

void set_security(const core::Pod& pod, const core::Container& container, cri::LinuxContainerSecurityContext& to) {
  auto& own = container.securitycontext();
  auto& shared = pod.spec().securitycontext();
  set_namespaces(pod, to.mutable_namespace_options());
  to.set_privileged(own.privileged());
  to.set_readonly_rootfs(own.readonlyrootfilesystem());
  if (own.has_runasuser() || shared.has_runasuser()) to.mutable_run_as_user()->set_value(own.has_runasuser() ? own.runasuser() : shared.runasuser());
  if (own.has_runasgroup() || shared.has_runasgroup()) to.mutable_run_as_group()->set_value(own.has_runasgroup() ? own.runasgroup() : shared.runasgroup());
  for (auto group : shared.supplementalgroups()) to.add_supplemental_groups(group);
  if (shared.has_fsgroup()) to.add_supplemental_groups(shared.fsgroup());
  to.set_no_new_privs(own.has_allowprivilegeescalation() && !own.allowprivilegeescalation());
  for (auto& name : own.capabilities().add()) to.mutable_capabilities()->add_add_capabilities(with_capability_prefix(name));
  for (auto& name : own.capabilities().drop()) to.mutable_capabilities()->add_drop_capabilities(with_capability_prefix(name));
  if (own.has_seccompprofile()) set_profile(own.seccompprofile(), to.mutable_seccomp());
  else if (shared.has_seccompprofile()) set_profile(shared.seccompprofile(), to.mutable_seccomp());
  else to.mutable_seccomp()->set_profile_type(cri::SecurityProfile::Unconfined);
  if (own.privileged() || own.procmount() == "Unmasked") return;
  for (auto* path : {"/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                     "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"})
    to.add_masked_paths(path);
  for (auto* path : {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}) to.add_readonly_paths(path);
}

void set_resources(const core::Pod& pod, const core::Container& container, int64_t node_memory_bytes, cri::LinuxContainerResources& to) {
  auto request = resource_amount(container.resources().requests(), "cpu");
  auto limit = resource_amount(container.resources().limits(), "cpu");
  to.set_cpu_shares(cpu_shares(request >= 0 ? request : std::max<int64_t>(0, limit)));
  to.set_cpu_period(100'000);
  if (limit > 0) to.set_cpu_quota(cpu_quota(limit, 100'000));
  auto memory = resource_amount(container.resources().limits(), "memory");
  if (memory > 0) to.set_memory_limit_in_bytes(memory);
  to.set_oom_score_adj(out_of_memory_score(pod, container, node_memory_bytes));
}

cri::MountPropagation propagation_of(const std::string& name) {
  if (name == "Bidirectional") return cri::PROPAGATION_BIDIRECTIONAL;
  return name == "HostToContainer" ? cri::PROPAGATION_HOST_TO_CONTAINER : cri::PROPAGATION_PRIVATE;
}

void add_mount(cri::ContainerConfig& config, const std::string& from, const std::string& to, bool readonly,
               cri::MountPropagation propagation = cri::PROPAGATION_PRIVATE) {
  auto* mount = config.add_mounts();
  mount->set_host_path(from);
  mount->set_container_path(to);
  mount->set_readonly(readonly);
  mount->set_propagation(propagation);
}

void add_mounts(const core::Container& container, const container_facts& facts, cri::ContainerConfig& config) {
  bool own_hosts = false;
  for (auto& mount : container.volumemounts()) {
    auto found = facts.paths.find(mount.mountpath());
    if (found == facts.paths.end()) continue;
    own_hosts = own_hosts || mount.mountpath() == "/etc/hosts";
    add_mount(config, found->second, mount.mountpath(), mount.readonly(), propagation_of(mount.mountpropagation()));
  }
  if (!facts.hosts_file.empty() && !own_hosts) add_mount(config, facts.hosts_file, "/etc/hosts", false);
  auto path = container.terminationmessagepath().empty() ? std::string("/dev/termination-log") : container.terminationmessagepath();
  if (!facts.termination_file.empty()) add_mount(config, facts.termination_file, path, false);
}

} // namespace

cri::PodSandboxConfig sandbox_config(const core::Pod& pod, uint32_t attempt, const sandbox_facts& facts) {
  cri::PodSandboxConfig config;
  auto& spec = pod.spec();
  auto* metadata = config.mutable_metadata();
  metadata->set_name(pod.metadata().name());
  metadata->set_namespace_(pod.metadata().namespace_());
  metadata->set_uid(pod.metadata().uid());
  metadata->set_attempt(attempt);
  // runc cannot set a host name without a namespace for it.
  if (!spec.hostnetwork()) {
    auto name = host_name_of(pod);
    if (spec.sethostnameasfqdn() && !spec.subdomain().empty())
      name += "." + spec.subdomain() + "." + pod.metadata().namespace_() + ".svc." + facts.cluster_domain;
    config.set_hostname(name);
  }
  config.set_log_directory(facts.log_directory);
  set_dns(pod, facts, config);
  for (auto& container : spec.containers())
    for (auto& port : container.ports()) {
      if (port.hostport() == 0 || spec.hostnetwork()) continue;
      auto* mapping = config.add_port_mappings();
      mapping->set_host_port(port.hostport());
      mapping->set_container_port(port.containerport());
      mapping->set_host_ip(port.hostip());
      mapping->set_protocol(port.protocol() == "UDP" ? cri::UDP : port.protocol() == "SCTP" ? cri::SCTP : cri::TCP);
    }
  add_labels(pod, facts.node, *config.mutable_labels());
  for (auto& entry : pod.metadata().labels())
    if (!config.labels().count(entry.key())) (*config.mutable_labels())[entry.key()] = entry.value();
  auto* linux_part = config.mutable_linux();
  linux_part->set_cgroup_parent(facts.cgroup_path);
  auto* security = linux_part->mutable_security_context();
  set_namespaces(pod, security->mutable_namespace_options());
  for (auto& container : spec.containers())
    if (container.securitycontext().privileged()) security->set_privileged(true);
  auto& context = spec.securitycontext();
  if (context.has_runasuser()) security->mutable_run_as_user()->set_value(context.runasuser());
  if (context.has_runasgroup()) security->mutable_run_as_group()->set_value(context.runasgroup());
  if (context.has_runasgroup() && !context.has_runasuser()) security->clear_run_as_group(); // the runtime wants both
  for (auto group : context.supplementalgroups()) security->add_supplemental_groups(group);
  security->mutable_seccomp()->set_profile_type(cri::SecurityProfile::RuntimeDefault);
  if (context.has_seccompprofile() && context.seccompprofile().type() == "Unconfined")
    security->mutable_seccomp()->set_profile_type(cri::SecurityProfile::Unconfined);
  for (auto& sysctl : context.sysctls()) (*linux_part->mutable_sysctls())[sysctl.name()] = sysctl.value();
  return config;
}

cri::ContainerConfig container_config(const core::Pod& pod, const core::Container& container, const container_facts& facts) {
  cri::ContainerConfig config;
  config.mutable_metadata()->set_name(container.name());
  config.mutable_metadata()->set_attempt(facts.attempt);
  config.mutable_image()->set_image(facts.image_reference);
  config.mutable_image()->set_user_specified_image(container.image());
  std::map<std::string, std::string> known(facts.variables.begin(), facts.variables.end());
  for (auto& word : container.command()) config.add_command(expand(word, known));
  for (auto& word : container.args()) config.add_args(expand(word, known));
  config.set_working_dir(container.workingdir());
  for (auto& [name, value] : facts.variables) {
    auto* variable = config.add_envs();
    variable->set_key(name);
    variable->set_value(value);
  }
  add_mounts(container, facts, config);
  add_labels(pod, facts.node, *config.mutable_labels());
  (*config.mutable_labels())[label_container_name] = container.name();
  auto& annotations = *config.mutable_annotations();
  annotations[annotation_image] = container.image();
  annotations[annotation_back_off] = std::to_string(facts.back_off_ms);
  // What a simulated process does is said by the pod.
  for (auto& entry : pod.metadata().annotations())
    if (entry.key().starts_with("troupe.dev/simulated-")) annotations[entry.key()] = entry.value();
  config.set_log_path(container.name() + "/" + std::to_string(facts.attempt) + ".log");
  config.set_stdin(container.stdin());
  config.set_stdin_once(container.stdinonce());
  config.set_tty(container.tty());
  auto* linux_part = config.mutable_linux();
  set_security(pod, container, *linux_part->mutable_security_context());
  set_resources(pod, container, facts.node_memory_bytes, *linux_part->mutable_resources());
  return config;
}

std::string user_problem(const core::Pod& pod, const core::Container& container, int64_t user, const std::string& user_name) {
  auto& own = container.securitycontext();
  auto& shared = pod.spec().securitycontext();
  bool wanted = own.has_runasnonroot() ? own.runasnonroot() : shared.runasnonroot();
  if (!wanted) return {};
  auto place = "(pod: \"" + pod.metadata().name() + "_" + pod.metadata().namespace_() + "(" + pod.metadata().uid() + ")\", container: " + container.name() + ")";
  if (own.has_runasuser() || shared.has_runasuser()) {
    auto chosen = own.has_runasuser() ? own.runasuser() : shared.runasuser();
    return chosen == 0 ? "container's runAsUser breaks non-root policy " + place : "";
  }
  if (!user_name.empty())
    return "container has runAsNonRoot and image has non-numeric user (" + user_name + "), cannot verify user is non-root " + place;
  return user <= 0 ? "container has runAsNonRoot and image will run as root " + place : "";
}

std::string pull_policy(const core::Container& container) {
  if (!container.imagepullpolicy().empty()) return container.imagepullpolicy();
  auto& image = container.image();
  auto name = image.substr(image.rfind('/') == std::string::npos ? 0 : image.rfind('/') + 1);
  if (name.find('@') != std::string::npos) return "IfNotPresent";
  auto colon = name.find(':');
  return colon == std::string::npos || name.substr(colon) == ":latest" ? "Always" : "IfNotPresent";
}

} // namespace troupe
