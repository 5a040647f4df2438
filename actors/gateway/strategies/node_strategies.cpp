#include <algorithm>
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/pod_state.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/core/v1/node.pb.h"

namespace troupe::gateway {
namespace {

const field_path spec_path = "spec";
constexpr std::string_view role_prefix = "node-role.kubernetes.io/";

bool same_texts(const google::protobuf::RepeatedPtrField<std::string>& left,
                const google::protobuf::RepeatedPtrField<std::string>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

class node_strategy final : public kind_strategy<core::Node> {
public:
  void defaults(core::Node& node) const override {
    default_marked_fields(node);
    auto& spec = *node.mutable_spec();  // the old field and the list say the same
    if (!spec.podcidr().empty() && spec.podcidrs().empty()) spec.add_podcidrs(spec.podcidr());
    if (spec.podcidr().empty() && spec.podcidrs_size()) spec.set_podcidr(spec.podcidrs(0));
    auto& status = *node.mutable_status();
    if (status.allocatable().empty() && status.capacity_size()) *status.mutable_allocatable() = status.capacity();
  }
  /// A new node takes no pods until its controller has seen that it is ready.
  result<nothing> admit_object(verb_context& context, core::Node& node, const core::Node* before) const override {
    if (before || !context.subresource.empty()) return nothing{};
    for (auto& taint : node.spec().taints())
      if (taint.key() == "node.kubernetes.io/not-ready" && taint.effect() == "NoSchedule") return nothing{};
    auto& taint = *node.mutable_spec()->add_taints();
    taint.set_key("node.kubernetes.io/not-ready");
    taint.set_effect("NoSchedule");
    return nothing{};
  }
  void prepare_update(verb_context& context, core::Node& node, const core::Node& before) const override {
    if (context.subresource == "status")
      keep_fields(node, before, {"spec"});
    else
      keep_fields(node, before, {"status"});
  }
  void check(verb_context&, const core::Node& node, causes& found) const override {
    check_taints(found, field_path("metadata") / "taints", node);
    for (int i = 0; i < node.spec().podcidrs_size(); ++i)
      add_problems(found, (spec_path / "podCIDRs")[i], node.spec().podcidrs(i),
                   network_problems(node.spec().podcidrs(i)));
    check_amounts(found, field_path("status") / "capacity", node.status().capacity());
    check_amounts(found, field_path("status") / "allocatable", node.status().allocatable());
  }
  void check_update(verb_context& context, const core::Node& node, const core::Node& before,
                    causes& found) const override {
    check_amounts(found, field_path("status") / "capacity", node.status().capacity());
    check_amounts(found, field_path("status") / "allocatable", node.status().allocatable());
    if (context.subresource == "status") return check_addresses(found, node);
    if (before.spec().podcidrs_size() && !same_texts(node.spec().podcidrs(), before.spec().podcidrs()))
      add_forbidden(found, spec_path / "podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
    if (!before.spec().providerid().empty() && before.spec().providerid() != node.spec().providerid())
      add_forbidden(found, spec_path / "providerID",
                    "node updates may not change providerID except from \"\" to valid");
    check_taints(found, field_path("metadata") / "taints", node);
    for (int i = 0; before.spec().podcidrs().empty() && i < node.spec().podcidrs_size(); ++i)
      add_problems(found, (spec_path / "podCIDRs")[i], node.spec().podcidrs(i),
                   network_problems(node.spec().podcidrs(i)));
  }

  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    return labels_.value(shown, label);
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label not supported: " + std::string(label);
  }

  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto node = shown.as<core::Node>();
    auto& info = node->status().nodeinfo();
    row.cells = {node->metadata().name(),
                 state_of(*node),
                 roles_of(*node),
                 age_of(*node, wall_ns),
                 info.kubeletversion(),
                 address_of(*node, "InternalIP"),
                 address_of(*node, "ExternalIP"),
                 or_unknown(info.osimage()),
                 kernel_of(info),
                 or_unknown(info.containerruntimeversion())};
  }

private:
  static void check_taints(causes& found, const field_path& path, const core::Node& node) {
    auto& taints = node.spec().taints();
    for (int i = 0; i < taints.size(); ++i) {
      auto& taint = taints[i];
      add_problems(found, path[i] / "key", taint.key(), qualified_name_problems(taint.key()));
      add_problems(found, path[i] / "value", taint.value(), label_value_problems(taint.value()));
      if (taint.effect().empty())
        add_required(found, path[i] / "effect");
      else if (!is_one_of(taint.effect(), {"NoSchedule", "PreferNoSchedule", "NoExecute"}))
        add_not_supported(found, path[i] / "effect", taint.effect(), {"NoSchedule", "PreferNoSchedule", "NoExecute"});
      for (int j = 0; j < i; ++j)
        if (taints[j].key() == taint.key() && taints[j].effect() == taint.effect()) {
          add_duplicate_json(found, path[i], shown(taint), "taints must be unique by key and effect pair");
          break;
        }
    }
  }
  template <class Entries>
  static void check_amounts(causes& found, const field_path& path, const Entries& entries) {
    for (auto& entry : entries) {
      check_resource_name(found, path.at(entry.key()), entry.key());
      check_resource_quantity(found, path.at(entry.key()), entry.key(), entry.value());
    }
  }
  static void check_addresses(causes& found, const core::Node& node) {
    auto& addresses = node.status().addresses();
    for (int i = 0; i < addresses.size(); ++i)
      for (int j = 0; j < i; ++j)
        if (same(addresses[i], addresses[j])) {
          add_duplicate_json(found, (field_path("status") / "addresses")[i], shown(addresses[i]));
          break;
        }
  }

  static std::string or_unknown(const std::string& text) { return text.empty() ? "<unknown>" : text; }
  static std::string kernel_of(const core::NodeSystemInfo& info) {
    if (info.kernelversion().empty()) return "<unknown>";
    return info.architecture().empty() ? info.kernelversion() : info.kernelversion() + " (" + info.architecture() + ")";
  }
  static std::string state_of(const core::Node& node) {
    std::string state;
    for (auto& condition : node.status().conditions())
      if (condition.type() == "Ready") state = condition.status() == "True" ? "Ready" : "NotReady";
    if (state.empty()) state = "Unknown";
    return node.spec().unschedulable() ? state + ",SchedulingDisabled" : state;
  }
  static std::string roles_of(const core::Node& node) {
    std::vector<std::string> roles;
    for (auto& label : node.metadata().labels()) {
      if (label.key().starts_with(role_prefix) && label.key().size() > role_prefix.size())
        roles.push_back(label.key().substr(role_prefix.size()));
      if (label.key() == "kubernetes.io/role" && !label.value().empty()) roles.push_back(label.value());
    }
    std::sort(roles.begin(), roles.end());
    roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
    std::string out;
    for (auto& role : roles) out.append(out.empty() ? "" : ",").append(role);
    return or_none(out);
  }
  static std::string address_of(const core::Node& node, std::string_view type) {
    for (auto& address : node.status().addresses())
      if (address.type() == type) return address.address();
    return "<none>";
  }
  field_labels_of labels_{"k8s.io.api.core.v1.Node", {{"spec.unschedulable", {}}}};
};

}  // namespace

void add_node_strategies(strategy_table& table) {
  enter<node_strategy>(table, "k8s.io.api.core.v1.Node");
}

}  // namespace troupe::gateway
