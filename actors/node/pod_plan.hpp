// The pod machine: what to do next for a pod, and what to say about it. Pure: the same pod, view, memory and time give
// the same answer, so an actor that was killed goes on where it was.
//
// Life of a pod:  prepare -> sandbox -> init containers and sidecars, in order -> containers -> (restarts) -> ended
//                 deleted, failed or finished: stop containers (sidecars last, in reverse) -> stop sandbox
//                 deleted: final status published -> remove sandbox and containers -> clean up -> finish (delete in API)
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include "actors/node/pod_view.hpp"
#include "actors/node/probe_plan.hpp"
#include "actors/node/types.hpp"

namespace troupe {

struct pod_step {
  enum class verb : uint8_t {
    prepare,          // volumes, hosts file, cgroup
    run_sandbox,      // attempt
    stop_sandbox,     // id
    remove_sandbox,   // id; its containers go with it
    start_container,  // name, attempt, back_off_ms: image, create, start, postStart
    stop_container,   // name, id, grace_seconds, why
    remove_container, // name, id
    probe,            // name, id, kind
    clean,            // remove what prepare made
    finish,           // delete the pod in the API with grace 0 (where it is still there), then end the actor
  };
  verb what = verb::prepare;
  std::string name, id;
  uint32_t attempt = 0;
  int64_t grace_seconds = 0, back_off_ms = 0;
  std::string why;     // stop_container: text for the Killing event
  bool hook = true;    // stop_container: preStop first
  probe_kind kind = probe_kind::readiness;
};

struct pod_input {
  const core::Pod* pod = nullptr;
  bool gone = false;                 // no longer in the API
  const pod_view* view = nullptr;
  int64_t now_ms = 0, wall_ns = 0;
  std::string host_address;
};

struct pod_decision {
  std::vector<pod_step> steps;       // may all be done side by side
  core::PodStatus status;            // what the API should show
  bool report = false;               // status is worth publishing (the runtime has been seen)
  int64_t again_ms = INT64_MAX;      // steady: look again then
};

/// `memory` is changed only in its probe part (which run they belong to).
pod_decision plan_pod(const pod_input& input, pod_memory& memory);

/// Where a pod stands; the parts of plan_pod, for status and tests.
struct pod_situation {
  bool ending = false;               // deleted or gone: nothing of it may stay
  bool failed = false;               // ended by the node: failed_reason, failed_message
  std::string failed_reason, failed_message;
  bool initialized = false, init_failed = false;
  bool finished = false;             // no container will run again
  int64_t grace_seconds = 30;        // left for an ending pod
};
pod_situation situation_of(const pod_input& input, const pod_memory& memory);

/// The newest run of a container; null: none. With `sandbox_id`: only a run in that sandbox.
const container_view* newest_run(const pod_view& view, const std::string& name, const std::string& sandbox_id = {});
const sandbox_view* ready_sandbox(const pod_view& view);
bool is_sidecar(const core::Container& container);
/// Would this run be followed by another one (restart policy)?
bool runs_again(const core::Pod& pod, const core::Container& container, bool init, const container_view& run);
/// Steady time before which the next run may not begin, and the back-off that it gets. 10 s, doubled to 5 minutes;
/// the first restart is at once, and a run of 10 minutes is forgiven.
int64_t restart_ms(const container_view& run, int64_t now_ms, int64_t wall_ns, int64_t& next_back_off_ms);
/// restartCount of the next run.
uint32_t next_attempt(const core::Pod& pod, const pod_view& view, const std::string& name);

/// The status part (pod_status_plan.cpp).
core::PodStatus plan_status(const pod_input& input, const pod_memory& memory, const pod_situation& situation);

constexpr int64_t restart_back_off_first_ms = 10'000, restart_back_off_last_ms = 300'000;
constexpr int64_t restart_forgiven_ns = int64_t{600} * 1'000'000'000;
constexpr int64_t setup_back_off_first_ms = 500, setup_back_off_last_ms = 60'000; // preparing, sandbox
constexpr int64_t image_back_off_first_ms = 10'000, image_back_off_last_ms = 300'000;

} // namespace troupe
