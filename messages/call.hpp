// A request on its way: made by an I/O thread (or by an actor's adapter), carried through the one handler chain, and
// answered exactly once. Without CAF, Asio and nghttp2: who handles requests pays for none of them.
//
//   home thread: handle(call) -> ready      the reply is in call.out
//                             -> proposed   call.write goes to the replica; its outcome comes back to the home thread,
//                                           which calls committed(call) -> ready | proposed (again, after a conflict)
//                             -> elsewhere  somebody keeps the call and gives it to answer() later
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "messages/body.hpp"
#include "messages/event.hpp"
#include "messages/roots.hpp"
#include "messages/txn.hpp"

namespace troupe {

/// Who asks. Made by authentication; for calls inside the process by `env.api`, and trusted.
struct user_info {
  std::string name, uid;
  std::vector<std::string> groups;
  std::vector<std::pair<std::string, std::vector<std::string>>> extra;
};

struct request {
  std::string method;            // upper case
  std::string path, query;       // path still percent-encoded; query without '?'
  std::vector<std::pair<std::string, std::string>> headers; // names in lower case
  std::string body;
  std::string peer_name;         // client certificate: common name ...
  std::vector<std::string> peer_groups; // ... and organizations; empty name: no certificate
  std::string peer_credential;   // "X509SHA256=..." of the certificate
  std::string remote_address;
  int http_major = 1;
  std::string_view header(std::string_view name) const; // empty: not there
};

struct reply {
  int code = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers; // Warning, Retry-After, Allow, Audit-Id, ...
  std::string text;              // a small body ...
  std::vector<text_ptr> parts;   // ... or shared pieces, sent in order after `text` ...
  std::unique_ptr<body> stream;  // ... or a pulled body of unknown length (watch, log, large list)
  std::unique_ptr<duplex> upgraded; // code 101 only
};

struct call;
using call_ptr = std::shared_ptr<call>;

/// Where a call lives: an I/O thread, or an actor's adapter. Both doors may be used from any thread.
class reply_sink {
public:
  virtual ~reply_sink() = default;
  /// Brings the call home: there `call.outcome` or `call.out` is looked at, and the client answered.
  virtual void answered(call_ptr) = 0;
  /// Runs `work` on the home thread, in order, soon.
  virtual void post(std::function<void()> work) = 0;
};

enum class step : uint8_t { ready, proposed, elsewhere };

struct call {
  request in;
  reply out;
  txn write;                     // step::proposed: what to write
  txn_outcome outcome;           // what became of it
  user_info user;                // `trusted`: given by the maker. Otherwise authentication fills it in
  bool trusted = false;          // made inside the process: no authentication (authorization all the same)
  // The chain is deterministic: times and randomness come with the call.
  int64_t wall_ns = 0;           // calendar time of arrival
  int64_t steady_ms = 0;         // monotonic time of arrival
  uint64_t random = 0;           // seed of this call's random stream (uids, generated names)
  int64_t deadline_ms = 0;       // steady; 0: not set yet, the chain sets it
  int attempts = 0;              // runs of the verb after conflicts
  /// What the verb wants to do with the outcome; set together with step::proposed.
  std::function<step(call&, const roots&)> then;
  std::shared_ptr<reply_sink> home;
  std::weak_ptr<void> connection; // for the home thread alone
  int32_t stream = 0;             // for the home thread alone
  enum class state : uint8_t { fresh, proposed, answered } where = state::fresh;
  /// Nobody answered: 503 with Retry-After if it was not proposed, 504 if it was. So nothing hangs when an actor dies.
  ~call();
};

/// Gives the call back to its home thread. From any thread, once; later ones do nothing.
void answer(call_ptr);
/// Ends it with a Status document (JSON; the chain re-encodes where the client asked for protobuf).
void set_error(reply&, const status&);

/// What an I/O thread keeps for the chain: watch hub, caches, limits. Defined by actors/gateway; made by chain::make_state.
struct chain_state {
  virtual ~chain_state() = default;
  virtual void tick(int64_t now_ms) = 0; // the home thread's coarse tick
};

/// The one handler chain, passed by the composition root to the HTTP port and to env.api.
struct chain {
  step (*handle)(const call_ptr&, const roots&, chain_state&) = nullptr;
  step (*committed)(const call_ptr&, const roots&, chain_state&) = nullptr;
  std::function<std::unique_ptr<chain_state>(std::shared_ptr<reply_sink> home)> make_state;
  /// Hands call.write to the replica; the outcome comes home by answer(). Never blocks.
  std::function<void(call_ptr)> propose;
  const roots* state = nullptr;
};

// Limits
constexpr size_t request_body_bytes_max = 3u << 20;     // 413 above
constexpr size_t request_header_bytes_max = 64u << 10;  // 431 above
constexpr int conflict_attempts_max = 5;                // an unconditional patch or update is run again so often
constexpr int64_t request_deadline_ms = 60'000;         // verbs other than watch, log, exec and the like

} // namespace troupe
