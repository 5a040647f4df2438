#include "runtime/control/informer.hpp"
#include <atomic>
#include <caf/local_actor.hpp>
#include <caf/send.hpp>
#include "runtime/log.hpp"

namespace troupe {
namespace {

void post(const caf::weak_actor_ptr& to, std::function<void()> work) {
  if (auto actor = to.lock())
    caf::anon_send(caf::actor_cast<caf::actor>(actor), posted{std::make_shared<std::function<void()>>(std::move(work))});
}

} // namespace

/// Wakes the actor; one wake-up is on its way at most.
class informer::subscriber : public table_subscriber {
public:
  subscriber(caf::weak_actor_ptr actor, const kind_row& kind) : actor_(std::move(actor)), kind_(kind) {}
  void table_changed(const kind_row&, uint64_t revision) override {
    if (on_its_way_.exchange(true))
      return;
    if (auto actor = actor_.lock())
      caf::anon_send(caf::actor_cast<caf::actor>(actor), table_news{&kind_, revision});
  }
  void arrived() { on_its_way_ = false; }

private:
  caf::weak_actor_ptr actor_;
  const kind_row& kind_;
  std::atomic<bool> on_its_way_{false};
};

informer::informer(caf::local_actor* self, env_ptr env, const kind_row& kind, callbacks to_call)
  : self_(self), env_(std::move(env)), kind_(&kind), callbacks_(std::move(to_call)), alive_(std::make_shared<bool>(true)) {}

informer::~informer() = default;

void informer::start() {
  subscriber_ = std::make_shared<subscriber>(caf::actor_cast<caf::weak_actor_ptr>(self_->ctrl()), *kind_);
  env_->events->subscribe(*kind_, subscriber_);
  relist();
  pull();
}

void informer::news(const table_news& message) {
  if (message.kind != kind_)
    return;
  subscriber_->arrived(); // before reading: what comes from here on is announced again
  pull();
}

void informer::relist() {
  ++relists_;
  if (callbacks_.reset)
    callbacks_.reset();
  std::vector<object_ptr> found;
  bool more = false;
  list_range range;
  range.kind = kind_;
  auto listed = env_->state->list(range, found, more);
  if (!listed) { // only a limit or an old revision can fail, and neither was asked for
    log_error("list of " + std::string{group_resource(*kind_)} + ": " + listed.error().message);
    return;
  }
  position_ = *listed;
  for (auto& one : found) {
    event made{event::type::added, one->revision(), one, nullptr};
    callbacks_.changed(made);
  }
}

void informer::pull() {
  if (fetching_)
    return; // goes on when the history has come
  std::vector<event_ptr> found;
  uint64_t through = position_;
  if (!env_->events->read(*kind_, position_, informer_batch_max, found, through)) {
    fetch_history();
    return;
  }
  for (auto& one : found)
    callbacks_.changed(*one);
  if (through > position_)
    position_ = through;
  if (found.size() >= informer_batch_max)
    caf::anon_send(caf::actor_cast<caf::actor>(self_), table_news{kind_, position_});
}

void informer::fetch_history() {
  fetching_ = true;
  auto actor = caf::actor_cast<caf::weak_actor_ptr>(self_->ctrl());
  env_->events->read_history(*kind_, position_, [this, actor, alive = std::weak_ptr<bool>{alive_}](result<history_page> page) {
    post(actor, [this, alive, page = std::move(page)] {
      if (alive.expired())
        return;
      fetching_ = false;
      if (!page) {
        relist();
      } else {
        for (auto& one : page->events)
          callbacks_.changed(*one);
        position_ = std::max(position_, page->through);
      }
      pull();
    });
  });
}

} // namespace troupe
