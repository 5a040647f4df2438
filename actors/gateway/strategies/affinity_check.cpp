#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/core/v1/pod.pb.h"

namespace troupe::gateway {
namespace {

void check_expression(causes& found, const field_path& path, const core::NodeSelectorRequirement& one) {
  if (is_one_of(one.operator_(), {"In", "NotIn"})) {
    if (one.values().empty())
      add_required(found, path / "values", "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (is_one_of(one.operator_(), {"Exists", "DoesNotExist"})) {
    if (!one.values().empty())
      add_forbidden(found, path / "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else if (is_one_of(one.operator_(), {"Gt", "Lt"})) {
    if (one.values_size() != 1)
      add_required(found, path / "values", "must be specified single value when `operator` is 'Lt' or 'Gt'");
  } else {
    add_invalid(found, path / "operator", one.operator_(), "not a valid selector operator");
  }
  add_problems(found, path / "key", one.key(), qualified_name_problems(one.key()));
}

void check_field(causes& found, const field_path& path, const core::NodeSelectorRequirement& one) {
  if (!is_one_of(one.operator_(), {"In", "NotIn"}))
    add_invalid(found, path / "operator", one.operator_(), "not a valid selector operator");
  else if (one.values_size() != 1)
    add_required(found, path / "values",
                 "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
  if (one.key() != "metadata.name")
    add_invalid(found, path / "key", one.key(), "not a valid field selector key");
  else
    for (int i = 0; i < one.values_size(); ++i)
      add_problems(found, (path / "values")[i], one.values(i), dns_subdomain_problems(one.values(i)));
}

void check_term(causes& found, const field_path& path, const core::NodeSelectorTerm& term) {
  for (int i = 0; i < term.matchexpressions_size(); ++i)
    check_expression(found, (path / "matchExpressions")[i], term.matchexpressions(i));
  for (int i = 0; i < term.matchfields_size(); ++i) check_field(found, (path / "matchFields")[i], term.matchfields(i));
}

void check_node_affinity(causes& found, const field_path& path, const core::NodeAffinity& affinity) {
  if (affinity.has_requiredduringschedulingignoredduringexecution())
    check_node_selector(found, path / "requiredDuringSchedulingIgnoredDuringExecution",
                        affinity.requiredduringschedulingignoredduringexecution());
  for (int i = 0; i < affinity.preferredduringschedulingignoredduringexecution_size(); ++i) {
    auto& one = affinity.preferredduringschedulingignoredduringexecution(i);
    field_path at = (path / "preferredDuringSchedulingIgnoredDuringExecution")[i];
    if (one.weight() <= 0 || one.weight() > 100)
      add_invalid(found, at / "weight", one.weight(), "must be in the range 1-100");
    check_term(found, at / "preference", one.preference());
  }
}

void check_pod_term(causes& found, const field_path& path, const core::PodAffinityTerm& term) {
  if (term.has_labelselector()) check_selector(found, path / "labelSelector", term.labelselector());
  if (term.has_namespaceselector()) check_selector(found, path / "namespaceSelector", term.namespaceselector());
  for (auto& space : term.namespaces()) add_problems(found, path / "namespace", space, dns_label_problems(space));
  for (int i = 0; i < term.matchlabelkeys_size(); ++i)
    add_problems(found, (path / "matchLabelKeys")[i], term.matchlabelkeys(i),
                 qualified_name_problems(term.matchlabelkeys(i)));
  if (term.topologykey().empty()) add_required(found, path / "topologyKey", "can not be empty");
  add_problems(found, path / "topologyKey", term.topologykey(), qualified_name_problems(term.topologykey()));
}

/// PodAffinity and PodAntiAffinity have the same fields.
template <class PodAffinity>
void check_pod_affinity(causes& found, const field_path& path, const PodAffinity& affinity) {
  for (int i = 0; i < affinity.requiredduringschedulingignoredduringexecution_size(); ++i)
    check_pod_term(found, (path / "requiredDuringSchedulingIgnoredDuringExecution")[i],
                   affinity.requiredduringschedulingignoredduringexecution(i));
  for (int i = 0; i < affinity.preferredduringschedulingignoredduringexecution_size(); ++i) {
    auto& one = affinity.preferredduringschedulingignoredduringexecution(i);
    field_path at = (path / "preferredDuringSchedulingIgnoredDuringExecution")[i];
    if (one.weight() <= 0 || one.weight() > 100)
      add_invalid(found, at / "weight", one.weight(), "must be in the range 1-100");
    check_pod_term(found, at / "podAffinityTerm", one.podaffinityterm());
  }
}

}  // namespace

void check_node_selector(causes& found, const field_path& path, const core::NodeSelector& selector) {
  if (selector.nodeselectorterms().empty())
    add_required(found, path / "nodeSelectorTerms", "must have at least one node selector term");
  for (int i = 0; i < selector.nodeselectorterms_size(); ++i)
    check_term(found, (path / "nodeSelectorTerms")[i], selector.nodeselectorterms(i));
}

void check_affinity(causes& found, const field_path& path, const core::Affinity& affinity) {
  if (affinity.has_nodeaffinity()) check_node_affinity(found, path / "nodeAffinity", affinity.nodeaffinity());
  if (affinity.has_podaffinity()) check_pod_affinity(found, path / "podAffinity", affinity.podaffinity());
  if (affinity.has_podantiaffinity()) check_pod_affinity(found, path / "podAntiAffinity", affinity.podantiaffinity());
}

void check_tolerations(causes& found, const field_path& path,
                       const google::protobuf::RepeatedPtrField<core::Toleration>& list) {
  for (int i = 0; i < list.size(); ++i) {
    auto& one = list.Get(i);
    auto& how = one.operator_();
    if (!one.key().empty()) add_problems(found, path[i] / "key", one.key(), qualified_name_problems(one.key()));
    if (one.key().empty() && how != "Exists")
      add_invalid(found, path[i] / "operator", how,
                  "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
    if (one.has_tolerationseconds() && one.effect() != "NoExecute")
      add_invalid(found, path[i] / "effect", one.effect(),
                  "effect must be 'NoExecute' when `tolerationSeconds` is set");
    if (how == "Equal" || how.empty()) {
      std::string joined;
      for (auto& problem : label_value_problems(one.value())) joined.append(joined.empty() ? "" : ";").append(problem);
      if (!joined.empty()) add_invalid(found, path[i] / "operator", one.value(), joined);
    } else if (how == "Exists") {
      if (!one.value().empty())
        add_invalid_json(found, path[i] / "operator", shown(one), "value must be empty when `operator` is 'Exists'");
    } else {
      add_not_supported(found, path[i] / "operator", how, {"Equal", "Exists"});
    }
    if (!one.effect().empty() && !is_one_of(one.effect(), {"NoSchedule", "PreferNoSchedule", "NoExecute"}))
      add_not_supported(found, path[i] / "effect", one.effect(), {"NoSchedule", "PreferNoSchedule", "NoExecute"});
  }
}

void check_topology_spread(causes& found, const field_path& path, const core::PodSpec& spec) {
  for (int i = 0; i < spec.topologyspreadconstraints_size(); ++i) {
    auto& one = spec.topologyspreadconstraints(i);
    if (one.maxskew() <= 0) add_invalid(found, path[i] / "maxSkew", one.maxskew(), "must be greater than zero");
    if (one.topologykey().empty())
      add_required(found, path[i] / "topologyKey", "can not be empty");
    else
      add_problems(found, path[i] / "topologyKey", one.topologykey(), qualified_name_problems(one.topologykey()));
    if (!is_one_of(one.whenunsatisfiable(), {"DoNotSchedule", "ScheduleAnyway"}))
      add_not_supported(found, path[i] / "whenUnsatisfiable", one.whenunsatisfiable(),
                        {"DoNotSchedule", "ScheduleAnyway"});
    for (int j = 0; j < i; ++j)
      if (spec.topologyspreadconstraints(j).topologykey() == one.topologykey() &&
          spec.topologyspreadconstraints(j).whenunsatisfiable() == one.whenunsatisfiable()) {
        add_duplicate(found, path[i] / "{topologyKey, whenUnsatisfiable}",
                      "{" + one.topologykey() + ", " + one.whenunsatisfiable() + "}");
        break;
      }
    if (one.has_mindomains()) {
      if (one.mindomains() <= 0)
        add_invalid(found, path[i] / "minDomains", one.mindomains(), "must be greater than zero");
      if (one.whenunsatisfiable() != "DoNotSchedule")
        add_invalid(found, path[i] / "minDomains", one.mindomains(),
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not " + one.whenunsatisfiable());
    }
    for (auto* policy : {&one.nodeaffinitypolicy(), &one.nodetaintspolicy()})
      if (!policy->empty() && !is_one_of(*policy, {"Honor", "Ignore"}))
        add_not_supported(found,
                          path[i] / (policy == &one.nodeaffinitypolicy() ? "nodeAffinityPolicy" : "nodeTaintsPolicy"),
                          *policy, {"Honor", "Ignore"});
    if (one.has_labelselector()) check_selector(found, path[i] / "labelSelector", one.labelselector());
  }
}

}  // namespace troupe::gateway
