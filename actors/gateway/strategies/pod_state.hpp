// What follows from a pod: its class of service, and conditions in its status.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include "actors/gateway/strategies/api_names.hpp"

namespace k8s::io::api::core::v1 {
class Pod;
}

namespace troupe::gateway {

class random_stream;

/// "Guaranteed", "Burstable" or "BestEffort" (kubernetes.io/docs/concepts/workloads/pods/pod-qos).
std::string_view qos_class(const core::Pod&);
void set_time(meta::Time*, int64_t wall_ns);
/// Sets a condition's status, and the time where the status differs. An empty reason or message is none.
void set_pod_condition(core::Pod&, std::string_view type, std::string_view status, std::string_view reason,
                       std::string_view message, int64_t wall_ns);
bool is_finished(const core::Pod&);
/// A version 4 uuid from the call's random stream.
std::string uuid_of(random_stream&);

}  // namespace troupe::gateway
