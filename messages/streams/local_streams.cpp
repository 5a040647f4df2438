#include "messages/streams/local_streams.hpp"

#include <utility>

namespace troupe {
namespace {

// The node's frames on their way to the gateway's thread. What arrives while a post is on its way rides with it.
class way_back final : public stream_pipe, public std::enable_shared_from_this<way_back> {
public:
  way_back(std::shared_ptr<reply_sink> home, std::function<void(std::string)> on_frames, std::function<void(std::string)> on_lost)
      : home_(std::move(home)), on_frames_(std::move(on_frames)), on_lost_(std::move(on_lost)) {}
  ~way_back() override {
    // The node dropped the session without a word, for instance because its actor died.
    if (!closed_) home_->post([lost = std::move(on_lost_)] { lost("the node went away"); });
  }
  void send(std::string frames) override {
    std::lock_guard guard{mutex_};
    if (closed_) return;
    waiting_ += frames;
    wake();
  }
  void close() override {
    std::lock_guard guard{mutex_};
    if (closed_) return;
    closed_ = true;
    wake();
  }

private:
  void wake() {
    if (std::exchange(posted_, true)) return;
    home_->post([self = shared_from_this()] { self->deliver(); });
  }
  void deliver() {
    std::string frames;
    bool lost;
    {
      std::lock_guard guard{mutex_};
      posted_ = false;
      frames.swap(waiting_);
      lost = closed_;
    }
    if (!frames.empty()) on_frames_(std::move(frames));
    if (lost) on_lost_("the node went away");
  }
  std::shared_ptr<reply_sink> home_;
  std::function<void(std::string)> on_frames_, on_lost_;
  std::mutex mutex_;
  std::string waiting_;
  bool posted_ = false, closed_ = false;
};

} // namespace

void local_streams::set(const std::string& node, std::shared_ptr<stream_server> server) {
  std::lock_guard guard{mutex_};
  servers_[node] = std::move(server);
}

void local_streams::erase(const std::string& node) {
  std::lock_guard guard{mutex_};
  servers_.erase(node);
}

std::shared_ptr<stream_pipe> local_streams::open(const std::string& node, stream_begin begin, std::shared_ptr<reply_sink> home,
                                                 std::function<void(std::string)> on_frames,
                                                 std::function<void(std::string why)> on_lost) {
  std::shared_ptr<stream_server> server;
  {
    std::lock_guard guard{mutex_};
    auto found = servers_.find(node);
    if (found == servers_.end()) return nullptr;
    server = found->second;
  }
  return server->accept(std::move(begin), std::make_shared<way_back>(std::move(home), std::move(on_frames), std::move(on_lost)));
}

} // namespace troupe
