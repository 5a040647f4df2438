// An actor's view of one kind: a list, then every event after it, in order, pulled from `tables` at its own pace. Where
// it fell out of the window, it reads the durable history, and lists again where that is compacted too.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include <caf/fwd.hpp>
#include "messages/actors/control.hpp"
#include "messages/event.hpp"
#include "runtime/env.hpp"

namespace troupe {

class informer {
public:
  struct callbacks {
    /// A list begins (first, and after a gap): forget what you know of the kind; every object comes as `added`.
    std::function<void()> reset;
    std::function<void(const event&)> changed;
  };
  /// `self` is the actor that has this in its state and hands table_news (and posted) to it.
  informer(caf::local_actor* self, env_ptr, const kind_row&, callbacks);
  ~informer();
  informer(const informer&) = delete;
  informer& operator=(const informer&) = delete;

  /// Subscribes, lists, pulls. Call it once.
  void start();
  /// From the actor's handler; news of other kinds are ignored.
  void news(const table_news&);
  /// Pulls what is readable now.
  void pull();
  /// Everything up to here has gone through `changed`.
  uint64_t position() const { return position_; }
  const kind_row& kind() const { return *kind_; }
  size_t relists() const { return relists_; }

private:
  class subscriber;
  void relist();
  void fetch_history();

  caf::local_actor* self_;
  env_ptr env_;
  const kind_row* kind_;
  callbacks callbacks_;
  std::shared_ptr<subscriber> subscriber_;
  std::shared_ptr<bool> alive_; // asked by work posted to the actor
  uint64_t position_ = 0;
  bool fetching_ = false;
  size_t relists_ = 0;
};

constexpr size_t informer_batch_max = 500; // events pulled in one turn; then the actor's other messages get theirs

} // namespace troupe
