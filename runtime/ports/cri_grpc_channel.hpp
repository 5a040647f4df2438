// The connection to a container runtime: unary calls by message type, and the stream of its events. Keeps gRPC's headers
// (25 s of compile time) out of everything else. Its own thread runs the callbacks.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include "messages/actors/pod.hpp"

namespace troupe {

class cri_channel {
public:
  struct listener {
    /// A call has ended. `reply` is never null.
    std::function<void(uint64_t id, std::shared_ptr<cri_reply> reply)> done;
    /// Something happened in the runtime (`watched` true), or the stream of events has begun or ended (false: nobody will
    /// tell of changes until it begins again).
    std::function<void(bool watched)> event;
  };
  /// `endpoint`: a path, "unix://" allowed in front.
  cri_channel(const std::string& endpoint, listener told);
  /// Cancels what is under way and waits for its end; no callback comes afterwards.
  ~cri_channel();
  cri_channel(const cri_channel&) = delete;

  /// False: the runtime interface has no such request.
  bool start(uint64_t id, const cri_call& call);
  /// Begins (again) to listen to the runtime's events. A runtime without them (containerd before 1.7 knows its own kind)
  /// is asked for containerd's; one without both ends the stream at once.
  void watch();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace troupe
