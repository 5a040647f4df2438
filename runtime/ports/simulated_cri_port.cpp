#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <utility>
#include <vector>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include "messages/cri/cri.pb.h"
#include "runtime/ports/cri_port.hpp"
#include "runtime/ports/simulated_runtime.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

struct pending_call {
  std::shared_ptr<const google::protobuf::Message> request;
  caf::typed_response_promise<cri_reply> promise;
};

struct simulated_cri_state {
  explicit simulated_cri_state(caf::local_actor*) {}
  ~simulated_cri_state() {
    for (auto& [due, call] : pending) call.promise.deliver(cri_reply{14, "the runtime's port went away", nullptr});
  }
  static inline const char* name = "simulated_cri";
  std::vector<caf::actor_addr> subscribers;
  uint64_t serial = 0;
  std::multimap<caf::actor_clock::time_point, pending_call> pending; // by the time they are done
  int64_t timer_ns = INT64_MAX;                                     // the end that a tick is on its way for
};

using pointer = cri_port_actor::stateful_pointer<simulated_cri_state>;

int64_t delay_ms(const google::protobuf::Message& request, const simulated_cri_options& options) {
  if (dynamic_cast<const cri::RunPodSandboxRequest*>(&request)) return options.sandbox_ms;
  if (dynamic_cast<const cri::StartContainerRequest*>(&request)) return options.start_ms;
  if (dynamic_cast<const cri::StopContainerRequest*>(&request)) return options.stop_ms;
  if (dynamic_cast<const cri::StopPodSandboxRequest*>(&request)) return options.stop_ms;
  return options.list_ms;
}

void announce(pointer self) {
  auto& state = self->state;
  ++state.serial;
  for (auto& address : state.subscribers)
    if (auto who = caf::actor_cast<news_sink>(address)) self->send(who, runtime_news{state.serial, true});
}

/// One timer for the next process that ends by itself.
void wake_at_end(pointer self, const env_ptr& env, const simulated_runtime& runtime) {
  auto next_ns = runtime.next_end_ns();
  if (next_ns >= self->state.timer_ns) return;
  self->state.timer_ns = next_ns;
  auto wait_ms = std::max<int64_t>(0, (next_ns - env->wall_ns()) / 1'000'000 + 1);
  self->delayed_send(self, std::chrono::milliseconds(wait_ms), tick_atom::value);
}

cri_port_actor::behavior_type simulated_cri(pointer self, env_ptr env, std::shared_ptr<simulated_runtime> runtime,
                                            simulated_cri_options options) {
  wake_at_end(self, env, *runtime);
  return {
      [=](const cri_call& call) -> caf::result<cri_reply> {
        if (!call.request) return cri_reply{3, "no request", nullptr};
        // What is asked happens at the end of its delay.
        auto wait = std::chrono::milliseconds(delay_ms(*call.request, options));
        auto promise = self->make_response_promise<cri_reply>();
        self->state.pending.emplace(self->clock().now() + wait, pending_call{call.request, promise});
        self->delayed_send(self, wait, tick_atom::value);
        return promise;
      },
      [=](const cri_subscribe& wish) {
        auto& list = self->state.subscribers;
        std::erase_if(list, [](const caf::actor_addr& address) { return !caf::actor_cast<news_sink>(address); });
        list.push_back(caf::actor_cast<caf::actor_addr>(wish.who));
      },
      [](const cri_done&) {},
      [](const cri_event&) {},
      [=](tick_atom) {
        auto& state = self->state;
        auto now = self->clock().now();
        while (!state.pending.empty() && state.pending.begin()->first <= now) {
          auto call = std::move(state.pending.begin()->second);
          state.pending.erase(state.pending.begin());
          call.promise.deliver(runtime->handle(*call.request, env->wall_ns()));
        }
        if (runtime->advance(env->wall_ns())) announce(self);
        if (state.timer_ns <= env->wall_ns()) state.timer_ns = INT64_MAX;
        wake_at_end(self, env, *runtime);
      },
      [=](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec simulated_cri_spec(std::string name, simulated_cri_options options) {
  auto runtime = std::make_shared<simulated_runtime>(options.pod_cidr); // outlives the port actor
  return simulated_cri_spec(std::move(name), std::move(options), std::move(runtime));
}

child_spec simulated_cri_spec(std::string name, simulated_cri_options options, std::shared_ptr<simulated_runtime> runtime) {
  child_spec spec;
  spec.name = std::move(name);
  spec.kind = "Port";
  spec.start = [options, runtime](const spawn_context& context, const env_ptr& env) {
    return spawn_child(context, simulated_cri, env, runtime, options);
  };
  return spec;
}

} // namespace troupe
