// What the kinds that run pods from a template have in common.
#pragma once
#include <string>
#include <vector>
#include "actors/gateway/strategies/api_names.hpp"
#include "actors/gateway/strategies/field_error.hpp"

namespace k8s::io::api::core::v1 {
class PodTemplateSpec;
}
namespace k8s::io::apimachinery::pkg::apis::meta::v1 {
class LabelSelector;
}

namespace troupe::gateway {

/// A required selector; an empty one is refused with "empty selector is invalid for KIND".
void check_workload_selector(causes&, const field_path&, const meta::LabelSelector&, bool set, std::string_view kind);
/// The template of pods that are always restarted; `selector` must select it.
void check_workload_template(causes&, const field_path&, const core::PodTemplateSpec&,
                             const meta::LabelSelector& selector, bool set);
/// A count or a percentage, not negative.
void check_count_or_percent(causes&, const field_path&, const IntOrString&);
void check_at_most_all(causes&, const field_path&, const IntOrString&);
bool is_nothing(const IntOrString&);  // 0 or 0%
std::string shown_value(const IntOrString&);
void check_same_selector(causes&, const field_path&, const meta::LabelSelector& now, const meta::LabelSelector& before);
/// Names that become part of host names should be labels.
void warn_about_name(std::vector<std::string>& warnings, const std::string& name);

}  // namespace troupe::gateway
