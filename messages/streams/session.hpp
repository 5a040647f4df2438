// A session's wire: numbered, windowed channels in one ordered pipe of bytes between gateway and node. Pure, and the same
// class on both sides. Exec and attach have a channel for each of stdin, stdout, stderr, resize and status; a forwarded
// connection is one channel; a log is one `out` channel and a `status`.
//
// A frame: type u8, channel u32, length u32 (big endian), payload. The gateway opens the channels, `status` last: then the
// node begins. The node's first frame is `ready` or `refused`, before the client is told anything.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include "messages/result.hpp"

namespace troupe {

enum class channel_kind : uint8_t { in, out, err, status, resize, port };
enum class frame_type : uint8_t { ready = 1, refused, open, data, fin, reset, window };

/// How a session ended; the payload of the `status` channel (one data frame, then fin), and of `refused`.
struct stream_outcome {
  enum class kind : uint8_t { success, exited, failed } what = kind::success;
  int32_t exit_code = 0; // exited: what the process returned, not 0
  // failed: as in metav1.Status
  int32_t code = 500;
  std::string reason, message;

  static stream_outcome exit(int32_t code); // success or exited
  static stream_outcome failure(std::string message, std::string reason = "InternalError", int32_t code = 500);
  std::string encode() const;
  /// Empty: not an outcome.
  static std::optional<stream_outcome> decode(std::string_view bytes);
};

/// Size of a terminal; the payload of a `resize` channel's data (4 bytes: columns, rows).
struct terminal_size {
  uint16_t columns = 0, rows = 0;
  std::string encode() const;
  static std::optional<terminal_size> decode(std::string_view bytes);
};

struct session_event {
  frame_type type{};       // never `window`
  uint32_t channel = 0;    // 0: ready, refused
  channel_kind kind{};
  uint16_t port = 0;       // open of a `port`
  std::string_view data;   // data: bytes; reset: why; refused: stream_outcome. Valid until the next call
};

class session {
public:
  // ---- channels
  /// Opens a channel (gateway's side only). Returns its number.
  uint32_t open(channel_kind, uint16_t port = 0);
  /// How many bytes may be written to a channel now; 0 for one that is finished or gone.
  size_t room(uint32_t channel) const;
  /// Neither reset nor finished by both sides.
  bool alive(uint32_t channel) const { return channels_.count(channel) != 0; }
  size_t size() const { return channels_.size(); }
  /// Writes at most room() bytes; returns how many.
  size_t write(uint32_t channel, std::string_view bytes);
  /// We write no more to it.
  void fin(uint32_t channel);
  /// Neither side writes more to it. On a `port` channel `why` becomes the text that the client is shown.
  void reset(uint32_t channel, std::string_view why);
  /// The owner has passed on `bytes` of the data it was given: the peer gets its room back, by halves of the window.
  /// Call it only when they have left (to the socket, to the process): that is what bounds the memory.
  void consumed(uint32_t channel, size_t bytes);

  // ---- the node's first word
  void ready();
  void refuse(const stream_outcome&);

  // ---- the pipe
  /// What is to be sent to the peer; the owner takes it.
  std::string out;
  std::string take_out() { std::string taken; taken.swap(out); return taken; }
  /// The next event in `in`, whose front is used up. None: all of it was used.
  std::optional<session_event> next(std::string_view& in);
  /// The peer broke the protocol: nothing more comes of it, close the pipe.
  bool failed() const { return failed_; }

private:
  struct channel {
    channel_kind kind;
    uint32_t credit, theirs, owed = 0;
    bool sent_fin = false, got_fin = false;
  };
  void drop_if_done(std::map<uint32_t, channel>::iterator);
  std::optional<session_event> frame();
  std::optional<session_event> opened(std::string_view payload, uint32_t id);
  void put(frame_type, uint32_t channel, std::string_view payload);
  uint32_t number(size_t at) const;
  uint32_t last_ = 0;
  std::map<uint32_t, channel> channels_;
  std::string buffer_; // one frame
  bool spent_ = false, failed_ = false;
};

// Limits
constexpr uint32_t channel_window_bytes = 256u << 10; // on its way per channel and direction
constexpr size_t session_channels_max = 4096;

} // namespace troupe
