// A container's log: the file's end or all of it, and what is added while it is followed.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include "runtime/ports/streams/log_format.hpp"
#include "runtime/ports/streams/node_session.hpp"

namespace troupe {
namespace {

constexpr int64_t still_running_ms = 1'000;         // how often a followed container is asked for, when its log is quiet
constexpr size_t tail_step_bytes = 64u << 10;
constexpr size_t tail_bytes_max = 64u << 20;        // searched backwards for the last lines; beyond: from there

log_wish wish_of(const stream_begin& begin) {
  log_wish wish;
  wish.timestamps = begin.timestamps;
  wish.limit_bytes = begin.limit_bytes;
  wish.since_ns = begin.since_wall_ns;
  if (begin.since_seconds >= 0)
    wish.since_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count() -
                    begin.since_seconds * 1'000'000'000;
  wish.out = begin.log_stream != "Stderr";
  wish.err = begin.log_stream != "Stdout";
  return wish;
}

class log_session final : public node_session {
public:
  log_session(stream_loop& loop, std::shared_ptr<stream_pipe> back, stream_begin begin, stream_resolver resolver)
      : node_session(loop, std::move(back), std::move(begin)), resolver_(std::move(resolver)), filter_(wish_of(begin_)) {}
  ~log_session() override {
    if (watch_ >= 0) {
      loop_.remove(watch_);
      close(watch_);
    }
    if (file_ >= 0) close(file_);
  }
  void start(const stream_target& target) override {
    running_ = target.running;
    file_ = open(target.log_path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0)
      return refuse(stream_outcome::failure("unable to retrieve container logs for containerd://" + target.container_id, "", 500));
    container_ = target.container_id;
    seek();
    if (begin_.follow && running_) follow(target.log_path);
    wire_.ready();
    pump();
    flush();
  }
  void frame(const session_event& event) override {
    if (event.type == frame_type::open && event.kind == channel_kind::out) out_ = event.channel;
    if (event.type == frame_type::open && event.kind == channel_kind::status) status_channel_ = event.channel;
    if (event.type == frame_type::reset) finished_ = true;
  }
  void pump() override {
    while (out_ != 0 && file_ >= 0 && !finished_ && status_channel_ != 0) {
      if (!pending_.empty()) {
        auto n = wire_.write(out_, pending_);
        pending_.erase(0, n);
        if (!pending_.empty()) return; // until there is room again
      }
      if (filter_.full()) return done();
      char part[stream_chunk_bytes];
      auto n = read(file_, part, sizeof part);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return done();
      if (n > 0) {
        filter_.take({part, static_cast<size_t>(n)}, pending_);
        continue;
      }
      if (!begin_.follow || !running_) return done();
      return ask_later();
    }
  }

private:
  void done() {
    wire_.fin(out_);
    end(stream_outcome::exit(0));
  }
  /// To the beginning of the last lines, searching backwards.
  void seek() {
    if (begin_.tail_lines < 0) return;
    auto size = lseek(file_, 0, SEEK_END);
    std::string end;
    off_t at = size;
    bool found = begin_.tail_lines == 0;
    while (at > 0 && !found && end.size() < tail_bytes_max) {
      auto step = std::min<off_t>(at, tail_step_bytes);
      std::string part(static_cast<size_t>(step), '\0');
      auto n = pread(file_, part.data(), part.size(), at - step);
      if (n <= 0) break;
      at -= step;
      end.insert(0, part);
      auto begin = tail_begin(end, begin_.tail_lines, found);
      if (found) at += static_cast<off_t>(begin);
    }
    lseek(file_, at, SEEK_SET);
  }
  void follow(const std::string& path) {
    watch_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch_ < 0) return; // then the timer alone must do
    inotify_add_watch(watch_, path.c_str(), IN_MODIFY);
    loop_.add(watch_, EPOLLIN, [weak = weak_from_this()](uint32_t) {
      auto self = std::static_pointer_cast<log_session>(weak.lock());
      if (!self) return;
      char events[4096];
      while (read(self->watch_, events, sizeof events) > 0) {}
      self->pump();
      self->flush();
    });
  }
  /// Quiet: does the container still run?
  void ask_later() {
    if (std::exchange(asking_, true)) return;
    loop_.after(still_running_ms, [weak = weak_from_this()] {
      auto self = std::static_pointer_cast<log_session>(weak.lock());
      if (!self || self->finished_) return;
      auto ticket = std::make_shared<stream_ticket>();
      ticket->begin = self->begin_;
      ticket->done = [weak, loop = &self->loop_](const stream_target& target) {
        if (auto here = std::static_pointer_cast<log_session>(weak.lock())) loop->post([weak, target] {
          if (auto still = std::static_pointer_cast<log_session>(weak.lock())) still->answered(target);
        });
      };
      if (!self->resolver_(ticket)) {
        ticket->done = nullptr;
        self->asking_ = false;
        self->ask_later();
      }
    });
  }
  void answered(const stream_target& target) {
    asking_ = false;
    bool lost_sight = target.code == 503; // its actor is being restarted: ask again
    if (!lost_sight && (target.code != 0 || !target.running || target.container_id != container_)) running_ = false;
    pump(); // what was written before its end is still to be read
    flush();
  }
  stream_resolver resolver_;
  log_filter filter_;
  uint32_t out_ = 0;
  int file_ = -1, watch_ = -1;
  bool running_ = false, asking_ = false;
  std::string pending_, container_;
};

} // namespace

std::shared_ptr<node_session> make_log_session(stream_loop& loop, std::shared_ptr<stream_pipe> back, stream_begin begin, stream_resolver resolver) {
  return std::make_shared<log_session>(loop, std::move(back), std::move(begin), std::move(resolver));
}

} // namespace troupe
