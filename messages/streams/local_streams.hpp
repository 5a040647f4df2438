// Sessions within one process: the gateway's end and the node's end post to each other's threads. A node implements
// stream_server; the rest of node_streams (threads, the end said once) is here. The link uses the same two interfaces.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include "messages/streams/node_streams.hpp"

namespace troupe {

/// A node's door for sessions.
class stream_server {
public:
  virtual ~stream_server() = default;
  /// A session begins. `back` takes the node's frames from any thread, ready() or refuse() first; back->close() says that
  /// the session is lost (after an orderly end it is dropped silently by the gateway). The pipe that is returned gets the
  /// gateway's frames and its close, on the gateway's thread: it must only hand them over. Null: no session can be made.
  virtual std::shared_ptr<stream_pipe> accept(stream_begin begin, std::shared_ptr<stream_pipe> back) = 0;
};

/// node_streams over the servers of this process, by node name.
class local_streams final : public node_streams {
public:
  void set(const std::string& node, std::shared_ptr<stream_server> server);
  void erase(const std::string& node);
  std::shared_ptr<stream_pipe> open(const std::string& node, stream_begin begin, std::shared_ptr<reply_sink> home,
                                    std::function<void(std::string)> on_frames,
                                    std::function<void(std::string why)> on_lost) override;

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<stream_server>> servers_;
};

} // namespace troupe
