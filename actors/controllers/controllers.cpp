#include "actors/controllers/controllers.hpp"
#include "actors/controllers/deployment_reconcile.hpp"
#include "actors/controllers/disruption_reconcile.hpp"
#include "actors/controllers/endpointslice_reconcile.hpp"
#include "actors/controllers/garbage_reconcile.hpp"
#include "actors/controllers/namespace_reconcile.hpp"
#include "actors/controllers/node_lifecycle_reconcile.hpp"
#include "actors/controllers/protection_reconcile.hpp"
#include "actors/controllers/replicaset_reconcile.hpp"
#include "actors/controllers/resource_quota_reconcile.hpp"
#include "runtime/control/controller_actor.hpp"

namespace troupe {

std::vector<child_spec> controllers_children(controllers_options options) {
  using namespace controllers;
  auto certificate = options.root_certificate;
  auto range = options.cluster_range;
  return {
      controller_child("service-account", service_account_controller),
      controller_child("root-ca-cert-publisher", [certificate] { return root_certificate_controller(certificate); }),
      controller_child("node-ipam", [range] { return node_range_controller(range); }),
      controller_child("node-lifecycle", node_lifecycle_controller),
      controller_child("replicaset", replicaset_controller),
      controller_child("deployment", deployment_controller),
      controller_child("endpointslice", endpointslice_controller),
      controller_child("endpoint", endpoints_controller),
      controller_child("taint-eviction", taint_eviction_controller),
      controller_child("namespace", namespace_controller),
      controller_child("generic-garbage-collector", garbage_controller),
      controller_child("pod-garbage-collector", pod_garbage_controller),
      controller_child("disruption", disruption_controller),
      controller_child("resourcequota", resource_quota_controller),
      controller_child("pvc-protection", claim_protection_controller),
      controller_child("pv-protection", volume_protection_controller),
      controller_child("volumeattributesclass-protection", attributes_class_protection_controller),
  };
}

} // namespace troupe
