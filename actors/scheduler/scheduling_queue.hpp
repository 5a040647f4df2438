// The pods that wait for a node: those to try now, by priority and age; those in back-off after a failure; and those that
// nothing can help until something changes (kube-scheduler's active, back-off and unschedulable queues). Pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

namespace troupe::scheduling {

class scheduling_queue {
public:
  /// New, or changed: try it now, unless it is in back-off.
  void add(const std::string& key, int32_t priority, int64_t now_ms);
  void remove(const std::string& key);
  /// The next one to try; it is out of the queue until add(), failed() or refused() brings it back.
  std::optional<std::string> take(int64_t now_ms);
  /// No node fits: waits until something changes, and then for its back-off.
  void failed(const std::string& key, int64_t now_ms);
  /// Its binding was refused: tries again after its back-off.
  void refused(const std::string& key, int64_t now_ms);
  /// Something changed that may help those that nothing fitted.
  void something_changed(int64_t now_ms);
  /// When take() should be asked again; unset: nothing waits for time.
  std::optional<int64_t> next_ms() const;

  size_t active() const { return active_.size(); }
  size_t waiting() const { return entries_.size(); }
  bool has(const std::string& key) const { return entries_.count(key) > 0; }

private:
  enum class place : uint8_t { active, back_off, unschedulable, taken };
  struct entry {
    int32_t priority = 0;
    uint64_t arrival = 0;
    int attempts = 0;
    int64_t ready_ms = 0; // end of its back-off
    place at = place::active;
  };
  using order = std::tuple<int64_t, uint64_t, std::string>; // -priority, arrival
  void leave(const std::string& key, entry&);
  void enter(const std::string& key, entry&, place);
  std::map<std::string, entry> entries_;
  std::set<order> active_;
  std::set<std::pair<int64_t, std::string>> back_off_, unschedulable_; // by end of back-off; by when it failed
  uint64_t arrivals_ = 0;
};

constexpr int64_t pod_back_off_first_ms = 1'000, pod_back_off_last_ms = 10'000; // podInitialBackoffSeconds, podMaxBackoffSeconds
constexpr int64_t pod_unschedulable_ms = 300'000;                              // tried again after that in any case

} // namespace troupe::scheduling
