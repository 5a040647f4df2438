// What the runtime has of one pod, and what the pod's actor remembers beside it. Plain data; the memory may be lost at
// any time (a killed actor): everything that must survive lies in the runtime (attempt, annotations) or in the API.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace troupe {

struct container_view {
  std::string id, name, sandbox_id;
  uint32_t attempt = 0;          // = restartCount of this run
  enum class state : uint8_t { created, running, exited, unknown } now = state::unknown;
  int64_t created_ns = 0, started_ns = 0, finished_ns = 0; // calendar time
  int exit_code = 0;
  std::string reason, message;   // as the runtime says; `message` also holds a read termination message
  std::string image, image_id;   // resolved name; reference for status.imageID
  std::string wanted_image;      // our annotation: spec.image at creation
  int64_t back_off_ms = 0;       // our annotation: the back-off that a failure of this run will cost
  std::string log_path;          // on the host
};

struct sandbox_view {
  std::string id;
  uint32_t attempt = 0;
  bool ready = false;
  int64_t created_ns = 0;
  std::vector<std::string> addresses;
};

struct pod_view {
  bool known = false;                     // the runtime has been asked since the last start
  std::vector<sandbox_view> sandboxes;    // newest first
  std::vector<container_view> containers; // newest attempt of a name first
};

/// One probe of one container (probe_plan.hpp).
struct probe_memory {
  std::string container_id;  // of the run it counts for; another one: starts afresh
  enum class outcome : uint8_t { unknown, success, failure } now = outcome::unknown;
  bool running = false;      // an attempt is on its way
  int64_t next_ms = 0;       // steady
  int successes = 0, failures = 0; // in a row
  std::string message;       // of the last failure
};

struct container_memory {
  bool starting = false, stopping = false, removing = false; // an action is on its way
  std::string started_id;        // the run that was started (and its postStart hook done) by this incarnation or adopted
  std::string failure, failure_message; // why the last start failed: a waiting reason ("ErrImagePull", ...)
  int64_t retry_ms = 0;          // steady: no start before
  int64_t failure_back_off_ms = 0;
  probe_memory startup, readiness, liveness;
};

struct pod_memory {
  bool preparing = false, prepared = false;  // volumes, hosts file, cgroup
  std::string prepare_failure;
  bool sandbox_busy = false;                 // run, stop or remove is on its way
  std::string sandbox_failure;
  int64_t retry_ms = 0, back_off_ms = 0;     // of preparing and of the sandbox
  bool cleaning = false, cleaned = false, finishing = false;
  bool published = false;                    // the API shows the status that was last computed
  int64_t stopping_since_ms = -1;            // steady: when the pod's end was first seen; -1: not
  std::map<std::string, container_memory> containers; // by name
};

} // namespace troupe
