// Probes as a pure state machine: when the next attempt is due, and what an attempt's outcome means.
// Kubernetes: a result changes only after failureThreshold (successThreshold) equal outcomes in a row; liveness and
// readiness wait for the startup probe; readiness begins as failure, liveness as success.
#pragma once
#include <cstdint>
#include <string>
#include "actors/node/pod_view.hpp"
#include "actors/node/types.hpp"

namespace troupe {

enum class probe_kind : uint8_t { startup, readiness, liveness };
const char* probe_name(probe_kind kind); // "Startup", "Readiness", "Liveness"

/// When the probe is to be tried next (steady): now or earlier means due. Forgets what it knew of another run.
/// `running_ms`: how long the container has been running.
int64_t probe_due(const core::Probe& probe, probe_kind kind, const std::string& container_id, int64_t running_ms,
                  int64_t now_ms, probe_memory& memory);

/// An attempt has ended. True when the result changed.
bool probe_outcome(const core::Probe& probe, bool success, const std::string& message, int64_t now_ms, probe_memory& memory);

/// After a restart of the actor: what the API showed for this run still holds.
void probe_adopt(const std::string& container_id, bool passed, probe_memory& memory);

} // namespace troupe
