// The scheduler without its mailbox: what it knows of the cluster, what waits, and what to do next. Pure.
#pragma once
#include <map>
#include <optional>
#include <string>
#include "actors/scheduler/planner.hpp"
#include "actors/scheduler/scheduling_queue.hpp"
#include "messages/event.hpp"
#include "messages/roots.hpp"

namespace troupe::scheduling {

/// What became of one pod's turn.
struct attempt {
  std::string key;     // "NAMESPACE/NAME"
  object_ptr pod;
  std::string node;    // empty: none fits
  std::string message; // why not, as upstream words it
};

class scheduler_core {
public:
  explicit scheduler_core(std::string scheduler_name);

  void pod_changed(const event&, const roots&, int64_t now_ms);
  void node_changed(const event&, int64_t now_ms);
  /// Decides for the pod whose turn it is and assumes it there at once; unset: nothing to do now.
  std::optional<attempt> next(int64_t now_ms, uint64_t random);
  /// The binding of an assumed pod was refused: takes the assumption back.
  void binding_refused(const std::string& key, int64_t now_ms);

  const scheduling_queue& queue() const { return queue_; }
  const planner& plans() const { return planner_; }
  /// Classes are never forgotten; the actor starts anew when there are too many.
  bool worn_out() const { return state_.classes.size() > classes_max; }

  static constexpr size_t classes_max = 100'000;

private:
  struct known_pod {
    object_ptr object;
    uint32_t class_id = 0;
    int32_t node = -1;        // slot where it is counted; -1: nowhere
    bool assumed = false, terminating = false;
  };
  uint32_t intern(const k8s::io::api::core::v1::Pod&, const roots&);
  uint32_t slot_of(const std::string& node_name);
  void count(known_pod&, uint32_t node);
  void uncount(known_pod&);
  void forget(const std::string& key, int64_t now_ms);
  std::string refusal(uint32_t class_id);

  std::string scheduler_name_;
  dictionary words_;
  snapshot state_{words_};
  planner planner_{state_};
  scheduling_queue queue_;
  std::map<pod_class, uint32_t> class_ids_;
  std::map<std::string, uint32_t> slots_; // node name -> slot
  std::map<std::string, known_pod> pods_;
  struct refusal_memory {
    uint64_t at = ~0ull; // log_end when it was worked out
    std::string message;
  };
  std::map<uint32_t, refusal_memory> refusals_;
};

} // namespace troupe::scheduling
