#include "actors/gateway/strategies/pod_check.hpp"

#include "actors/gateway/strategies/pod_security.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/quantity.hpp"

namespace troupe::gateway {
namespace {

constexpr int64_t int32_max = 2147483647;

void check_dns(causes& found, const field_path& path, const core::PodSpec& spec) {
  auto& dns = spec.dnsconfig();
  if (spec.dnspolicy() == "None" && dns.nameservers().empty())
    add_required(found, path / "nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None");
  if (!spec.has_dnsconfig()) return;
  if (dns.nameservers_size() > 3)
    add_invalid_json(found, path / "nameservers", shown_list(dns.nameservers()),
                     "must not have more than 3 nameservers");
  for (int i = 0; i < dns.nameservers_size(); ++i)
    add_problems(found, (path / "nameservers")[i], dns.nameservers(i), ip_problems(dns.nameservers(i)));
  for (int i = 0; i < dns.searches_size(); ++i) {
    std::string name = dns.searches(i);
    if (name.size() > 1 && name.back() == '.') name.pop_back();
    if (name != ".") add_problems(found, (path / "searches")[i], name, dns_subdomain_problems(name));
  }
  for (int i = 0; i < dns.options_size(); ++i)
    if (dns.options(i).name().empty()) add_required(found, (path / "options")[i], "must not be empty");
}

void check_gates(causes& found, const field_path& path, const core::PodSpec& spec) {
  for (int i = 0; i < spec.readinessgates_size(); ++i)
    add_problems(found, (path / "readinessGates")[i] / "conditionType", spec.readinessgates(i).conditiontype(),
                 qualified_name_problems(spec.readinessgates(i).conditiontype()));
  std::vector<std::string> seen;
  for (int i = 0; i < spec.schedulinggates_size(); ++i) {
    auto& name = spec.schedulinggates(i).name();
    field_path at = (path / "schedulingGates")[i];
    add_problems(found, at, name, qualified_name_problems(name));
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) add_duplicate(found, at, name);
    seen.push_back(name);
  }
}

/// The rest of a spec, each looked at only where it is set.
void check_details(causes& found, const field_path& path, const core::PodSpec& spec) {
  auto name = [&](const char* field, const std::string& value, problems (*check)(std::string_view)) {
    if (!value.empty()) add_problems(found, path / field, value, check(value));
  };
  name("serviceAccountName", spec.serviceaccountname(), dns_subdomain_problems);
  name("nodeName", spec.nodename(), dns_subdomain_problems);
  if (spec.has_activedeadlineseconds())
    check_range(found, path / "activeDeadlineSeconds", spec.activedeadlineseconds(), 1, int32_max);
  name("hostname", spec.hostname(), dns_label_problems);
  name("subdomain", spec.subdomain(), dns_label_problems);
  check_tolerations(found, path / "tolerations", spec.tolerations());
  for (int i = 0; i < spec.hostaliases_size(); ++i) {
    auto& alias = spec.hostaliases(i);
    field_path at = (path / "hostAliases")[i];
    add_problems(found, at / "ip", alias.ip(), ip_problems(alias.ip()));
    for (int j = 0; j < alias.hostnames_size(); ++j)
      add_problems(found, (at / "hostnames")[j], alias.hostnames(j), dns_subdomain_problems(alias.hostnames(j)));
  }
  name("priorityClassName", spec.priorityclassname(), dns_subdomain_problems);
  if (spec.has_runtimeclassname())
    add_problems(found, path / "runtimeClassName", spec.runtimeclassname(),
                 dns_subdomain_problems(spec.runtimeclassname()));
  if (spec.has_preemptionpolicy() && !is_one_of(spec.preemptionpolicy(), {"PreemptLowerPriority", "Never"}))
    add_not_supported(found, path / "preemptionPolicy", spec.preemptionpolicy(), {"PreemptLowerPriority", "Never"});
  for (auto& entry : spec.overhead()) {
    check_resource_name(found, (path / "overhead").at(entry.key()), entry.key());
    check_resource_quantity(found, (path / "overhead").at(entry.key()), entry.key(), entry.value());
  }
  if (!spec.has_os()) return;
  if (spec.os().name().empty())
    add_required(found, path / "os" / "name", "cannot be empty");
  else if (!is_one_of(spec.os().name(), {"linux", "windows"}))
    add_not_supported(found, path / "os", spec.os().name(), {"linux", "windows"});
  if (spec.os().name() == "windows") check_windows(found, path, spec);
}

}  // namespace

void check_pod_spec(causes& found, const field_path& path, const core::PodSpec& spec) {
  if (!spec.has_terminationgraceperiodseconds()) add_required(found, path / "terminationGracePeriodSeconds");
  if (spec.has_resources()) check_resources(found, path / "resources", spec.resources());
  auto volumes = check_volumes(found, path / "volumes", spec);
  check_containers(found, path, spec, volumes);
  if (!is_one_of(spec.restartpolicy(), {"Always", "OnFailure", "Never"}))
    add_not_supported(found, path / "restartPolicy", spec.restartpolicy(), {"Always", "OnFailure", "Never"});
  if (!is_one_of(spec.dnspolicy(), {"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"}))
    add_not_supported(found, path / "dnsPolicy", spec.dnspolicy(),
                      {"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"});
  check_labels(found, path / "nodeSelector", spec.nodeselector());
  check_pod_security(found, path, spec);
  for (int i = 0; i < spec.imagepullsecrets_size(); ++i)
    if (spec.imagepullsecrets(i).name().empty()) add_required(found, (path / "imagePullSecrets")[i] / "name");
  if (spec.has_affinity()) check_affinity(found, path / "affinity", spec.affinity());
  check_dns(found, path / "dnsConfig", spec);
  check_gates(found, path, spec);
  check_topology_spread(found, path / "topologySpreadConstraints", spec);
  check_details(found, path, spec);
}

void check_template(causes& found, const field_path& path, const core::PodTemplateSpec& pods) {
  check_labels(found, path / "labels", pods.metadata().labels());
  check_annotations(found, path / "annotations", pods.metadata().annotations());
  check_pod_spec(found, path / "spec", pods.spec());
  if (pods.spec().ephemeralcontainers_size())
    add_forbidden(found, path / "spec" / "ephemeralContainers", "ephemeral containers not allowed in pod template");
}

namespace {

using warnings = std::vector<std::string>;

void warn_about_volumes(warnings& said, const field_path& path, const core::PodSpec& spec) {
  struct gone {
    std::string_view name, why;
  };
  static constexpr gone retired[] = {{"gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"},
                                     {"glusterfs", "deprecated in v1.25, non-functional in v1.26+"},
                                     {"flocker", "deprecated in v1.22, non-functional in v1.25+"},
                                     {"quobyte", "deprecated in v1.22, non-functional in v1.25+"},
                                     {"storageos", "deprecated in v1.22, non-functional in v1.25+"},
                                     {"photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"},
                                     {"scaleIO", "deprecated in v1.16, non-functional in v1.22+"},
                                     {"rbd", "deprecated in v1.28, non-functional in v1.31+"},
                                     {"cephfs", "deprecated in v1.28, non-functional in v1.31+"}};
  for (int i = 0; i < spec.volumes_size(); ++i) {
    auto& source = spec.volumes(i).volumesource();
    for (auto& [name, why] : retired)
      if (source.GetReflection()->HasField(source, source.GetDescriptor()->FindFieldByName(std::string(name))))
        said.push_back(((path / "volumes")[i] / name).text() + ": " + std::string(why));
  }
}

bool same_port(const core::ContainerPort& one, const core::ContainerPort& other) {
  return one.containerport() == other.containerport() && one.protocol() == other.protocol() &&
         one.hostport() == other.hostport() && one.hostip() == other.hostip();
}

void warn_about_container(warnings& said, const field_path& path, const core::Container& container) {
  for (int j = 0; j < container.ports_size(); ++j)
    for (int k = 0; k < j; ++k) {
      if (!same_port(container.ports(j), container.ports(k))) continue;
      said.push_back((path / "ports")[j].text() + ": duplicate port definition with " + (path / "ports")[k].text());
      break;
    }
  for (int j = 0; j < container.env_size(); ++j)
    for (int k = 0; k < j; ++k) {
      if (container.env(k).name() != container.env(j).name()) continue;
      said.push_back((path / "env")[j].text() + ": hides previous definition of " + quoted(container.env(j).name()) +
                     ", which may be dropped when using apply");
      break;
    }
  for (auto* list : {&container.resources().limits(), &container.resources().requests()})
    for (auto& entry : *list) {
      auto amount = quantity::parse_or_zero(entry.value().string());
      if (!is_one_of(entry.key(), {"memory", "ephemeral-storage"}) || amount.milli_value() % 1000 == 0) continue;
      const char* side = list == &container.resources().limits() ? "limits" : "requests";
      said.push_back((path / "resources" / side).at(entry.key()).text() + ": fractional byte value " + quoted(amount.text()) +
                     " is invalid, must be an integer");
    }
}

void warn_about_placement(warnings& said, const field_path& path, const core::PodSpec& spec) {
  constexpr const char* nothing_matches = ": a null labelSelector results in matching no pod";
  for (int i = 0; i < spec.topologyspreadconstraints_size(); ++i)
    if (!spec.topologyspreadconstraints(i).has_labelselector())
      said.push_back(((path / "topologySpreadConstraints")[i] / "labelSelector").text() + nothing_matches);
  auto terms = [&](const field_path& at, const auto& affinity) {
    for (int i = 0; i < affinity.requiredduringschedulingignoredduringexecution_size(); ++i)
      if (!affinity.requiredduringschedulingignoredduringexecution(i).has_labelselector())
        said.push_back(((at / "requiredDuringSchedulingIgnoredDuringExecution")[i] / "labelSelector").text() + nothing_matches);
    for (int i = 0; i < affinity.preferredduringschedulingignoredduringexecution_size(); ++i)
      if (!affinity.preferredduringschedulingignoredduringexecution(i).podaffinityterm().has_labelselector())
        said.push_back(((at / "preferredDuringSchedulingIgnoredDuringExecution")[i] / "podAffinityTerm" / "labelSelector").text() +
                       nothing_matches);
  };
  terms(path / "affinity" / "podAffinity", spec.affinity().podaffinity());
  terms(path / "affinity" / "podAntiAffinity", spec.affinity().podantiaffinity());
  for (auto& [old, now] : {std::pair<const char*, const char*>{"beta.kubernetes.io/arch", "kubernetes.io/arch"},
                           {"beta.kubernetes.io/os", "kubernetes.io/os"}})
    if (find_entry(spec.nodeselector(), old))
      said.push_back((path / "nodeSelector").at(old).text() + ": deprecated since v1.14; use " + quoted(now) + " instead");
}

}  // namespace

void warn_about_pod(verb_context& context, const field_path& path, const core::PodSpec& spec) {
  auto& said = context.warnings;
  warn_about_placement(said, path, spec);
  warn_about_volumes(said, path, spec);
  for (int i = 0; i < spec.initcontainers_size(); ++i)
    warn_about_container(said, (path / "initContainers")[i], spec.initcontainers(i));
  for (int i = 0; i < spec.containers_size(); ++i) warn_about_container(said, (path / "containers")[i], spec.containers(i));
  warn_about_security(context, spec);
}

}  // namespace troupe::gateway
