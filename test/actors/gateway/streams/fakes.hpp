// What the tests of this folder stand on: a home thread run by hand, a node that does what it is told, and clients' frames.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include "actors/gateway/streams/streams.hpp"
#include "messages/streams/local_streams.hpp"
#include "messages/streams/session.hpp"

namespace fakes {

using namespace troupe;

/// Runs what is posted only in run().
struct home final : reply_sink {
  std::deque<std::function<void()>> posts;
  std::vector<call_ptr> answers;
  void answered(call_ptr call) override { answers.push_back(std::move(call)); }
  void post(std::function<void()> work) override { posts.push_back(std::move(work)); }
  void run() {
    while (!posts.empty()) {
      auto work = std::move(posts.front());
      posts.pop_front();
      work();
    }
  }
};

/// A node's end of one session.
struct node_session {
  stream_begin begin;
  session link;
  std::shared_ptr<stream_pipe> back;
  std::map<channel_kind, uint32_t> channels; // of the last one opened
  std::vector<std::pair<uint32_t, uint16_t>> ports; // opened
  std::map<uint32_t, std::string> received;
  std::vector<uint32_t> finished;
  std::map<uint32_t, std::string> resets;
  bool closed = false, spends = true; // `spends`: gives room back at once
  void take(std::string_view frames) {
    while (auto event = link.next(frames)) {
      if (event->type == frame_type::open) channels[event->kind] = event->channel;
      if (event->type == frame_type::open && event->kind == channel_kind::port) ports.push_back({event->channel, event->port});
      if (event->type == frame_type::data) {
        received[event->channel] += event->data;
        if (spends) link.consumed(event->channel, event->data.size());
      }
      if (event->type == frame_type::fin) finished.push_back(event->channel);
      if (event->type == frame_type::reset) resets[event->channel] = event->data;
    }
    send();
  }
  void send() {
    if (!link.out.empty() && back) back->send(link.take_out());
  }
  uint32_t of(channel_kind kind) { return channels[kind]; }
  void say(channel_kind kind, std::string_view bytes) {
    link.write(of(kind), bytes);
    send();
  }
  void end(const stream_outcome& outcome) {
    for (auto kind : {channel_kind::out, channel_kind::err})
      if (channels.count(kind)) link.fin(of(kind));
    link.write(of(channel_kind::status), outcome.encode());
    link.fin(of(channel_kind::status));
    send();
  }
  void ready() {
    link.ready();
    send();
  }
};

/// Accepts every session and says `ready` at once, unless told otherwise.
struct node final : stream_server {
  std::vector<std::shared_ptr<node_session>> sessions;
  bool says_ready = true;
  const stream_outcome* refuses = nullptr;
  struct to_node final : stream_pipe {
    std::weak_ptr<node_session> at;
    void send(std::string frames) override {
      if (auto s = at.lock()) s->take(frames);
    }
    void close() override {
      if (auto s = at.lock()) s->closed = true;
    }
  };
  std::shared_ptr<stream_pipe> accept(stream_begin begin, std::shared_ptr<stream_pipe> back) override {
    auto made = std::make_shared<node_session>();
    made->begin = std::move(begin);
    made->back = std::move(back);
    sessions.push_back(made);
    if (refuses) {
      made->link.refuse(*refuses);
      made->send();
    } else if (says_ready) {
      made->ready();
    }
    auto pipe = std::make_shared<to_node>();
    pipe->at = made;
    return pipe;
  }
  node_session& last() { return *sessions.back(); }
};

/// One call through serve_stream.
struct served {
  std::shared_ptr<fakes::home> home = std::make_shared<fakes::home>();
  std::shared_ptr<fakes::node> node = std::make_shared<fakes::node>();
  local_streams streams;
  call_ptr asked = std::make_shared<call>();
  std::unique_ptr<duplex> up; // after a 101
  served() { streams.set("beta", node); }
  ~served() {
    asked->where = call::state::answered;
    up.reset();
    home->run();
    home->answers.clear(); // a call holds its home
    asked->home = nullptr;
  }
  void header(std::string name, std::string value) { asked->in.headers.emplace_back(std::move(name), std::move(value)); }
  void websocket(const std::string& protocols) {
    header("upgrade", "websocket");
    header("connection", "Upgrade");
    header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    header("sec-websocket-protocol", protocols);
  }
  void spdy(const std::vector<std::string>& protocols) {
    header("upgrade", "SPDY/3.1");
    header("connection", "Upgrade");
    for (auto& one : protocols) header("x-stream-protocol-version", one);
  }
  step serve(stream_begin begin, std::vector<uint16_t> ports = {}) {
    asked->home = home;
    auto said = serve_stream(asked, streams, "beta", std::move(begin), std::move(ports));
    home->run();
    if (!home->answers.empty() && home->answers[0]->out.upgraded) up = std::move(home->answers[0]->out.upgraded);
    return said;
  }
  reply& out() { return home->answers.empty() ? asked->out : home->answers[0]->out; }
  std::string header_of(std::string_view name) {
    for (auto& [key, value] : out().headers)
      if (key == name) return value;
    return {};
  }
  /// What the client is sent; it takes all of it.
  std::string taken() {
    home->run();
    auto bytes = up->out();
    up->out().clear();
    up->taken();
    home->run();
    return bytes;
  }
};

/// A client's masked WebSocket message.
inline std::string masked(uint8_t first_byte, std::string_view text) {
  std::string made(1, char(first_byte));
  if (text.size() < 126) {
    made += char(0x80 | text.size());
  } else if (text.size() < 65536) {
    made += char(0x80 | 126);
    made += char(text.size() >> 8);
    made += char(text.size());
  } else {
    made += char(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) made += char(uint64_t(text.size()) >> shift);
  }
  const char mask[5] = "\x21\x42\x63\x84";
  made.append(mask, 4);
  for (size_t i = 0; i < text.size(); ++i) made += char(text[i] ^ mask[i % 4]);
  return made;
}
inline std::string binary(std::string_view text) { return masked(0x82, text); }

/// Messages of a server, in order: (opcode, payload).
std::vector<std::pair<int, std::string>> messages(std::string_view bytes);

inline stream_begin exec_of(bool in, bool out, bool err, bool tty = false) {
  stream_begin made;
  made.what = stream_begin::verb::exec;
  made.arguments = {"sh", "-c", "exit 7"};
  made.in = in, made.out = out, made.err = err, made.tty = tty;
  return made;
}

} // namespace fakes
