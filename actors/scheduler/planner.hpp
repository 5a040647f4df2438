// Keeps a plan for each class that is being scheduled, and decides. Pure.
#pragma once
#include <map>
#include <memory>
#include "actors/scheduler/class_plan.hpp"

namespace troupe::scheduling {

class planner {
public:
  explicit planner(const snapshot& state, size_t plans_bytes_max = 128u << 20) : state_(state), plans_bytes_max_(plans_bytes_max) {}
  decision decide(uint32_t class_id, uint64_t random);
  size_t plans() const { return plans_.size(); }
  uint64_t built = 0, replayed = 0, scanned = 0; // for metrics and tests

private:
  decision build_and_decide(uint32_t class_id, class_plan&, uint64_t random);
  void make_room();
  const snapshot& state_;
  size_t plans_bytes_max_; // plans are dropped by last use above it
  size_t plans_bytes_ = 0;
  uint64_t clock_ = 0;
  std::map<uint32_t, std::unique_ptr<class_plan>> plans_;
};

} // namespace troupe::scheduling
