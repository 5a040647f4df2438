#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/quantity.hpp"

namespace troupe::gateway {
namespace {

bool is_standard(std::string_view name) {
  return is_one_of(name, {"cpu",
                          "memory",
                          "ephemeral-storage",
                          "requests.cpu",
                          "requests.memory",
                          "requests.ephemeral-storage",
                          "limits.cpu",
                          "limits.memory",
                          "limits.ephemeral-storage",
                          "pods",
                          "resourcequotas",
                          "services",
                          "replicationcontrollers",
                          "secrets",
                          "configmaps",
                          "persistentvolumeclaims",
                          "storage",
                          "requests.storage",
                          "services.nodeports",
                          "services.loadbalancers"}) ||
         name.starts_with("hugepages-");
}
bool is_standard_of_containers(std::string_view name) {
  return is_one_of(name, {"cpu", "memory", "ephemeral-storage"}) || name.starts_with("hugepages-");
}
bool is_native(std::string_view name) {
  return name.find('/') == name.npos || name.find("kubernetes.io/") != name.npos;
}
bool is_extended(std::string_view name) {
  return !is_native(name) && !name.starts_with("requests.") &&
         qualified_name_problems("requests." + std::string(name)).empty();
}
/// Whether more may be promised than there is.
bool may_overcommit(std::string_view name) {
  return is_native(name) && !name.starts_with("hugepages-");
}

void check_container_resource_name(causes& found, const field_path& path, const std::string& name) {
  check_resource_name(found, path, name);
  if (!qualified_name_problems(name).empty()) return;
  if (name.find('/') == name.npos) {
    if (!is_standard_of_containers(name)) add_invalid(found, path, name, "must be a standard resource for containers");
  } else if (!is_native(name) && !is_extended(name)) {
    add_invalid(found, path, name, "doesn't follow extended resource name standard");
  }
}

bool is_computing(std::string_view name) {
  return name == "cpu" || name == "memory";
}

}  // namespace

void check_resource_name(causes& found, const field_path& path, const std::string& name) {
  auto wrong = qualified_name_problems(name);
  add_problems(found, path, name, wrong);
  if (wrong.empty() && name.find('/') == name.npos && !is_standard(name))
    add_invalid(found, path, name, "must be a standard resource type or fully qualified");
}

void check_resource_quantity(causes& found, const field_path& path, const std::string& name, const Quantity& amount) {
  auto value = quantity::parse_or_zero(amount.string());
  if (value.sign() < 0) add_invalid(found, path, value.text(), "must be greater than or equal to 0");
  bool whole = is_extended(name) ||
               is_one_of(name, {"pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps",
                                "persistentvolumeclaims", "services.nodeports", "services.loadbalancers"});
  if (whole && value.milli_value() % 1000 != 0) add_invalid(found, path, value.text(), "must be an integer");
}

void check_resources(causes& found, const field_path& path, const core::ResourceRequirements& resources) {
  field_path limits = path / "limits", requests = path / "requests";
  bool computing = false, huge = false;
  for (auto& entry : resources.limits()) {
    auto& name = entry.key();
    auto& amount = entry.value();
    check_container_resource_name(found, limits.at(name), name);
    check_resource_quantity(found, limits.at(name), name, amount);
    computing = computing || is_computing(name), huge = huge || name.starts_with("hugepages-");
  }
  for (auto& entry : resources.requests()) {
    auto& name = entry.key();
    auto& amount = entry.value();
    check_container_resource_name(found, requests.at(name), name);
    check_resource_quantity(found, requests.at(name), name, amount);
    computing = computing || is_computing(name), huge = huge || name.starts_with("hugepages-");
    auto value = quantity::parse_or_zero(amount.string());
    if (auto* limit = find_entry(resources.limits(), name)) {
      auto most = quantity::parse_or_zero(limit->value().string());
      if (value != most && !may_overcommit(name))
        add_invalid(found, requests, value.text(), "must be equal to " + name + " limit of " + most.text());
      else if (value > most)
        add_invalid(found, requests, value.text(),
                    "must be less than or equal to " + name + " limit of " + most.text());
    } else if (!may_overcommit(name)) {
      add_required(found, limits, "Limit must be set for non overcommitable resources");
    }
  }
  if (huge && !computing) add_forbidden(found, path, "HugePages require cpu or memory");
}

}  // namespace troupe::gateway
