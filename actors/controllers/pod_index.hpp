// What controllers ask of pods all the time, extracted once per revision and found by owner: so a reconcile of a
// ReplicaSet costs its own pods and not all of the namespace's. Filled by events (controller_spec::keys_of).
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include "messages/event.hpp"

namespace troupe::controllers {

struct pod_facts {
  object_ptr object;
  std::string owner_uid;         // of the controller; empty: an orphan
  std::string owner_kind, owner_name;
  std::string node, ip;
  enum class phase : uint8_t { pending, running, succeeded, failed, unknown } phase = phase::pending;
  bool ready = false;            // condition Ready is True
  bool deleting = false;
  int64_t ready_since_s = 0;     // lastTransitionTime of Ready, while ready
  int64_t created_s = 0;
  int32_t restarts = 0;
  int64_t deletion_cost = 0;     // controller.kubernetes.io/pod-deletion-cost
  /// Neither finished nor on its way out (controller.IsPodActive).
  bool active() const { return phase != phase::succeeded && phase != phase::failed && !deleting; }
  bool available(int64_t min_ready_s, int64_t now_s) const {
    return ready && (min_ready_s == 0 || ready_since_s + min_ready_s <= now_s);
  }
};

pod_facts read_pod(const object_ptr&);

class pod_index {
public:
  using pods = std::map<std::string, pod_facts>; // by name

  /// Takes an event of pods in; returns what was known of the pod before (object null: nothing).
  pod_facts apply(const event&);
  /// Pods of a namespace whose controller has this uid ("" for orphans); null: none.
  const pods* owned(std::string_view space, std::string_view uid) const;
  const pod_facts* find(std::string_view space, std::string_view name) const;
  /// All pods of a namespace, by name.
  template <class Visit> void each(std::string_view space, Visit&& visit) const {
    auto found = names_.find(std::string(space));
    if (found == names_.end()) return;
    for (const auto& [name, uid] : found->second)
      if (const auto* pod = find(space, name)) visit(*pod);
  }

private:
  std::map<std::string, std::map<std::string, std::string>> names_;       // namespace -> name -> owner uid
  std::map<std::pair<std::string, std::string>, pods> by_owner_;          // (namespace, owner uid)
};

} // namespace troupe::controllers
