// A node's door for sessions (messages/streams/local_streams.hpp): exec and attach through the runtime's streaming URL as
// a SPDY client, port-forward by a socket made in the pod's network namespace, logs from files. One I/O thread for all.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include "messages/actors/pod.hpp"
#include "messages/streams/local_streams.hpp"

namespace troupe {

class stream_loop;
class node_session;

/// Finds the way to a session's process and calls ticket->answer, on any thread. False: nobody there to ask.
using stream_resolver = std::function<bool(std::shared_ptr<stream_ticket> ticket)>;

class stream_port final : public stream_server, public std::enable_shared_from_this<stream_port> {
public:
  explicit stream_port(stream_resolver resolver);
  ~stream_port() override;
  std::shared_ptr<stream_pipe> accept(stream_begin begin, std::shared_ptr<stream_pipe> back) override;

private:
  class way_in;
  void drop(uint64_t id);
  stream_resolver resolver_;
  std::map<uint64_t, std::shared_ptr<node_session>> sessions_; // on the loop's thread
  std::atomic<uint64_t> last_{0};
  std::unique_ptr<stream_loop> loop_; // last: its thread ends first
};

constexpr size_t sessions_max = 1000; // at once; more are refused

} // namespace troupe
