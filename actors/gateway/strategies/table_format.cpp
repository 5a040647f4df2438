#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/time_format.hpp"

namespace troupe::gateway {
namespace {

const meta::ObjectMeta& metadata_of(const Message& object) {
  auto* field = object.GetDescriptor()->FindFieldByName("metadata");
  return static_cast<const meta::ObjectMeta&>(object.GetReflection()->GetMessage(object, field));
}

}  // namespace

std::string age_between(int64_t from_seconds, bool set, int64_t wall_ns) {
  return set ? human_duration(wall_ns / 1'000'000'000 - from_seconds) : "<unknown>";
}

std::string age_of(const meta::Time& time, int64_t wall_ns) {
  return age_between(time.seconds(), time.has_seconds(), wall_ns);
}

std::string age_of(const Message& object, int64_t wall_ns) {
  return age_of(metadata_of(object).creationtimestamp(), wall_ns);
}

std::string created_at(const Message& object) {
  return format_time(metadata_of(object).creationtimestamp().seconds());
}

std::pair<std::string, std::string> container_columns(const core::PodSpec& spec) {
  std::string names, images;
  for (auto& container : spec.containers()) {
    names.append(names.empty() ? "" : ",").append(container.name());
    images.append(images.empty() ? "" : ",").append(container.image());
  }
  return {names, images};
}

std::string labels_text(const google::protobuf::RepeatedPtrField<StringEntry>& labels) {
  std::string out;
  for (auto& entry : labels) out.append(out.empty() ? "" : ",").append(entry.key()).append("=").append(entry.value());
  return or_none(out);
}

std::string selector_column(const meta::LabelSelector& selector, bool set) {
  return set ? or_none(selector_text(selector)) : "<none>";
}

std::string number_or_text(const IntOrString& value) {
  return value.type() == 0 ? std::to_string(value.intval()) : value.strval();
}

std::string or_none(std::string_view text) {
  return text.empty() ? "<none>" : std::string(text);
}

}  // namespace troupe::gateway
