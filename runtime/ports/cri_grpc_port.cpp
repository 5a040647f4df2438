#include "runtime/ports/cri_port.hpp"
#include <chrono>
#include <map>
#include <memory>
#include <utility>
#include <vector>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include "runtime/ports/cri_grpc_channel.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

struct cri_port_state {
  explicit cri_port_state(caf::local_actor*) {}
  /// Who waits is answered when the actor dies: CAF would let him run into his timeout.
  ~cri_port_state() {
    for (auto& [id, promise] : waiting) promise.deliver(cri_reply{14, "the runtime's port went away", nullptr});
  }
  static inline const char* name = "cri_port";
  uint64_t next = 0;
  std::unique_ptr<cri_channel> runtime;
  std::vector<caf::actor_addr> subscribers;
  bool watching = false;
  std::map<uint64_t, caf::typed_response_promise<cri_reply>> waiting;
};

cri_port_actor::behavior_type cri_port(cri_port_actor::stateful_pointer<cri_port_state> self, std::string endpoint) {
  auto address = self->address();
  cri_channel::listener told;
  told.done = [address](uint64_t id, std::shared_ptr<cri_reply> reply) {
    if (auto owner = caf::actor_cast<cri_port_actor>(address)) caf::anon_send(owner, cri_done{id, std::move(reply)});
  };
  told.event = [address](bool watched) {
    if (auto owner = caf::actor_cast<cri_port_actor>(address)) caf::anon_send(owner, cri_event{watched});
  };
  self->state.runtime = std::make_unique<cri_channel>(endpoint, std::move(told));
  return {
      [=](const cri_call& call) -> caf::result<cri_reply> {
        auto& state = self->state;
        if (state.waiting.size() >= cri_calls_max) return cri_reply{8, "too many calls to the runtime at once", nullptr};
        if (!state.runtime->start(++state.next, call)) return cri_reply{12, "no such method", nullptr};
        auto promise = self->make_response_promise<cri_reply>();
        state.waiting.emplace(state.next, promise);
        return promise;
      },
      [=](const cri_subscribe& wish) {
        auto& state = self->state;
        std::erase_if(state.subscribers, [](const caf::actor_addr& one) { return !caf::actor_cast<news_sink>(one); });
        state.subscribers.push_back(caf::actor_cast<caf::actor_addr>(wish.who));
        if (!std::exchange(state.watching, true)) state.runtime->watch();
      },
      [=](const cri_done& done) {
        auto found = self->state.waiting.find(done.id);
        if (found == self->state.waiting.end()) return;
        auto promise = std::move(found->second);
        self->state.waiting.erase(found);
        promise.deliver(*done.reply);
      },
      [=](const cri_event& event) {
        for (auto& one : self->state.subscribers)
          if (auto who = caf::actor_cast<news_sink>(one)) self->send(who, runtime_news{++self->state.next, event.watched});
        if (!event.watched) self->delayed_send(self, std::chrono::milliseconds(cri_watch_again_ms), tick_atom::value);
      },
      [=](tick_atom) { self->state.runtime->watch(); },
      [=](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec cri_port_spec(std::string name, std::string endpoint) {
  child_spec spec;
  spec.name = std::move(name);
  spec.kind = "Port";
  spec.start = [endpoint](const spawn_context& context, const env_ptr&) { return spawn_child(context, cri_port, endpoint); };
  return spec;
}

} // namespace troupe
