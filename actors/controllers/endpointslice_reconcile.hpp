// Keeps EndpointSlices (discovery.k8s.io/v1) and Endpoints (v1) as the pods behind each Service are
// (kubernetes.io/docs/concepts/services-networking/endpoint-slices). Pure.
#pragma once
#include "actors/controllers/pod_index.hpp"
#include "runtime/control/reconcile.hpp"

namespace troupe::controllers {

reconciled endpointslice_reconcile(const std::string& key, const roots&, const pod_index&, const moment&);
controller_spec endpointslice_controller();

reconciled endpoints_reconcile(const std::string& key, const roots&, const pod_index&, const moment&);
controller_spec endpoints_controller();

constexpr int endpoints_per_slice_max = 100;  // controller-manager's --max-endpoints-per-slice
constexpr int endpoints_addresses_max = 1000; // Endpoints are truncated there and say so in an annotation

} // namespace troupe::controllers
