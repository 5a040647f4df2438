#include "messages/streams/session.hpp"

#include <algorithm>

namespace troupe {
namespace {

constexpr size_t head_bytes = 9;
constexpr size_t control_payload_bytes_max = 64u << 10; // of refused and reset

void put_number(std::string& to, uint32_t value) {
  const char bytes[4] = {char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
  to.append(bytes, 4);
}

uint32_t get_number(std::string_view from, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | uint8_t(from[at + i]);
  return value;
}

} // namespace

// ---- payloads

stream_outcome stream_outcome::exit(int32_t code) {
  stream_outcome made;
  made.what = code == 0 ? kind::success : kind::exited;
  made.exit_code = code;
  return made;
}

stream_outcome stream_outcome::failure(std::string message, std::string reason, int32_t code) {
  stream_outcome made;
  made.what = kind::failed;
  made.code = code;
  made.reason = std::move(reason);
  made.message = std::move(message);
  return made;
}

std::string stream_outcome::encode() const {
  std::string bytes(1, char(what));
  put_number(bytes, uint32_t(exit_code));
  put_number(bytes, uint32_t(code));
  put_number(bytes, uint32_t(reason.size()));
  bytes += reason;
  bytes += std::string_view(message).substr(0, control_payload_bytes_max / 2);
  return bytes;
}

std::optional<stream_outcome> stream_outcome::decode(std::string_view bytes) {
  if (bytes.size() < 13 || uint8_t(bytes[0]) > uint8_t(kind::failed)) return {};
  size_t reason_bytes = get_number(bytes, 9);
  if (reason_bytes > bytes.size() - 13) return {};
  stream_outcome made;
  made.what = kind(bytes[0]);
  made.exit_code = int32_t(get_number(bytes, 1));
  made.code = int32_t(get_number(bytes, 5));
  made.reason = bytes.substr(13, reason_bytes);
  made.message = bytes.substr(13 + reason_bytes);
  return made;
}

std::string terminal_size::encode() const {
  return {char(columns >> 8), char(columns), char(rows >> 8), char(rows)};
}

std::optional<terminal_size> terminal_size::decode(std::string_view bytes) {
  if (bytes.size() != 4) return {};
  auto both = get_number(bytes, 0);
  return terminal_size{uint16_t(both >> 16), uint16_t(both)};
}

// ---- channels

uint32_t session::open(channel_kind kind, uint16_t port) {
  auto id = ++last_;
  channels_[id] = {kind, channel_window_bytes, channel_window_bytes};
  const char payload[3] = {char(kind), char(port >> 8), char(port)};
  put(frame_type::open, id, {payload, 3});
  return id;
}

size_t session::room(uint32_t channel) const {
  auto at = channels_.find(channel);
  return at == channels_.end() || at->second.sent_fin ? 0 : at->second.credit;
}

size_t session::write(uint32_t channel, std::string_view bytes) {
  bytes = bytes.substr(0, room(channel));
  if (bytes.empty()) return 0;
  channels_[channel].credit -= uint32_t(bytes.size());
  put(frame_type::data, channel, bytes);
  return bytes.size();
}

void session::fin(uint32_t channel) {
  auto at = channels_.find(channel);
  if (at == channels_.end() || at->second.sent_fin) return;
  at->second.sent_fin = true;
  put(frame_type::fin, channel, {});
  drop_if_done(at);
}

void session::reset(uint32_t channel, std::string_view why) {
  if (channels_.erase(channel)) put(frame_type::reset, channel, why.substr(0, control_payload_bytes_max));
}

void session::consumed(uint32_t channel, size_t bytes) {
  auto at = channels_.find(channel);
  if (at == channels_.end()) return;
  auto& c = at->second;
  c.owed += uint32_t(bytes);
  if (c.got_fin || c.owed < channel_window_bytes / 2) return;
  c.theirs += c.owed;
  std::string payload;
  put_number(payload, c.owed);
  c.owed = 0;
  put(frame_type::window, channel, payload);
}

void session::ready() { put(frame_type::ready, 0, {}); }
void session::refuse(const stream_outcome& outcome) { put(frame_type::refused, 0, outcome.encode()); }

// ---- the pipe

std::optional<session_event> session::next(std::string_view& in) {
  for (;;) {
    if (failed_) {
      in = {};
      return {};
    }
    if (spent_) {
      buffer_.clear();
      spent_ = false;
    }
    auto want = head_bytes;
    if (buffer_.size() >= head_bytes) want += number(5);
    auto take = std::min(want - buffer_.size(), in.size());
    buffer_.append(in.substr(0, take));
    in.remove_prefix(take);
    if (buffer_.size() < want) return {};
    if (want == head_bytes) {
      if (number(5) > channel_window_bytes) failed_ = true;
      if (failed_ || number(5) != 0) continue;
    }
    spent_ = true;
    if (auto event = frame()) return event;
  }
}

std::optional<session_event> session::frame() {
  auto type = frame_type(buffer_[0]);
  auto id = number(1);
  auto payload = std::string_view(buffer_).substr(head_bytes);
  if (type == frame_type::ready || type == frame_type::refused) return session_event{type, 0, {}, 0, payload};
  if (type == frame_type::open) return opened(payload, id);
  auto at = channels_.find(id);
  if (at == channels_.end()) return {}; // it was reset here while this was on its way
  auto& c = at->second;
  session_event event{type, id, c.kind, 0, payload};
  switch (type) {
  case frame_type::data:
    if (c.got_fin || payload.size() > c.theirs) break;
    c.theirs -= uint32_t(payload.size());
    return event;
  case frame_type::fin:
    if (c.got_fin) break;
    c.got_fin = true;
    drop_if_done(at);
    return event;
  case frame_type::reset:
    channels_.erase(at);
    return event;
  case frame_type::window:
    // A peer that gives back more than the window lies about what it took.
    if (payload.size() != 4 || get_number(payload, 0) > channel_window_bytes - c.credit) break;
    c.credit += get_number(payload, 0);
    return {};
  default: break;
  }
  failed_ = true;
  return {};
}

std::optional<session_event> session::opened(std::string_view payload, uint32_t id) {
  if (payload.size() != 3 || uint8_t(payload[0]) > uint8_t(channel_kind::port) || id <= last_ ||
      channels_.size() >= session_channels_max) {
    failed_ = true;
    return {};
  }
  last_ = id;
  auto kind = channel_kind(payload[0]);
  channels_[id] = {kind, channel_window_bytes, channel_window_bytes};
  return session_event{frame_type::open, id, kind, uint16_t(uint8_t(payload[1]) << 8 | uint8_t(payload[2])), {}};
}

void session::drop_if_done(std::map<uint32_t, channel>::iterator at) {
  if (at->second.sent_fin && at->second.got_fin) channels_.erase(at);
}

uint32_t session::number(size_t at) const { return get_number(buffer_, at); }

void session::put(frame_type type, uint32_t channel, std::string_view payload) {
  out += char(type);
  put_number(out, channel);
  put_number(out, uint32_t(payload.size()));
  out += payload;
}

} // namespace troupe
