#include "actors/controllers/deployment_status.hpp"
#include <algorithm>
#include <limits>
#include "actors/controllers/controller_tools.hpp"

namespace troupe::controllers {

namespace {

apps::DeploymentCondition* find(apps::DeploymentStatus& status, std::string_view type) {
  for (auto& condition : *status.mutable_conditions())
    if (condition.type() == type) return &condition;
  return nullptr;
}

/// lastTransitionTime moves only with the status, lastUpdateTime with any change.
void set_condition(apps::DeploymentStatus& status, std::string_view type, bool holds, std::string_view reason,
                   std::string message, int64_t wall_ns, bool always_touch = false) {
  std::string text = holds ? "True" : "False";
  auto* condition = find(status, type);
  if (!condition) {
    condition = status.add_conditions();
    condition->set_type(std::string(type));
  } else if (condition->status() == text && condition->reason() == reason && !always_touch) {
    return;
  }
  if (condition->status() != text) set_time(*condition->mutable_lasttransitiontime(), wall_ns);
  condition->set_status(text);
  condition->set_reason(std::string(reason));
  condition->set_message(std::move(message));
  set_time(*condition->mutable_lastupdatetime(), wall_ns);
}

void count(const apps::Deployment& deployment, const std::vector<rollout_set>& sets, apps::DeploymentStatus& status) {
  int32_t replicas = 0, updated = 0, ready = 0, available = 0, wanted = 0, terminating = 0;
  for (const auto& each : sets) {
    const auto& shown = each.set.status();
    replicas += shown.replicas();
    ready += shown.readyreplicas();
    available += shown.availablereplicas();
    terminating += shown.terminatingreplicas();
    wanted += each.replicas();
    if (each.is_new) updated = shown.replicas();
  }
  status.set_observedgeneration(deployment.metadata().generation());
  status.set_replicas(replicas);
  status.set_updatedreplicas(updated);
  status.set_readyreplicas(ready);
  status.set_availablereplicas(available);
  status.set_unavailablereplicas(std::max(0, wanted - available));
  status.set_terminatingreplicas(terminating);
}

bool progressed(const apps::DeploymentStatus& now, const apps::DeploymentStatus& before) {
  return now.updatedreplicas() > before.updatedreplicas() ||
         now.replicas() - now.updatedreplicas() < before.replicas() - before.updatedreplicas() ||
         now.readyreplicas() > before.readyreplicas() || now.availablereplicas() > before.availablereplicas();
}

void set_progress(const apps::Deployment& deployment, const std::vector<rollout_set>& sets, const std::string& created,
                  int64_t wall_ns, rollout_status& out) {
  auto& status = out.status;
  const auto& spec = deployment.spec();
  if (!spec.has_progressdeadlineseconds() || spec.progressdeadlineseconds() == std::numeric_limits<int32_t>::max()) return;
  std::string name = created;
  for (const auto& each : sets)
    if (each.is_new) name = each.set.metadata().name();
  std::string subject = name.empty() ? "Deployment \"" + deployment.metadata().name() + "\"" : "ReplicaSet \"" + name + "\"";
  auto* current = find(status, "Progressing");
  if (spec.paused()) {
    if (!current || current->reason() != "DeploymentPaused") {
      auto* condition = current ? current : status.add_conditions();
      condition->set_type("Progressing");
      if (condition->status() != "Unknown") set_time(*condition->mutable_lasttransitiontime(), wall_ns);
      condition->set_status("Unknown");
      condition->set_reason("DeploymentPaused");
      condition->set_message("Deployment is paused");
      set_time(*condition->mutable_lastupdatetime(), wall_ns);
    }
    return;
  }
  if (!created.empty())
    return set_condition(status, "Progressing", true, "NewReplicaSetCreated", "Created new replica set \"" + created + "\"", wall_ns, true);
  if (complete(deployment, status))
    return set_condition(status, "Progressing", true, "NewReplicaSetAvailable", subject + " has successfully progressed.", wall_ns);
  if (status.replicas() == status.updatedreplicas() && current && current->reason() == "NewReplicaSetAvailable") return;
  if (progressed(status, deployment.status()) || !current || current->reason() == "DeploymentPaused")
    return set_condition(status, "Progressing", true, "ReplicaSetUpdated", subject + " is progressing.", wall_ns, true);
  if (current->reason() == "ProgressDeadlineExceeded") return;
  int64_t left_s = current->lastupdatetime().seconds() + spec.progressdeadlineseconds() - wall_ns / 1'000'000'000;
  if (left_s < 0)
    return set_condition(status, "Progressing", false, "ProgressDeadlineExceeded", subject + " has timed out progressing.", wall_ns);
  out.again_after_ms = (left_s + 1) * 1000;
}

} // namespace

rollout_status deployment_status(const apps::Deployment& deployment, const std::vector<rollout_set>& sets,
                                 const std::string& created, int64_t wall_ns) {
  rollout_status out;
  out.status = deployment.status();
  count(deployment, sets, out.status);
  bool enough = out.status.availablereplicas() >= deployment.spec().replicas() - limits_of(deployment).unavailable;
  if (enough)
    set_condition(out.status, "Available", true, "MinimumReplicasAvailable", "Deployment has minimum availability.", wall_ns);
  else
    set_condition(out.status, "Available", false, "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", wall_ns);
  set_progress(deployment, sets, created, wall_ns, out);
  return out;
}

} // namespace troupe::controllers
