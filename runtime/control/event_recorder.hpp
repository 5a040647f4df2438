// Events about objects (events.k8s.io/v1, KEP-383), repeated ones folded into one as client-go's recorder does. Pure: it
// says what to write; the owner runs the actions through its api_client.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "runtime/control/reconcile.hpp"

namespace troupe {

class event_recorder {
public:
  /// `controller`: who reports, as `kubectl describe` shows it ("deployment-controller"); `instance`: the machine.
  event_recorder(std::string controller, std::string instance);
  /// The action that records a notice: a create of a core/v1 Event, or a patch of its count where the same was said within
  /// the last ten minutes; unset where it is dropped (more than 25 at once about one object, refilled one in 5 minutes).
  /// `random` names it. Wall time in nanoseconds.
  std::optional<action> record(const notice&, int64_t wall_ns, uint64_t random);
  /// The write failed (the Event may have expired): say it anew next time.
  void forget(const notice&);

private:
  struct known {
    std::string name; // of the Event
    int64_t last_ns = 0;
    int count = 0;
  };
  struct bucket {
    double tokens = 0;
    int64_t filled_ns = 0;
  };
  bool may_say(const std::string& object, int64_t wall_ns);
  std::string controller_, instance_;
  std::map<std::string, known> known_;     // by everything that makes two notices the same
  std::map<std::string, bucket> buckets_;  // by object
};

constexpr size_t event_series_max = 4096;               // remembered; the oldest go first (client-go: 4096)
constexpr int64_t event_series_ns = 600'000'000'000;    // told again within: counted up
constexpr double event_burst = 25, event_refill_per_second = 1.0 / 300; // client-go's spam filter

} // namespace troupe
