#include "persist/event_ring.hpp"

#include <algorithm>

namespace troupe {

size_t held_bytes(const event& of) {
  constexpr size_t record_bytes = 256;  // event, object header, queue entries
  return record_bytes + of.object->bytes().size();
}

void event_ring::reset(uint64_t floor) {
  std::lock_guard guard{mutex_};
  items_.clear();
  bytes_ = 0;
  floor_ = passed_ = floor;
}

void event_ring::push(const history_group& group) {
  std::lock_guard guard{mutex_};
  for (size_t i = 0; i < group.events.size(); ++i) {
    auto& change = group.events[i];
    auto bytes = static_cast<uint32_t>(held_bytes(*change));
    int64_t expires_s = group.expires_s.empty() ? 0 : group.expires_s[i];
    items_.push_back({change->revision, group.position.index, group.position.term, expires_s, bytes,
                      change->object->kind().storage, change});
    bytes_ += bytes;
  }
  trim();
}

void event_ring::passed(uint64_t revision) {
  std::lock_guard guard{mutex_};
  passed_ = std::max(passed_, revision);
  trim();
}

void event_ring::trim() {
  while (bytes_ > bytes_max_ && !items_.empty() && items_.front().revision <= passed_) {
    floor_ = items_.front().revision;  // its siblings of the same revision may still be here: they count as gone
    bytes_ -= items_.front().bytes;
    items_.pop_front();
  }
}

bool event_ring::changes(const kind_row& kind, uint64_t after, uint64_t upto, std::vector<event_ptr>& to) const {
  std::lock_guard guard{mutex_};
  if (after < floor_) return false;
  auto at = std::partition_point(items_.begin(), items_.end(), [&](const item& one) { return one.revision <= after; });
  for (; at != items_.end() && at->revision <= upto; ++at)
    if (at->kind == kind.storage) to.push_back(at->change);
  return true;
}

std::vector<history_group> event_ring::groups_above(uint64_t index) const {
  std::lock_guard guard{mutex_};
  std::vector<history_group> groups;
  auto at = std::partition_point(items_.begin(), items_.end(), [&](const item& one) { return one.index <= index; });
  for (; at != items_.end(); ++at) {
    if (groups.empty() || groups.back().position.index != at->index)
      groups.push_back({{at->index, at->term, 0}, {}, {}});
    auto& group = groups.back();
    group.position.revision = at->revision;
    group.events.push_back(at->change);
    group.expires_s.push_back(at->expires_s);
  }
  return groups;
}

uint64_t event_ring::floor() const {
  std::lock_guard guard{mutex_};
  return floor_;
}

}  // namespace troupe
