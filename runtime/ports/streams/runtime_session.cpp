// Exec and attach: the runtime's streaming server by SPDY, protocol v4.channel.k8s.io, as a kubelet's client would.
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "messages/streams/spdy.hpp"
#include "runtime/ports/streams/node_session.hpp"

namespace troupe {
namespace {

constexpr size_t answer_head_bytes_max = 16u << 10;
constexpr size_t outcome_bytes_max = 64u << 10;

struct place {
  std::string host, path;
  uint16_t port = 80;
};

/// "http://127.0.0.1:34567/exec/TOKEN"
place place_of(const std::string& url) {
  place at;
  auto begin = url.find("://");
  begin = begin == std::string::npos ? 0 : begin + 3;
  auto slash = url.find('/', begin);
  auto authority = url.substr(begin, slash - begin);
  at.path = slash == std::string::npos ? "/" : url.substr(slash);
  auto colon = authority.rfind(':');
  at.host = authority.substr(0, colon);
  if (colon != std::string::npos) at.port = static_cast<uint16_t>(std::atoi(authority.c_str() + colon + 1));
  if (at.host == "localhost" || at.host.empty()) at.host = "127.0.0.1";
  return at;
}

/// The status document on v4's error stream.
stream_outcome outcome_of(const std::string& text) {
  auto document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object()) return text.empty() ? stream_outcome::exit(0) : stream_outcome::failure(text);
  if (document.value("status", "") == "Success") return stream_outcome::exit(0);
  if (document.value("reason", "") == "NonZeroExitCode" && document.contains("details"))
    for (auto& cause : document["details"].value("causes", nlohmann::json::array()))
      if (cause.value("reason", "") == "ExitCode") return stream_outcome::exit(std::atoi(cause.value("message", "1").c_str()));
  auto message = document.value("message", "");
  return stream_outcome::failure(message, document.value("reason", "InternalError"), document.value("code", 500));
}

class runtime_session final : public node_session {
public:
  using node_session::node_session;
  ~runtime_session() override { drop(); }

  void start(const stream_target& target) override {
    target_ = target;
    wire_.ready();
    begin_if_complete();
    flush();
  }
  void frame(const session_event& event) override;
  void pump() override {
    if (file_ >= 0) work(0);
  }

private:
  enum part : size_t { error_part, in_part, out_part, err_part, resize_part, part_count };
  void begin_if_complete() {
    if (status_channel_ != 0 && !target_.url.empty() && file_ < 0 && !finished_) dial();
  }
  void drop() {
    if (file_ < 0) return;
    loop_.remove(file_);
    close(file_);
    file_ = -1;
  }
  void fail(const std::string& why) {
    drop();
    for (auto part : {out_part, err_part})
      if (channel_[part] != 0) wire_.fin(channel_[part]);
    end(stream_outcome::failure(why));
  }
  void dial();
  void work(uint32_t events);
  bool read_some();
  bool take(std::string_view bytes);
  bool head(std::string_view& bytes);
  void open_streams();
  void resize(const terminal_size& size);
  void heard(const spdy::event& event);
  void part_done(part which);
  bool may_read() const;
  bool write_some();
  part part_of(uint32_t stream) const {
    for (size_t i = 0; i < part_count; ++i)
      if (stream_[i] == stream && stream != 0) return static_cast<part>(i);
    return part_count;
  }

  stream_target target_;
  int file_ = -1;
  bool connecting_ = true, upgraded_ = false;
  std::string request_, head_, outcome_;
  spdy::session peer_{true};
  uint32_t channel_[part_count] = {}, stream_[part_count] = {};
  bool done_[part_count] = {};
  std::string early_; // stdin that came before the streams were open
  bool early_fin_ = false;
  std::optional<terminal_size> early_size_; // the last one that came before the streams were open: clients tell the first at once
  size_t unsent_input_ = 0; // bytes of stdin in peer_.out: given back when they have left
};

void runtime_session::frame(const session_event& event) {
  if (event.type == frame_type::open) {
    switch (event.kind) {
      case channel_kind::in: channel_[in_part] = event.channel; break;
      case channel_kind::out: channel_[out_part] = event.channel; break;
      case channel_kind::err: channel_[err_part] = event.channel; break;
      case channel_kind::resize: channel_[resize_part] = event.channel; break;
      case channel_kind::status:
        status_channel_ = event.channel;
        begin_if_complete();
        break;
      default: break;
    }
    return;
  }
  if (event.channel == channel_[in_part] && event.channel != 0) {
    if (event.type == frame_type::data) {
      if (stream_[in_part] == 0) early_ += event.data;
      else if (peer_.send(stream_[in_part], event.data)) unsent_input_ += event.data.size();
      else wire_.consumed(event.channel, event.data.size()); // the process has closed it
    } else if (stream_[in_part] == 0) {
      early_fin_ = true;
    } else {
      peer_.send(stream_[in_part], {}, true);
    }
  } else if (event.channel == channel_[resize_part] && event.channel != 0 && event.type == frame_type::data) {
    auto last = event.data.substr(event.data.size() < 4 ? 0 : event.data.size() - 4); // sizes that waited come together
    if (auto size = terminal_size::decode(last)) resize(*size);
    wire_.consumed(event.channel, event.data.size());
  } else if (event.type == frame_type::reset && event.channel == status_channel_) {
    drop();
    finished_ = true;
  }
}

void runtime_session::dial() {
  auto at = place_of(target_.url);
  file_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (file_ < 0) return fail(std::string("socket: ") + std::strerror(errno));
  int yes = 1;
  setsockopt(file_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(at.port);
  inet_pton(AF_INET, at.host.c_str(), &to.sin_addr);
  request_ = "POST " + at.path + " HTTP/1.1\r\nHost: " + at.host + ":" + std::to_string(at.port) +
             "\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n";
  auto failed = connect(file_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS;
  loop_.add(file_, EPOLLIN | EPOLLOUT, [weak = weak_from_this()](uint32_t events) {
    auto self = std::static_pointer_cast<runtime_session>(weak.lock());
    if (!self) return;
    self->work(events);
    self->flush();
  });
  if (failed) fail(std::string("the runtime's stream server: ") + std::strerror(errno));
}

void runtime_session::work(uint32_t events) {
  if (connecting_) {
    if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) return;
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(file_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(std::string("the runtime's stream server: ") + std::strerror(error));
    connecting_ = false;
  }
  if (!write_some()) return fail("the runtime closed the stream");
  if (!read_some() || file_ < 0) return;
  if (!write_some()) return fail("the runtime closed the stream");
  bool more = !request_.empty() || !peer_.out.empty();
  loop_.change(file_, (more ? EPOLLOUT : 0u) | (may_read() ? EPOLLIN : 0u));
}

bool runtime_session::write_some() {
  for (auto* from : {&request_, &peer_.out}) {
    if (from == &peer_.out && !upgraded_) break;
    while (!from->empty()) {
      auto n = send(file_, from->data(), from->size(), MSG_NOSIGNAL);
      if (n < 0) return errno == EAGAIN || errno == EINTR;
      from->erase(0, static_cast<size_t>(n));
    }
  }
  if (unsent_input_ > 0 && upgraded_) {
    wire_.consumed(channel_[in_part], unsent_input_);
    unsent_input_ = 0;
  }
  return true;
}

/// Only while a whole chunk fits into every output that is still open: what is read must be passed on.
bool runtime_session::may_read() const {
  for (auto part : {out_part, err_part})
    if (channel_[part] != 0 && !done_[part] && wire_.alive(channel_[part]) && wire_.room(channel_[part]) < stream_chunk_bytes) return false;
  return true;
}

/// False: the session has ended.
bool runtime_session::read_some() {
  char part[stream_chunk_bytes];
  while (file_ >= 0 && may_read()) {
    auto n = recv(file_, part, sizeof part, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (n <= 0) {
      fail("the runtime closed the stream");
      return false;
    }
    if (!take({part, static_cast<size_t>(n)})) return false;
  }
  return true;
}

/// The HTTP answer up to its empty line.
bool runtime_session::head(std::string_view& bytes) {
  head_ += bytes;
  auto end = head_.find("\r\n\r\n");
  if (end == std::string::npos) {
    bytes = {};
    if (head_.size() > answer_head_bytes_max) fail("the runtime's stream server answered too much");
    return file_ >= 0;
  }
  auto used = end + 4 - (head_.size() - bytes.size());
  bytes.remove_prefix(used);
  if (!head_.starts_with("HTTP/1.1 101")) {
    fail("the runtime's stream server answered " + head_.substr(0, head_.find("\r\n")));
    return false;
  }
  upgraded_ = true;
  open_streams();
  return true;
}

void runtime_session::resize(const terminal_size& size) {
  if (stream_[resize_part] == 0)
    early_size_ = size;
  else
    peer_.send(stream_[resize_part], "{\"Width\":" + std::to_string(size.columns) + ",\"Height\":" + std::to_string(size.rows) + "}\n");
}

void runtime_session::open_streams() {
  const char* names[] = {"error", "stdin", "stdout", "stderr", "resize"};
  for (auto part : {error_part, in_part, out_part, err_part, resize_part})
    if (part == error_part || channel_[part] != 0) stream_[part] = peer_.open({{"streamtype", names[part]}});
  if (!early_.empty()) {
    peer_.send(stream_[in_part], early_);
    unsent_input_ += early_.size();
    early_.clear();
  }
  if (early_fin_) peer_.send(stream_[in_part], {}, true);
  if (early_size_) resize(*std::exchange(early_size_, std::nullopt));
}

bool runtime_session::take(std::string_view bytes) {
  if (!upgraded_ && !head(bytes)) return false;
  while (auto event = peer_.next(bytes)) {
    heard(*event);
    if (file_ < 0) return false;
  }
  return true;
}

void runtime_session::heard(const spdy::event& event) {
  using kind = spdy::event::kind;
  if (event.what == kind::goaway || event.what == kind::failed) return fail("the runtime closed the stream");
  auto which = part_of(event.stream);
  if (which == part_count) return;
  if (event.what == kind::data) {
    if (which == error_part && outcome_.size() < outcome_bytes_max) outcome_ += event.data;
    if (which == out_part || which == err_part) wire_.write(channel_[which], event.data);
  }
  if (event.what == kind::reset && which == in_part) {
    wire_.reset(channel_[in_part], "closed"); // the process reads no more
    return;
  }
  if (event.fin || event.what == kind::fin || event.what == kind::reset) part_done(which);
}

/// Outputs end before the status, the status before the session.
void runtime_session::part_done(part which) {
  if (std::exchange(done_[which], true)) return;
  if (which == out_part || which == err_part) wire_.fin(channel_[which]);
  for (auto part : {out_part, err_part})
    if (channel_[part] != 0 && !done_[part]) return;
  if (!done_[error_part]) return;
  drop();
  end(outcome_of(outcome_));
}

} // namespace

std::shared_ptr<node_session> make_runtime_session(stream_loop& loop, std::shared_ptr<stream_pipe> back, stream_begin begin) {
  return std::make_shared<runtime_session>(loop, std::move(back), std::move(begin));
}

} // namespace troupe
