// How the gateway reaches a node's processes: exec, attach, port-forward and logs are one internal session of numbered,
// windowed channels (session.hpp); translators live at the gateway, the node knows only this.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include "messages/call.hpp"

namespace troupe {

/// What a session is for; its first frame.
struct stream_begin {
  enum class verb : uint8_t { exec, attach, forward, log };
  verb what = verb::exec;
  std::string space, pod, pod_uid, container;
  std::vector<std::string> arguments;             // exec
  bool in = false, out = false, err = false, tty = false;
  // log (core/v1 PodLogOptions)
  bool follow = false, previous = false, timestamps = false;
  int64_t since_seconds = -1, since_wall_ns = -1; // -1: not asked
  int64_t tail_lines = -1, limit_bytes = -1;
  std::string log_stream;                         // "", "All", "Stdout", "Stderr"
};

/// One direction of a session's bytes. From any thread; never blocks (the session's windows bound what is on its way).
class stream_pipe {
public:
  virtual ~stream_pipe() = default;
  virtual void send(std::string frames) = 0;
  virtual void close() = 0;
};

/// The node's door for sessions. Given to the gateway by the composition root.
class node_streams {
public:
  virtual ~node_streams() = default;
  /// Opens a session on `node`. `on_frames` and, once at the end, `on_lost` run on `home`'s thread by home->post. The
  /// node answers with a ready or a refused frame before anything else. Null: no way to that node just now.
  virtual std::shared_ptr<stream_pipe> open(const std::string& node, stream_begin begin, std::shared_ptr<reply_sink> home,
                                            std::function<void(std::string)> on_frames,
                                            std::function<void(std::string why)> on_lost) = 0;
};

} // namespace troupe
