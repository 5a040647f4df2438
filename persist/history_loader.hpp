// Makes the state out of the history's rows, newest first: only the first sight of a key needs memory (oldest first
// would allocate what it then frees, and takes half as long again).
#pragma once
#include <string>
#include <unordered_set>

#include "persist/history_format.hpp"
#include "persist/kind_names.hpp"
#include "persist/ports/history_port.hpp"

namespace troupe {

class history_loader {
 public:
  history_loader(history_image& to, const kind_names& names) : to_(to), names_(names) {}
  /// False: to.error says why.
  bool add(const history_row& row);
  /// After the last row.
  void finish();

 private:
  history_image& to_;
  const kind_names& names_;
  std::unordered_set<std::string> removed_;  // keys whose newest row is a removal; looked up only
  size_t unpublished_ = 0;
};

}  // namespace troupe
