#include "runtime/http/http1_connection.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <strings.h>
#include <utility>

#include "runtime/http/io_thread.hpp"

namespace troupe {
namespace {

constexpr size_t ahead_bytes_max = 96u << 10; // read while a request is being answered; above the limit of a head
constexpr size_t chunk_bytes_max = 16u << 10;
constexpr size_t chunk_head_bytes = 6;        // four hexadecimal digits and a line end
constexpr int reads_per_turn = 16;

// RFC 9110 section 15; what is not here is sent without words, which is allowed.
std::string_view reason(int code) {
  switch (code) {
  case 101: return "Switching Protocols";
  case 200: return "OK";
  case 201: return "Created";
  case 202: return "Accepted";
  case 204: return "No Content";
  case 301: return "Moved Permanently";
  case 302: return "Found";
  case 304: return "Not Modified";
  case 307: return "Temporary Redirect";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 403: return "Forbidden";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 406: return "Not Acceptable";
  case 408: return "Request Timeout";
  case 409: return "Conflict";
  case 410: return "Gone";
  case 413: return "Request Entity Too Large";
  case 415: return "Unsupported Media Type";
  case 422: return "Unprocessable Entity";
  case 429: return "Too Many Requests";
  case 431: return "Request Header Fields Too Large";
  case 500: return "Internal Server Error";
  case 501: return "Not Implemented";
  case 503: return "Service Unavailable";
  case 504: return "Gateway Timeout";
  default: return "";
  }
}

status too_many_bytes() {
  return too_many_requests("too many bytes of request bodies are held, please try again later", 1);
}

bool bodyless(int code) { return code < 200 || code == 204 || code == 304; }

} // namespace

http1_connection::http1_connection(io_thread& thread, std::unique_ptr<tls_socket> socket, uint64_t generation, std::string remote)
    : connection(thread, std::move(socket), generation, std::move(remote)), since_ms_(thread.loop.now_ms()) {}

void http1_connection::start() { read_some(); }

void http1_connection::ended() {
  reply_ = reply_reader();
  if (auto gone = std::exchange(duplex_, nullptr)) {
    thread_.totals.upgraded.fetch_sub(1, std::memory_order_relaxed);
    gone->client_closed();
  }
}

// ---- reading

void http1_connection::ready(bool readable, bool writable) {
  if (writable || blocked()) thread_.touch(*this);
  if (readable) read_some();
}

void http1_connection::resume() {
  thread_.touch(*this);
  read_some();
}

void http1_connection::read_some() {
  if (lingering()) return drop_input();
  for (int turn = 0; turn < reads_per_turn; ++turn) {
    if (duplex_ ? duplex_->stalled() : input_.size() >= ahead_bytes_max) return update_interest();
    size_t count = 0;
    auto said = socket_->read(thread_.in.get(), io_thread::read_bytes, count);
    if (said == tls_socket::outcome::closed) return end_of_input();
    if (said != tls_socket::outcome::ok) return;
    take_input({thread_.in.get(), count});
    if (closed() || lingering()) return;
    if (!socket_->pending()) return;
  }
  thread_.again(shared_from_this());
}

// A stopped reader is started again by the flush that makes room. OpenSSL may hold bytes by then.
void http1_connection::update_interest() {
  bool read = !end_of_input_ && (duplex_ ? !duplex_->stalled() : input_.size() < ahead_bytes_max);
  want_read(read);
  if (read && socket_->pending()) thread_.again(shared_from_this());
}

void http1_connection::take_input(std::string_view bytes) {
  thread_.touch(*this);
  if (duplex_ && input_.empty()) return duplex_->from_client(bytes);
  if (phase_ == phase::reading && input_.empty() && !bytes.empty() && !std::exchange(begun_, true)) since_ms_ = thread_.loop.now_ms();
  input_.append(bytes);
  if (!duplex_) parse();
}

// The client has said all (or is gone). A request under way is answered, then the connection closes; a watch just ends.
void http1_connection::end_of_input() {
  bool answering = phase_ == phase::waiting || (phase_ == phase::replying && !reply_.head().stream);
  if (!answering) return close();
  end_of_input_ = true;
  keep_alive_ = false;
  want_read(false);
}

void http1_connection::parse() {
  std::string_view in = input_;
  while (phase_ == phase::reading && !closed()) {
    auto said = parser_.feed(in);
    if (said == http1_parser::progress::more) break;
    if (said == http1_parser::progress::failed) {
      input_.clear();
      if (parser_.failure() == 413) return refuse({413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728"});
      if (parser_.failure() == 431) return refuse({431, "", "request header is too large"});
      return refuse(bad_request("the request is not HTTP/1.1"));
    }
    if (said == http1_parser::progress::head) head_done();
    else dispatch();
  }
  input_.erase(0, input_.size() - in.size());
  if (phase_ == phase::reading && !hold_body()) refuse(too_many_bytes());
}

bool http1_connection::hold_body() {
  auto now = parser_.body_bytes();
  if (now > body_held_ && !hold(now - body_held_)) return false;
  body_held_ = std::max(body_held_, now);
  return true;
}

void http1_connection::head_done() {
  head_known_ = true;
  since_ms_ = thread_.loop.now_ms();
  if (parser_.expects_continue()) head_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

void http1_connection::dispatch() {
  keep_alive_ = parser_.keep_alive() && !draining_;
  chunked_ = parser_.chunked_replies();
  head_known_ = begun_ = false;
  served_ = true;
  if (!hold_body()) return refuse(too_many_bytes());
  auto call = thread_.make_call(shared_from_this(), 0);
  call->in = parser_.take();
  fill_peer(call->in);
  head_request_ = call->in.method == "HEAD";
  phase_ = phase::waiting;
  auto deadline_ms = thread_.run(std::move(call)); // may have answered already
  if (phase_ == phase::waiting) deadline_ms_ = deadline_ms;
}

// ---- replying

void http1_connection::deliver(call_ptr call) {
  if (phase_ != phase::waiting) return; // its time was over, and the client was told so
  call->in = {};
  if (call->out.code == 101 && call->out.upgraded) upgrade(std::move(call->out));
  else respond(std::move(call->out));
}

void http1_connection::refuse(const status& error) {
  keep_alive_ = false;
  head_request_ = false;
  reply out;
  set_error(out, error);
  respond(std::move(out));
}

void http1_connection::respond(reply out) {
  release(std::exchange(body_held_, 0));
  phase_ = phase::replying;
  deadline_ms_ = 0;
  reply_ = reply_reader(std::move(out), head_request_ || bodyless(out.code));
  frame_chunks_ = reply_.length() < 0 && chunked_ && !reply_.without_body();
  if (reply_.length() < 0 && !chunked_) keep_alive_ = false; // HTTP/1.0: the end of the body is the end of the connection
  head_ += head_text(reply_.head(), reply_.length());
  if (reply_.head().stream) reply_.head().stream->attach(this);
  thread_.touch(*this);
}

std::string http1_connection::head_text(const reply& out, int64_t length) const {
  std::string text = "HTTP/1.1 " + std::to_string(out.code) + ' ';
  text += reason(out.code);
  auto add = [&](std::string_view name, std::string_view value) {
    text += "\r\n";
    text += name;
    text += ": ";
    text += value;
  };
  bool upgrade = out.code == 101, cached = upgrade;
  for (auto& [name, value] : out.headers) {
    if (!upgrade && !forwards_header(name)) continue;
    cached |= name.size() == 13 && strncasecmp(name.data(), "cache-control", 13) == 0;
    add(name, value);
  }
  if (!upgrade) {
    if (!cached) add("Cache-Control", "no-cache, private");
    if (!out.content_type.empty()) add("Content-Type", out.content_type);
    add("Date", thread_.date());
    if (length >= 0 && !bodyless(out.code)) add("Content-Length", std::to_string(length));
    if (length < 0 && frame_chunks_) add("Transfer-Encoding", "chunked");
    if (!keep_alive_) add("Connection", "close");
    else if (!chunked_) add("Connection", "keep-alive");
  }
  return text + "\r\n\r\n";
}

void http1_connection::body_ready() {
  if (!closed()) thread_.touch(*this);
}

void http1_connection::flush() {
  if (lingering() || !write_pending()) return;
  if (duplex_ && head_.empty()) return flush_upgraded();
  if (phase_ == phase::reading && !keep_alive_) return linger();
  flush_reply();
}

void http1_connection::flush_reply() {
  auto& block = thread_.out;
  for (int turn = 0;; ++turn) {
    if (turn == blocks_per_turn) return thread_.again(shared_from_this());
    block.size = 0;
    auto from_head = std::min(head_.size(), write_block::room);
    block.append(head_.data(), from_head);
    head_.erase(0, from_head);
    bool done = head_.empty() && phase_ == phase::replying && fill_block();
    if (block.size == 0 && !done) return;
    bool written = block.size == 0 || write_block_out();
    if (closed()) return;
    if (done) return reply_done(); // what the socket did not take waits, the rest goes behind it
    if (!written) return;
    if (duplex_) return flush_upgraded();
  }
}

// Adds what the reply has now; true: that was all of it.
bool http1_connection::fill_block() {
  auto& block = thread_.out;
  while (block.size < write_block::room && !reply_.done()) {
    auto* to = block.bytes.get() + block.size;
    auto room = std::min(chunk_bytes_max, block.left() - chunk_head_bytes - 2);
    auto count = reply_.read(to + (frame_chunks_ ? chunk_head_bytes : 0), room);
    if (count == 0) break;
    if (!frame_chunks_) {
      block.size += count;
      continue;
    }
    char head[chunk_head_bytes + 1];
    std::snprintf(head, sizeof head, "%04x\r\n", unsigned(count) & 0xffff);
    std::memcpy(to, head, chunk_head_bytes);
    block.size += chunk_head_bytes + count;
    block.append("\r\n", 2);
  }
  if (!reply_.done() || block.left() < 8) return false;
  if (frame_chunks_) block.append("0\r\n\r\n", 5);
  return true;
}

void http1_connection::reply_done() {
  reply_ = reply_reader();
  phase_ = phase::reading;
  begun_ = !input_.empty();
  since_ms_ = thread_.loop.now_ms();
  if (!keep_alive_ || draining_) {
    keep_alive_ = false;
    if (!blocked()) linger();
    return;
  }
  parse();
  if (!closed() && !lingering()) update_interest();
}

// ---- after a 101

void http1_connection::upgrade(reply out) {
  thread_.totals.upgraded.fetch_add(1, std::memory_order_relaxed);
  phase_ = phase::upgraded;
  deadline_ms_ = 0;
  release(std::exchange(body_held_, 0));
  head_ += head_text(out, 0);
  duplex_ = std::move(out.upgraded);
  duplex_->attach(this);
  thread_.touch(*this);
}

void http1_connection::flush_upgraded() {
  // A client may have spoken before it read the 101.
  if (!input_.empty() && !duplex_->stalled()) {
    auto first = std::exchange(input_, {});
    duplex_->from_client(first);
  }
  auto& out = duplex_->out();
  size_t written = 0;
  if (duplex_sent_ < out.size() && !write_some(out.data() + duplex_sent_, out.size() - duplex_sent_, written)) return;
  duplex_sent_ += written;
  bool all = duplex_sent_ == out.size();
  if (all && !out.empty()) {
    out.clear();
    duplex_sent_ = 0;
    if (out.capacity() > (1u << 20)) out.shrink_to_fit();
    duplex_->taken();
  } else if (!all && out.size() - duplex_sent_ < write_block::room) {
    out.erase(0, std::exchange(duplex_sent_, 0));
    duplex_->taken(); // little is left: the node may go on, so that the socket never runs dry
  }
  if (all && duplex_->finished()) return linger();
  update_interest();
}

void http1_connection::tick_upgraded(int64_t now_ms) {
  duplex_->tick(now_ms);
  thread_.touch(*this);
}

// ---- time

void http1_connection::drain() {
  if (draining_ || lingering()) return;
  draining_ = true;
  drain_until_ms_ = thread_.loop.now_ms() + drain_ms_max;
  // A client that has just connected sends its first request now, and would not repeat it; later ones it would.
  if (phase_ == phase::reading && served_ && !begun_ && !blocked()) return linger();
  if (phase_ == phase::replying && reply_.head().stream) reply_.head().stream->wind_up();
  if (duplex_) duplex_->wind_up();
  thread_.touch(*this);
}

void http1_connection::tick(int64_t now_ms) {
  if (linger_over(now_ms) || stalled(now_ms) || (drain_until_ms_ != 0 && now_ms >= drain_until_ms_)) return close();
  if (lingering()) return;
  auto waited_ms = now_ms - since_ms_;
  if (phase_ == phase::reading) {
    if (!keep_alive_ && !blocked()) return linger();
    auto most_ms = head_known_ ? request_body_ms_max : begun_ ? request_head_ms_max : idle_connection_ms_max;
    if (waited_ms > most_ms) return close();
  } else if (phase_ == phase::waiting && deadline_ms_ != 0 && now_ms > deadline_ms_) {
    reply out;
    set_error(out, timeout_error("request did not complete within the allotted timeout", 0));
    keep_alive_ = false; // the late answer must not meet the next request
    respond(std::move(out));
  } else if (phase_ == phase::replying) {
    reply_.tick(now_ms);
  } else if (duplex_) {
    tick_upgraded(now_ms);
  }
}

std::shared_ptr<connection> make_http1(io_thread& thread, std::unique_ptr<tls_socket> socket, uint64_t generation, std::string remote) {
  return std::make_shared<http1_connection>(thread, std::move(socket), generation, std::move(remote));
}

} // namespace troupe
