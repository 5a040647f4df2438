#include "actors/gateway/strategies/workload_rules.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/core/v1/pod.pb.h"

namespace troupe::gateway {

void check_workload_selector(causes& found, const field_path& path, const meta::LabelSelector& selector, bool set,
                             std::string_view kind) {
  if (!set) return add_required(found, path);
  check_selector(found, path, selector);
  if (is_empty(selector))
    add_invalid_json(found, path, shown(selector), "empty selector is invalid for " + std::string(kind));
}

void check_workload_template(causes& found, const field_path& path, const core::PodTemplateSpec& pods,
                             const meta::LabelSelector& selector, bool set) {
  auto& labels = pods.metadata().labels();
  if (!set || (!is_empty(selector) && !selects(selector, labels)))
    add_invalid_json(found, path / "metadata" / "labels", shown_entries(labels),
                     "`selector` does not match template `labels`");
  check_template(found, path, pods);
  if (pods.spec().restartpolicy() != "Always")
    add_not_supported(found, path / "spec" / "restartPolicy", pods.spec().restartpolicy(), {"Always"});
  if (pods.spec().has_activedeadlineseconds())
    add_forbidden(found, path / "spec" / "activeDeadlineSeconds",
                  "activeDeadlineSeconds in ReplicaSet is not Supported");
}

std::string shown_value(const IntOrString& value) {
  return shown(value);
}

void check_count_or_percent(causes& found, const field_path& path, const IntOrString& value) {
  if (value.type() == 0) return check_not_negative(found, path, value.intval());
  for (auto& problem : percent_problems(value.strval())) add_invalid_json(found, path, shown(value), problem);
}

void check_at_most_all(causes& found, const field_path& path, const IntOrString& value) {
  if (value.type() == 0 || !percent_problems(value.strval()).empty()) return;
  if (std::atoll(value.strval().c_str()) > 100)
    add_invalid_json(found, path, shown(value), "must not be greater than 100%");
}

bool is_nothing(const IntOrString& value) {
  return value.type() == 0 ? value.intval() == 0
                           : percent_problems(value.strval()).empty() && std::atoll(value.strval().c_str()) == 0;
}

void check_same_selector(causes& found, const field_path& path, const meta::LabelSelector& now,
                         const meta::LabelSelector& before) {
  if (!same(now, before)) add_invalid_json(found, path, shown(now), "field is immutable");
}

void warn_about_name(std::vector<std::string>& warnings, const std::string& name) {
  std::string wrong;
  for (auto& problem : dns_label_problems(name)) wrong.append(wrong.empty() ? "" : " ").append(problem);
  if (!wrong.empty())
    warnings.push_back(
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS "
        "label is recommended: [" +
        wrong + "]");
}

}  // namespace troupe::gateway
