#include "persist/apply_txn.hpp"

namespace troupe {
namespace {

key_view key_of(const operation_view& one) {
  return {one.kind->storage, one.space, one.name};
}

bool holds(const operation_view& one, const object_ptr& current) {
  if (one.what == operation::verb::remove && !current) return false;
  if (one.expected == any_revision) return true;
  return one.expected == (current ? current->revision() : absent_revision);
}

object_ptr change(keyspace& state, const operation_view& one, const object_ptr& previous, uint64_t revision,
                  std::vector<event_ptr>& events) {
  if (one.what == operation::verb::remove) {
    auto last = object::make(*one.kind, revision, previous->bytes());
    state.erase(key_of(one));
    events.push_back(std::make_shared<event>(event{event::type::deleted, revision, last, previous}));
    return last;
  }
  auto made = object::make(*one.kind, revision, one.bytes);
  state.put(made);
  auto what = previous ? event::type::modified : event::type::added;
  events.push_back(std::make_shared<event>(event{what, revision, made, previous}));
  return made;
}

}  // namespace

txn_outcome apply_txn(keyspace& state, const txn_view& write, uint64_t last, std::vector<event_ptr>& events) {
  txn_outcome outcome;
  std::vector<object_ptr> before;
  before.reserve(write.operations.size());
  bool changes = false;
  for (size_t i = 0; i < write.operations.size(); ++i) {
    auto& one = write.operations[i];
    before.push_back(state.head(key_of(one)));
    if (!holds(one, before.back())) {
      outcome.what = txn_outcome::kind::conflicting;
      outcome.revision = last;
      outcome.failed = i;
      outcome.current = before.back();
      return outcome;
    }
    changes |= one.what != operation::verb::check;
  }
  outcome.what = txn_outcome::kind::committed;
  outcome.revision = changes ? last + 1 : last;
  for (size_t i = 0; i < write.operations.size(); ++i) {
    auto& one = write.operations[i];
    outcome.objects.push_back(
        one.what == operation::verb::check ? before[i] : change(state, one, before[i], outcome.revision, events));
  }
  return outcome;
}

}  // namespace troupe
