// What proxy and DNS need to know of Services and EndpointSlices, as small plain values. IPv4 addresses in host order.
// Pure; service_decode.cpp reads the API's protobuf.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

enum class transport : uint8_t { tcp = 6, udp = 17, sctp = 132 }; // IANA protocol numbers

struct service_port {
  std::string name;                     // empty: the only one
  transport protocol = transport::tcp;
  uint16_t port = 0;
  uint16_t node_port = 0;               // 0: none
  bool operator==(const service_port&) const = default;
};

struct service_view {
  std::string space, name;
  std::vector<uint32_t> cluster_addresses; // empty: headless, or ExternalName
  bool headless = false;                // clusterIP: None
  std::string external_name;            // type ExternalName
  std::vector<uint32_t> external_addresses; // externalIPs and load balancer addresses
  bool sticky = false;                  // sessionAffinity: ClientIP
  bool internal_local = false, external_local = false; // traffic policies: only endpoints of this node
  bool publish_not_ready = false;
  std::vector<service_port> ports;
};

struct endpoint_view {
  uint32_t address = 0;
  bool ready = true, serving = true, terminating = false;
  std::string host_name;                // of the pod, where it has a subdomain
  std::string node;
  std::string pod_name;                 // of targetRef; empty: not a pod
};

struct endpoint_port {
  std::string name;
  transport protocol = transport::tcp;
  uint16_t port = 0;
};

struct endpoint_slice_view {
  std::string space, name;
  std::string service;                  // label kubernetes.io/service-name
  std::vector<endpoint_port> ports;
  std::vector<endpoint_view> endpoints;
};

struct namespace_view {
  std::string name;
};

/// From protobuf without envelope. Nothing where the bytes are broken; a slice of another family than IPv4 has no
/// endpoints.
std::optional<service_view> decode_service(std::string_view bytes);
std::optional<endpoint_slice_view> decode_endpoint_slice(std::string_view bytes);
std::optional<namespace_view> decode_namespace(std::string_view bytes);

/// What a list of protobuf objects holds: its resourceVersion, the token of its next page, and the objects' bytes (views
/// into `bytes`). Every XList message has the same form. False: broken.
struct list_view {
  std::string revision, next;
  std::vector<std::string_view> items;
};
bool decode_list(std::string_view bytes, list_view& to);

/// One watch frame (metav1.WatchEvent): `object` is the enveloped object, a view into `bytes`. False: broken.
struct watch_view {
  std::string type;                     // ADDED, MODIFIED, DELETED, BOOKMARK, ERROR
  std::string_view object;
};
bool decode_watch_event(std::string_view bytes, watch_view& to);
/// metadata.resourceVersion of any object; empty: none.
std::string decode_revision(std::string_view bytes);

/// Which endpoints get new connections: the ready ones; where none is, those that serve while they end (upstream's
/// terminating endpoints). With `publish_not_ready` all. `node`: only those of this node; empty: all.
std::vector<const endpoint_view*> usable_endpoints(const std::vector<const endpoint_slice_view*>& slices, const service_view& service,
                                                   std::string_view node);

} // namespace troupe
