// /M/store/replica: the mailbox of a replica_engine. It puts calls into the engine's queue, tells it what its ports and
// its clock say, and ends when a port fails: its successor loads what is on the disk.
#include <caf/error.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/store/store_state.hpp"
#include "messages/actors/store.hpp"
#include "persist/replica_engine.hpp"
#include "runtime/control/alarm.hpp"
#include "runtime/log.hpp"
#include "runtime/metrics.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

/// Passes on what the ports say, from whatever thread they say it on. Dies with its replica: the ports hold it weakly.
class port_listener : public log_listener, public history_listener {
 public:
  explicit port_listener(const caf::actor_addr& replica) : replica_(replica) {}
  void log_is_loaded(std::shared_ptr<log_image> image) override { tell(log_loaded{std::move(image)}); }
  void log_is_durable(uint64_t index, uint64_t term) override { tell(log_durable{index, term, false, {}, false}); }
  void log_is_full() override { tell(log_durable{0, 0, false, {}, true}); }
  void log_failed(const std::string& why) override { tell(log_durable{0, 0, true, why, false}); }
  void history_is_loaded(std::shared_ptr<history_image> image) override { tell(history_loaded{std::move(image)}); }
  void history_has_passed(const applied_position& at, const applied_position& safe) override {
    tell(history_passed{at.revision, at.index, safe.index, safe.term, false, {}});
  }
  void history_failed(const std::string& why) override { tell(history_passed{0, 0, 0, 0, true, why}); }

 private:
  template <class Message>
  void tell(Message message) {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(replica_))
      caf::anon_send(caf::actor_cast<replica_actor>(strong), std::move(message));
  }
  const caf::actor_addr replica_;
};

replica_engine::options engine_options(const env_ptr& env, const store_options& chosen) {
  replica_engine::options options;
  options.seed = static_cast<uint32_t>(env->random());
  options.compact_every_ms = chosen.compact_every_ms;
  options.witness = env->witness;
  return options;
}

struct replica_actor_state {
  replica_actor_state(replica_actor::pointer owner, env_ptr with, spawn_context where, store_state_ptr of)
      : self(owner),
        env(std::move(with)),
        context(std::move(where)),
        state(std::move(of)),
        engine(state->replica, engine_options(env, state->options)),
        timer(owner),
        listener(std::make_shared<port_listener>(owner->address())),
        groups(env->measures->counters("troupe_store_groups_total", "Raft entries proposed, each with all that waited.")
                   .at()),
        committed(transactions("committed")),
        conflicting(transactions("conflicting")),
        refused(transactions("refused")),
        expired(transactions("expired")) {}

  counter& transactions(const std::string& outcome) {
    return env->measures->counters("troupe_store_transactions_total", "Transactions by outcome.", {"outcome"})
        .at({outcome});
  }

  instant now() const { return {steady_ms(*self), env->wall_ns() / 1'000'000'000}; }

  /// After every message: what follows from what the engine has become.
  void look() {
    using phase = replica_engine::phase;
    if (engine.now() == phase::failed) {
      log_warning("store: starts again: " + engine.why());
      return self->quit(caf::make_error(caf::sec::runtime_error, engine.why()));
    }
    if (engine.now() == phase::refused && !told) refuse();
    if (engine.now() == phase::serving && !told) serve();
    if (engine.wants_flush() && !flush_sent) {
      flush_sent = true;
      self->send(self, flush_queue{++turn});  // behind all that is in the mailbox by now
    }
    if (engine.now() == phase::serving) timer.at(timer.now_ms() + engine.wait_ms(now()));
    measure();
    if (stopping && engine.drained()) self->quit();
  }
  void measure() {
    auto& done = engine.done();
    groups.add(done.groups - measured.groups);
    committed.add(done.committed - measured.committed);
    conflicting.add(done.conflicting - measured.conflicting);
    refused.add(done.refused - measured.refused);
    expired.add(done.expired - measured.expired);
    measured = done;
  }
  void serve() {
    told = true;
    log_info("store: serves revision " + std::to_string(state->replica.applied.revision) + ", " +
             std::to_string(state->replica.objects.size()) + " objects, " + std::to_string(state->replica.replayed) +
             " log entries replayed");
    say_ready(self, env, context);
  }
  void refuse() {
    told = true;
    log_error("store: does not start: " + engine.why());
    if (state->options.refused) state->options.refused(engine.why());
  }

  replica_actor::pointer self;
  env_ptr env;
  spawn_context context;
  store_state_ptr state;
  replica_engine engine;
  alarm timer;
  std::shared_ptr<port_listener> listener;
  bool told = false, flush_sent = false, stopping = false;
  uint64_t turn = 0;
  counter &groups, &committed, &conflicting, &refused, &expired;
  replica_engine::counts measured;
};
static_assert(!std::is_aggregate_v<replica_actor_state>);

/// CAF makes the state before the arguments are known.
struct replica_holder {
  explicit replica_holder(replica_actor::pointer) {}
  static inline const char* name = "replica";
  std::unique_ptr<replica_actor_state> held;
};

replica_actor::behavior_type replica(replica_actor::stateful_pointer<replica_holder> self, env_ptr env,
                                     spawn_context context, store_state_ptr state) {
  self->state.held = std::make_unique<replica_actor_state>(self, std::move(env), std::move(context), std::move(state));
  auto* my = self->state.held.get();
  my->engine.start(my->listener, my->listener);
  return {
      [my](const propose_call& message) {
        my->engine.propose(message.request);
        my->look();
      },
      [my](const log_loaded& message) {
        my->engine.log_loaded(message.image, my->now());
        my->look();
      },
      [my](const history_loaded& message) {
        my->engine.history_loaded(message.image, my->now());
        my->look();
      },
      [my](const flush_queue&) {
        my->flush_sent = false;
        my->engine.flush(my->now());
        my->look();
      },
      [my](const log_durable& message) {
        if (message.failed)
          my->engine.port_failed(message.why);
        else if (message.full)
          my->engine.log_full();
        else
          my->engine.log_durable(message.index, message.term, my->now());
        my->look();
      },
      [my](const history_passed& message) {
        if (message.failed)
          my->engine.port_failed(message.why);
        else
          my->engine.history_passed({message.index, 0, message.revision}, {message.safe_index, message.safe_term, 0},
                                    my->now());
        my->look();
      },
      [my](tick_atom) {
        my->timer.fired();
        my->engine.tick(my->now());
        my->look();
      },
      [my](stop_atom) {
        my->stopping = true;
        my->engine.stop();
        my->look();
      },
  };
}

}  // namespace

caf::actor spawn_replica(const spawn_context& context, const env_ptr& env, store_state_ptr state) {
  return spawn_child(context, replica, env, context, std::move(state));
}

}  // namespace troupe
