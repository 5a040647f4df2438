// Exec and attach over SPDY/3.1, v4.channel.k8s.io: one stream for each of error, stdin, stdout, stderr and resize, named by
// the header "streamtype" (client-go remotecommand/v4.go).
#include "actors/gateway/streams/exec_translator.hpp"
#include "actors/gateway/streams/outcome_format.hpp"
#include "messages/streams/spdy.hpp"

namespace troupe {
namespace {

class spdy_exec final : public exec_translator {
public:
  explicit spdy_exec(const stream_begin& begin) : exec_translator(begin) {}

private:
  using kind = spdy::event::kind;
  void parse(std::string_view bytes) override {
    while (auto event = peer_.next(bytes)) {
      size_t of = 0;
      while (of < stream_count && stream_[of] != event->stream) ++of;
      bool in = of == stdin_stream && begun();
      switch (event->what) {
      case kind::opened: opened(*event); break;
      case kind::data:
        if (in) to_node(channel(stdin_stream), event->data, event->fin);
        else if (of == resize_stream) resize(channel(resize_stream), event->data);
        break;
      case kind::fin:
      case kind::reset:
        if (in) to_node(channel(stdin_stream), {}, true);
        break;
      case kind::goaway:
      case kind::failed:
        if (!finished_) give_up();
        break;
      default: break;
      }
    }
  }
  // The session begins when every stream that was asked for is there.
  void opened(const spdy::event& event) {
    static constexpr std::string_view names[stream_count] = {"stdin", "stdout", "stderr", "error", "resize"};
    std::string_view type;
    for (auto& [name, value] : event.fields)
      if (name == "streamtype") type = value;
    size_t of = 0;
    while (of < stream_count && names[of] != type) ++of;
    if (of == stream_count || stream_[of] != 0 || !asked(of) || begun()) return peer_.reset(event.stream, spdy::reset_code::refused);
    stream_[of] = event.stream;
    peer_.reply(event.stream);
    for (size_t i = 0; i < stream_count; ++i)
      if (asked(i) && stream_[i] == 0) return;
    begin();
  }
  void wrap() override {
    out_ += peer_.out;
    peer_.out.clear();
  }
  void say(size_t stream, std::string_view bytes) override { peer_.send(stream_[stream], bytes); }
  void close(size_t stream) override { peer_.send(stream_[stream], {}, true); }
  void finish(const stream_outcome& outcome) override { peer_.send(stream_[error_stream], outcome_json(outcome, arguments_), true); }
  spdy::session peer_{false};
  std::array<uint32_t, stream_count> stream_{};
};

} // namespace

std::unique_ptr<translator> exec_over_spdy(const stream_begin& begin) { return std::make_unique<spdy_exec>(begin); }

} // namespace troupe
