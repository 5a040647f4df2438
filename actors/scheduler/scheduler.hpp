// The scheduler as a child of the leader's supervisor: /M/leader/scheduler. Identity: system:kube-scheduler.
#pragma once
#include <string>
#include "runtime/supervision/child_spec.hpp"

namespace troupe {

struct scheduler_options {
  std::string name = "default-scheduler"; // pods whose spec.schedulerName is this are its own
};

child_spec scheduler_child(scheduler_options = {});

constexpr size_t bindings_in_flight_max = 256; // bindings and refusals being written at once

} // namespace troupe
