#include "runtime/control/controller_actor.hpp"
#include <algorithm>
#include <map>
#include <memory>
#include "runtime/control/api_client.hpp"
#include "runtime/control/event_recorder.hpp"
#include "runtime/control/informer.hpp"
#include "runtime/control/work_queue.hpp"
#include "runtime/log.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {
namespace {

constexpr size_t keys_a_turn_max = 50;       // looked at before the actor's other messages get their turn
constexpr size_t batch_max = 64;             // actions of one key under way at once
constexpr int64_t catch_up_ms = 5;           // when a key waits for its own write to come round
constexpr int64_t catch_up_patience_ms = 5'000;

/// What one reconcile asked for, being done.
struct work_item {
  std::vector<action> actions;
  size_t next = 0;        // first action not issued yet
  size_t batch = 1;       // how many alike may be issued at once; doubled while all goes well
  size_t under_way = 0;
  bool failed = false;
  int64_t again_after_ms = -1;
};

struct controller_state {
  controller_state(caf::local_actor* self, env_ptr with, std::function<controller_spec()> maker)
    : env(with), make(std::move(maker)), spec(make()), api(self, with, controller_account(spec.account.empty() ? spec.name + "-controller" : spec.account)),
      recorder(spec.name + "-controller", with->machine), timer(self), owner(self) {}

  env_ptr env;
  std::function<controller_spec()> make;
  controller_spec spec;
  api_client api;
  event_recorder recorder;
  alarm timer;
  caf::local_actor* owner;
  work_queue queue;
  std::vector<std::unique_ptr<informer>> informers;
  std::map<std::string, work_item> work;
  /// Of a key: revisions of its last committed writes, by the kind written, until the informer has passed them.
  std::map<std::string, std::map<const kind_row*, uint64_t>> written;
  std::map<std::string, int64_t> waiting_since_ms; // keys held back for that
  bool stale = false;      // fell out of the window or the queue overflowed: begin anew
  int64_t resync_at_ms = alarm::never;

  void start();
  void look_again();
  void go_on();
  bool caught_up(const std::string& key);
  void begin(const std::string& key);
  void issue(const std::string& key);
  void answered(const std::string& key, const action& what, api_reply& answer);
  void end(const std::string& key);
  void notify(const notice& what);
};
static_assert(!std::is_aggregate_v<controller_state>);

using controller_holder = std::unique_ptr<controller_state>;

void controller_state::start() {
  informers.clear();
  queue.clear();
  stale = false;
  spec = make();
  for (auto* kind : spec.watches) {
    informer::callbacks callbacks;
    callbacks.reset = [this, first = true]() mutable {
      stale |= !first; // what was deleted meanwhile is unknown to the spec's indexes
      first = false;
    };
    callbacks.changed = [this](const event& change) {
      std::vector<std::string> keys;
      spec.keys_of(change, *env->state, keys);
      for (auto& key : keys)
        queue.add(key);
    };
    informers.push_back(std::make_unique<informer>(owner, env, *kind, std::move(callbacks)));
  }
  for (auto& one : informers)
    one->start();
  if (spec.resync_ms > 0)
    resync_at_ms = timer.now_ms() + spec.resync_ms;
}

/// Works off what is due, as far as limits allow, and names the time to come back.
void controller_state::go_on() {
  if (queue.waiting() > controller_queue_max)
    stale = true;
  if (stale || timer.now_ms() >= resync_at_ms)
    start();
  for (size_t turn = 0; queue.busy() < spec.in_flight_max; ++turn) {
    if (turn == keys_a_turn_max) {
      look_again();
      break;
    }
    auto key = queue.take(timer.now_ms());
    if (!key)
      break;
    begin(*key);
  }
  if (auto due = queue.next_ms())
    timer.at(*due);
  if (resync_at_ms != alarm::never)
    timer.at(resync_at_ms);
}

void controller_state::look_again() {
  caf::anon_send(caf::actor_cast<caf::actor>(owner), tick_atom::value);
}

/// Has everything the key's own writes changed gone through keys_of?
bool controller_state::caught_up(const std::string& key) {
  auto found = written.find(key);
  if (found == written.end())
    return true;
  for (auto one = found->second.begin(); one != found->second.end();) {
    auto here = one++;
    auto watching = std::find_if(informers.begin(), informers.end(),
                                 [&](auto& held) { return held->kind().storage == here->first->storage; });
    if (watching != informers.end() && (*watching)->position() < here->second)
      (*watching)->pull();
    if (watching == informers.end() || (*watching)->position() >= here->second)
      found->second.erase(here);
  }
  if (!found->second.empty())
    return false;
  written.erase(found);
  waiting_since_ms.erase(key);
  return true;
}

void controller_state::begin(const std::string& key) {
  auto now_ms = timer.now_ms();
  if (!caught_up(key)) {
    auto since = waiting_since_ms.try_emplace(key, now_ms).first->second;
    if (now_ms - since < catch_up_patience_ms) {
      queue.postpone(key, now_ms + catch_up_ms);
      return;
    }
    log_warning("controller " + spec.name + ": the events of its own writes do not come; going on with " + key);
    written.erase(key);
    waiting_since_ms.erase(key);
  }
  auto decided = spec.reconcile(key, *env->state, {env->wall_ns(), env->random()});
  for (auto& one : decided.notices)
    notify(one);
  auto& item = work[key];
  item = {};
  item.actions = std::move(decided.actions);
  item.again_after_ms = decided.again_after_ms;
  issue(key);
}

bool alike(const action& one, const action& other) {
  return one.what == other.what && one.kind == other.kind && one.subresource == other.subresource;
}

/// Issues the next actions: as many alike as the batch allows. (Doubling keeps a controller whose writes are refused from
/// sending hundreds of them, as client-go's slow start does.)
void controller_state::issue(const std::string& key) {
  auto& item = work[key];
  if (item.next == item.actions.size() || item.failed)
    return end(key);
  size_t first = item.next, last = first;
  while (last < item.actions.size() && last - first < item.batch && alike(item.actions[first], item.actions[last]))
    ++last;
  item.next = last;
  item.under_way = last - first;
  item.batch = std::min(item.batch * 2, batch_max);
  for (size_t i = first; i < last; ++i) {
    auto& what = work[key].actions[i];
    api.run(what, [this, key, i](api_reply& answer) { answered(key, work[key].actions[i], answer); });
  }
}

void controller_state::answered(const std::string& key, const action& what, api_reply& answer) {
  auto& item = work[key];
  if (answer.revision)
    written[key][what.kind] = std::max(written[key][what.kind], answer.revision);
  bool fine = answer.ok() || (what.tolerate_missing && answer.code == 404) ||
              (what.tolerate_existing && answer.code == 409 && answer.error.reason == "AlreadyExists");
  if (!fine && log_detail(answer.code == 409 ? 4 : 2))
    log_info("controller " + spec.name + ": " + key + ": " + std::to_string(answer.code) + " " + answer.error.message);
  if (!fine && what.needed)
    item.failed = true;
  if (--item.under_way == 0)
    issue(key);
}

void controller_state::end(const std::string& key) {
  auto item = std::move(work[key]);
  work.erase(key);
  auto now_ms = timer.now_ms();
  queue.done(key, item.failed, now_ms);
  if (!item.failed && item.again_after_ms >= 0)
    queue.add_at(key, now_ms + item.again_after_ms);
}

void controller_state::notify(const notice& what) {
  auto write = recorder.record(what, env->wall_ns(), env->random());
  if (!write)
    return;
  api.run(*write, [this, what](api_reply& answer) {
    if (!answer.ok())
      recorder.forget(what);
  });
}

struct controller_box { // the state proper needs the spec's maker, which CAF's state construction cannot pass
  explicit controller_box(caf::local_actor*) {}
  static inline const char* name = "controller";
  controller_holder held;
};
static_assert(!std::is_aggregate_v<controller_box>);

control_actor::behavior_type controller(control_actor::stateful_pointer<controller_box> self, env_ptr env,
                                        std::function<controller_spec()> make) {
  self->state.held = std::make_unique<controller_state>(self, std::move(env), std::move(make));
  self->state.held->start();
  self->state.held->look_again();
  return {
    [self](const table_news& message) {
      auto& state = *self->state.held;
      for (auto& one : state.informers)
        one->news(message);
      state.go_on();
    },
    [self](call_home& message) {
      self->state.held->api.home(message);
      self->state.held->go_on();
    },
    [self](posted& message) {
      self->state.held->api.run_posted(message);
      self->state.held->go_on();
    },
    [self](tick_atom) {
      auto& state = *self->state.held;
      state.timer.fired();
      state.api.tick();
      state.go_on();
    },
    [self](stop_atom) { self->quit(); },
  };
}

} // namespace

child_spec controller_child(std::string name, std::function<controller_spec()> make) {
  child_spec spec;
  spec.name = std::move(name);
  spec.kind = "Controller";
  spec.start = [make = std::move(make)](const spawn_context& context, const env_ptr& env) {
    return spawn_child(context, controller, env, make);
  };
  return spec;
}

} // namespace troupe
