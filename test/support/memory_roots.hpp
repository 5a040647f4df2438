// A published state in a map, for tests of what only reads: put objects in, take events out.
#pragma once
#include <map>
#include <string>
#include "messages/codec.hpp"
#include "messages/event.hpp"
#include "messages/roots.hpp"

namespace troupe::test {

class memory_roots final : public roots {
public:
  /// Stores the message as an object of `kind` and returns the event that a watcher would see.
  event put(const kind_row& kind, const google::protobuf::Message& message) {
    auto made = object::make(kind, ++revision_, to_wire(message));
    auto& slot = objects_[made->key().text()];
    event change{slot ? event::type::modified : event::type::added, revision_, made, slot};
    slot = made;
    return change;
  }
  event remove(const object& gone) {
    auto last = object::make(gone.kind(), ++revision_, gone.bytes());
    objects_.erase(gone.key().text());
    return {event::type::deleted, revision_, last, last};
  }

  uint64_t revision() const override { return revision_; }
  object_ptr get(const kind_row& kind, std::string_view space, std::string_view name) const override {
    auto found = objects_.find(object_key{&kind, std::string(space), std::string(name)}.text());
    return found == objects_.end() ? nullptr : found->second;
  }
  result<uint64_t> list(const list_range& range, std::vector<object_ptr>& to, bool& more) const override {
    more = false;
    for (const auto& [key, each] : objects_) {
      if (&each->kind() != range.kind || (!range.space.empty() && each->space() != range.space) || key <= range.after) continue;
      if (range.limit && to.size() == range.limit) {
        more = true;
        break;
      }
      to.push_back(each);
    }
    return revision_;
  }
  size_t count(const kind_row& kind, std::string_view space) const override {
    std::vector<object_ptr> all;
    bool more = false;
    list_range range;
    range.kind = &kind;
    range.space = space;
    return list(range, all, more).ok() ? all.size() : 0;
  }

private:
  std::map<std::string, object_ptr> objects_;
  uint64_t revision_ = 0;
};

} // namespace troupe::test
