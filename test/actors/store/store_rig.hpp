// A store on a real disk under its supervisor, for tests and benchmarks of the real ports.
#pragma once
#include <unistd.h>

#include <chrono>
#include <future>
#include <random>
#include <thread>

#include "actors/store/store.hpp"
#include "runtime/metrics.hpp"
#include "runtime/supervision/actor_machine.hpp"
#include "runtime/supervision/supervisor_actor.hpp"
#include "test/persist/store_test_tools.hpp"

namespace troupe::store_test {

class store_rig {
 public:
  explicit store_rig(const store_options& options) : machine_({"alpha", 2}) {
    auto opened = open_store(options);
    if (!opened) throw std::runtime_error(opened.error().message);
    backend_ = std::move(*opened);
    env_->machine = "alpha";
    env_->wall_ns = [] {
      return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
    };
    env_->random = [] { return std::random_device{}(); };
    env_->measures = &measures_;
    root_ = spawn_root(machine_.system(), env_, {supervisor_spec("store", backend_->children())});
  }
  ~store_rig() {
    stop_root(machine_.system(), root_, 30'000);
    env_->actors.clear();
    root_ = nullptr;
  }
  store_backend& store() { return *backend_; }
  const env_ptr& env() const { return env_; }

  void propose(call_ptr request) { backend_->propose(env_, std::move(request)); }
  /// Waits for the outcome; refused writes (the store is starting) are tried again.
  txn_outcome write(txn what) {
    for (;;) {
      std::promise<txn_outcome> outcome;
      auto home = std::make_shared<test_home>([&](const call_ptr& one) {
        auto result = one->outcome;
        if (result.what == txn_outcome::kind::none) result.what = txn_outcome::kind::unknown;  // died with the replica
        outcome.set_value(result);
      });
      propose(make_call(home, what));
      auto result = outcome.get_future().get();
      if (result.what != txn_outcome::kind::refused || result.why != "the store is starting") return result;
      std::this_thread::yield();
    }
  }

 private:
  actor_machine machine_;
  metrics measures_;
  env_ptr env_ = std::make_shared<troupe::env>();
  std::unique_ptr<store_backend> backend_;
  caf::actor root_;
};

}  // namespace troupe::store_test
