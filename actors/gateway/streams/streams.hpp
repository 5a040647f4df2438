// Exec, attach, port-forward and logs at the gateway: one of kubectl's protocols on one side, a session (messages/streams)
// on the other. The chain has authorized the call, found pod, container and node, and filled in `begin`.
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include "messages/call.hpp"
#include "messages/streams/node_streams.hpp"

namespace troupe {

/// What the query of an exec, attach or port-forward says ("command=ls&stdout=true", "ports=80,443"). core/v1 PodExecOptions,
/// PodAttachOptions, PodPortForwardOptions.
struct stream_query {
  std::vector<std::string> arguments;
  std::string container;
  bool in = false, out = false, err = false, tty = false;
  std::vector<uint16_t> ports;
};
stream_query read_stream_query(std::string_view query);

/// Serves the call: chooses the protocol by the request's headers, opens a session on `node`, and answers with 101 and the
/// translator when the node says ready (exec, attach, forward), or with 200 and the bytes (log). Everything that is refused
/// is answered with upstream's code and text: no upgrade asked, no common protocol, no way to the node, the node's refusal.
/// `ports` are those of ?ports= (WebSocket v4 port-forward). Returns ready (refused at once) or elsewhere.
///
/// The chain sets call.deadline_ms to 0 before (streams live long) and has checked `container` and the pod's phase.
step serve_stream(const call_ptr& call, node_streams& streams, const std::string& node, stream_begin begin,
                  std::vector<uint16_t> ports = {});

} // namespace troupe
