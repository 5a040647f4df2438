// A body is pulled: an I/O thread asks for bytes only while the socket and the flow-control window have room, so a list
// that is not sent yet costs references and not a copy, and a stalled client holds nobody up.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace troupe {

/// What a body wakes when it has bytes again. Called on the body's home thread only.
class body_sink {
public:
  virtual ~body_sink() = default;
  virtual void body_ready() = 0;
};

/// Lives on one I/O thread. Destroyed when the stream ends, however it ends: that is its cancellation.
class body {
public:
  virtual ~body() = default;
  /// Writes at most `room` bytes to `to`; 0: nothing now (body_ready comes later) or done.
  virtual size_t read(char* to, size_t room) = 0;
  virtual bool done() const = 0;
  virtual void attach(body_sink*) {}
  /// The coarse tick (once a second at least) of the home thread: deadlines, bookmarks. Steady time.
  virtual void tick(int64_t /*now_ms*/) {}
  /// The connection is being closed in order (a drain): end after what is whole, so that the client can go on elsewhere.
  virtual void wind_up() {}
};

/// The bytes of a connection after a 101: exec, attach, port-forward. Pure translator; lives on the connection's thread.
class duplex {
public:
  virtual ~duplex() = default;
  /// Bytes from the client. The caller stops reading the socket while `stalled()`.
  virtual void from_client(std::string_view bytes) = 0;
  virtual void client_closed() = 0;
  /// Bytes for the client: the caller takes from the front what the socket took, then calls `taken()`.
  virtual std::string& out() = 0;
  virtual void taken() = 0;
  virtual bool stalled() const = 0;
  /// Everything was said: write out(), then close gently (shut our half, read until EOF, at most 5 s).
  virtual bool finished() const = 0;
  virtual void attach(body_sink*) = 0;
  virtual void tick(int64_t now_ms) = 0;
  /// The connection is being closed in order: say the last word and be finished() soon.
  virtual void wind_up() {}
};

} // namespace troupe
