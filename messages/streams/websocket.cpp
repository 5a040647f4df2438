#include "messages/streams/websocket.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace troupe::websocket {
namespace {

constexpr uint64_t frame_bytes_max = uint64_t(1) << 40; // never buffered; above this it is an attack on our arithmetic
constexpr size_t control_bytes_max = 125;

bool is_control(opcode what) { return uint8_t(what) >= uint8_t(opcode::close); }

// SHA-1 (FIPS 180-4), here only because the handshake is defined with it: nothing depends on its strength, and this
// library links no cryptography.
std::array<uint8_t, 20> sha1(std::string text) {
  uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  uint64_t bits = text.size() * 8;
  text += '\x80';
  while (text.size() % 64 != 56) text += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) text += char(bits >> shift);
  for (size_t block = 0; block < text.size(); block += 64) {
    uint32_t w[80];
    for (size_t i = 0; i < 16; ++i) {
      w[i] = 0;
      for (size_t k = 0; k < 4; ++k) w[i] = w[i] << 8 | uint8_t(text[block + 4 * i + k]);
    }
    for (size_t i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (size_t i = 0; i < 80; ++i) {
      uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      constexpr uint32_t keys[4] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
      uint32_t next = std::rotl(a, 5) + f + e + keys[i / 20] + w[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
  }
  std::array<uint8_t, 20> digest;
  for (size_t i = 0; i < 20; ++i) digest[i] = uint8_t(h[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

} // namespace

bool decoder::acceptable(bool mask, uint8_t first_byte) const {
  if (first_byte & 0x70) return false; // extensions were not negotiated
  if (mask != masked_ || left_ > frame_bytes_max) return false;
  if (is_control(what_)) return left_ <= control_bytes_max && fin_ && what_ <= opcode::pong;
  if (what_ > opcode::binary) return false;
  return (what_ == opcode::continuation) == (message_ != opcode::continuation);
}

// Reads a frame's head; false: more bytes are needed, or the head is bad.
bool decoder::head(std::string_view& in) {
  auto byte = [&](size_t at) { return uint8_t(head_[at]); };
  size_t want = 2;
  for (;;) {
    if (head_.size() >= 2) {
      auto length = byte(1) & 127;
      want = 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + (byte(1) & 128 ? 4 : 0);
    }
    if (head_.size() >= want) break;
    if (in.empty()) return false;
    head_ += in[0];
    in.remove_prefix(1);
  }
  bool mask = byte(1) & 128;
  left_ = byte(1) & 127;
  size_t at = 2, end = left_ == 126 ? 4 : left_ == 127 ? 10 : 2;
  if (end > 2)
    for (left_ = 0; at < end; ++at) left_ = left_ << 8 | byte(at);
  std::memset(mask_, 0, 4);
  if (mask) std::memcpy(mask_, &head_[at], 4);
  turn_ = 0;
  what_ = opcode(byte(0) & 15);
  fin_ = byte(0) & 128;
  if (!acceptable(mask, byte(0))) {
    failed_ = true;
    return false;
  }
  first_ = !is_control(what_) && what_ != opcode::continuation;
  if (first_) message_ = what_;
  head_.clear();
  body_.clear();
  in_frame_ = true;
  return true;
}

std::optional<piece> decoder::next(std::string_view& in) {
  for (;;) {
    if (failed_) {
      in = {};
      return {};
    }
    if (!in_frame_ && !head(in)) {
      if (failed_) continue;
      return {};
    }
    bool control = is_control(what_);
    auto take = size_t(std::min<uint64_t>(left_, in.size()));
    if (take == 0 && left_ != 0) return {};
    if (!control) body_.clear();
    unmask(in.substr(0, take));
    in.remove_prefix(take);
    left_ -= take;
    if (left_ != 0 && control) return {};
    if (left_ == 0) in_frame_ = false;
    piece made{control ? what_ : message_, first_, left_ == 0 && fin_, body_};
    first_ = false;
    if (made.last && !control) message_ = opcode::continuation;
    return made;
  }
}

// Eight bytes at a time: uploads by exec and cp all go through here.
void decoder::unmask(std::string_view in) {
  auto at = body_.size();
  body_.append(in);
  if (!masked_) return;
  char* to = body_.data() + at;
  auto left = in.size();
  for (; left != 0 && turn_ != 0; --left, turn_ = (turn_ + 1) & 3) *to++ ^= mask_[turn_];
  uint64_t wide;
  std::memcpy(&wide, mask_, 4);
  std::memcpy(reinterpret_cast<char*>(&wide) + 4, mask_, 4);
  for (; left >= 8; left -= 8, to += 8) {
    uint64_t value;
    std::memcpy(&value, to, 8);
    value ^= wide;
    std::memcpy(to, &value, 8);
  }
  for (; left != 0; --left, turn_ = (turn_ + 1) & 3) *to++ ^= mask_[turn_];
}

void put_message(std::string& to, opcode what, std::string_view front, std::string_view back) {
  uint64_t size = front.size() + back.size();
  to += char(0x80 | uint8_t(what));
  if (size < 126) {
    to += char(size);
  } else if (size < 65536) {
    to += char(126);
    to += char(size >> 8);
    to += char(size);
  } else {
    to += char(127);
    for (int shift = 56; shift >= 0; shift -= 8) to += char(size >> shift);
  }
  to += front;
  to += back;
}

void put_close(std::string& to, uint16_t code, std::string_view why) {
  const char bytes[2] = {char(code >> 8), char(code)};
  put_message(to, opcode::close, {bytes, 2}, why.substr(0, control_bytes_max - 2));
}

std::string accept_key(std::string_view key) {
  auto digest = sha1(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"); // the GUID of section 1.3
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < digest.size(); i += 3) {
    uint32_t three = uint32_t(digest[i]) << 16 | uint32_t(i + 1 < 20 ? digest[i + 1] : 0) << 8 | (i + 2 < 20 ? digest[i + 2] : 0);
    for (int shift = 18; shift >= 0; shift -= 6) text += letters[three >> shift & 63];
  }
  text.back() = '='; // 20 bytes: the last group has two
  return text;
}

} // namespace troupe::websocket
