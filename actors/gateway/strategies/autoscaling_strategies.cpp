// HorizontalPodAutoscaler, v2 (stored) and v1 (served): defaults of both; rules of v2.
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "messages/api/autoscaling/v1.pb.h"
#include "messages/api/autoscaling/v2.pb.h"
#include "messages/api/meta/quantity.pb.h"
#include "messages/quantity.hpp"

namespace troupe::gateway {
namespace {

namespace v1 = k8s::io::api::autoscaling::v1;
namespace v2 = k8s::io::api::autoscaling::v2;
const field_path spec_path = "spec";
constexpr int32_t usual_utilization = 80;

void add_policy(v2::HPAScalingRules& rules, const char* type, int32_t value, int32_t seconds) {
  auto& policy = *rules.add_policies();
  policy.set_type(type);
  policy.set_value(value);
  policy.set_periodseconds(seconds);
}

class autoscaler_v1_strategy final : public kind_strategy<v1::HorizontalPodAutoscaler> {
public:
  void defaults(v1::HorizontalPodAutoscaler& scaler) const override {
    default_marked_fields(scaler);
    auto& spec = *scaler.mutable_spec();
    if (!spec.has_minreplicas()) spec.set_minreplicas(1);
    // Metrics that only v2 knows travel in an annotation; a target by cpu is the default where there are none.
    if (!spec.has_targetcpuutilizationpercentage() &&
        !find_entry(scaler.metadata().annotations(), "autoscaling.alpha.kubernetes.io/metrics"))
      spec.set_targetcpuutilizationpercentage(usual_utilization);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    strategy_of(shown.kind()).print(shown, wall_ns, row);  // what is stored is v2
  }
};

class autoscaler_strategy final : public kind_strategy<v2::HorizontalPodAutoscaler> {
public:
  void defaults(v2::HorizontalPodAutoscaler& scaler) const override {
    default_marked_fields(scaler);
    auto& spec = *scaler.mutable_spec();
    if (!spec.has_minreplicas()) spec.set_minreplicas(1);
    if (spec.metrics().empty()) {
      auto& metric = *spec.add_metrics();
      metric.set_type("Resource");
      metric.mutable_resource()->set_name("cpu");
      metric.mutable_resource()->mutable_target()->set_type("Utilization");
      metric.mutable_resource()->mutable_target()->set_averageutilization(usual_utilization);
    }
    if (spec.has_behavior()) default_behavior(*spec.mutable_behavior());
  }
  void prepare_create(verb_context&, v2::HorizontalPodAutoscaler& scaler) const override { scaler.clear_status(); }

  void check(verb_context&, const v2::HorizontalPodAutoscaler& scaler, causes& found) const override {
    auto& spec = scaler.spec();
    if (spec.has_minreplicas() && spec.minreplicas() < 1)
      add_invalid(found, spec_path / "minReplicas", spec.minreplicas(), "must be greater than or equal to 1");
    if (spec.has_minreplicas() && spec.maxreplicas() < spec.minreplicas())
      add_invalid(found, spec_path / "maxReplicas", spec.maxreplicas(),
                  "must be greater than or equal to `minReplicas`");
    check_reference(found, spec_path / "scaleTargetRef", spec.scaletargetref());
    for (int i = 0; i < spec.metrics_size(); ++i) check_metric(found, (spec_path / "metrics")[i], spec.metrics(i));
    if (spec.behavior().has_scaleup())
      check_rules(found, spec_path / "behavior" / "scaleUp", spec.behavior().scaleup());
    if (spec.behavior().has_scaledown())
      check_rules(found, spec_path / "behavior" / "scaleDown", spec.behavior().scaledown());
    if (spec.maxreplicas() == 0)
      add_required(found, spec_path / "maxReplicas");
    else if (spec.maxreplicas() < 0)
      add_invalid(found, spec_path / "maxReplicas", spec.maxreplicas(), "must be greater than 0");
  }
  void check_update(verb_context& context, const v2::HorizontalPodAutoscaler& now, const v2::HorizontalPodAutoscaler&,
                    causes& found) const override {
    if (context.subresource != "status") check(context, now, found);
  }

  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto scaler = shown.as<v2::HorizontalPodAutoscaler>();
    auto& spec = scaler->spec();
    row.cells = {scaler->metadata().name(),   spec.scaletargetref().kind() + "/" + spec.scaletargetref().name(),
                 metrics_column(*scaler),     spec.has_minreplicas() ? std::to_string(spec.minreplicas()) : "<unset>",
                 int64_t{spec.maxreplicas()}, int64_t{scaler->status().currentreplicas()},
                 age_of(*scaler, wall_ns)};
  }

private:
  static void default_behavior(v2::HorizontalPodAutoscalerBehavior& behavior) {
    if (behavior.has_scaleup()) {
      auto& up = *behavior.mutable_scaleup();
      if (!up.has_stabilizationwindowseconds()) up.set_stabilizationwindowseconds(0);
      if (!up.has_selectpolicy()) up.set_selectpolicy("Max");
      if (up.policies().empty()) add_policy(up, "Pods", 4, 15), add_policy(up, "Percent", 100, 15);
    }
    if (behavior.has_scaledown()) {
      auto& down = *behavior.mutable_scaledown();
      if (!down.has_selectpolicy()) down.set_selectpolicy("Max");
      if (down.policies().empty()) add_policy(down, "Percent", 100, 15);
    }
  }

  static void check_reference(causes& found, const field_path& path, const v2::CrossVersionObjectReference& reference) {
    for (auto& [name, text] :
         {std::pair<const char*, const std::string&>{"kind", reference.kind()}, {"name", reference.name()}}) {
      if (text.empty())
        add_required(found, path / name);
      else
        add_problems(found, path / name, text, path_segment_problems(text));
    }
  }

  static void check_target(causes& found, const field_path& path, const v2::MetricTarget& target) {
    if (target.type().empty())
      add_required(found, path / "type", "must specify a metric target type");
    else if (!is_one_of(target.type(), {"Utilization", "Value", "AverageValue"}))
      add_invalid(found, path / "type", target.type(), "must be either Utilization, Value, or AverageValue");
    auto positive = [&](const char* name, bool set, const Quantity& amount) {
      if (set && quantity::parse_or_zero(amount.string()).sign() != 1)
        add_invalid(found, path / name, amount.string(), "must be positive");
    };
    positive("value", target.has_value(), target.value());
    if (target.has_averageutilization() && target.averageutilization() < 1)
      add_invalid(found, path / "averageUtilization", target.averageutilization(), "must be greater than 0");
    positive("averageValue", target.has_averagevalue(), target.averagevalue());
  }

  static void check_metric(causes& found, const field_path& path, const v2::MetricSpec& metric) {
    if (metric.type().empty()) return add_required(found, path / "type", "must specify a metric source type");
    if (!is_one_of(metric.type(), {"ContainerResource", "External", "Object", "Pods", "Resource"}))
      return add_not_supported(found, path / "type", metric.type(),
                               {"ContainerResource", "External", "Object", "Pods", "Resource"});
    constexpr std::string_view absent = "must populate information for the given metric source";
    auto source = [&](const char* type, const char* name, bool set, const v2::MetricTarget& target) {
      if (metric.type() != type) {
        if (set) add_forbidden(found, path / name, "must populate the given metric source only");
      } else if (!set) {
        add_required(found, path / name, absent);
      } else {
        check_target(found, path / name / "target", target);
      }
    };
    source("Object", "object", metric.has_object(), metric.object().target());
    source("External", "external", metric.has_external(), metric.external().target());
    source("Pods", "pods", metric.has_pods(), metric.pods().target());
    source("Resource", "resource", metric.has_resource(), metric.resource().target());
    source("ContainerResource", "containerResource", metric.has_containerresource(),
           metric.containerresource().target());
    if (metric.type() == "Resource" && metric.has_resource() && metric.resource().name().empty())
      add_required(found, path / "resource" / "name", "must specify a resource name");
  }

  static void check_rules(causes& found, const field_path& path, const v2::HPAScalingRules& rules) {
    if (rules.has_stabilizationwindowseconds() &&
        (rules.stabilizationwindowseconds() < 0 || rules.stabilizationwindowseconds() > 3600))
      add_invalid(found, path / "stabilizationWindowSeconds", rules.stabilizationwindowseconds(),
                  rules.stabilizationwindowseconds() < 0 ? "must be greater than or equal to zero"
                                                         : "must be less than or equal to 3600");
    if (rules.has_selectpolicy() && !is_one_of(rules.selectpolicy(), {"Disabled", "Max", "Min"}))
      add_not_supported(found, path / "selectPolicy", rules.selectpolicy(), {"Disabled", "Max", "Min"});
    if (rules.policies().empty()) add_required(found, path / "policies", "must specify at least one Policy");
    for (int i = 0; i < rules.policies_size(); ++i) {
      auto& policy = rules.policies(i);
      field_path at = (path / "policies")[i];
      if (!is_one_of(policy.type(), {"Percent", "Pods"}))
        add_not_supported(found, at / "type", policy.type(), {"Percent", "Pods"});
      if (policy.value() <= 0) add_invalid(found, at / "value", policy.value(), "must be greater than zero");
      if (policy.periodseconds() <= 0)
        add_invalid(found, at / "periodSeconds", policy.periodseconds(), "must be greater than zero");
      if (policy.periodseconds() > 1800)
        add_invalid(found, at / "periodSeconds", policy.periodseconds(), "must be less than or equal to 1800");
    }
  }

  static std::string amount(bool set, const Quantity& value) { return set ? value.string() : "<unknown>"; }

  /// "cpu: 40%/80%": what it is now, and what it should be.
  static std::string metric_text(const v2::MetricSpec& metric, const v2::MetricStatus* now) {
    auto usage = [](const std::string& name, const v2::MetricTarget& target, const v2::MetricValueStatus* current) {
      if (target.has_averagevalue())
        return name + ": " +
               amount(current && current->has_averagevalue(),
                      current ? current->averagevalue() : Quantity::default_instance()) +
               "/" + target.averagevalue().string();
      std::string is = current && current->has_averageutilization()
                           ? std::to_string(current->averageutilization()) + "%"
                           : "<unknown>";
      return name + ": " + is + "/" +
             (target.has_averageutilization() ? std::to_string(target.averageutilization()) + "%" : "<auto>");
    };
    auto value = [](const v2::MetricTarget& target, const v2::MetricValueStatus* current) {
      if (target.has_averagevalue())
        return amount(current && current->has_averagevalue(),
                      current ? current->averagevalue() : Quantity::default_instance()) +
               "/" + target.averagevalue().string() + " (avg)";
      return amount(current && current->has_value(), current ? current->value() : Quantity::default_instance()) + "/" +
             target.value().string();
    };
    if (metric.type() == "Resource")
      return usage(metric.resource().name(), metric.resource().target(),
                   now && now->has_resource() ? &now->resource().current() : nullptr);
    if (metric.type() == "ContainerResource")
      return usage(metric.containerresource().name(), metric.containerresource().target(),
                   now && now->has_containerresource() ? &now->containerresource().current() : nullptr);
    if (metric.type() == "Pods") {
      std::string is = now && now->has_pods() ? now->pods().current().averagevalue().string() : "<unknown>";
      return is + "/" + metric.pods().target().averagevalue().string();
    }
    if (metric.type() == "Object")
      return value(metric.object().target(), now && now->has_object() ? &now->object().current() : nullptr);
    if (metric.type() == "External")
      return value(metric.external().target(), now && now->has_external() ? &now->external().current() : nullptr);
    return "<unknown type>";
  }

  static std::string metrics_column(const v2::HorizontalPodAutoscaler& scaler) {
    auto& metrics = scaler.spec().metrics();
    if (metrics.empty()) return "<none>";
    std::string out;
    for (int i = 0; i < std::min(metrics.size(), 2); ++i) {
      auto* now = i < scaler.status().currentmetrics_size() ? &scaler.status().currentmetrics(i) : nullptr;
      out.append(out.empty() ? "" : ", ").append(metric_text(metrics[i], now));
    }
    if (metrics.size() > 2) out += " + " + std::to_string(metrics.size() - 2) + " more...";
    return out;
  }
};

}  // namespace

void add_autoscaling_strategies(strategy_table& table) {
  enter<autoscaler_v1_strategy>(table, "k8s.io.api.autoscaling.v1.HorizontalPodAutoscaler");
  enter<autoscaler_strategy>(table, "k8s.io.api.autoscaling.v2.HorizontalPodAutoscaler");
}

}  // namespace troupe::gateway
