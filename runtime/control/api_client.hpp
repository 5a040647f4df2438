// An actor's own client of the API: its calls go through the one handler chain (env.api) under the actor's identity and
// come home to the actor's mailbox. Used inside the actor's handlers only, as part of its state:
//
//   state:    api_client api{self, env, {"system:kube-scheduler", {}, "kube-scheduler"}};
//   handlers: [self](call_home& message) { self->state.api.home(message); },
//             [self](posted& message) { self->state.api.run_posted(message); },
//             [self](tick_atom) { self->state.api.tick(); }
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>
#include <caf/fwd.hpp>
#include "messages/actors/control.hpp"
#include "messages/call.hpp"
#include "runtime/control/alarm.hpp"
#include "runtime/control/reconcile.hpp"
#include "runtime/env.hpp"

namespace troupe {

struct api_identity {
  std::string user;                // "system:kube-scheduler"
  std::vector<std::string> groups; // beside system:authenticated, which is added
  std::string user_agent;          // its part before '/' is the field manager: "kube-controller-manager"
  bool keep_envelopes = false;     // api_reply::body as it came, with protobuf's envelope
};
/// system:serviceaccount:SPACE:NAME, with the groups that service accounts have.
api_identity service_account(const std::string& space, const std::string& name, std::string user_agent);
/// A service account of kube-system, field manager kube-controller-manager.
api_identity controller_account(const std::string& name);

struct api_reply {
  int code = 0;                 // HTTP status, always set
  std::string body;             // protobuf of the object or list without its envelope; other content types as they are
  std::string content_type;
  uint64_t revision = 0;        // of the transaction that was committed for this call; 0: none
  status error;                 // code >= 400
  std::unique_ptr<troupe::body> stream; // a body of unknown length (watch, log): pulled in the actor, see body.hpp
  bool ok() const { return code < 400; }
};

class api_client {
public:
  using done = std::function<void(api_reply&)>;

  /// `self` is the actor whose state this is part of. env->api must be there.
  api_client(caf::local_actor* self, env_ptr, api_identity);
  ~api_client();
  api_client(const api_client&) = delete;
  api_client& operator=(const api_client&) = delete;

  /// Any request; without Content-Type and Accept it speaks protobuf, and `body` is then the object without its envelope
  /// (put in from `row`; pass null where the body is not protobuf). `then` runs exactly once, in the actor and after this
  /// has returned: with the reply, or with 504 at the deadline (the outcome is unknown). Never when the actor dies first.
  void call(request, const kind_row* row, done then, int64_t deadline_ms = api_deadline_ms);
  void get(const kind_row&, const std::string& space, const std::string& name, done then);
  /// A controller's action (api_path.hpp makes the request).
  void run(const action&, done then);

  // The actor's handlers. home() and run_posted() may call continuations.
  void home(call_home&);
  void run_posted(posted&);
  void tick();
  /// While true, the chain's coarse tick comes once a second also when no call is under way: for open streams.
  void keep_ticking(bool);
  size_t in_flight() const { return pending_.size(); }

  static constexpr int64_t api_deadline_ms = 30'000;

private:
  struct pending {
    done then;
    int64_t deadline_ms = 0;
    bool proposed = false;
  };
  void go_on(const call_ptr&, step);
  void finish(const call_ptr&);
  void arm();
  api_reply read_reply(troupe::call&) const;

  caf::local_actor* self_;
  env_ptr env_;
  api_identity identity_;
  user_info user_;
  std::shared_ptr<reply_sink> home_;
  std::unique_ptr<chain_state> chain_state_;
  std::map<int32_t, pending> pending_; // by call::stream
  int32_t calls_ = 0;
  bool keep_ticking_ = false;
  alarm alarm_;
};

} // namespace troupe
