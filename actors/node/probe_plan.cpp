#include "actors/node/probe_plan.hpp"
#include <algorithm>

namespace troupe {

const char* probe_name(probe_kind kind) {
  switch (kind) {
    case probe_kind::startup: return "Startup";
    case probe_kind::readiness: return "Readiness";
    default: return "Liveness";
  }
}

int64_t probe_due(const core::Probe& probe, probe_kind kind, const std::string& container_id, int64_t running_ms,
                  int64_t now_ms, probe_memory& memory) {
  if (memory.container_id != container_id) {
    memory = {};
    memory.container_id = container_id;
    auto delay = int64_t{probe.initialdelayseconds()} * 1000;
    memory.next_ms = now_ms + std::max<int64_t>(0, delay - running_ms);
  }
  // A container that failed for good is being stopped; a startup probe that has passed is over.
  bool over = (kind != probe_kind::readiness && memory.now == probe_memory::outcome::failure) ||
              (kind == probe_kind::startup && memory.now == probe_memory::outcome::success);
  if (over || memory.running) return INT64_MAX;
  return memory.next_ms;
}

bool probe_outcome(const core::Probe& probe, bool success, const std::string& message, int64_t now_ms, probe_memory& memory) {
  memory.running = false;
  memory.next_ms = now_ms + int64_t{std::max(1, probe.periodseconds())} * 1000;
  auto before = memory.now;
  if (success) {
    memory.failures = 0;
    if (++memory.successes >= std::max(1, probe.successthreshold())) memory.now = probe_memory::outcome::success;
  } else {
    memory.successes = 0;
    memory.message = message;
    auto threshold = probe.failurethreshold() > 0 ? probe.failurethreshold() : 3;
    if (++memory.failures >= threshold) memory.now = probe_memory::outcome::failure;
  }
  return before != memory.now;
}

void probe_adopt(const std::string& container_id, bool passed, probe_memory& memory) {
  memory = {};
  memory.container_id = container_id;
  if (passed) memory.now = probe_memory::outcome::success;
}

} // namespace troupe
