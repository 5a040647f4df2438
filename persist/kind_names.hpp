// Kinds on a disk are named by their group resource ("pods", "deployments.apps"): row numbers change with every
// release.
#pragma once
#include <string_view>
#include <unordered_map>

#include "messages/kind.hpp"

namespace troupe {

class kind_names {
 public:
  kind_names() {
    for (auto& row : kinds())
      if (row.stored && row.storage == row.index) rows_.emplace(group_resource(row), &row);
  }
  /// Null: this release does not know it.
  const kind_row* find(std::string_view name) const {
    auto found = rows_.find(name);
    return found == rows_.end() ? nullptr : found->second;
  }

 private:
  std::unordered_map<std::string_view, const kind_row*> rows_;  // looked up only, never iterated
};

}  // namespace troupe
