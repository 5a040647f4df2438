#include "runtime/supervision/supervision_plan.hpp"
#include <algorithm>

namespace troupe {

supervision_plan::supervision_plan(std::vector<child_terms> children, restart_intensity intensity) : intensity_(intensity) {
  for (auto& terms : children)
    children_.push_back({std::move(terms), state::waiting, 0, 0, 0, false, {}});
}

supervision_plan::child* supervision_plan::find(const std::string& name) {
  auto found = std::find_if(children_.begin(), children_.end(), [&](const child& one) { return one.terms.name == name; });
  return found == children_.end() ? nullptr : &*found;
}

const supervision_plan::child* supervision_plan::find_child(const std::string& name) const {
  return const_cast<supervision_plan*>(this)->find(name);
}

void supervision_plan::start(child& one, int64_t now_ms, steps& to) {
  one.now = one.terms.says_ready ? state::starting : state::running;
  one.due_ms = one.terms.says_ready ? now_ms + one.terms.start_ms : 0;
  ++one.incarnation;
  to.push_back({verb::start, one.terms.name, {}});
}

void supervision_plan::start_waiting(int64_t now_ms, steps& to) {
  for (auto& one : children_) {
    if (one.now == state::waiting)
      start(one, now_ms, to);
    if (one.now == state::starting && one.due_ms && phase_ == phase::starting)
      return; // the table goes on when it is ready, or when its time has passed
  }
  if (phase_ != phase::starting)
    return;
  phase_ = phase::running;
  to.push_back({verb::ready, {}, {}});
}

supervision_plan::steps supervision_plan::begin(int64_t now_ms) {
  steps to;
  start_waiting(now_ms, to);
  return to;
}

supervision_plan::steps supervision_plan::ready(const std::string& name, int64_t now_ms) {
  steps to;
  auto* one = find(name);
  if (!one || one->now != state::starting)
    return to;
  one->now = state::running;
  one->due_ms = 0;
  if (phase_ == phase::starting)
    start_waiting(now_ms, to);
  return to;
}

bool supervision_plan::too_many_restarts(int64_t now_ms) {
  restarts_.push_back(now_ms);
  while (now_ms - restarts_.front() >= intensity_.period_ms && restarts_.size() > 1)
    restarts_.pop_front();
  return restarts_.size() > static_cast<size_t>(std::max(0, intensity_.restarts));
}

void supervision_plan::forget(child& one, int64_t now_ms, steps& to) {
  auto successor = std::move(one.successor);
  to.push_back({verb::forget, one.terms.name, {}});
  children_.erase(children_.begin() + (&one - children_.data()));
  if (!successor || phase_ == phase::stopping || phase_ == phase::killing)
    return;
  children_.push_back({std::move(*successor), state::waiting, 0, 0, 0, false, {}});
  if (phase_ == phase::running)
    start(children_.back(), now_ms, to);
}

supervision_plan::steps supervision_plan::ended(const std::string& name, const std::string& failure, int64_t now_ms) {
  steps to;
  auto* one = find(name);
  if (!one || one->now == state::waiting)
    return to;
  one->now = state::waiting;
  one->due_ms = 0;
  if (phase_ == phase::stopping || phase_ == phase::killing) {
    stop_last(now_ms, to);
    return to;
  }
  bool again = one->terms.again == restart::permanent || (one->terms.again == restart::transient && !failure.empty());
  if (one->removing || !again) {
    forget(*one, now_ms, to);
    if (phase_ == phase::starting)
      start_waiting(now_ms, to);
    return to;
  }
  ++one->restarts;
  if (too_many_restarts(now_ms)) {
    why_ = "more than " + std::to_string(intensity_.restarts) + " restarts within " + std::to_string(intensity_.period_ms) +
           " ms; the last was " + name + (failure.empty() ? "" : ": " + failure);
    phase_ = phase::stopping;
    stop_last(now_ms, to);
    return to;
  }
  if (phase_ == phase::starting)
    start_waiting(now_ms, to);
  else
    start(*one, now_ms, to);
  return to;
}

std::optional<supervision_plan::steps> supervision_plan::add(child_terms terms, int64_t now_ms) {
  if (phase_ == phase::stopping || phase_ == phase::killing || phase_ == phase::finished)
    return std::nullopt;
  if (auto* there = find(terms.name)) {
    if (!there->removing)
      return std::nullopt;
    there->successor = std::move(terms);
    return steps{};
  }
  steps to;
  children_.push_back({std::move(terms), state::waiting, 0, 0, 0, false, {}});
  if (phase_ == phase::running)
    start(children_.back(), now_ms, to);
  return to;
}

void supervision_plan::stop_child(child& one, int64_t now_ms, steps& to) {
  one.now = state::stopping;
  one.due_ms = now_ms + one.terms.shutdown_ms;
  to.push_back({verb::stop, one.terms.name, {}});
}

supervision_plan::steps supervision_plan::remove(const std::string& name, int64_t now_ms) {
  steps to;
  auto* one = find(name);
  if (!one)
    return to;
  one->removing = true;
  one->successor.reset();
  if (one->now == state::waiting)
    forget(*one, now_ms, to);
  else if (one->now != state::stopping)
    stop_child(*one, now_ms, to);
  return to;
}

void supervision_plan::stop_last(int64_t now_ms, steps& to) {
  for (auto one = children_.rbegin(); one != children_.rend(); ++one) {
    if (one->now == state::waiting)
      continue;
    if (phase_ == phase::stopping && one->now != state::stopping)
      stop_child(*one, now_ms, to);
    return; // its end brings us back here
  }
  phase_ = phase::finished;
  to.push_back({verb::finish, {}, why_});
}

supervision_plan::steps supervision_plan::stop(int64_t now_ms) {
  steps to;
  if (phase_ != phase::starting && phase_ != phase::running)
    return to;
  phase_ = phase::stopping;
  stop_last(now_ms, to);
  return to;
}

supervision_plan::steps supervision_plan::kill(std::string why) {
  steps to;
  if (phase_ == phase::killing || phase_ == phase::finished)
    return to;
  phase_ = phase::killing;
  why_ = std::move(why);
  for (auto one = children_.rbegin(); one != children_.rend(); ++one) {
    if (one->now == state::waiting)
      continue;
    one->now = state::stopping;
    one->due_ms = 0;
    to.push_back({verb::kill, one->terms.name, {}});
  }
  if (to.empty())
    stop_last(0, to);
  return to;
}

supervision_plan::steps supervision_plan::tick(int64_t now_ms) {
  steps to;
  bool go_on = false;
  for (auto& one : children_) {
    if (!one.due_ms || one.due_ms > now_ms)
      continue;
    one.due_ms = 0;
    if (one.now == state::stopping)
      to.push_back({verb::kill, one.terms.name, {}});
    else
      go_on = true;
  }
  if (go_on && phase_ == phase::starting)
    start_waiting(now_ms, to);
  return to;
}

std::optional<int64_t> supervision_plan::next_ms() const {
  std::optional<int64_t> first;
  for (auto& one : children_)
    if (one.due_ms && (!first || one.due_ms < *first))
      first = one.due_ms;
  return first;
}

} // namespace troupe
