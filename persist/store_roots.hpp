// Reads of the published state; `roots` over the keyspace and the ring.
#pragma once
#include "messages/roots.hpp"
#include "persist/event_ring.hpp"
#include "persist/keyspace.hpp"

namespace troupe {

class store_roots : public roots {
 public:
  store_roots(const keyspace& state, const event_ring& recent) : state_(state), recent_(recent) {}
  uint64_t revision() const override { return keyspace::view{state_}.revision(); }
  object_ptr get(const kind_row& kind, std::string_view space, std::string_view name) const override;
  /// An older revision is read by undoing the changes since then; 410 where the ring does not reach back so far.
  result<uint64_t> list(const list_range& range, std::vector<object_ptr>& to, bool& more) const override;
  size_t count(const kind_row& kind, std::string_view space) const override;

 private:
  const keyspace& state_;
  const event_ring& recent_;
};

}  // namespace troupe
