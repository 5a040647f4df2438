// A reply as a pulled stream of bytes: its text, then its shared parts, then its body. What is not sent yet is referred to,
// not copied.
#pragma once
#include <cstdint>
#include "messages/call.hpp"

namespace troupe {

class reply_reader {
public:
  reply_reader() = default;
  /// `without_body`: an answer to HEAD; length() is told all the same.
  explicit reply_reader(reply, bool without_body = false);
  int code() const { return reply_.code; }
  reply& head() { return reply_; }
  /// Of all that will be read; -1: not known before the end.
  int64_t length() const { return length_; }
  /// At most `room` bytes; 0: nothing now, or done().
  size_t read(char* to, size_t room);
  bool done() const;
  bool without_body() const { return without_body_; }
  void tick(int64_t now_ms) {
    if (reply_.stream) reply_.stream->tick(now_ms);
  }

private:
  reply reply_;
  int64_t length_ = 0;
  size_t part_ = 0, offset_ = 0; // part 0 is the text
  bool without_body_ = false;
};

/// Whether a header of the chain's goes to the client as it is: lengths, framing and the connection are the server's.
bool forwards_header(std::string_view name);

} // namespace troupe
