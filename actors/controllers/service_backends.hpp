// Which pods stand behind a Service, and on which ports: shared by the EndpointSlice and the Endpoints controllers. Pure.
#pragma once
#include <string>
#include <vector>
#include "actors/controllers/pod_index.hpp"
#include "messages/api/core/v1/pod.pb.h"     // only for .cpp files
#include "messages/api/core/v1/service.pb.h" // only for .cpp files
#include "messages/roots.hpp"

namespace troupe::controllers {

namespace core = k8s::io::api::core::v1;

struct backend_port {
  std::string name, protocol, app_protocol;
  int32_t port = 0;
  bool operator==(const backend_port&) const = default;
  auto operator<=>(const backend_port&) const = default;
};

struct backend {
  const pod_facts* pod = nullptr;
  std::vector<backend_port> ports; // a named target port may differ from pod to pod
  std::string hostname;            // set where the pod has a name under the Service
};

/// Empty for a Service without a selector or of type ExternalName: its endpoints are not ours to make.
bool has_backends(const core::Service&);
/// By pod name. Pods without an address and finished ones are left out; those on their way out stay in.
std::vector<backend> backends_of(const core::Service&, const pod_index&);
/// Services of the pod's namespace that select it now or did before the change.
void services_of_pod(const event& change, const roots&, std::vector<std::string>& keys);

} // namespace troupe::controllers
