#include "actors/gateway/strategies/pod_state.hpp"
#include "actors/gateway/strategies/strategy.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/meta/v1.pb.h"
#include "messages/quantity.hpp"

namespace troupe::gateway {
namespace {

constexpr std::string_view computing[] = {"cpu", "memory"};

/// Sums of what counts for the class of service.
struct totals {
  quantity requests[2], limits[2];
  bool guaranteed = true;
};

template <class Entries>
quantity amount_of(const Entries& entries, std::string_view name) {
  auto* entry = find_entry(entries, name);
  return entry ? quantity::parse_or_zero(entry->value().string()) : quantity();
}

void add(totals& sum, const core::ResourceRequirements& resources) {
  for (int i = 0; i < 2; ++i) {
    auto request = amount_of(resources.requests(), computing[i]), limit = amount_of(resources.limits(), computing[i]);
    if (request.sign() > 0) sum.requests[i] += request;
    if (limit.sign() > 0)
      sum.limits[i] += limit;
    else
      sum.guaranteed = false;
  }
}

}  // namespace

std::string_view qos_class(const core::Pod& pod) {
  totals sum;
  if (pod.spec().has_resources()) {
    add(sum, pod.spec().resources());
  } else {
    for (auto& container : pod.spec().containers()) add(sum, container.resources());
    for (auto& container : pod.spec().initcontainers()) add(sum, container.resources());
  }
  bool none = true, equal = true;
  for (int i = 0; i < 2; ++i) {
    none = none && sum.requests[i].zero() && sum.limits[i].zero();
    equal = equal && !sum.requests[i].zero() && sum.requests[i] == sum.limits[i];
  }
  if (none) return "BestEffort";
  return sum.guaranteed && equal ? "Guaranteed" : "Burstable";
}

void set_time(meta::Time* time, int64_t wall_ns) {
  time->set_seconds(wall_ns / 1'000'000'000);
  time->set_nanos(0);
}

void set_pod_condition(core::Pod& pod, std::string_view type, std::string_view status, std::string_view reason,
                       std::string_view message, int64_t wall_ns) {
  core::PodCondition* condition = nullptr;
  for (auto& one : *pod.mutable_status()->mutable_conditions())
    if (one.type() == type) condition = &one;
  if (!condition) {
    condition = pod.mutable_status()->add_conditions();
    condition->set_type(std::string(type));
  }
  if (condition->status() != status) set_time(condition->mutable_lasttransitiontime(), wall_ns);
  condition->set_status(std::string(status));
  condition->clear_reason();
  condition->clear_message();
  if (!reason.empty()) condition->set_reason(std::string(reason));
  if (!message.empty()) condition->set_message(std::string(message));
}

std::string uuid_of(random_stream& random) {
  static constexpr char hexadecimal[] = "0123456789abcdef";
  std::string text = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  uint64_t bits = 0;
  for (int left = 0; char& letter : text) {
    if (letter != 'x' && letter != 'y') continue;
    if (left-- == 0) bits = random.next(), left = 15;
    letter = hexadecimal[letter == 'y' ? 8 + (bits & 3) : bits & 15];
    bits >>= 4;
  }
  return text;
}

bool is_finished(const core::Pod& pod) {
  return pod.status().phase() == "Succeeded" || pod.status().phase() == "Failed";
}

}  // namespace troupe::gateway
