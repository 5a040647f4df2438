#include "messages/streams/spdy.hpp"

namespace troupe::spdy {

session::session(bool client, limits limits) : client_(client), limits_(limits), next_(client ? 1 : 2), from_(limits) {}

void session::drop_if_done(position at) {
  if (at->second.ours_done && at->second.theirs_done) streams_.erase(at);
}

event session::theirs_done(position at, event made) {
  at->second.theirs_done = true;
  made.fin = true;
  drop_if_done(at);
  return made;
}

event session::broken(std::string_view why) {
  failed_ = true;
  encoder::goaway(out, highest_, 1);
  return {event::kind::failed, 0, why, {}, false};
}

std::optional<event> session::next(std::string_view& in) {
  if (out.empty()) unsent_answers_ = 0;
  while (!failed_) {
    auto before = out.size();
    auto got = from_.next(in);
    if (!got) {
      if (from_.failed() != fault::none) return broken("framing");
      return {};
    }
    if (auto made = handle(*got)) return made;
    unsent_answers_ += out.size() - before;
    if (unsent_answers_ > limits_.unsent_answers_bytes) return broken("flood");
  }
  in = {};
  return {};
}

std::optional<event> session::handle(frame& got) {
  auto at = streams_.find(got.stream);
  bool known = at != streams_.end();
  switch (got.type) {
  case frame_type::syn_stream: return opened(got);
  case frame_type::syn_reply: {
    if (!known || at->second.replied || theirs(got.stream)) return {};
    at->second.replied = true;
    event made{event::kind::replied, got.stream, {}, std::move(got.fields), false};
    return got.fin ? theirs_done(at, std::move(made)) : made;
  }
  case frame_type::data: {
    if (!known || at->second.theirs_done) return {}; // data for a stream that is gone falls on the floor
    if (got.data.empty() && !got.fin) return {};
    event made{got.data.empty() ? event::kind::fin : event::kind::data, got.stream, got.data, {}, false};
    return got.fin ? theirs_done(at, std::move(made)) : made;
  }
  case frame_type::rst_stream:
    if (!known) return {};
    streams_.erase(at);
    return event{event::kind::reset, got.stream, {}, {}, false};
  case frame_type::ping: // ours come back with our parity; only the peer's are echoed
    if (theirs(got.stream)) encoder::ping(out, got.stream);
    return {};
  case frame_type::goaway:
    gone_ = true;
    return event{event::kind::goaway, got.stream, {}, {}, false};
  default: return {};
  }
}

// Ids have the other side's parity, each higher than the last; otherwise the stream is reset and the session goes on.
std::optional<event> session::opened(frame& got) {
  if (!theirs(got.stream) || got.stream <= highest_) {
    encoder::rst_stream(out, got.stream, reset_code::protocol_error);
    return {};
  }
  highest_ = got.stream;
  if (gone_ || streams_.size() >= limits_.streams) {
    encoder::rst_stream(out, got.stream, reset_code::refused);
    return {};
  }
  streams_[got.stream].theirs_done = got.fin;
  return event{event::kind::opened, got.stream, {}, std::move(got.fields), got.fin};
}

uint32_t session::open(const header_list& fields, bool fin) {
  constexpr uint32_t last_id = 0x7fffffff;
  if (gone_ || failed_ || next_ > last_id) return 0;
  auto id = next_;
  next_ += 2;
  streams_[id].ours_done = fin;
  to_.syn_stream(out, id, fields, fin);
  return id;
}

void session::reply(uint32_t id, const header_list& fields) {
  auto at = streams_.find(id);
  if (at == streams_.end() || at->second.replied) return;
  at->second.replied = true;
  to_.syn_reply(out, id, fields);
}

bool session::send(uint32_t id, std::string_view bytes, bool fin) {
  auto at = streams_.find(id);
  if (at == streams_.end() || at->second.ours_done) return false;
  if (theirs(id)) reply(id);
  if (!bytes.empty() || fin) encoder::data(out, id, bytes, fin);
  if (fin) {
    at->second.ours_done = true;
    drop_if_done(at);
  }
  return true;
}

void session::reset(uint32_t id, reset_code code) {
  if (streams_.erase(id)) encoder::rst_stream(out, id, code);
}

void session::goaway() {
  if (!gone_) encoder::goaway(out, highest_, 0);
  gone_ = true;
}

} // namespace troupe::spdy
