// Exec and attach: what the protocols have in common. INTERNAL to this folder.
#pragma once
#include <array>
#include "actors/gateway/streams/translator.hpp"

namespace troupe {

class exec_translator : public translator {
public:
  void refused(const stream_outcome&) override;

protected:
  /// Streams as clients number them.
  enum stream : size_t { stdin_stream, stdout_stream, stderr_stream, error_stream, resize_stream, stream_count };
  explicit exec_translator(const stream_begin&);
  /// Opens the channels that were asked for; the node starts when it sees `status`, the last one.
  void begin();
  bool begun() const { return channel_[error_stream] != 0; }
  void node_event(const session_event&) final;
  void lost(std::string_view why) final;
  void abandon() final;
  uint32_t channel(size_t of) const { return channel_[of]; }
  bool asked(size_t) const;

  // ---- of the protocol: bytes on stdout or stderr, their end, and the last word
  virtual void say(size_t stream, std::string_view bytes) = 0;
  virtual void close(size_t stream) = 0;
  virtual void finish(const stream_outcome&) = 0;
  const std::vector<std::string> arguments_;

private:
  void ended(size_t stream);
  void finish_now(const stream_outcome&);
  bool in_, out_asked_, err_, tty_;
  std::array<uint32_t, stream_count> channel_{}; // 0: not asked for
  std::array<bool, stream_count> ended_{};
  std::string outcome_bytes_;
};

} // namespace troupe
