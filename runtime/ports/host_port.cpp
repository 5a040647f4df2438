#include "runtime/ports/host_port.hpp"
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

using work = std::function<void()>;

/// A queue and its threads, started as they are needed. Ends with its owner: what is queued is dropped, what runs is
/// waited for (every piece of work has a deadline).
class workers {
public:
  explicit workers(size_t threads_max) : threads_max_(threads_max) {}
  ~workers() {
    {
      std::lock_guard guard{mutex_};
      ending_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }
  void add(work next) {
    std::lock_guard guard{mutex_};
    queue_.push_back(std::move(next));
    if (idle_ == 0 && threads_.size() < threads_max_) threads_.emplace_back([this] { run(); });
    wake_.notify_one();
  }

private:
  void run() {
    std::unique_lock guard{mutex_};
    while (!ending_) {
      if (queue_.empty()) {
        ++idle_;
        wake_.wait(guard);
        --idle_;
        continue;
      }
      auto next = std::move(queue_.front());
      queue_.pop_front();
      guard.unlock();
      next();
      next = {};
      guard.lock();
    }
  }
  const size_t threads_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<work> queue_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool ending_ = false;
};

host_reply perform(const host_call& call) {
  host_reply reply;
  switch (call.what) {
    case host_call::verb::facts: reply.facts = describe_machine(call.path); break;
    case host_call::verb::prepare: reply.why = prepare_pod(*call.pod); break;
    case host_call::verb::clean: reply.why = clean_pod(*call.pod); break;
    case host_call::verb::forget: reply.why = forget_file(call.path); break;
    case host_call::verb::tail: reply.text = read_tail(call.path, call.limit_bytes); break;
    case host_call::verb::sub_path: reply.why = checked_sub_path(call.path, call.sub, reply.text); break;
    case host_call::verb::probe: reply.why = run_probe(call.probe, call.deadline_ms, reply.text); break;
  }
  reply.ok = reply.why.empty();
  return reply;
}

struct host_port_state {
  explicit host_port_state(caf::local_actor*) {}
  ~host_port_state() {
    host_reply lost;
    lost.why = "the machine's port went away";
    for (auto& [id, promise] : waiting) promise.deliver(lost);
  }
  static inline const char* name = "host_port";
  uint64_t next = 0;
  std::map<uint64_t, caf::typed_response_promise<host_reply>> waiting;
  workers files_0{1}, files_1{1}, probes{probe_threads};

  /// Calls about one pod go to one thread, in order: so a start finds done what its predecessor began.
  workers& workers_for(const host_call& call) {
    if (call.what == host_call::verb::probe) return probes;
    auto& key = call.pod ? call.pod->directory : call.path;
    return std::hash<std::string>{}(key) % file_threads ? files_1 : files_0;
  }
};

host_port_actor::behavior_type host_port(host_port_actor::stateful_pointer<host_port_state> self, std::string) {
  return {
      [=](const host_call& call) -> caf::result<host_reply> {
        auto& state = self->state;
        if (state.waiting.size() >= host_calls_max) {
          host_reply refused;
          refused.why = "too much to do on this machine at once";
          return refused;
        }
        auto promise = self->make_response_promise<host_reply>();
        auto id = ++state.next;
        state.waiting.emplace(id, promise);
        state.workers_for(call).add([call, id, owner = caf::actor_cast<caf::actor_addr>(self)] {
          auto reply = std::make_shared<host_reply>(perform(call));
          if (auto to = caf::actor_cast<caf::actor>(owner)) caf::anon_send(to, host_done{id, std::move(reply)});
        });
        return promise;
      },
      [=](const host_done& done) {
        auto found = self->state.waiting.find(done.id);
        if (found == self->state.waiting.end()) return;
        auto promise = std::move(found->second);
        self->state.waiting.erase(found);
        promise.deliver(*done.reply);
      },
      [](tick_atom) {},
      [=](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec host_port_spec(std::string name) {
  child_spec spec;
  spec.name = std::move(name);
  spec.kind = "Port";
  spec.start = [](const spawn_context& context, const env_ptr&) { return spawn_child(context, host_port, context.path); };
  return spec;
}

} // namespace troupe
