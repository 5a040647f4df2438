// A node's own actors and the ports they stand on. Tree of /M/node (base):
//   runtime   cri_port_actor    the container runtime (gRPC), or the simulated one
//   host      host_port_actor   files, mounts, cgroups, probes: what the node does on its machine beside containers
//   streams   streams_actor     finds the way to a container for exec, logs, port-forward (bytes are the port's)
//   agent     agent_actor       registers the Node, renews its Lease, reports its status
//   pods      supervisor_actor  one pod_actor a pod, "pods/NAMESPACE/NAME"
//   source    source_actor      which pods there should be (API) and are (runtime); has children added and removed
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include <caf/actor.hpp>
#include <caf/typed_actor.hpp>
#include "messages/actors/atoms.hpp"
#include "messages/actors/node.hpp"
#include "messages/streams/node_streams.hpp"

namespace google::protobuf {
class Message;
}

namespace troupe {

// ---- port: container runtime ------------------------------------------------------------------------------------

/// One request to the runtime: the message is a request of messages/cri ("RunPodSandboxRequest"), its type says which.
struct cri_call {
  std::shared_ptr<const google::protobuf::Message> request;
  int64_t deadline_ms = 60'000;
};

/// `code` is a gRPC status: 0 ok, 4 deadline exceeded, 5 not found, 12 unimplemented, 14 unavailable. `response` is set
/// exactly when it is 0.
struct cri_reply {
  int code = 0;
  std::string message;
  std::shared_ptr<const google::protobuf::Message> response;
};

/// Something in the runtime may have changed.
struct runtime_news {
  uint64_t serial = 0;
  bool watched = true; // changes will be told; false: look yourself
};
using news_sink = caf::typed_actor<caf::reacts_to<runtime_news>>; // Who may subscribe.

/// Tell `who` when something in the runtime may have changed. Held weakly. Real runtimes say little: who subscribes must
/// also look from time to time.
struct cri_subscribe {
  news_sink who;
};

/// INTERNAL to the real port: an event of the runtime, or the beginning or end (watched: false) of their stream.
struct cri_event {
  bool watched = false;
};

/// INTERNAL to the real port: a call has ended on its thread.
struct cri_done {
  uint64_t id = 0;
  std::shared_ptr<cri_reply> reply;
};

using cri_port_actor = caf::typed_actor<
    caf::replies_to<cri_call>::with<cri_reply>, // Ask the runtime; always answered, after its deadline at the latest.
    caf::reacts_to<cri_subscribe>,              // Tell the sender's actor of changes.
    caf::reacts_to<cri_done>,                   // INTERNAL: a call has ended on its thread.
    caf::reacts_to<cri_event>,                  // INTERNAL: from the stream of events.
    caf::reacts_to<tick_atom>,                  // INTERNAL: virtual delays.
    caf::reacts_to<stop_atom>>;                 // End; the runtime and its containers go on.

// ---- port: host ---------------------------------------------------------------------------------------------------

/// A file to write; `path` is absolute, or relative to its tree. Owner root; `group` -1: root.
struct host_file {
  std::string path, content;
  int mode = 0644;
};

/// A directory whose whole content is replaced atomically (by a symbolic link "..data", as readers of mounted
/// ConfigMaps and Secrets expect). The same content again touches nothing.
struct host_tree {
  std::string directory;
  std::vector<host_file> files;
  int64_t group = -1; // fsGroup
  bool memory = false; // on a tmpfs (Secrets and tokens)
};

/// A directory or file to be there. `kind` is a hostPath type ("", "Directory", "DirectoryOrCreate", "File",
/// "FileOrCreate", "Socket", "CharDevice", "BlockDevice"): those without OrCreate must exist; "" is not looked at.
struct host_place {
  std::string path, kind = "DirectoryOrCreate";
  int mode = 0755;
  int64_t group = -1;
  bool memory = false;          // a tmpfs is mounted there ...
  int64_t size_limit_bytes = 0; // ... of at most this size; 0: no limit
  bool inside = true;           // lies in the pod's folder (else: hostPath, never removed)
};

/// The pod's parent cgroup; 0: no limit of that sort.
struct host_cgroup {
  std::string path;             // "/troupe/NAME/podUID", below each hierarchy
  int64_t cpu_shares = 0, cpu_quota_us = 0, cpu_period_us = 100'000, memory_limit_bytes = 0;
};

struct host_pod {
  std::string directory;        // D/pods/UID: everything "inside"
  std::string log_directory;    // D/logs/pods/NAMESPACE_NAME_UID
  std::vector<host_place> places;
  std::vector<host_tree> trees;
  std::vector<host_file> files; // absolute paths, replaced in place (same inode: they are bind mounts)
  host_cgroup cgroup;
};

struct host_probe {
  bool http = false;            // else: a TCP connection is all
  std::string address;          // numeric
  uint16_t port = 0;
  bool tls = false;             // HTTPS, certificate not checked
  std::string host_header, path = "/";
  std::vector<std::pair<std::string, std::string>> headers;
};

struct host_call {
  enum class verb : uint8_t {
    facts,   // -> facts
    prepare, // pod: make and write everything
    clean,   // pod: unmount and remove its directory, logs and cgroup
    forget,  // path: remove a file of ours (a log, a termination message)
    tail,    // path: the last `limit_bytes` of a file -> text (empty where there is none)
    sub_path, // path: existing folder; sub: below it, made where missing; -> text: the checked real path
    probe,   // probe -> ok, or why not
  } what = verb::facts;
  std::shared_ptr<const host_pod> pod;
  std::string path, sub;
  int64_t limit_bytes = 0;
  host_probe probe;
  int64_t deadline_ms = 10'000;
};

struct machine_description {
  std::string machine_id, system_uuid, boot_id, kernel_version, os_image, architecture;
  int64_t cpus = 0, memory_bytes = 0, disk_bytes = 0;
};

struct host_reply {
  bool ok = false;
  std::string why;  // not ok: for people
  std::string text; // tail, sub_path; probe: start of the answer's body
  machine_description facts;
};

/// INTERNAL to the real port.
struct host_done {
  uint64_t id = 0;
  std::shared_ptr<host_reply> reply;
};

using host_port_actor = caf::typed_actor<
    caf::replies_to<host_call>::with<host_reply>, // Do it; calls about one pod are done in their order.
    caf::reacts_to<host_done>,                    // INTERNAL: a call has ended on its thread.
    caf::reacts_to<tick_atom>,                    // INTERNAL
    caf::reacts_to<stop_atom>>;                   // End; what runs is finished first.

// ---- streams ----------------------------------------------------------------------------------------------------------

/// Where a session's process is. `code` not 0: refused, with the fields of a metav1.Status.
struct stream_target {
  int code = 0;
  std::string reason, message;
  std::string url;               // exec, attach: the runtime's, to be used once
  std::string container_id, sandbox_id;
  std::string network_namespace; // forward: file; empty: the host's
  std::string log_path;          // log
  bool running = false;          // log: the container may still write
};

/// One question. `done` is called once, on any thread; a question that is dropped answers itself with 503.
struct stream_ticket {
  stream_begin begin;
  std::function<void(const stream_target&)> done;
  void answer(const stream_target& target) {
    auto told = std::move(done);
    done = nullptr;
    if (told) told(target);
  }
  ~stream_ticket() {
    if (!done) return;
    stream_target lost;
    lost.code = 503;
    lost.reason = "ServiceUnavailable";
    lost.message = "the node is not ready for streams just now";
    done(lost);
  }
};

/// To the node's streams actor.
struct stream_question {
  std::shared_ptr<stream_ticket> ticket;
};

using streams_actor = caf::typed_actor<
    caf::reacts_to<stream_question>, // Find the container, ask the runtime for a URL, answer the ticket.
    caf::reacts_to<tick_atom>,       // INTERNAL
    caf::reacts_to<stop_atom>>;      // End; sessions that are open go on.

// ---- the node's actors --------------------------------------------------------------------------------------------

/// A pod as the API shows it now: protobuf bytes of core/v1 Pod. To the pod's actor.
struct pod_update {
  std::string uid, bytes; // no uid: whatever pod you have
  bool gone = false; // no longer in the API, or never was: end its containers (bytes: the last known, may be empty)
};

/// A pod actor asks for its pod (after a start), or says that nothing of the pod is left.
struct pod_wanted {
  std::string space, name;
};
struct pod_ended {
  std::string space, name, uid;
};

using pod_actor = caf::typed_actor<
    caf::reacts_to<pod_update>,   // The pod's newest state.
    caf::reacts_to<runtime_news>, // Its containers may have changed: look.
    caf::reacts_to<tick_atom>,    // INTERNAL: probes, back-off, deadlines.
    caf::reacts_to<stop_atom>>;   // End; containers go on.

using source_actor = caf::typed_actor<
    caf::reacts_to<node_watch_news>, // Pods of this node have changed.
    caf::reacts_to<node_watch_end>,  // The watch is over: list again.
    caf::reacts_to<runtime_news>, // The runtime may have changed: list it now.
    caf::reacts_to<pod_wanted>,   // Answered by pod_update to the asker, once the first list is there.
    caf::reacts_to<pod_ended>,    // The actor may be removed.
    caf::reacts_to<tick_atom>,    // INTERNAL: list again.
    caf::reacts_to<stop_atom>>;   // End; pods go on.

using agent_actor = caf::typed_actor<
    caf::reacts_to<tick_atom>,    // INTERNAL: lease, status.
    caf::reacts_to<stop_atom>>;   // End; the Lease runs out by itself.

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::cri_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::cri_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::cri_subscribe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::runtime_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::cri_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::cri_event)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::host_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::host_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::host_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::stream_question)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::pod_update)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::pod_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::pod_ended)
