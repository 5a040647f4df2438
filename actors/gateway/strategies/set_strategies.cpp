// StatefulSet, DaemonSet, ControllerRevision.
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "actors/gateway/strategies/workload_rules.hpp"
#include "messages/api/apps/v1.pb.h"

namespace troupe::gateway {
namespace {

const field_path spec_path = "spec", status_path = "status";
constexpr std::string_view template_generation = "deprecated.daemonset.template.generation";

class stateful_set_strategy final : public kind_strategy<apps::StatefulSet> {
public:
  std::vector<std::string> name_problems(std::string_view name, bool prefix) const override {
    return dns_label_problems(prefix ? masked_prefix(name) : name);
  }
  void defaults(apps::StatefulSet& set) const override {
    default_marked_fields(set);
    auto& spec = *set.mutable_spec();
    default_template(*spec.mutable_template_());
    if (spec.podmanagementpolicy().empty()) spec.set_podmanagementpolicy("OrderedReady");
    auto& how = *spec.mutable_updatestrategy();
    if (how.type().empty()) how.set_type("RollingUpdate");
    if (how.type() == "RollingUpdate") {
      auto& rolling = *how.mutable_rollingupdate();
      if (!rolling.has_partition()) rolling.set_partition(0);
      if (!rolling.has_maxunavailable()) set_int(rolling.mutable_maxunavailable(), 1);
    }
    auto& claims = *spec.mutable_persistentvolumeclaimretentionpolicy();
    if (claims.whendeleted().empty()) claims.set_whendeleted("Retain");
    if (claims.whenscaled().empty()) claims.set_whenscaled("Retain");
    if (!spec.has_replicas()) spec.set_replicas(1);
    if (!spec.has_revisionhistorylimit()) spec.set_revisionhistorylimit(10);
    for (auto& claim : *spec.mutable_volumeclaimtemplates()) {
      default_claim(*claim.mutable_spec());
      if (claim.status().phase().empty()) claim.mutable_status()->set_phase("Pending");
    }
  }
  void prepare_create(verb_context&, apps::StatefulSet& set) const override { set.clear_status(); }

  void check(verb_context&, const apps::StatefulSet& set, causes& found) const override {
    auto& spec = set.spec();
    if (!is_one_of(spec.podmanagementpolicy(), {"OrderedReady", "Parallel"}))
      add_invalid(found, spec_path / "podManagementPolicy", spec.podmanagementpolicy(),
                  "must be 'OrderedReady' or 'Parallel'");
    check_rollout(found, spec_path / "updateStrategy", spec.updatestrategy());
    auto& claims = spec.persistentvolumeclaimretentionpolicy();
    field_path claims_path = spec_path / "persistentVolumeClaimRetentionPolicy";
    if (!is_one_of(claims.whendeleted(), {"Retain", "Delete"}))
      add_not_supported(found, claims_path / "whenDeleted", claims.whendeleted(), {"Delete", "Retain"});
    if (!is_one_of(claims.whenscaled(), {"Retain", "Delete"}))
      add_not_supported(found, claims_path / "whenScaled", claims.whenscaled(), {"Delete", "Retain"});
    check_not_negative(found, spec_path / "replicas", spec.replicas());
    check_not_negative(found, spec_path / "minReadySeconds", spec.minreadyseconds());
    if (spec.has_ordinals()) check_not_negative(found, spec_path / "ordinals" / "start", spec.ordinals().start());
    check_workload_selector(found, spec_path / "selector", spec.selector(), spec.has_selector(), "statefulset");
    check_workload_template(found, spec_path / "template", spec.template_(), spec.selector(), spec.has_selector());
    if (spec.has_revisionhistorylimit())
      check_not_negative(found, spec_path / "revisionHistoryLimit", spec.revisionhistorylimit());
  }
  void check_update(verb_context& context, const apps::StatefulSet& now, const apps::StatefulSet& before,
                    causes& found) const override {
    if (context.subresource == "status") return check_status(found, now.status());
    check(context, now, found);
    if (now.spec().servicename() != before.spec().servicename())
      add_invalid(found, spec_path / "serviceName", now.spec().servicename(), "field is immutable");
    apps::StatefulSetSpec rest = now.spec();
    rest.set_replicas(before.spec().replicas());
    rest.set_servicename(before.spec().servicename());
    *rest.mutable_template_() = before.spec().template_();
    *rest.mutable_updatestrategy() = before.spec().updatestrategy();
    rest.set_minreadyseconds(before.spec().minreadyseconds());
    rest.set_revisionhistorylimit(before.spec().revisionhistorylimit());
    rest.clear_ordinals();
    if (before.spec().has_ordinals()) *rest.mutable_ordinals() = before.spec().ordinals();
    *rest.mutable_persistentvolumeclaimretentionpolicy() = before.spec().persistentvolumeclaimretentionpolicy();
    if (!same(rest, before.spec()))
      add_forbidden(
          found, spec_path,
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
          "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
  }
  void warn_about(verb_context& context, const apps::StatefulSet& now, const apps::StatefulSet* before) const override {
    if (!before) warn_about_pod(context, spec_path / "template" / "spec", now.spec().template_().spec());
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto set = shown.as<apps::StatefulSet>();
    auto [names, images] = container_columns(set->spec().template_().spec());
    row.cells = {set->metadata().name(),
                 std::to_string(set->status().readyreplicas()) + "/" + std::to_string(set->spec().replicas()),
                 age_of(*set, wall_ns), names, images};
  }
  scale_view scale_of(const Message& message) const override {
    auto& set = as(message);
    return {set.spec().replicas(), set.status().replicas(), selector_text(set.spec().selector())};
  }
  void set_replicas(Message& set, int32_t replicas) const override { as(set).mutable_spec()->set_replicas(replicas); }

private:
  static void check_rollout(causes& found, const field_path& path, const apps::StatefulSetUpdateStrategy& how) {
    if (how.type().empty()) {
      add_required(found, path);
    } else if (how.type() == "OnDelete") {
      if (how.has_rollingupdate())
        add_invalid_json(found, path / "rollingUpdate", shown(how.rollingupdate()),
                         "only allowed for updateStrategy 'RollingUpdate'");
    } else if (how.type() == "RollingUpdate") {
      if (!how.has_rollingupdate()) return;
      auto& rolling = how.rollingupdate();
      check_not_negative(found, path / "rollingUpdate" / "partition", rolling.partition());
      if (!rolling.has_maxunavailable()) return;
      check_count_or_percent(found, path / "rollingUpdate" / "maxUnavailable", rolling.maxunavailable());
      if (is_nothing(rolling.maxunavailable()))
        add_invalid_json(found, path / "rollingUpdate" / "maxUnavailable", shown_value(rolling.maxunavailable()),
                         "cannot be 0");
      check_at_most_all(found, path / "rollingUpdate" / "maxUnavailable", rolling.maxunavailable());
    } else {
      add_invalid_json(found, path, shown(how), "must be 'RollingUpdate' or 'OnDelete'");
    }
  }
  static void check_status(causes& found, const apps::StatefulSetStatus& status) {
    check_not_negative(found, status_path / "replicas", status.replicas());
    check_not_negative(found, status_path / "readyReplicas", status.readyreplicas());
    check_not_negative(found, status_path / "currentReplicas", status.currentreplicas());
    check_not_negative(found, status_path / "updatedReplicas", status.updatedreplicas());
    if (status.readyreplicas() > status.replicas())
      add_invalid(found, status_path / "readyReplicas", status.readyreplicas(),
                  "cannot be greater than status.replicas");
    if (status.availablereplicas() > status.readyreplicas())
      add_invalid(found, status_path / "availableReplicas", status.availablereplicas(),
                  "cannot be greater than status.readyReplicas");
  }
};

class daemon_set_strategy final : public kind_strategy<apps::DaemonSet> {
public:
  void defaults(apps::DaemonSet& set) const override {
    default_marked_fields(set);
    auto& spec = *set.mutable_spec();
    default_template(*spec.mutable_template_());
    auto& how = *spec.mutable_updatestrategy();
    if (how.type().empty()) how.set_type("RollingUpdate");
    if (how.type() == "RollingUpdate") {
      auto& rolling = *how.mutable_rollingupdate();
      if (!rolling.has_maxunavailable()) set_int(rolling.mutable_maxunavailable(), 1);
      if (!rolling.has_maxsurge()) set_int(rolling.mutable_maxsurge(), 0);
    }
    if (!spec.has_revisionhistorylimit()) spec.set_revisionhistorylimit(10);
  }
  void prepare_create(verb_context&, apps::DaemonSet& set) const override {
    set.clear_status();
    set_template_generation(set, 1);
  }
  void prepare_update(verb_context& context, apps::DaemonSet& set, const apps::DaemonSet& before) const override {
    if (context.subresource == "status") return keep_all_but(set, before, {"status", "metadata"});
    keep_fields(set, before, {"status"});
    auto* old = find_entry(before.metadata().annotations(), template_generation);
    int64_t generation = old ? std::atoll(old->value().c_str()) : 0;
    set_template_generation(set, same(set.spec().template_(), before.spec().template_()) ? generation : generation + 1);
  }
  void check(verb_context&, const apps::DaemonSet& set, causes& found) const override {
    auto& spec = set.spec();
    auto& labels = spec.template_().metadata().labels();
    check_selector(found, spec_path / "selector", spec.selector());
    if (!spec.has_selector() || (!is_empty(spec.selector()) && !selects(spec.selector(), labels)))
      add_invalid_json(found, spec_path / "template" / "metadata" / "labels", shown_entries(labels),
                       "`selector` does not match template `labels`");
    if (spec.has_selector() && is_empty(spec.selector()))
      add_invalid_json(found, spec_path / "selector", shown(spec.selector()),
                       "empty selector is invalid for daemonset");
    check_template(found, spec_path / "template", spec.template_());
    if (spec.template_().spec().restartpolicy() != "Always")
      add_not_supported(found, spec_path / "template" / "spec" / "restartPolicy",
                        spec.template_().spec().restartpolicy(), {"Always"});
    if (spec.template_().spec().has_activedeadlineseconds())
      add_forbidden(found, spec_path / "template" / "spec" / "activeDeadlineSeconds",
                    "activeDeadlineSeconds in DaemonSet is not Supported");
    check_not_negative(found, spec_path / "minReadySeconds", spec.minreadyseconds());
    check_rollout(found, spec_path / "updateStrategy", spec.updatestrategy());
    if (spec.has_revisionhistorylimit())
      check_not_negative(found, spec_path / "revisionHistoryLimit", spec.revisionhistorylimit());
  }
  void check_update(verb_context& context, const apps::DaemonSet& now, const apps::DaemonSet& before,
                    causes& found) const override {
    if (context.subresource == "status") return;
    check(context, now, found);
    check_same_selector(found, spec_path / "selector", now.spec().selector(), before.spec().selector());
  }
  void warn_about(verb_context& context, const apps::DaemonSet& now, const apps::DaemonSet* before) const override {
    if (!before) warn_about_pod(context, spec_path / "template" / "spec", now.spec().template_().spec());
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto set = shown.as<apps::DaemonSet>();
    auto& status = set->status();
    auto [names, images] = container_columns(set->spec().template_().spec());
    row.cells = {set->metadata().name(),
                 int64_t{status.desirednumberscheduled()},
                 int64_t{status.currentnumberscheduled()},
                 int64_t{status.numberready()},
                 int64_t{status.updatednumberscheduled()},
                 int64_t{status.numberavailable()},
                 labels_text(set->spec().template_().spec().nodeselector()),
                 age_of(*set, wall_ns),
                 names,
                 images,
                 selector_column(set->spec().selector())};
  }

private:
  static void set_template_generation(apps::DaemonSet& set, int64_t generation) {
    entry_of(set.mutable_metadata()->mutable_annotations(), template_generation)->set_value(std::to_string(generation));
  }
  static void check_rollout(causes& found, const field_path& path, const apps::DaemonSetUpdateStrategy& how) {
    if (how.type() == "OnDelete") return;
    if (how.type() != "RollingUpdate")
      return add_not_supported_json(found, path, shown(how), {"RollingUpdate", "OnDelete"});
    field_path at = path / "rollingUpdate";
    if (!how.has_rollingupdate()) return add_required(found, at);
    auto& rolling = how.rollingupdate();
    check_count_or_percent(found, at / "maxUnavailable", rolling.maxunavailable());
    check_count_or_percent(found, at / "maxSurge", rolling.maxsurge());
    check_at_most_all(found, at / "maxUnavailable", rolling.maxunavailable());
    check_at_most_all(found, at / "maxSurge", rolling.maxsurge());
    bool unavailable = !is_nothing(rolling.maxunavailable()), surge = !is_nothing(rolling.maxsurge());
    if (unavailable && surge)
      add_invalid_json(found, at / "maxSurge", shown_value(rolling.maxsurge()),
                       "may not be set when maxUnavailable is non-zero");
    if (!unavailable && !surge) add_required(found, at / "maxUnavailable", "cannot be 0 when maxSurge is 0");
  }
};

class revision_strategy final : public kind_strategy<apps::ControllerRevision> {
public:
  void check(verb_context&, const apps::ControllerRevision& revision, causes& found) const override {
    if (!revision.has_data() || revision.data().raw().empty()) add_required(found, "data", "data is mandatory");
    if (revision.revision() < 0)
      add_invalid(found, "revision", revision.revision(), "must be greater than or equal to 0");
  }
  void check_update(verb_context& context, const apps::ControllerRevision& now, const apps::ControllerRevision& before,
                    causes& found) const override {
    check(context, now, found);
    if (now.data().raw() != before.data().raw())
      add_invalid_json(found, "data", now.data().raw(), "field is immutable");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto revision = shown.as<apps::ControllerRevision>();
    std::string controller;
    for (auto& owner : revision->metadata().ownerreferences())
      if (owner.controller()) {
        size_t slash = owner.apiversion().find('/');
        std::string kind = owner.kind();
        for (char& letter : kind)
          letter = static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
        controller =
            kind + (slash == std::string::npos ? "" : "." + owner.apiversion().substr(0, slash)) + "/" + owner.name();
      }
    row.cells = {revision->metadata().name(), or_none(controller), revision->revision(), age_of(*revision, wall_ns)};
  }
};

}  // namespace

void add_set_strategies(strategy_table& table) {
  enter<stateful_set_strategy>(table, "k8s.io.api.apps.v1.StatefulSet");
  enter<daemon_set_strategy>(table, "k8s.io.api.apps.v1.DaemonSet");
  enter<revision_strategy>(table, "k8s.io.api.apps.v1.ControllerRevision");
}

}  // namespace troupe::gateway
