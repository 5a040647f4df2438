// Objects of one kind, found by the uid of their controller. Filled by events (controller_spec::keys_of).
#pragma once
#include <map>
#include <string>
#include <utility>
#include "messages/event.hpp"

namespace troupe::controllers {

class owner_index {
public:
  using objects = std::map<std::string, object_ptr>; // by name

  /// `owner_uid`: of the new state's controller; "" for an orphan.
  void apply(const event& change, const std::string& owner_uid) {
    std::string space(change.object->space()), name(change.object->name());
    auto known = owners_.find({space, name});
    if (known != owners_.end()) {
      auto owned = by_owner_.find({space, known->second});
      owned->second.erase(name);
      if (owned->second.empty()) by_owner_.erase(owned);
      owners_.erase(known);
    }
    if (change.what == event::type::deleted) return;
    by_owner_[{space, owner_uid}].emplace(name, change.object);
    owners_[{space, name}] = owner_uid;
  }
  /// Null: none.
  const objects* owned(std::string_view space, std::string_view uid) const {
    auto found = by_owner_.find({std::string(space), std::string(uid)});
    return found == by_owner_.end() ? nullptr : &found->second;
  }

private:
  std::map<std::pair<std::string, std::string>, std::string> owners_; // (namespace, name) -> owner uid
  std::map<std::pair<std::string, std::string>, objects> by_owner_;   // (namespace, owner uid)
};

} // namespace troupe::controllers
