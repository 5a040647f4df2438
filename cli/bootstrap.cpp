#include "cli/bootstrap.hpp"
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace troupe::cli {

namespace {

int64_t steady_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
int64_t wall_now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A home for calls that a thread waits for.
class waiting_sink final : public reply_sink {
public:
  void answered(call_ptr call) override {
    std::lock_guard guard{mutex_};
    home_.push_back(std::move(call));
    changed_.notify_all();
  }
  void post(std::function<void()> work) override { work(); }
  /// The next call that came home; null at the deadline.
  call_ptr take(int64_t deadline_ms) {
    std::unique_lock guard{mutex_};
    changed_.wait_for(guard, std::chrono::milliseconds(std::max<int64_t>(deadline_ms - steady_now_ms(), 0)), [&] { return !home_.empty(); });
    if (home_.empty()) return nullptr;
    auto call = std::move(home_.front());
    home_.erase(home_.begin());
    return call;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<call_ptr> home_;
};

call_ptr new_call(const std::shared_ptr<waiting_sink>& home, uint64_t random) {
  auto call = std::make_shared<troupe::call>();
  call->home = home;
  call->wall_ns = wall_now_ns();
  call->steady_ms = steady_now_ms();
  call->random = random;
  call->trusted = true;
  call->user = {"system:apiserver", "", {"system:masters", "system:authenticated"}, {}};
  return call;
}

/// Proposes all at once; true when each was committed or found done already.
result<nothing> propose_all(std::vector<txn> writes, const chain& api, const std::shared_ptr<waiting_sink>& home,
                            const std::function<uint64_t()>& random, int64_t deadline_ms) {
  size_t expected = writes.size();
  for (auto& write : writes) {
    auto call = new_call(home, random());
    call->write = std::move(write);
    call->where = call::state::proposed;
    api.propose(std::move(call));
  }
  for (size_t i = 0; i < expected; ++i)
    if (!home->take(deadline_ms)) return plain_error("the store does not answer");
  return nothing{}; // what was refused or in conflict is seen when we look again
}

/// POSTs one object through the chain. What is there already is fine.
result<nothing> create(const std::string& path, const std::string& body, const chain& api, const std::shared_ptr<waiting_sink>& home,
                       chain_state& state, uint64_t random, int64_t deadline_ms) {
  auto call = new_call(home, random);
  call->in.method = "POST";
  call->in.path = path;
  call->in.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
  call->in.body = body;
  auto next = api.handle(call, *api.state, state);
  while (next != step::ready) {
    if (next == step::proposed) api.propose(call);
    call = home->take(deadline_ms);
    if (!call) return plain_error("the store does not answer");
    next = next == step::proposed ? api.committed(call, *api.state, state) : step::ready;
  }
  call->where = call::state::answered;
  if (call->out.code >= 400 && call->out.code != 409) return plain_error("cannot create " + path + ": " + call->out.text);
  return nothing{};
}

} // namespace

result<nothing> bootstrap_cluster(const bootstrap_options& options, const chain& api, const std::function<bool()>& ready,
                                  const std::function<bool()>& wait, const std::function<uint64_t()>& random, int64_t deadline_ms) {
  int64_t until_ms = steady_now_ms() + deadline_ms;
  auto home = std::make_shared<waiting_sink>();
  while (!ready()) {
    if (!wait()) return plain_error("ended while it started");
    if (steady_now_ms() > until_ms) return plain_error("the store did not open in time");
  }
  for (;;) {
    auto missing = bootstrap(*api.state, options.gateway, wall_now_ns(), random());
    if (missing.empty()) break;
    if (auto done = propose_all(std::move(missing), api, home, random, until_ms); !done.ok()) return done;
    if (steady_now_ms() > until_ms) return plain_error("the cluster's first objects could not be written in time");
    if (!wait()) return plain_error("ended while it started");
  }
  if (options.dns_service.empty()) return nothing{};
  auto state = api.make_state(home);
  // Asked first: to create it again would be refused for its address, which is taken by itself.
  if (!api.state->get(*find_kind("", "v1", "services"), "kube-system", "kube-dns"))
    if (auto done = create("/api/v1/namespaces/kube-system/services", options.dns_service, api, home, *state, random(), until_ms); !done.ok())
      return done;
  return create("/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices", options.dns_endpoint_slice, api, home, *state, random(), until_ms);
}

} // namespace troupe::cli
