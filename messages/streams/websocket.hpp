// WebSocket framing (RFC 6455), pure. A message is delivered in the pieces in which it arrives, so its length is of no
// concern; control frames come whole.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::websocket {

enum class opcode : uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct piece {
  opcode what{};                    // of the message: text or binary; or close, ping, pong
  bool first = false, last = false; // of the message
  std::string_view data;            // valid until the next call
};

class decoder {
public:
  /// `server`: what arrives must be masked (section 5.1); a client's decoder refuses masks.
  explicit decoder(bool server) : masked_(server) {}
  /// The next piece in `in`, whose front is used up. None: all of it was used.
  std::optional<piece> next(std::string_view& in);
  /// The peer broke the protocol; nothing more comes.
  bool failed() const { return failed_; }

private:
  bool head(std::string_view& in);
  bool acceptable(bool mask, uint8_t first_byte) const;
  void unmask(std::string_view in);
  std::string head_, body_;
  uint64_t left_ = 0; // of the frame's payload
  char mask_[4] = {};
  unsigned turn_ = 0; // position in the mask
  opcode what_ = opcode::continuation, message_ = opcode::continuation; // continuation: no message is open
  bool masked_, in_frame_ = false, fin_ = false, first_ = false, failed_ = false;
};

/// Appends a whole unmasked message (server to client); its payload is `front` and `back`.
void put_message(std::string& to, opcode, std::string_view front, std::string_view back = {});
/// Appends a close frame with a status code (section 7.4).
void put_close(std::string& to, uint16_t code, std::string_view why = {});
constexpr uint16_t close_normal = 1000, close_internal_error = 1011;

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (section 4.2.2).
std::string accept_key(std::string_view key);

} // namespace troupe::websocket
