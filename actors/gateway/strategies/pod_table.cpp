// The row of a pod: what its state comes down to in one word, as `kubectl get pods` shows it.
#include "actors/gateway/strategies/pod_state.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/meta/v1.pb.h"

namespace troupe::gateway {
namespace {

struct counts {
  int ready = 0, total = 0;
  int restarts = 0, sidecar_restarts = 0;
  int64_t last_restart = 0, last_sidecar_restart = 0;  // seconds; 0: never
  std::string reason;
};

bool condition_holds(const core::Pod& pod, std::string_view type) {
  for (auto& condition : pod.status().conditions())
    if (condition.type() == type) return condition.status() == "True";
  return false;
}

const core::Container* container_named(const google::protobuf::RepeatedPtrField<core::Container>& list,
                                       const std::string& name) {
  for (auto& container : list)
    if (container.name() == name) return &container;
  return nullptr;
}

std::string ended_reason(const core::ContainerStateTerminated& state) {
  if (!state.reason().empty()) return state.reason();
  return state.signal() != 0 ? "Signal:" + std::to_string(state.signal())
                             : "ExitCode:" + std::to_string(state.exitcode());
}

void count_restarts(counts& sum, const core::ContainerStatus& status, bool sidecar) {
  int64_t finished = status.laststate().terminated().finishedat().seconds();
  sum.restarts += status.restartcount();
  if (status.laststate().has_terminated()) sum.last_restart = std::max(sum.last_restart, finished);
  if (!sidecar) return;
  sum.sidecar_restarts += status.restartcount();
  if (status.laststate().has_terminated()) sum.last_sidecar_restart = std::max(sum.last_sidecar_restart, finished);
}

/// Whether the pod is still in its init containers; then sets the reason.
bool count_init_containers(counts& sum, const core::Pod& pod) {
  for (int i = 0; i < pod.status().initcontainerstatuses_size(); ++i) {
    auto& status = pod.status().initcontainerstatuses(i);
    auto* container = container_named(pod.spec().initcontainers(), status.name());
    bool sidecar = container && container->restartpolicy() == "Always";
    count_restarts(sum, status, sidecar);
    auto& state = status.state();
    if (state.has_terminated() && state.terminated().exitcode() == 0) continue;
    if (sidecar && status.started()) {
      if (status.ready()) ++sum.ready;
      continue;
    }
    if (state.has_terminated())
      sum.reason = "Init:" + ended_reason(state.terminated());
    else if (state.has_waiting() && !state.waiting().reason().empty() && state.waiting().reason() != "PodInitializing")
      sum.reason = "Init:" + state.waiting().reason();
    else
      sum.reason = "Init:" + std::to_string(i) + "/" + std::to_string(pod.spec().initcontainers_size());
    return true;
  }
  return false;
}

void count_containers(counts& sum, const core::Pod& pod) {
  sum.restarts = sum.sidecar_restarts;
  sum.last_restart = sum.last_sidecar_restart;
  bool running = false;
  for (int i = pod.status().containerstatuses_size() - 1; i >= 0; --i) {
    auto& status = pod.status().containerstatuses(i);
    auto& state = status.state();
    count_restarts(sum, status, false);
    if (state.has_waiting() && !state.waiting().reason().empty()) {
      sum.reason = state.waiting().reason();
    } else if (state.has_terminated()) {
      sum.reason = ended_reason(state.terminated());
    } else if (status.ready() && state.has_running()) {
      running = true;
      ++sum.ready;
    }
  }
  if (sum.reason == "Completed" && running) sum.reason = condition_holds(pod, "Ready") ? "Running" : "NotReady";
}

counts count(const core::Pod& pod) {
  counts sum;
  sum.total = pod.spec().containers_size();
  sum.reason = pod.status().reason().empty() ? pod.status().phase() : pod.status().reason();
  for (auto& condition : pod.status().conditions())
    if (condition.type() == "PodScheduled" && condition.reason() == "SchedulingGated") sum.reason = "SchedulingGated";
  for (auto& container : pod.spec().initcontainers())
    if (container.restartpolicy() == "Always") ++sum.total;
  bool initializing = count_init_containers(sum, pod);
  if (!initializing || condition_holds(pod, "Initialized")) count_containers(sum, pod);
  if (pod.metadata().has_deletiontimestamp()) {
    if (pod.status().reason() == "NodeLost")
      sum.reason = "Unknown";
    else if (!is_finished(pod))
      sum.reason = "Terminating";
  }
  return sum;
}

std::string gates_column(const core::Pod& pod) {
  if (pod.spec().readinessgates().empty()) return "<none>";
  int held = 0;
  for (auto& gate : pod.spec().readinessgates()) held += condition_holds(pod, gate.conditiontype());
  return std::to_string(held) + "/" + std::to_string(pod.spec().readinessgates_size());
}

}  // namespace

void print_pod(const core::Pod& pod, int64_t wall_ns, table_row& row) {
  counts sum = count(pod);
  std::string restarts = std::to_string(sum.restarts);
  if (sum.restarts != 0 && sum.last_restart != 0)
    restarts += " (" + age_between(sum.last_restart, true, wall_ns) + " ago)";
  std::string address = pod.status().podips_size() ? pod.status().podips(0).ip() : pod.status().podip();
  row.cells = {pod.metadata().name(),
               std::to_string(sum.ready) + "/" + std::to_string(sum.total),
               sum.reason,
               restarts,
               age_of(pod, wall_ns),
               or_none(address),
               or_none(pod.spec().nodename()),
               or_none(pod.status().nominatednodename()),
               gates_column(pod)};
  if (pod.status().phase() == "Succeeded")
    row.conditions.push_back({"Completed", "True", "Succeeded", "The pod has completed successfully."});
  if (pod.status().phase() == "Failed") row.conditions.push_back({"Completed", "True", "Failed", "The pod failed."});
}

}  // namespace troupe::gateway
