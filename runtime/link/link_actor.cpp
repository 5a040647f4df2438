#include "runtime/link/link_actor.hpp"
#include <deque>
#include <map>
#include <caf/actor_system.hpp>
#include <caf/make_actor.hpp>
#include <caf/uri.hpp>
#include "runtime/control/alarm.hpp"
#include "runtime/link/frame.pb.h"
#include "runtime/link/link_codec.hpp"
#include "runtime/log.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

struct link_state {
  explicit link_state(caf::scheduled_actor* actor) : self(actor), timer(actor) {}
  ~link_state() { drop("the link actor ended"); } // at any end: its proxies would point at a dead actor
  static inline const char* name = "link";

  void connected(wire_ptr);
  void drop(const std::string& why);
  void put(const link::Frame&);
  void put_now(const link::Frame&); // outside the window
  void flush();
  void acknowledge();
  void frame(const wire_frame&);
  void received(const link::Frame&);
  void deliver(const link::Send&);
  void send(outbound&);
  void fail(const outbound&);
  void resolve_all();
  void resolved(const link::Resolved&);
  void remote_ended(uint64_t id);
  void local_ended(uint64_t id);
  void tick();
  bool may_address(const std::string& path) const;
  caf::strong_actor_ptr proxy_for(uint64_t id);
  uint64_t export_actor(const caf::strong_actor_ptr&);

  caf::scheduled_actor* self;
  alarm timer;
  env_ptr env;
  link_options options;

  wire_ptr wire_;
  int64_t heard_ms = 0, heartbeat_at_ms = alarm::never, redial_at_ms = alarm::never, resolve_at_ms = alarm::never;
  std::deque<std::string> queue;
  size_t queued_bytes = 0;
  uint64_t sent_bytes = 0, consumed_by_peer = 0, received_bytes = 0, acknowledged_bytes = 0;
  uint64_t resolves = 0;
  std::map<uint64_t, std::string> resolving;             // number -> path
  std::map<std::string, uint64_t> imported;              // path -> remote id
  std::map<uint64_t, caf::strong_actor_ptr> proxies;     // by remote id
  std::map<uint64_t, caf::strong_actor_ptr> exported;    // by local id: whom the peer may address
  std::map<std::pair<uint64_t, uint64_t>, caf::strong_actor_ptr> requests; // (requester, response id): under way
};
static_assert(!std::is_aggregate_v<link_state>);

void link_state::connected(wire_ptr with) {
  drop("a new connection");
  wire_ = std::move(with);
  heard_ms = timer.now_ms();
  heartbeat_at_ms = heard_ms + options.heartbeat_ms;
  redial_at_ms = alarm::never;
  log_info("link to " + options.peer + " is up");
  resolve_all();
}

/// The link is gone: fail what is under way, tell who monitors a remote actor, forget everything.
void link_state::drop(const std::string& why) {
  if (wire_) {
    wire_->close();
    log_warning("link to " + options.peer + " is down: " + why);
  }
  wire_.reset();
  queue.clear();
  queued_bytes = 0;
  sent_bytes = consumed_by_peer = received_bytes = acknowledged_bytes = 0;
  heartbeat_at_ms = resolve_at_ms = alarm::never;
  redial_at_ms = options.dial && env ? timer.now_ms() + options.redial_ms : alarm::never;
  resolving.clear();
  for (auto& [path, id] : std::exchange(imported, {}))
    env->actors.erase(path);
  auto error = caf::make_error(caf::exit_reason::remote_link_unreachable);
  for (auto& [id, actor] : std::exchange(exported, {}))
    self->demonitor(caf::actor_cast<caf::actor_addr>(actor));
  for (auto& [key, requester] : std::exchange(requests, {}))
    requester->enqueue(nullptr, caf::message_id{key.second}, caf::make_message(error), self->context());
  for (auto& [id, proxy] : std::exchange(proxies, {}))
    static_cast<caf::actor_proxy*>(proxy->get())->kill_proxy(self->context(), error);
}

void link_state::flush() {
  while (wire_ && !queue.empty()) {
    auto size = queue.front().size();
    auto under_way = sent_bytes - consumed_by_peer;
    if (under_way > 0 && under_way + size > options.window_bytes)
      return; // one frame larger than the window goes alone
    sent_bytes += size;
    queued_bytes -= size;
    wire_->send(std::move(queue.front()));
    queue.pop_front();
  }
}

void link_state::put(const link::Frame& frame) {
  if (!wire_)
    return;
  auto bytes = frame.SerializeAsString();
  if (bytes.size() + queued_bytes > options.queue_bytes_max)
    return drop("more than " + std::to_string(options.queue_bytes_max) + " bytes wait");
  queued_bytes += bytes.size();
  queue.push_back(std::move(bytes));
  flush();
}

void link_state::put_now(const link::Frame& frame) {
  if (wire_)
    wire_->send(frame.SerializeAsString());
}

void link_state::acknowledge() {
  acknowledged_bytes = received_bytes;
  link::Frame frame;
  frame.set_consumed(received_bytes);
  put_now(frame);
}

bool link_state::may_address(const std::string& path) const {
  for (auto& allowed : options.exports)
    if (path == allowed || path.starts_with(allowed + "/"))
      return true;
  return false;
}

caf::strong_actor_ptr link_state::proxy_for(uint64_t id) {
  auto found = proxies.find(id);
  if (found != proxies.end())
    return found->second;
  caf::actor_config config{self->context()};
  auto made = caf::make_actor<link_proxy, caf::strong_actor_ptr>(id, caf::make_node_id(*caf::make_uri("troupe:" + options.peer)),
                                                                 &self->system(), config, caf::actor_cast<caf::actor>(self));
  proxies.emplace(id, made);
  link::Frame frame;
  frame.set_monitor(id);
  put(frame);
  return made;
}

uint64_t link_state::export_actor(const caf::strong_actor_ptr& actor) {
  if (!actor)
    return 0;
  if (exported.emplace(actor->id(), actor).second)
    self->monitor(caf::actor_cast<caf::actor>(actor));
  return actor->id();
}

void link_state::resolve_all() {
  resolve_at_ms = alarm::never;
  for (auto& path : options.imports) {
    if (imported.contains(path))
      continue;
    bool asked = false;
    for (auto& [number, waiting] : resolving)
      asked |= waiting == path;
    if (asked)
      continue;
    resolving.emplace(++resolves, path);
    link::Frame frame;
    frame.mutable_resolve()->set_number(resolves);
    frame.mutable_resolve()->set_path(path);
    put(frame);
  }
}

void link_state::resolved(const link::Resolved& answer) {
  auto found = resolving.extract(answer.number());
  if (!found)
    return;
  if (!answer.actor()) {
    resolve_at_ms = std::min(resolve_at_ms, timer.now_ms() + options.resolve_again_ms);
    return;
  }
  auto proxy = proxy_for(answer.actor());
  imported[found.mapped()] = answer.actor();
  env->actors.set(found.mapped(), caf::actor_cast<caf::actor>(proxy));
}

void link_state::remote_ended(uint64_t id) {
  auto found = proxies.extract(id);
  if (!found)
    return;
  for (auto one = imported.begin(); one != imported.end();) {
    auto here = one++;
    if (here->second != id)
      continue;
    env->actors.erase(here->first);
    imported.erase(here);
    resolve_at_ms = std::min(resolve_at_ms, timer.now_ms() + options.resolve_again_ms);
  }
  static_cast<caf::actor_proxy*>(found.mapped()->get())->kill_proxy(self->context(), caf::make_error(caf::exit_reason::unknown));
}

void link_state::local_ended(uint64_t id) {
  if (!exported.erase(id))
    return;
  link::Frame frame;
  frame.set_down(id);
  put(frame);
}

/// A message from the peer for one of our actors.
void link_state::deliver(const link::Send& what) {
  caf::message_id message{what.message()};
  auto target = exported.find(what.to());
  auto content = what.failed() ? caf::make_message(caf::make_error(caf::sec::request_receiver_down))
                               : decode_message(what.type(), what.body());
  bool good = target != exported.end() && !content.empty() && (!what.failed() || message.is_response());
  if (!good) {
    if (!message.is_request())
      return;
    link::Frame refusal;
    refusal.mutable_send()->set_to(what.from());
    refusal.mutable_send()->set_message(message.response_id().integer_value());
    refusal.mutable_send()->set_failed(true);
    return put(refusal);
  }
  if (message.is_response() && !requests.erase({what.to(), what.message()}))
    return; // nobody waits for it
  auto receiver = target->second;
  if (proxies.size() >= link_proxies_max && !proxies.contains(what.from()))
    return drop("the peer has more than " + std::to_string(link_proxies_max) + " actors");
  auto sender = what.from() ? proxy_for(what.from()) : caf::strong_actor_ptr{};
  receiver->enqueue(sender, message, std::move(content), self->context());
}

void link_state::received(const link::Frame& frame) {
  if (frame.has_consumed()) {
    consumed_by_peer = std::min<uint64_t>(std::max<uint64_t>(consumed_by_peer, frame.consumed()), sent_bytes);
    flush();
  }
  if (frame.has_resolve()) {
    link::Frame answer;
    answer.mutable_resolved()->set_number(frame.resolve().number());
    auto actor = may_address(frame.resolve().path()) ? env->actors.get<caf::actor>(frame.resolve().path()) : caf::actor{};
    answer.mutable_resolved()->set_actor(export_actor(caf::actor_cast<caf::strong_actor_ptr>(actor)));
    put(answer);
  }
  if (frame.has_monitor() && !exported.contains(frame.monitor())) {
    link::Frame answer;
    answer.set_down(frame.monitor());
    put(answer);
  }
  if (frame.has_down())
    remote_ended(frame.down());
  if (frame.has_send())
    deliver(frame.send());
  if (frame.has_resolved())
    resolved(frame.resolved());
}

void link_state::frame(const wire_frame& message) {
  if (!wire_ || message.from != wire_.get())
    return;
  link::Frame frame;
  if (message.bytes.size() > wire_frame_bytes_max || !frame.ParseFromString(message.bytes))
    return drop("the peer sent what is no frame");
  heard_ms = timer.now_ms();
  if (!frame.has_consumed())
    received_bytes += message.bytes.size();
  received(frame);
  if (wire_ && received_bytes - acknowledged_bytes > options.window_bytes / 4)
    acknowledge();
}

void link_state::fail(const outbound& what) {
  if (what.message.is_request() && what.sender)
    what.sender->enqueue(nullptr, what.message.response_id(),
                         caf::make_message(caf::make_error(caf::exit_reason::remote_link_unreachable)), self->context());
}

/// A message from one of our actors for a proxy.
void link_state::send(outbound& what) {
  if (!wire_ || !proxies.contains(what.to))
    return fail(what);
  link::Frame frame;
  auto& to = *frame.mutable_send();
  if (what.content.match_elements<caf::error>())
    to.set_failed(true);
  else if (!encode_message(what.content, *to.mutable_type(), *to.mutable_body())) {
    log_error("link to " + options.peer + ": a message that may not cross: " + to_string(what.content));
    return fail(what);
  }
  to.set_to(what.to);
  to.set_message(what.message.integer_value());
  if (!what.message.is_response())
    to.set_from(export_actor(what.sender));
  if (what.message.is_request() && what.sender)
    requests.emplace(std::make_pair(what.sender->id(), what.message.response_id().integer_value()), what.sender);
  put(frame);
}

void link_state::tick() {
  timer.fired();
  auto now_ms = timer.now_ms();
  if (wire_ && now_ms - heard_ms > options.dead_after_ms)
    drop("silent for " + std::to_string(options.dead_after_ms) + " ms");
  if (wire_ && now_ms >= heartbeat_at_ms) {
    acknowledge();
    heartbeat_at_ms = now_ms + options.heartbeat_ms;
  }
  if (wire_ && now_ms >= resolve_at_ms)
    resolve_all();
  if (!wire_ && now_ms >= redial_at_ms) {
    redial_at_ms = alarm::never;
    options.wires->dial(caf::actor_cast<caf::actor>(self), options.peer);
  }
}

link_actor::behavior_type link_behavior(link_actor::stateful_pointer<link_state> self, env_ptr env, link_options options) {
  auto& state = self->state;
  state.env = std::move(env);
  state.options = std::move(options);
  auto arm = [self] {
    auto& now = self->state;
    auto next = std::min({now.heartbeat_at_ms, now.redial_at_ms, now.resolve_at_ms});
    if (next != alarm::never)
      now.timer.at(next);
  };
  self->set_down_handler([self, arm](const caf::down_msg& down) {
    self->state.local_ended(down.source.id());
    arm();
  });
  if (state.options.dial)
    state.redial_at_ms = state.timer.now_ms();
  state.tick();
  arm();
  return {
    [self, arm](wire_up& message) {
      self->state.connected(std::move(message.connected));
      arm();
    },
    [self, arm](const wire_frame& message) {
      self->state.frame(message);
      arm();
    },
    [self, arm](const wire_down& message) {
      auto& now = self->state;
      if (message.from && message.from != now.wire_.get())
        return;
      now.drop(message.why);
      arm();
    },
    [self, arm](outbound& message) {
      self->state.send(message);
      arm();
    },
    [self, arm](tick_atom) {
      self->state.tick();
      arm();
    },
    [self](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec link_child(link_options options) {
  child_spec spec;
  spec.name = options.peer;
  spec.kind = "Link";
  spec.start = [options = std::move(options)](const spawn_context& context, const env_ptr& env) {
    return spawn_child(context, link_behavior, env, options);
  };
  return spec;
}

} // namespace troupe
