// A log on its way to the client. INTERNAL to this folder.
#pragma once
#include <string>
#include "actors/gateway/streams/session_end.hpp"
#include "messages/body.hpp"

namespace troupe {

/// What the node sends on its `out` channel, pulled by the connection; the window bounds what waits here.
class log_body final : public body, public session_end {
public:
  log_body();
  size_t read(char* to, size_t room) override;
  bool done() const override { return ended_ && waiting_.size() == offset_; }
  void attach(body_sink* sink) override { sink_ = sink; }
  void wind_up() override { end(); }
  void from_node(std::string_view frames) override;
  void link_lost(std::string_view) override { end(); }

private:
  void end();
  uint32_t out_, status_;
  std::string waiting_;
  size_t offset_ = 0; // of waiting_: read already
  bool ended_ = false;
  body_sink* sink_ = nullptr;
};

} // namespace troupe
