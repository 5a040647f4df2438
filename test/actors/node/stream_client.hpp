// The gateway's end of a session, for tests of the node's end.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>
#include "messages/streams/node_streams.hpp"
#include "messages/streams/session.hpp"
#include "test/actors/node/node_machine.hpp"

namespace troupe::test {

/// All of it runs on the test's thread, in until().
class client final : public reply_sink {
public:
  void answered(call_ptr) override {}
  void post(std::function<void()> work) override {
    std::lock_guard guard{mutex_};
    work_.push_back(std::move(work));
  }
  bool open(node_streams& streams, const std::string& node, stream_begin begin, std::shared_ptr<client> self) {
    pipe_ = streams.open(node, std::move(begin), self, [this](std::string bytes) { take(bytes); }, [this](std::string) { lost = true; });
    return pipe_ != nullptr;
  }
  void flush() {
    if (!wire.out.empty()) pipe_->send(wire.take_out());
  }
  bool until(const std::function<bool()>& holds) {
    return node_machine::until([&] {
      std::vector<std::function<void()>> work;
      {
        std::lock_guard guard{mutex_};
        work.swap(work_);
      }
      for (auto& one : work) one();
      flush();
      return holds();
    });
  }
  session wire;
  bool ready = false, lost = false;
  std::map<uint32_t, std::string> got;
  std::map<uint32_t, bool> ended;
  std::string refused;

private:
  void take(std::string_view bytes) {
    while (auto event = wire.next(bytes)) {
      if (event->type == frame_type::ready) ready = true;
      if (event->type == frame_type::refused) refused = stream_outcome::decode(event->data)->message;
      if (event->type == frame_type::data) {
        got[event->channel] += event->data;
        wire.consumed(event->channel, event->data.size());
      }
      if (event->type == frame_type::fin) ended[event->channel] = true;
      if (event->type == frame_type::reset) {
        got[event->channel] += std::string("reset: ") + std::string(event->data);
        ended[event->channel] = true;
      }
    }
  }
  std::shared_ptr<stream_pipe> pipe_;
  std::mutex mutex_;
  std::vector<std::function<void()>> work_;
};

} // namespace troupe::test
