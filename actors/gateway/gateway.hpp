// The gateway's one handler chain, as the composition root sees it. Everything it needs is given here; it reads no clock,
// file or environment. The chain itself is plain calls (messages/call.hpp), no CAF.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include "messages/call.hpp"
#include "messages/streams/node_streams.hpp"

namespace troupe {

/// One line of /livez, /readyz and /healthz. `test` returns "" when well, else why not; called on an I/O thread, so it
/// must not wait.
struct health_check {
  std::string name;             // "ping", "store", "poststarthook/rbac/bootstrap-roles"
  std::function<std::string()> test;
  bool live = true;             // also part of /livez (a check that only delays readiness is not)
};

struct gateway_options {
  // ---- state
  const roots* state = nullptr;                 // the replica's published state
  tables* events = nullptr;                     // its recent events
  std::function<void(call_ptr)> propose;        // chain::propose
  // ---- the supervision tree as objects (troupe.dev/v1 actors); null where there is none
  const roots* actor_state = nullptr;
  tables* actor_events = nullptr;
  std::function<result<nothing>(const std::string& name)> kill_actor; // called on an I/O thread; must not wait
  // ---- nodes
  node_streams* streams = nullptr;              // null: exec, logs and the like answer 503
  // ---- identity (runtime/pki)
  std::string authority_pem;                    // the cluster's CA certificate: kube-root-ca.crt
  std::string account_key_pem;                  // private key that signs service account tokens
  std::string issuer = "https://kubernetes.default.svc.cluster.local";
  // ---- addresses
  std::string service_cidr = "10.96.0.0/12";
  uint16_t node_port_first = 30000, node_port_last = 32767;
  std::string api_address = "127.0.0.1";        // endpoint of the service `kubernetes` (never a loopback in production)
  uint16_t api_port = 6443;
  // ---- the rest
  std::string version = "v1.37.2+troupe";       // gitVersion of /version
  std::string build_date = "2026-11-24T00:00:00Z"; // RFC 3339
  std::function<std::string()> metrics_text;    // Prometheus text of /metrics
  std::vector<health_check> checks;             // beside "ping"
  /// Told of each answered request (metrics): verb ("GET", "LIST", "WATCH", "POST", ...), resource, subresource, code.
  std::function<void(std::string_view verb, std::string_view resource, std::string_view subresource, int code)> measured;
  size_t reads_in_flight_max = 400;             // per I/O thread; 429 above (watches and streams are not counted)
  size_t writes_in_flight_max = 200;            // per I/O thread
  std::function<size_t(bool writes)> in_flight_max; // asked instead of the two above where it is set
};

/// The one chain. Copyable; all I/O threads and env.api share it.
chain make_chain(gateway_options options);

/// What a new cluster must hold: namespaces, bootstrap roles and bindings, priority classes, the service `kubernetes`
/// with its endpoints, ... One transaction each, only for what is missing in `state` (or is the server's to correct: the
/// endpoints). Propose them before the first /readyz and again until the list comes back empty. Deterministic.
std::vector<txn> bootstrap(const roots& state, const gateway_options& options, int64_t wall_ns, uint64_t random);

} // namespace troupe
