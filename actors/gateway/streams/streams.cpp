#include "actors/gateway/streams/streams.hpp"

#include <algorithm>
#include <strings.h>

#include "actors/gateway/streams/log_body.hpp"
#include "actors/gateway/streams/outcome_format.hpp"
#include "actors/gateway/streams/translator.hpp"
#include "messages/streams/websocket.hpp"

namespace troupe {
namespace {

constexpr int64_t node_answer_ms_max = 30'000; // from the request to the node's ready

using names = std::vector<std::string>;

bool same(std::string_view one, std::string_view other) {
  return one.size() == other.size() && strncasecmp(one.data(), other.data(), one.size()) == 0;
}

bool is_websocket(const request& in) { return same(in.header("upgrade"), "websocket") && !in.header("sec-websocket-key").empty(); }
bool is_spdy(const request& in) { return same(in.header("upgrade"), "SPDY/3.1"); }

// A header may come as several lines, and each may hold a list.
names offered(const request& in, std::string_view header) {
  names all;
  for (auto& [name, value] : in.headers) {
    if (name != header) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      auto one = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
      while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
      if (!one.empty()) all.emplace_back(one);
    }
  }
  return all;
}

std::string list(const names& words) {
  std::string text = "[";
  for (size_t i = 0; i < words.size(); ++i) text += (i ? " " : "") + words[i];
  return text + "]";
}

step refuse_text(call& asked, int code, std::string text) {
  asked.out = reply{};
  asked.out.code = code;
  asked.out.content_type = "text/plain; charset=utf-8";
  asked.out.text = std::move(text) + "\n";
  return step::ready;
}

step refuse(call& asked, const status& error) {
  set_error(asked.out, error);
  return step::ready;
}

// The protocols that we speak, best first, for what is asked.
names accepted(stream_begin::verb what, bool websocket) {
  using verb = stream_begin::verb;
  if (what == verb::log) return {"binary.k8s.io"};
  if (what == verb::forward) return websocket ? names{"SPDY/3.1+portforward.k8s.io", "v4.channel.k8s.io"} : names{"portforward.k8s.io"};
  if (websocket) return {"v5.channel.k8s.io", "v4.channel.k8s.io", "channel.k8s.io"};
  return {"v4.channel.k8s.io"};
}

std::unique_ptr<translator> make(const std::string& protocol, bool websocket, const stream_begin& begin, const std::vector<uint16_t>& ports) {
  using verb = stream_begin::verb;
  if (begin.what == verb::log) return log_over_websocket();
  if (begin.what == verb::forward)
    return protocol == "v4.channel.k8s.io" ? forward_over_websocket(ports) : forward_over_spdy(websocket);
  if (!websocket) return exec_over_spdy(begin);
  return exec_over_websocket(begin, protocol[0] == 'v' ? protocol[1] - '0' : 1);
}

reply switching(const request& in, const std::string& protocol, bool websocket) {
  reply out;
  out.code = 101;
  out.headers.emplace_back("Connection", "Upgrade");
  out.headers.emplace_back("Upgrade", websocket ? "websocket" : "SPDY/3.1");
  if (websocket) {
    out.headers.emplace_back("Sec-WebSocket-Accept", websocket::accept_key(in.header("sec-websocket-key")));
    if (!protocol.empty()) out.headers.emplace_back("Sec-WebSocket-Protocol", protocol);
  } else {
    out.headers.emplace_back("X-Stream-Protocol-Version", protocol);
  }
  return out;
}

// A session whose node has not spoken yet. Held by its own callbacks; what it made goes to the reply when the node is ready.
struct opening {
  call_ptr asked;
  std::shared_ptr<reply_sink> home;
  std::unique_ptr<session_end> made;   // until then
  std::function<void(session_end*)> accept; // puts `made`, given up, into the reply
  std::function<void(const stream_outcome&)> refuse; // the reply to a refusal
  bool refusal_in_band = false;
};
using opening_ptr = std::shared_ptr<opening>;

void first_word(const opening_ptr& o, const stream_outcome* refusal) {
  if (!o->asked) return;
  auto asked = std::exchange(o->asked, nullptr);
  auto accept = std::exchange(o->accept, nullptr);
  if (!refusal || o->refusal_in_band) {
    if (refusal) static_cast<translator&>(*o->made).refused(*refusal);
    accept(o->made.release());
  } else {
    o->refuse(*refusal);
    o->home->post([o] { o->made.reset(); }); // not now: we are called by it
  }
  o->refuse = nullptr;
  answer(std::move(asked));
}

step open(const call_ptr& asked, node_streams& streams, const std::string& node, stream_begin begin, const opening_ptr& o) {
  auto anchor = o->made->anchor();
  o->home = asked->home;
  o->made->on_first_word = [o](const stream_outcome* refusal) { first_word(o, refusal); };
  auto on_frames = [anchor](std::string frames) {
    if (anchor->end) anchor->end->from_node(frames);
  };
  auto on_lost = [anchor](std::string why) {
    if (!anchor->end) return;
    if (auto told = std::exchange(anchor->end->on_first_word, nullptr)) {
      auto gone = stream_outcome::failure("error dialing backend: " + why);
      told(&gone);
    } else {
      anchor->end->link_lost(why);
    }
  };
  auto pipe = streams.open(node, std::move(begin), asked->home, std::move(on_frames), std::move(on_lost));
  if (!pipe) {
    o->made->on_first_word = nullptr;
    return refuse(*asked, internal_error("error dialing backend: no link to node " + node));
  }
  o->asked = asked;
  asked->deadline_ms = asked->steady_ms + node_answer_ms_max;
  o->made->connect(std::move(pipe));
  return step::elsewhere;
}

step serve_log(const call_ptr& asked, node_streams& streams, const std::string& node, stream_begin begin) {
  auto o = std::make_shared<opening>();
  o->made = std::make_unique<log_body>();
  o->accept = [call = asked.get()](session_end* made) {
    call->out.code = 200;
    call->out.content_type = "text/plain";
    call->out.stream.reset(static_cast<log_body*>(made));
  };
  o->refuse = [call = asked.get()](const stream_outcome& why) {
    set_error(call->out, status{why.code, why.reason, outcome_message(why)});
  };
  return open(asked, streams, node, std::move(begin), o);
}

} // namespace

step serve_stream(const call_ptr& asked, node_streams& streams, const std::string& node, stream_begin begin, std::vector<uint16_t> ports) {
  auto& in = asked->in;
  using verb = stream_begin::verb;
  bool websocket = is_websocket(in), log = begin.what == verb::log;
  if (log && !websocket) return serve_log(asked, streams, node, std::move(begin));
  if (in.http_major != 1 || (!websocket && !is_spdy(in))) return refuse(*asked, bad_request("Upgrade request required"));
  if (begin.tty) begin.err = false;
  bool attached = begin.what == verb::exec || begin.what == verb::attach;
  if (attached && !begin.in && !begin.out && !begin.err)
    return refuse_text(*asked, 400, "you must specify at least 1 of stdin, stdout, stderr");

  auto theirs = offered(in, websocket ? "sec-websocket-protocol" : "x-stream-protocol-version");
  auto ours = accepted(begin.what, websocket);
  std::string chosen;
  for (auto& one : ours)
    if (chosen.empty() && std::find(theirs.begin(), theirs.end(), one) != theirs.end()) chosen = one;
  if (chosen.empty() && !(log && theirs.empty()))
    return refuse_text(*asked, websocket ? 400 : 403,
                       "unable to upgrade: unable to negotiate protocol: client supports " + list(theirs) + ", server accepts " + list(ours));
  if (chosen == "v4.channel.k8s.io" && begin.what == verb::forward && ports.empty())
    return refuse_text(*asked, 400, "query parameter \"ports\" is required");

  auto o = std::make_shared<opening>();
  auto made = make(chosen, websocket, begin, ports);
  o->refusal_in_band = made->refuses_in_band();
  o->made = std::move(made);
  o->accept = [call = asked.get(), chosen, websocket](session_end* end) {
    call->out = switching(call->in, chosen, websocket);
    call->out.upgraded.reset(static_cast<translator*>(end));
  };
  o->refuse = [call = asked.get()](const stream_outcome& why) { refuse_text(*call, why.code, why.message); };
  return open(asked, streams, node, std::move(begin), o);
}

} // namespace troupe
