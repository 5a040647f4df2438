// What a controller is: pure functions over the published state, and the actions they ask for. The generic controller
// actor (controller_actor.hpp) runs them through env.api with back-off. Reads see every write that was answered, because
// the root is published before the reply: so a reconcile needs no expectations, only to look again.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>
#include "messages/event.hpp"
#include "messages/roots.hpp"

namespace troupe {

/// One request to the API, made as the controller's service account.
struct action {
  enum class verb : uint8_t { create, update, patch, remove, remove_collection };
  verb what = verb::create;
  const kind_row* kind = nullptr; // the row to address (its group and version make the path)
  std::string space, name;        // name empty: create with generateName
  std::string subresource;        // "status", "binding", "eviction", "finalize", ...
  std::string body;               // create, update: protobuf of the object (no envelope). patch: the patch text
  std::string content_type;       // patch: "application/merge-patch+json" and the like
  // remove
  std::string uid;                // precondition; empty: none
  uint64_t resource_version = 0;  // precondition; 0: none
  std::string propagation;        // "Background", "Foreground", "Orphan"; empty: the kind's default
  int64_t grace_seconds = -1;     // -1: the object's own
  /// The next actions of this reconcile are dropped when this one fails, and the key is tried again with back-off.
  bool needed = true;
  /// Errors that are fine: 404 of a remove, 409 AlreadyExists of a create whose name is derived.
  bool tolerate_missing = false, tolerate_existing = false;
};

/// An Event to record (events.k8s.io; aggregated by runtime/control/event_recorder).
struct notice {
  object_key about;
  std::string uid, type, reason, note; // type: "Normal" or "Warning"
};

struct reconciled {
  std::vector<action> actions;   // in order
  std::vector<notice> notices;
  int64_t again_after_ms = -1;   // look at the key again then; -1: only when something changes
};

/// What a reconcile may know beside the state.
struct moment {
  int64_t wall_ns = 0;
  uint64_t random = 0;
};

/// Made anew for every incarnation of the controller's actor: what its functions capture (an owner index, say) is state of
/// that incarnation, filled by keys_of, which sees every object as an `added` event at the start and every event after.
struct controller_spec {
  std::string name;                       // "deployment": actor name
  std::string account;                    // service account in kube-system that it acts as; empty: NAME-controller
  std::vector<const kind_row*> watches;
  /// Which keys an event concerns. The state is the one published when the event is looked at.
  std::function<void(const event&, const roots&, std::vector<std::string>& keys)> keys_of;
  /// Called for a key only when every event up to the key's own last write (the revision of its last committed action)
  /// has gone through keys_of: so an index never lags behind what this controller itself did.
  std::function<reconciled(const std::string& key, const roots&, const moment&)> reconcile;
  int64_t resync_ms = 0;                  // every key again after so long; 0: never
  size_t in_flight_max = 8;               // keys being worked on at once; one key never twice at once
};

constexpr int64_t back_off_first_ms = 5, back_off_last_ms = 60'000; // doubled at each failure of a key (client-go's rate limiter)
constexpr size_t controller_queue_max = 200'000;                    // keys waiting; above, the actor relists instead

} // namespace troupe
