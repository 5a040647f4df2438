#include "runtime/http/connection.hpp"

#include "runtime/http/io_thread.hpp"

namespace troupe {

connection::connection(io_thread& thread, std::unique_ptr<tls_socket> socket, uint64_t generation, std::string remote)
    : thread_(thread), socket_(std::move(socket)), generation_(generation), remote_(std::move(remote)), peer_(socket_->peer()) {}

connection::~connection() { release(held_); }

void connection::close() {
  if (closed_) return;
  closed_ = true;
  auto keep = shared_from_this();
  thread_.loop.remove(socket_->descriptor());
  ended();
  socket_.reset();
  std::string().swap(pending_);
  thread_.totals.connections.fetch_sub(1, std::memory_order_relaxed);
  thread_.closed(*this);
}

std::unique_ptr<tls_socket> connection::let_go() {
  closed_ = true;
  thread_.loop.remove(socket_->descriptor());
  auto socket = std::move(socket_);
  thread_.closed(*this);
  return socket;
}

// ---- writing

bool connection::write_some(const char* from, size_t size, size_t& written) {
  written = 0;
  while (written < size) {
    size_t count = 0;
    auto said = socket_->write(from + written, size - written, count);
    written += count;
    if (said == tls_socket::outcome::ok) continue;
    if (said == tls_socket::outcome::closed) {
      close();
      return false;
    }
    if (blocked_since_ms_ == 0 || written > 0) blocked_since_ms_ = thread_.loop.now_ms();
    want(wants_read_, true);
    return true;
  }
  blocked_since_ms_ = 0;
  want(wants_read_, false);
  return true;
}

bool connection::write_block_out() {
  auto& block = thread_.out;
  size_t written = 0;
  auto size = block.size;
  block.size = 0;
  if (!write_some(block.bytes.get(), size, written)) return false;
  if (written == size) return true;
  pending_.assign(block.bytes.get() + written, size - written);
  pending_at_ = 0;
  return false;
}

bool connection::write_pending() {
  if (pending_.empty()) return true;
  size_t written = 0;
  if (!write_some(pending_.data() + pending_at_, pending_.size() - pending_at_, written)) return false;
  pending_at_ += written;
  if (pending_at_ < pending_.size()) return false;
  std::string().swap(pending_);
  return true;
}

bool connection::stalled(int64_t now_ms) const {
  return blocked_since_ms_ != 0 && now_ms - blocked_since_ms_ > stalled_write_ms_max;
}

void connection::want(bool read, bool write) {
  if (closed_ || (read == wants_read_ && write == wants_write_)) return;
  wants_read_ = read;
  wants_write_ = write;
  thread_.loop.interest(socket_->descriptor(), read, write);
}

// ---- ending

// Bytes that arrive at a closed socket make the kernel send a reset, which destroys answers on their way: so only our half
// is shut, and the client's is read to its end.
void connection::linger() {
  if (lingering()) return;
  linger_until_ms_ = thread_.loop.now_ms() + linger_ms_max;
  socket_->shut();
  want(true, false);
  if (socket_->pending()) thread_.again(shared_from_this());
}

void connection::drop_input() {
  size_t count = 0;
  for (int turns = 0; turns < 16; ++turns) {
    auto said = socket_->read(thread_.in.get(), io_thread::read_bytes, count);
    if (said == tls_socket::outcome::closed) return close();
    if (said != tls_socket::outcome::ok || !socket_->pending()) return;
  }
  thread_.again(shared_from_this());
}

// ---- requests

bool connection::hold(size_t bytes) {
  auto all = thread_.totals.body_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  held_ += bytes;
  if (held_ <= connection_body_bytes_max && all <= all_body_bytes_max) return true;
  release(bytes);
  return false;
}

void connection::release(size_t bytes) {
  thread_.totals.body_bytes.fetch_sub(bytes, std::memory_order_relaxed);
  held_ -= bytes;
}

void connection::fill_peer(request& in) const {
  in.peer_name = peer_.name;
  in.peer_groups = peer_.groups;
  in.peer_credential = peer_.credential;
  in.remote_address = remote_;
}

} // namespace troupe
