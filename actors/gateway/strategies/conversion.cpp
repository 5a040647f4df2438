// Kinds that are stored in one version and served in two.
#include <nlohmann/json.hpp>
#include "actors/gateway/strategies/api_names.hpp"
#include "actors/gateway/strategies/strategy.hpp"
#include "messages/api/autoscaling/v1.pb.h"
#include "messages/api/autoscaling/v2.pb.h"
#include "messages/api/core/v1/event.pb.h"
#include "messages/api/events/v1.pb.h"

namespace troupe::gateway {
namespace {

namespace scaling_1 = k8s::io::api::autoscaling::v1;
namespace scaling_2 = k8s::io::api::autoscaling::v2;
namespace events = k8s::io::api::events::v1;

template <class To, class From>
void copy_reference(To* to, const From& from) {
  if (!from.kind().empty()) to->set_kind(from.kind());
  if (!from.name().empty()) to->set_name(from.name());
  if (!from.apiversion().empty()) to->set_apiversion(from.apiversion());
}

/// Fields that both statuses have under the same names.
template <class To, class From>
void copy_status(To* to, const From& from) {
  if (from.has_observedgeneration()) to->set_observedgeneration(from.observedgeneration());
  if (from.has_lastscaletime()) *to->mutable_lastscaletime() = from.lastscaletime();
  to->set_currentreplicas(from.currentreplicas());
  to->set_desiredreplicas(from.desiredreplicas());
}

bool is_cpu_utilization(const scaling_2::MetricSpec& metric) {
  return metric.type() == "Resource" && metric.resource().name() == "cpu" &&
         metric.resource().target().has_averageutilization();
}

std::unique_ptr<Message> to_v2(const scaling_1::HorizontalPodAutoscaler& from) {
  auto to = std::make_unique<scaling_2::HorizontalPodAutoscaler>();
  *to->mutable_metadata() = from.metadata();
  auto& spec = *to->mutable_spec();
  copy_reference(spec.mutable_scaletargetref(), from.spec().scaletargetref());
  if (from.spec().has_minreplicas()) spec.set_minreplicas(from.spec().minreplicas());
  spec.set_maxreplicas(from.spec().maxreplicas());
  if (from.spec().has_targetcpuutilizationpercentage()) {
    auto& metric = *spec.add_metrics();
    metric.set_type("Resource");
    metric.mutable_resource()->set_name("cpu");
    metric.mutable_resource()->mutable_target()->set_type("Utilization");
    metric.mutable_resource()->mutable_target()->set_averageutilization(from.spec().targetcpuutilizationpercentage());
  }
  copy_status(to->mutable_status(), from.status());
  if (from.status().has_currentcpuutilizationpercentage()) {
    auto& metric = *to->mutable_status()->add_currentmetrics();
    metric.set_type("Resource");
    metric.mutable_resource()->set_name("cpu");
    metric.mutable_resource()->mutable_current()->set_averageutilization(
        from.status().currentcpuutilizationpercentage());
  }
  return to;
}

std::unique_ptr<Message> to_v1(const scaling_2::HorizontalPodAutoscaler& from) {
  auto to = std::make_unique<scaling_1::HorizontalPodAutoscaler>();
  *to->mutable_metadata() = from.metadata();
  auto& spec = *to->mutable_spec();
  copy_reference(spec.mutable_scaletargetref(), from.spec().scaletargetref());
  if (from.spec().has_minreplicas()) spec.set_minreplicas(from.spec().minreplicas());
  spec.set_maxreplicas(from.spec().maxreplicas());
  for (auto& metric : from.spec().metrics())
    if (is_cpu_utilization(metric)) {
      spec.set_targetcpuutilizationpercentage(metric.resource().target().averageutilization());
      break;
    }
  copy_status(to->mutable_status(), from.status());
  for (auto& metric : from.status().currentmetrics())
    if (metric.type() == "Resource" && metric.resource().name() == "cpu" &&
        metric.resource().current().has_averageutilization()) {
      to->mutable_status()->set_currentcpuutilizationpercentage(metric.resource().current().averageutilization());
      break;
    }
  if (from.status().conditions_size()) {  // v1 has no place for them but this annotation
    auto list = nlohmann::ordered_json::array();
    for (auto& condition : from.status().conditions())
      list.push_back({{"type", condition.type()},
                      {"status", condition.status()},
                      {"reason", condition.reason()},
                      {"message", condition.message()}});
    entry_of(to->mutable_metadata()->mutable_annotations(), "autoscaling.alpha.kubernetes.io/conditions")
        ->set_value(list.dump());
  }
  return to;
}

std::unique_ptr<Message> to_core(const events::Event& from) {
  auto to = std::make_unique<core::Event>();
  *to->mutable_metadata() = from.metadata();
  *to->mutable_involvedobject() = from.regarding();
  to->set_reason(from.reason());
  to->set_message(from.note());
  to->set_type(from.type());
  to->set_action(from.action());
  to->set_reportingcomponent(from.reportingcontroller());
  to->set_reportinginstance(from.reportinginstance());
  if (from.eventtime().has_seconds()) *to->mutable_eventtime() = from.eventtime();
  if (from.has_related()) *to->mutable_related() = from.related();
  if (from.has_series()) {
    to->mutable_series()->set_count(from.series().count());
    *to->mutable_series()->mutable_lastobservedtime() = from.series().lastobservedtime();
  }
  *to->mutable_source() = from.deprecatedsource();
  if (from.deprecatedfirsttimestamp().has_seconds()) *to->mutable_firsttimestamp() = from.deprecatedfirsttimestamp();
  if (from.deprecatedlasttimestamp().has_seconds()) *to->mutable_lasttimestamp() = from.deprecatedlasttimestamp();
  to->set_count(from.deprecatedcount());
  return to;
}

std::unique_ptr<Message> to_events(const core::Event& from) {
  auto to = std::make_unique<events::Event>();
  *to->mutable_metadata() = from.metadata();
  *to->mutable_regarding() = from.involvedobject();
  to->set_reason(from.reason());
  to->set_note(from.message());
  to->set_type(from.type());
  to->set_action(from.action());
  to->set_reportingcontroller(from.reportingcomponent());
  to->set_reportinginstance(from.reportinginstance());
  if (from.eventtime().has_seconds()) *to->mutable_eventtime() = from.eventtime();
  if (from.has_related()) *to->mutable_related() = from.related();
  if (from.has_series()) {
    to->mutable_series()->set_count(from.series().count());
    *to->mutable_series()->mutable_lastobservedtime() = from.series().lastobservedtime();
  }
  *to->mutable_deprecatedsource() = from.source();
  if (from.firsttimestamp().has_seconds()) *to->mutable_deprecatedfirsttimestamp() = from.firsttimestamp();
  if (from.lasttimestamp().has_seconds()) *to->mutable_deprecatedlasttimestamp() = from.lasttimestamp();
  to->set_deprecatedcount(from.count());
  return to;
}

}  // namespace

std::unique_ptr<Message> convert(const Message& from, const kind_row& to) {
  auto* type = from.GetDescriptor();
  if (type->full_name() == to.message) return nullptr;
  if (type == scaling_1::HorizontalPodAutoscaler::descriptor())
    return to_v2(static_cast<const scaling_1::HorizontalPodAutoscaler&>(from));
  if (type == scaling_2::HorizontalPodAutoscaler::descriptor())
    return to_v1(static_cast<const scaling_2::HorizontalPodAutoscaler&>(from));
  if (type == events::Event::descriptor()) return to_core(static_cast<const events::Event&>(from));
  if (type == core::Event::descriptor()) return to_events(static_cast<const core::Event&>(from));
  return nullptr;
}

}  // namespace troupe::gateway
