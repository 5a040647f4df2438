// Deployment, ReplicaSet, ReplicationController.
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "actors/gateway/strategies/workload_rules.hpp"
#include "messages/api/apps/v1.pb.h"
#include "messages/api/core/v1/controller.pb.h"

namespace troupe::gateway {
namespace {

const field_path spec_path = "spec", status_path = "status";

/// Counts of a status that cannot exceed its replicas.
void check_counts(causes& found, int32_t replicas, std::initializer_list<std::pair<const char*, int32_t>> counts) {
  for (auto& [name, count] : counts)
    if (count > replicas) add_invalid(found, status_path / name, count, "cannot be greater than status.replicas");
}

class deployment_strategy final : public kind_strategy<apps::Deployment> {
public:
  void defaults(apps::Deployment& deployment) const override {
    default_marked_fields(deployment);
    auto& spec = *deployment.mutable_spec();
    default_template(*spec.mutable_template_());
    if (!spec.has_replicas()) spec.set_replicas(1);
    auto& how = *spec.mutable_strategy();
    if (how.type().empty()) how.set_type("RollingUpdate");
    if (how.type() == "RollingUpdate") {
      auto& rolling = *how.mutable_rollingupdate();
      if (!rolling.has_maxunavailable()) set_text(rolling.mutable_maxunavailable(), "25%");
      if (!rolling.has_maxsurge()) set_text(rolling.mutable_maxsurge(), "25%");
    }
    if (!spec.has_revisionhistorylimit()) spec.set_revisionhistorylimit(10);
    if (!spec.has_progressdeadlineseconds()) spec.set_progressdeadlineseconds(600);
  }
  void prepare_create(verb_context&, apps::Deployment& deployment) const override { deployment.clear_status(); }

  void check(verb_context&, const apps::Deployment& deployment, causes& found) const override {
    auto& spec = deployment.spec();
    check_not_negative(found, spec_path / "replicas", spec.replicas());
    check_workload_selector(found, spec_path / "selector", spec.selector(), spec.has_selector(), "deployment");
    check_workload_template(found, spec_path / "template", spec.template_(), spec.selector(), spec.has_selector());
    check_rollout(found, spec_path / "strategy", spec.strategy());
    check_not_negative(found, spec_path / "minReadySeconds", spec.minreadyseconds());
    if (spec.has_revisionhistorylimit())
      check_not_negative(found, spec_path / "revisionHistoryLimit", spec.revisionhistorylimit());
    if (!spec.has_progressdeadlineseconds()) return;
    check_not_negative(found, spec_path / "progressDeadlineSeconds", spec.progressdeadlineseconds());
    if (spec.progressdeadlineseconds() <= spec.minreadyseconds())
      add_invalid(found, spec_path / "progressDeadlineSeconds", spec.progressdeadlineseconds(),
                  "must be greater than minReadySeconds");
  }
  void check_update(verb_context& context, const apps::Deployment& now, const apps::Deployment& before,
                    causes& found) const override {
    if (context.subresource == "status") return check_status(found, now.status());
    check(context, now, found);
    check_same_selector(found, spec_path / "selector", now.spec().selector(), before.spec().selector());
  }
  void warn_about(verb_context& context, const apps::Deployment& now, const apps::Deployment* before) const override {
    if (!before) warn_about_name(context.warnings, now.metadata().name());
    if (!before || before->metadata().generation() != now.metadata().generation())
      warn_about_pod(context, spec_path / "template" / "spec", now.spec().template_().spec());
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto deployment = shown.as<apps::Deployment>();
    auto& status = deployment->status();
    auto [names, images] = container_columns(deployment->spec().template_().spec());
    row.cells = {deployment->metadata().name(),
                 std::to_string(status.readyreplicas()) + "/" + std::to_string(deployment->spec().replicas()),
                 int64_t{status.updatedreplicas()},
                 int64_t{status.availablereplicas()},
                 age_of(*deployment, wall_ns),
                 names,
                 images,
                 selector_column(deployment->spec().selector())};
  }
  scale_view scale_of(const Message& message) const override {
    auto& deployment = as(message);
    return {deployment.spec().replicas(), deployment.status().replicas(), selector_text(deployment.spec().selector())};
  }
  void set_replicas(Message& deployment, int32_t replicas) const override {
    as(deployment).mutable_spec()->set_replicas(replicas);
  }

private:
  static void check_rollout(causes& found, const field_path& path, const apps::DeploymentStrategy& how) {
    if (how.type() == "Recreate") {
      if (how.has_rollingupdate())
        add_forbidden(found, path / "rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
    } else if (how.type() == "RollingUpdate") {
      auto& rolling = how.rollingupdate();
      field_path at = path / "rollingUpdate";
      check_count_or_percent(found, at / "maxUnavailable", rolling.maxunavailable());
      check_count_or_percent(found, at / "maxSurge", rolling.maxsurge());
      if (is_nothing(rolling.maxunavailable()) && is_nothing(rolling.maxsurge()))
        add_invalid_json(found, at / "maxUnavailable", shown_value(rolling.maxunavailable()),
                         "may not be 0 when `maxSurge` is 0");
      check_at_most_all(found, at / "maxUnavailable", rolling.maxunavailable());
    } else {
      add_not_supported_json(found, path, shown(how), {"Recreate", "RollingUpdate"});
    }
  }
  static void check_status(causes& found, const apps::DeploymentStatus& status) {
    check_not_negative(found, status_path / "observedGeneration", status.observedgeneration());
    check_not_negative(found, status_path / "replicas", status.replicas());
    check_not_negative(found, status_path / "updatedReplicas", status.updatedreplicas());
    check_not_negative(found, status_path / "readyReplicas", status.readyreplicas());
    check_not_negative(found, status_path / "availableReplicas", status.availablereplicas());
    check_not_negative(found, status_path / "unavailableReplicas", status.unavailablereplicas());
    check_counts(found, status.replicas(),
                 {{"updatedReplicas", status.updatedreplicas()},
                  {"readyReplicas", status.readyreplicas()},
                  {"availableReplicas", status.availablereplicas()}});
    if (status.availablereplicas() > status.readyreplicas())
      add_invalid(found, status_path / "availableReplicas", status.availablereplicas(),
                  "cannot be greater than readyReplicas");
  }
};

class replica_set_strategy final : public kind_strategy<apps::ReplicaSet> {
public:
  void defaults(apps::ReplicaSet& set) const override {
    default_marked_fields(set);
    default_template(*set.mutable_spec()->mutable_template_());
    if (!set.spec().has_replicas()) set.mutable_spec()->set_replicas(1);
  }
  void prepare_create(verb_context&, apps::ReplicaSet& set) const override { set.clear_status(); }
  void check(verb_context&, const apps::ReplicaSet& set, causes& found) const override {
    auto& spec = set.spec();
    check_not_negative(found, spec_path / "replicas", spec.replicas());
    check_not_negative(found, spec_path / "minReadySeconds", spec.minreadyseconds());
    check_workload_selector(found, spec_path / "selector", spec.selector(), spec.has_selector(), "deployment");
    check_workload_template(found, spec_path / "template", spec.template_(), spec.selector(), spec.has_selector());
  }
  void check_update(verb_context& context, const apps::ReplicaSet& now, const apps::ReplicaSet& before,
                    causes& found) const override {
    if (context.subresource == "status") {
      auto& status = now.status();
      check_not_negative(found, status_path / "replicas", status.replicas());
      check_not_negative(found, status_path / "fullyLabeledReplicas", status.fullylabeledreplicas());
      check_not_negative(found, status_path / "readyReplicas", status.readyreplicas());
      check_not_negative(found, status_path / "availableReplicas", status.availablereplicas());
      check_counts(found, status.replicas(),
                   {{"fullyLabeledReplicas", status.fullylabeledreplicas()},
                    {"readyReplicas", status.readyreplicas()},
                    {"availableReplicas", status.availablereplicas()}});
      return;
    }
    check(context, now, found);
    check_same_selector(found, spec_path / "selector", now.spec().selector(), before.spec().selector());
  }
  void warn_about(verb_context& context, const apps::ReplicaSet& now, const apps::ReplicaSet* before) const override {
    if (before) return;
    warn_about_name(context.warnings, now.metadata().name());
    warn_about_pod(context, spec_path / "template" / "spec", now.spec().template_().spec());
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto set = shown.as<apps::ReplicaSet>();
    auto [names, images] = container_columns(set->spec().template_().spec());
    row.cells = {set->metadata().name(),
                 int64_t{set->spec().replicas()},
                 int64_t{set->status().replicas()},
                 int64_t{set->status().readyreplicas()},
                 age_of(*set, wall_ns),
                 names,
                 images,
                 selector_column(set->spec().selector())};
  }
  scale_view scale_of(const Message& message) const override {
    auto& set = as(message);
    return {set.spec().replicas(), set.status().replicas(), selector_text(set.spec().selector())};
  }
  void set_replicas(Message& set, int32_t replicas) const override { as(set).mutable_spec()->set_replicas(replicas); }
};

class controller_strategy final : public kind_strategy<core::ReplicationController> {
public:
  void defaults(core::ReplicationController& controller) const override {
    default_marked_fields(controller);
    auto& spec = *controller.mutable_spec();
    if (!spec.has_replicas()) spec.set_replicas(1);
    if (!spec.has_template_()) return;
    default_template(*spec.mutable_template_());
    auto& labels = spec.template_().metadata().labels();
    if (spec.selector().empty()) *spec.mutable_selector() = labels;
    if (controller.metadata().labels().empty() && !labels.empty())
      *controller.mutable_metadata()->mutable_labels() = labels;
  }
  void prepare_create(verb_context&, core::ReplicationController& controller) const override {
    controller.clear_status();
  }
  void check(verb_context&, const core::ReplicationController& controller, causes& found) const override {
    auto& spec = controller.spec();
    check_not_negative(found, spec_path / "minReadySeconds", spec.minreadyseconds());
    check_labels(found, spec_path / "selector", spec.selector());
    if (spec.selector().empty()) add_required(found, spec_path / "selector");
    check_not_negative(found, spec_path / "replicas", spec.replicas());
    if (!spec.has_template_()) return add_required(found, spec_path / "template");
    meta::LabelSelector selector;
    *selector.mutable_matchlabels() = spec.selector();
    check_workload_template(found, spec_path / "template", spec.template_(), selector, true);
  }
  void check_update(verb_context& context, const core::ReplicationController& now, const core::ReplicationController&,
                    causes& found) const override {
    if (context.subresource != "status") check(context, now, found);
  }
  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    return labels_.value(shown, label);
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label not supported: " + std::string(label);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto controller = shown.as<core::ReplicationController>();
    auto [names, images] = container_columns(controller->spec().template_().spec());
    row.cells = {controller->metadata().name(),
                 int64_t{controller->spec().replicas()},
                 int64_t{controller->status().replicas()},
                 int64_t{controller->status().readyreplicas()},
                 age_of(*controller, wall_ns),
                 names,
                 images,
                 labels_text(controller->spec().selector())};
  }
  scale_view scale_of(const Message& message) const override {
    auto& controller = as(message);
    meta::LabelSelector selector;
    *selector.mutable_matchlabels() = controller.spec().selector();
    return {controller.spec().replicas(), controller.status().replicas(), selector_text(selector)};
  }
  void set_replicas(Message& controller, int32_t replicas) const override {
    as(controller).mutable_spec()->set_replicas(replicas);
  }

private:
  field_labels_of labels_{"k8s.io.api.core.v1.ReplicationController", {{"status.replicas", {}}}};
};

}  // namespace

void add_apps_strategies(strategy_table& table) {
  enter<deployment_strategy>(table, "k8s.io.api.apps.v1.Deployment");
  enter<replica_set_strategy>(table, "k8s.io.api.apps.v1.ReplicaSet");
  enter<controller_strategy>(table, "k8s.io.api.core.v1.ReplicationController");
  add_set_strategies(table);
}

}  // namespace troupe::gateway
