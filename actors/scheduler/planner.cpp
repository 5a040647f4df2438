#include "actors/scheduler/planner.hpp"
#include <algorithm>
#include "actors/scheduler/full_scan.hpp"

namespace troupe::scheduling {

decision planner::build_and_decide(uint32_t class_id, class_plan& plan, uint64_t random) {
  plans_bytes_ -= std::min(plans_bytes_, plan.memory_bytes());
  ++built;
  if (!plan.build()) {
    plans_.erase(class_id);
    ++scanned;
    return scan(state_, class_id, random);
  }
  plans_bytes_ += plan.memory_bytes();
  return plan.decide(random);
}

void planner::make_room() {
  while (plans_bytes_ > plans_bytes_max_ && plans_.size() > 1) {
    auto oldest = std::min_element(plans_.begin(), plans_.end(),
                                   [](const auto& left, const auto& right) { return left.second->used < right.second->used; });
    plans_bytes_ -= std::min(plans_bytes_, oldest->second->memory_bytes());
    plans_.erase(oldest);
  }
}

decision planner::decide(uint32_t class_id, uint64_t random) {
  auto found = plans_.find(class_id);
  if (found == plans_.end()) {
    make_room();
    found = plans_.emplace(class_id, std::make_unique<class_plan>(state_, class_id)).first;
    found->second->used = ++clock_;
    return build_and_decide(class_id, *found->second, random);
  }
  auto& plan = *found->second;
  plan.used = ++clock_;
  auto from = plan.seen;
  if (!plan.replay()) return build_and_decide(class_id, plan, random);
  replayed += plan.seen - from;
  return plan.decide(random);
}

} // namespace troupe::scheduling
