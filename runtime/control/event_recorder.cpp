#include "runtime/control/event_recorder.hpp"
#include <algorithm>
#include <cstdio>
#include "messages/api/core/v1/event.pb.h"
#include "messages/codec.hpp"
#include "messages/time_format.hpp"

namespace troupe {
namespace {

constexpr int64_t second_ns = 1'000'000'000;

std::string object_text(const notice& what) { return what.about.text() + " " + what.uid; }

std::string series_text(const notice& what) {
  return object_text(what) + "\n" + what.type + "\n" + what.reason + "\n" + what.note;
}

std::string event_body(const notice& what, const std::string& space, const std::string& name, const std::string& controller,
                       const std::string& instance, int64_t wall_ns) {
  k8s::io::api::core::v1::Event to;
  to.mutable_metadata()->set_name(name);
  to.mutable_metadata()->set_namespace_(space);
  auto& about = *to.mutable_involvedobject();
  about.set_kind(std::string{what.about.kind->kind});
  about.set_apiversion(std::string{api_version(*what.about.kind)});
  about.set_namespace_(what.about.space);
  about.set_name(what.about.name);
  about.set_uid(what.uid);
  to.set_type(what.type);
  to.set_reason(what.reason);
  to.set_message(what.note);
  to.mutable_source()->set_component(controller);
  to.set_reportingcomponent(controller);
  to.set_reportinginstance(instance);
  to.mutable_firsttimestamp()->set_seconds(wall_ns / second_ns);
  to.mutable_lasttimestamp()->set_seconds(wall_ns / second_ns);
  to.set_count(1);
  return to_wire(to);
}

} // namespace

event_recorder::event_recorder(std::string controller, std::string instance)
  : controller_(std::move(controller)), instance_(std::move(instance)) {}

bool event_recorder::may_say(const std::string& object, int64_t wall_ns) {
  if (buckets_.size() >= event_series_max && !buckets_.contains(object))
    buckets_.erase(buckets_.begin());
  auto [found, fresh] = buckets_.try_emplace(object, bucket{event_burst, wall_ns});
  auto& one = found->second;
  auto passed = static_cast<double>(std::max<int64_t>(0, wall_ns - one.filled_ns)) / second_ns;
  one.tokens = std::min(event_burst, one.tokens + passed * event_refill_per_second);
  one.filled_ns = wall_ns;
  if (one.tokens < 1)
    return false;
  one.tokens -= 1;
  return true;
}

std::optional<action> event_recorder::record(const notice& what, int64_t wall_ns, uint64_t random) {
  if (!may_say(object_text(what), wall_ns))
    return std::nullopt;
  action to;
  to.kind = find_kind("", "v1", "events");
  to.space = what.about.space.empty() ? "default" : what.about.space;
  to.needed = false;
  auto key = series_text(what);
  auto found = known_.find(key);
  if (found != known_.end() && wall_ns - found->second.last_ns < event_series_ns) {
    auto& series = found->second;
    series.last_ns = wall_ns;
    ++series.count;
    to.what = action::verb::patch;
    to.name = series.name;
    to.content_type = "application/merge-patch+json";
    to.body = "{\"count\":" + std::to_string(series.count) + ",\"lastTimestamp\":\"" + format_time(wall_ns / second_ns) + "\"}";
    return to;
  }
  char suffix[20];
  std::snprintf(suffix, sizeof suffix, ".%016llx", static_cast<unsigned long long>(random));
  constexpr size_t name_bytes_max = 253;
  auto name = what.about.name.substr(0, name_bytes_max - 17) + suffix;
  if (found == known_.end() && known_.size() >= event_series_max) {
    auto oldest = std::min_element(known_.begin(), known_.end(), [](auto& a, auto& b) { return a.second.last_ns < b.second.last_ns; });
    known_.erase(oldest);
  }
  known_[key] = {name, wall_ns, 1};
  to.what = action::verb::create;
  to.body = event_body(what, to.space, name, controller_, instance_, wall_ns);
  return to;
}

void event_recorder::forget(const notice& what) { known_.erase(series_text(what)); }

} // namespace troupe
