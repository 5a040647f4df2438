// Namespace, and what limits one: LimitRange, ResourceQuota.
#include <algorithm>
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/pod_security.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/core/v1/namespace.pb.h"
#include "messages/quantity.hpp"

namespace troupe::gateway {
namespace {

class namespace_strategy final : public kind_strategy<core::Namespace> {
public:
  std::vector<std::string> name_problems(std::string_view name, bool prefix) const override {
    return dns_label_problems(prefix ? masked_prefix(name) : name);
  }
  void defaults(core::Namespace& space) const override { label(space); }
  void prepare_create(verb_context&, core::Namespace& space) const override {
    label(space);
    auto& finalizers = *space.mutable_spec()->mutable_finalizers();
    if (std::find(finalizers.begin(), finalizers.end(), "kubernetes") == finalizers.end())
      space.mutable_spec()->add_finalizers("kubernetes");
    space.clear_status();
    space.mutable_status()->set_phase("Active");
  }
  void prepare_update(verb_context& context, core::Namespace& space, const core::Namespace& before) const override {
    if (context.subresource == "status")
      keep_fields(space, before, {"spec"});
    else if (context.subresource == "finalize")
      keep_fields(space, before, {"status"});
    else
      keep_fields(space, before, {"spec", "status"});
  }
  void check(verb_context&, const core::Namespace& space, causes& found) const override {
    for (int i = 0; i < space.spec().finalizers_size(); ++i) {
      auto& name = space.spec().finalizers(i);
      field_path path = (field_path("spec") / "finalizers")[i];
      add_problems(found, path, name, qualified_name_problems(name));
      if (name.find('/') == name.npos && !is_one_of(name, {"kubernetes", "orphan", "foregroundDeletion"}))
        add_invalid(found, path, name, "name is neither a standard finalizer name nor is it fully qualified");
    }
  }
  void check_update(verb_context& context, const core::Namespace& space, const core::Namespace&,
                    causes& found) const override {
    if (context.subresource == "finalize") check(context, space, found);
    if (context.subresource != "status") return;
    auto& phase = space.status().phase();
    bool going = space.metadata().has_deletiontimestamp();
    if (going && phase != "Terminating")
      add_invalid(found, field_path("status") / "Phase", phase,
                  "may only be 'Terminating' if `deletionTimestamp` is not empty");
    if (!going && phase != "Active")
      add_invalid(found, field_path("status") / "Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty");
  }
  result<nothing> begin_create(verb_context& context, Message& space) const override { return check_labels(context, as(space)); }
  result<nothing> begin_update(verb_context& context, Message& space, const Message& before) const override {
    if (!context.subresource.empty()) return nothing{};
    if (auto done = check_labels(context, as(space)); !done) return done;
    warn_about_existing(context, as(space), as(before));
    return nothing{};
  }
  bool held(const Message& space) const override { return as(space).spec().finalizers_size() > 0; }
  void mark_deleting(verb_context&, Message& space) const override {
    as(space).mutable_status()->set_phase("Terminating");
  }

  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    return labels_.value(shown, label);
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label not supported: " + std::string(label);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto space = shown.as<core::Namespace>();
    row.cells = {space->metadata().name(), space->status().phase(), age_of(*space, wall_ns)};
  }

private:
  static result<nothing> check_labels(const verb_context&, const core::Namespace& space) {
    causes found;
    check_security_labels(found, space);
    if (found.empty()) return nothing{};
    return invalid("", "Namespace", space.metadata().name(), found);
  }
  static void label(core::Namespace& space) {
    auto& name = space.metadata().name();
    if (!name.empty())
      entry_of(space.mutable_metadata()->mutable_labels(), "kubernetes.io/metadata.name")->set_value(name);
  }
  field_labels_of labels_{"k8s.io.api.core.v1.Namespace", {{"status.phase", {}}}};
};

class limit_range_strategy final : public kind_strategy<core::LimitRange> {
public:
  void defaults(core::LimitRange& range) const override {
    default_marked_fields(range);
    for (auto& item : *range.mutable_spec()->mutable_limits()) {
      if (item.type() != "Container") continue;
      fill(item.mutable_default_(), item.max());
      fill(item.mutable_defaultrequest(), item.default_());
      fill(item.mutable_defaultrequest(), item.min());
    }
  }
  void check(verb_context&, const core::LimitRange& range, causes& found) const override {
    std::vector<std::string> seen;
    for (int i = 0; i < range.spec().limits_size(); ++i) {
      auto& item = range.spec().limits(i);
      field_path path = (field_path("spec") / "limits")[i];
      if (item.type().find('/') == std::string::npos &&
          !is_one_of(item.type(), {"Pod", "Container", "PersistentVolumeClaim"}))
        add_invalid(found, path / "type", item.type(), "must be a standard limit type or fully qualified");
      if (std::find(seen.begin(), seen.end(), item.type()) != seen.end())
        add_duplicate(found, path / "type", item.type());
      seen.push_back(item.type());
      check_item(found, path, item);
    }
  }
  void print(const object& shown, int64_t, table_row& row) const override {
    row.cells = {std::string(shown.name()), created_at(*shown.message())};
  }

private:
  template <class Entries>
  static void fill(Entries* to, const Entries& from) {
    for (auto& entry : from)
      if (!find_entry(*to, entry.key())) *entry_of(to, entry.key())->mutable_value() = entry.value();
  }

  template <class Entries>
  static void check_below(causes& found, const field_path& path, const Entries& low, const Entries& high,
                          std::string_view detail) {
    for (auto& entry : low) {
      auto* most = find_entry(high, entry.key());
      auto value = quantity::parse_or_zero(entry.value().string());
      if (!most || value <= quantity::parse_or_zero(most->value().string())) continue;
      add_invalid(found, path.at(entry.key()), value.text(),
                  std::string(detail) + " " + value.text() + " is greater than " +
                      quantity::parse_or_zero(most->value().string()).text());
    }
  }

  static void check_item(causes& found, const field_path& path, const core::LimitRangeItem& item) {
    for (auto* list :
         {&item.max(), &item.min(), &item.default_(), &item.defaultrequest(), &item.maxlimitrequestratio()}) {
      const char* name = list == &item.max()              ? "max"
                         : list == &item.min()            ? "min"
                         : list == &item.default_()       ? "default"
                         : list == &item.defaultrequest() ? "defaultRequest"
                                                          : "maxLimitRequestRatio";
      for (auto& entry : *list) check_resource_name(found, (path / name).at(entry.key()), entry.key());
    }
    if (item.type() == "Pod") {
      if (item.default__size()) add_forbidden(found, path / "default", "may not be specified when `type` is 'Pod'");
      if (item.defaultrequest_size())
        add_forbidden(found, path / "defaultRequest", "may not be specified when `type` is 'Pod'");
    }
    if (item.type() == "PersistentVolumeClaim" && !find_entry(item.min(), "storage") &&
        !find_entry(item.max(), "storage"))
      add_required(found, path, "either minimum or maximum storage value is required, but neither was provided");
    check_below(found, path / "min", item.min(), item.max(), "min value");
    check_below(found, path / "defaultRequest", item.min(), item.defaultrequest(), "min value");
    check_below(found, path / "defaultRequest", item.defaultrequest(), item.max(), "default request value");
    check_below(found, path / "defaultRequest", item.defaultrequest(), item.default_(), "default request value");
    check_below(found, path / "default", item.min(), item.default_(), "min value");
    check_below(found, path / "default", item.default_(), item.max(), "default value");
  }
};

class quota_strategy final : public kind_strategy<core::ResourceQuota> {
public:
  void defaults(core::ResourceQuota& quota) const override { default_marked_fields(quota); }
  void prepare_create(verb_context&, core::ResourceQuota& quota) const override { quota.clear_status(); }
  void check(verb_context&, const core::ResourceQuota& quota, causes& found) const override {
    field_path path = field_path("spec") / "hard";
    for (auto& entry : quota.spec().hard()) {
      add_problems(found, path.at(entry.key()), entry.key(), qualified_name_problems(entry.key()));
      check_resource_quantity(found, path.at(entry.key()), entry.key(), entry.value());
    }
    for (auto& scope : quota.spec().scopes())
      if (!is_one_of(scope, {"Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass",
                             "CrossNamespacePodAffinity", "VolumeAttributesClass"})) {
        add_invalid_json(found, field_path("spec") / "scopes", shown_list(quota.spec().scopes()), "unsupported scope");
        break;
      }
  }
  void check_update(verb_context& context, const core::ResourceQuota& quota, const core::ResourceQuota& before,
                    causes& found) const override {
    check(context, quota, found);
    if (context.subresource == "status") return;
    std::vector<std::string> now(quota.spec().scopes().begin(), quota.spec().scopes().end()),
        old(before.spec().scopes().begin(), before.spec().scopes().end());
    std::sort(now.begin(), now.end()), std::sort(old.begin(), old.end());
    if (now != old)
      add_invalid_json(found, field_path("spec") / "scopes", shown_list(quota.spec().scopes()), "field is immutable");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto quota = shown.as<core::ResourceQuota>();
    std::string requests, limits;
    for (auto& entry : quota->status().hard()) {
      auto* used = find_entry(quota->status().used(), entry.key());
      bool limit = entry.key().starts_with("limits.");
      std::string& to = limit ? limits : requests;
      to.append(to.empty() ? "" : ", ")
          .append(entry.key())
          .append(": ")
          .append(used ? used->value().string() : "0")
          .append("/")
          .append(entry.value().string());
    }
    row.cells = {quota->metadata().name(), requests, limits, age_of(*quota, wall_ns)};
  }
};

}  // namespace

void add_namespace_strategies(strategy_table& table) {
  enter<namespace_strategy>(table, "k8s.io.api.core.v1.Namespace");
  enter<limit_range_strategy>(table, "k8s.io.api.core.v1.LimitRange");
  enter<quota_strategy>(table, "k8s.io.api.core.v1.ResourceQuota");
}

}  // namespace troupe::gateway
