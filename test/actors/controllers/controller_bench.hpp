// A controller on a bench: its spec over a state in memory. Events go through keys_of, as the control loop does.
#pragma once
#include <algorithm>
#include "actors/controllers/controller_tools.hpp"
#include "test/support/memory_roots.hpp"

namespace troupe::test {

struct controller_bench {
  explicit controller_bench(controller_spec made) : spec(std::move(made)) {}

  /// Returns the keys that the change queues.
  std::vector<std::string> put(const kind_row& kind, const google::protobuf::Message& message) { return tell(state.put(kind, message)); }
  std::vector<std::string> remove(const kind_row& kind, std::string_view space, std::string_view name) {
    return tell(state.remove(*state.get(kind, space, name)));
  }
  reconciled look(const std::string& key) { return spec.reconcile(key, state, now); }

  memory_roots state;
  controller_spec spec;
  moment now{1'800'000'000'000'000'000, 7};

private:
  std::vector<std::string> tell(const event& change) {
    std::vector<std::string> keys;
    bool watched = std::find(spec.watches.begin(), spec.watches.end(), &change.object->kind()) != spec.watches.end();
    if (watched) spec.keys_of(change, state, keys);
    return keys;
  }
};

template <class Message> Message body_of(const action& what) {
  Message message;
  message.ParseFromString(what.body);
  return message;
}

inline std::vector<const action*> of_verb(const reconciled& done, action::verb what, std::string_view plural) {
  std::vector<const action*> found;
  for (const auto& each : done.actions)
    if (each.what == what && each.kind->plural == plural) found.push_back(&each);
  return found;
}

} // namespace troupe::test
