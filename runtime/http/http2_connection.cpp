#include "runtime/http/http2_connection.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "runtime/http/io_thread.hpp"

namespace troupe {
namespace {

constexpr size_t frame_head_bytes = 9;
constexpr int64_t goaway_gap_ms = 200; // between "open nothing new" and the last stream that will be served
constexpr int reads_per_turn = 16;

ssize_t on_pull(nghttp2_session*, int32_t, uint8_t*, size_t room, uint32_t* flags, nghttp2_data_source* source, void*) {
  auto& s = *static_cast<http2_connection::stream*>(source->ptr);
  auto count = s.owner->pull(s, room);
  if (s.out.done()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  else if (count == 0) return NGHTTP2_ERR_DEFERRED;
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  return ssize_t(count);
}

// Response headers for nghttp2, which copies what it is not told to leave.
class header_fields {
public:
  void add(std::string_view name, std::string_view value) {
    list_.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  const nghttp2_nv* data() const { return list_.data(); }
  size_t size() const { return list_.size(); }

private:
  static uint8_t* bytes(std::string_view of) { return reinterpret_cast<uint8_t*>(const_cast<char*>(of.data())); }
  std::vector<nghttp2_nv> list_;
};

std::string lower(std::string_view name) {
  std::string made(name);
  for (char& letter : made)
    if (letter >= 'A' && letter <= 'Z') letter = char(letter + ('a' - 'A'));
  return made;
}

} // namespace

http2_connection::http2_connection(io_thread& thread, std::unique_ptr<tls_socket> socket, uint64_t generation, std::string remote)
    : connection(thread, std::move(socket), generation, std::move(remote)) {
  session_ = http2_session_maker::make(*this);
  idle_since_ms_ = read_ms_ = thread.loop.now_ms();
}

http2_connection::~http2_connection() { nghttp2_session_del(session_); }

void http2_connection::start() {
  thread_.touch(*this);
  read_some();
}

void http2_connection::ended() { streams_.clear(); }

// ---- requests

void http2_connection::stream::body_ready() {
  if (owner->closed()) return;
  nghttp2_session_resume_data(owner->session_, id);
  owner->thread_.touch(*owner);
}

http2_connection::stream& http2_connection::begin(int32_t id) {
  auto& made = streams_[id];
  made = std::make_unique<stream>();
  made->owner = this;
  made->id = id;
  made->call = thread_.make_call(shared_from_this(), id);
  made->call->in.http_major = 2;
  made->begun_ms = thread_.loop.now_ms();
  return *made;
}

http2_connection::stream* http2_connection::find(int32_t id) const {
  auto at = streams_.find(id);
  return at == streams_.end() ? nullptr : at->second.get();
}

void http2_connection::header(stream& s, std::string_view name, std::string_view value) {
  s.header_bytes += name.size() + value.size() + 32; // as RFC 9113 section 6.5.2 counts them
  if (s.header_bytes > request_header_bytes_max) s.refused = 431;
  if (s.refused != 0) return;
  auto& in = s.call->in;
  if (name == ":path") {
    auto mark = value.find('?');
    in.path = value.substr(0, mark);
    if (mark != value.npos) in.query = value.substr(mark + 1);
  } else if (name == ":method") {
    in.method = value;
  } else if (name == ":authority") {
    in.headers.emplace_back("host", value);
  } else if (!name.starts_with(':')) {
    in.headers.emplace_back(name, value);
  }
}

void http2_connection::body(stream& s, std::string_view bytes) {
  auto& text = s.call->in.body;
  if (s.refused == 0 && text.size() + bytes.size() > request_body_bytes_max) s.refused = 413;
  if (s.refused == 0 && !hold(bytes.size())) s.refused = 429;
  if (s.refused == 0) {
    s.body_held += bytes.size();
    text.append(bytes);
  } else {
    std::string().swap(text);
    release(std::exchange(s.body_held, 0));
  }
}

void http2_connection::dispatch(stream& s) {
  auto call = std::move(s.call);
  if (s.refused == 413) return respond(s, status{413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728"});
  if (s.refused == 431) return respond(s, status{431, "", "request header is too large"});
  if (s.refused == 429) return respond(s, too_many_requests("too many bytes of request bodies are held, please try again later", 1));
  fill_peer(call->in);
  s.out = reply_reader(reply{}, call->in.method == "HEAD"); // remembers it for respond()
  auto id = s.id;
  auto deadline_ms = thread_.run(std::move(call));
  if (auto* still = find(id)) still->deadline_ms = deadline_ms;
}

void http2_connection::stream_closed(int32_t id) {
  auto at = streams_.find(id);
  if (at == streams_.end()) return;
  release(at->second->body_held);
  nghttp2_session_set_stream_user_data(session_, id, nullptr);
  auto gone = std::move(at->second); // its body may talk to the chain's state while it ends
  streams_.erase(at);
  if (streams_.empty()) idle_since_ms_ = thread_.loop.now_ms();
}

// ---- replies

void http2_connection::deliver(call_ptr call) {
  auto* s = find(call->stream);
  if (!s || s->replied) return;
  call->in = {}; // a watch lives long; its request need not
  respond(*s, std::move(call->out));
}

void http2_connection::respond(stream& s, const status& error) {
  reply out;
  set_error(out, error);
  respond(s, std::move(out));
}

void http2_connection::respond(stream& s, reply out) {
  if (out.code == 101) { // upgrades are HTTP/1.1's; RFC 8441 is never announced
    out = reply{};
    set_error(out, bad_request("Upgrade request required"));
  }
  s.replied = true;
  release(std::exchange(s.body_held, 0));
  s.out = reply_reader(std::move(out), s.out.without_body());
  auto& head = s.out.head();
  char code[4], length[24];
  std::snprintf(code, sizeof code, "%d", head.code);
  header_fields fields;
  fields.add(":status", code);
  bool cached = false;
  std::vector<std::string> names; // lower case, as HTTP/2 wants them
  names.reserve(head.headers.size());
  for (auto& [name, value] : head.headers) {
    if (!forwards_header(name)) continue;
    names.push_back(lower(name));
    cached |= names.back() == "cache-control";
    fields.add(names.back(), value);
  }
  if (!cached) fields.add("cache-control", "no-cache, private");
  if (!head.content_type.empty()) fields.add("content-type", head.content_type);
  fields.add("date", thread_.date());
  if (s.out.length() >= 0) fields.add("content-length", {length, size_t(std::snprintf(length, sizeof length, "%lld", (long long)s.out.length()))});
  nghttp2_data_provider provider{{.ptr = &s}, on_pull};
  nghttp2_submit_response(session_, s.id, fields.data(), fields.size(), s.out.done() ? nullptr : &provider);
  if (head.stream) head.stream->attach(&s);
  thread_.touch(*this);
}

size_t http2_connection::pull(stream& s, size_t room) {
  auto& block = thread_.out;
  if (block.left() < frame_head_bytes) return 0;
  return s.out.read(block.bytes.get() + block.size + frame_head_bytes, std::min(room, block.left() - frame_head_bytes));
}

bool http2_connection::framed(const uint8_t* head, size_t payload_bytes) {
  auto& block = thread_.out;
  block.append(head, frame_head_bytes);
  block.size += payload_bytes;
  return block.size >= write_block::room;
}

// ---- bytes

void http2_connection::ready(bool readable, bool writable) {
  if (writable || blocked()) thread_.touch(*this);
  if (readable) read_some();
}

void http2_connection::resume() {
  thread_.touch(*this);
  read_some();
}

void http2_connection::read_some() {
  if (lingering()) return drop_input();
  for (int turn = 0; turn < reads_per_turn; ++turn) {
    size_t count = 0;
    auto said = socket_->read(thread_.in.get(), io_thread::read_bytes, count);
    if (said == tls_socket::outcome::closed) return close();
    if (said != tls_socket::outcome::ok) return;
    read_ms_ = thread_.loop.now_ms();
    thread_.touch(*this);
    if (!broken_) {
      auto used = nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(thread_.in.get()), count);
      if (closed()) return;
      if (used < 0) {
        broken_ = true;
        nghttp2_session_terminate_session(session_, NGHTTP2_PROTOCOL_ERROR);
      }
    }
    if (!socket_->pending()) return;
  }
  thread_.again(shared_from_this());
}

// Frames are made only as long as the socket takes them: at most one block waits here.
void http2_connection::flush() {
  if (closed() || lingering()) return;
  auto& block = thread_.out;
  for (int turn = 0; write_pending(); ++turn) {
    if (turn == blocks_per_turn) return thread_.again(shared_from_this());
    block.size = 0;
    while (block.size < write_block::room) {
      const uint8_t* frames = nullptr;
      auto before = block.size;
      auto count = nghttp2_session_mem_send(session_, &frames);
      if (count < 0 || size_t(count) > block.left()) return close();
      if (count == 0 && block.size == before) break;
      if (count > 0) block.append(frames, size_t(count));
    }
    if (block.size == 0) return finish_if_done();
    if (!write_block_out()) return;
  }
}

void http2_connection::finish_if_done() {
  bool dead = !nghttp2_session_want_read(session_) && !nghttp2_session_want_write(session_);
  if (!dead && !broken_ && !(announced_end_ && streams_.empty())) return;
  ended(); // nothing more is written: replies still open need not wait for the client's end
  linger();
}

// ---- time

// Three steps, none of which may be left out: GOAWAY with the largest stream id ("open nothing new"); once that has surely
// arrived, GOAWAY with the last stream taken; when the last stream has ended, only our half is shut (linger). A hasty close
// breaks requests of clients which do not retry them.
void http2_connection::drain() {
  if (drain_until_ms_ != 0 || lingering()) return;
  drain_until_ms_ = thread_.loop.now_ms() + drain_ms_max;
  nghttp2_submit_shutdown_notice(session_);
  for (auto& [id, s] : streams_)
    if (s->replied && s->out.head().stream) s->out.head().stream->wind_up();
  thread_.touch(*this);
  thread_.loop.after(goaway_gap_ms, [weak = weak_from_this()] {
    if (auto alive = weak.lock(); alive && !alive->closed()) static_cast<http2_connection&>(*alive).goaway();
  });
}

void http2_connection::goaway() {
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR, nullptr, 0);
  announced_end_ = true;
  thread_.touch(*this);
}

void http2_connection::tick(int64_t now_ms) {
  if (linger_over(now_ms) || stalled(now_ms) || (drain_until_ms_ != 0 && now_ms >= drain_until_ms_)) return close();
  if (lingering()) return;
  tick_streams(now_ms);
  if (closed()) return;
  if (streams_.empty()) {
    if (now_ms - idle_since_ms_ > idle_connection_ms_max) drain();
    return;
  }
  if (ping_ms_ > read_ms_ && now_ms - ping_ms_ > ping_answer_ms_max) return close();
  if (now_ms - read_ms_ > ping_after_ms && ping_ms_ <= read_ms_) {
    ping_ms_ = now_ms;
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
    thread_.touch(*this);
  }
}

void http2_connection::tick_streams(int64_t now_ms) {
  std::vector<int32_t> ids; // a reply's tick may end other streams
  ids.reserve(streams_.size());
  for (auto& [id, _] : streams_) ids.push_back(id);
  for (auto id : ids) {
    auto* s = find(id);
    if (!s) continue;
    if (s->call && now_ms - s->begun_ms > request_body_ms_max) {
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
      thread_.touch(*this);
    } else if (s->replied) {
      s->out.tick(now_ms);
    } else if (!s->call && s->deadline_ms != 0 && now_ms > s->deadline_ms) {
      respond(*s, timeout_error("request did not complete within the allotted timeout", 0));
    }
  }
}

std::shared_ptr<connection> make_http2(io_thread& thread, std::unique_ptr<tls_socket> socket, uint64_t generation, std::string remote) {
  return std::make_shared<http2_connection>(thread, std::move(socket), generation, std::move(remote));
}

} // namespace troupe
