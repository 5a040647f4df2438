// How a Deployment moves from its old ReplicaSets to the new one: pure arithmetic over what they are and should be
// (kubernetes.io/docs/concepts/workloads/controllers/deployment; the rules and their rounding are upstream's).
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include "messages/api/apps/v1.pb.h" // only for .cpp files

namespace troupe::controllers {

namespace apps = k8s::io::api::apps::v1;

/// A ReplicaSet under a Deployment, with what is to become of it.
struct rollout_set {
  apps::ReplicaSet set;
  bool is_new = false;   // has the Deployment's template
  bool changed = false;  // set.spec.replicas or annotations were changed by the plan
  int32_t replicas_before = 0;
  int32_t replicas() const { return set.spec().replicas(); }
  void scale_to(int32_t replicas) {
    if (set.spec().replicas() == replicas) return;
    set.mutable_spec()->set_replicas(replicas);
    changed = true;
  }
};

struct rollout_limits {
  int32_t surge = 0, unavailable = 0; // pods above and below spec.replicas
};
/// Resolves percentages: surge rounds up, unavailable down; both zero means one unavailable.
rollout_limits limits_of(const apps::Deployment&);

/// Whether the Deployment was scaled since its sets were last looked at (their desired-replicas annotation differs).
bool was_scaled(const apps::Deployment&, const std::vector<rollout_set>&);
/// Gives a scaled Deployment's replicas to its sets in proportion.
void scale_proportionally(const apps::Deployment&, std::vector<rollout_set>&);
/// One step of a rolling update: grows the new set as far as surge allows, else shrinks old ones as availability allows.
void roll(const apps::Deployment&, std::vector<rollout_set>&);
/// One step of Recreate: old sets to zero; the new one grows when `old_pods_gone`.
void recreate(const apps::Deployment&, std::vector<rollout_set>&, bool old_pods_gone);

/// The Deployment's template is `set`'s, but for the hash label.
bool same_template(const apps::Deployment&, const apps::ReplicaSet&);
std::string template_hash(const apps::Deployment&);

bool complete(const apps::Deployment&, const apps::DeploymentStatus&);

inline constexpr std::string_view hash_label = "pod-template-hash";
inline constexpr std::string_view revision_annotation = "deployment.kubernetes.io/revision";
inline constexpr std::string_view desired_annotation = "deployment.kubernetes.io/desired-replicas";
inline constexpr std::string_view max_annotation = "deployment.kubernetes.io/max-replicas";

} // namespace troupe::controllers
