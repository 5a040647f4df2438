// Deliberately broken parts, for the proof that the world finds such bugs.
#pragma once
#include <algorithm>
#include "messages/roots.hpp"
#include "messages/txn.hpp"

namespace troupe::sim {

/// A list whose objects were read some revisions before the position it names: whoever watches from there misses what
/// lies between (the classical snapshot and subscribe in two steps).
class gap_roots : public roots {
public:
  explicit gap_roots(const roots& real) : real_(real) {}
  uint64_t revision() const override { return real_.revision(); }
  object_ptr get(const kind_row& kind, std::string_view space, std::string_view name) const override { return real_.get(kind, space, name); }
  size_t count(const kind_row& kind, std::string_view space) const override { return real_.count(kind, space); }
  result<uint64_t> list(const list_range& range, std::vector<object_ptr>& to, bool& more) const override {
    constexpr uint64_t behind = 5;
    size_t had = to.size();
    auto listed = real_.list(range, to, more);
    if (!listed || *listed <= behind)
      return listed;
    to.erase(std::remove_if(to.begin() + static_cast<ptrdiff_t>(had), to.end(),
                            [&](const object_ptr& one) { return one->revision() > *listed - behind; }),
             to.end());
    return listed;
  }

private:
  const roots& real_;
};

/// Takes the precondition from writes of pods, so that a second binding overwrites the first.
inline void bind_blindly(txn& write) {
  for (auto& one : write.operations)
    if (one.what == operation::verb::put && one.key.kind && one.key.kind->plural == "pods" && one.expected != absent_revision)
      one.expected = any_revision;
}

} // namespace troupe::sim
