// One request on its way through the chain, and what the chain's parts share. Internal to actors/gateway.
//
// An exchange is made by handle() and lives until the call is answered: on the stack of handle() for what is answered at
// once, in call::then for what is proposed. A verb that loses a race for a precondition is run again on the new root, on
// the same exchange: so verbs keep nothing in it but what they find again.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/media.hpp"
#include "actors/gateway/query.hpp"
#include "actors/gateway/request_info.hpp"
#include "actors/gateway/strategies/strategy.hpp"
#include "messages/call.hpp"

namespace troupe::gateway {

class rules_cache;   // filters/rules_cache.hpp
class token_keys;    // filters/token_format.hpp
class documents;     // discovery/documents.hpp
class watch_hub;     // verbs/watch_hub.hpp
class token_cache;   // filters/authenticate.hpp

/// What all I/O threads share. Immutable after make_chain() but for what guards itself.
struct house {
  explicit house(gateway_options given);
  ~house();
  house(const house&) = delete;
  house& operator=(const house&) = delete;

  gateway_options options;
  address_ranges addresses;
  std::unique_ptr<token_keys> keys;
  std::unique_ptr<rules_cache> rules;
  std::unique_ptr<documents> texts;

  /// Where objects of a kind are read: the store, or the supervision tree for actors. Null: this process has none.
  const roots* state_of(const kind_row& kind, const roots& store) const;
  tables* events_of(const kind_row& kind) const;
};
bool is_actor_kind(const kind_row&);

/// What one I/O thread (or one actor's adapter) keeps.
struct thread_state : chain_state {
  thread_state(std::shared_ptr<house> shared, std::shared_ptr<reply_sink> home);
  ~thread_state() override;
  void tick(int64_t now_ms) override;

  std::shared_ptr<house> shared;
  std::shared_ptr<reply_sink> home;
  std::shared_ptr<watch_hub> hub;
  std::unique_ptr<token_cache> tokens;
  // Requests in flight on this thread; a call may end on another thread, so they are atomic.
  std::shared_ptr<std::atomic<size_t>> reads, writes;
};

struct exchange;
using exchange_ptr = std::shared_ptr<exchange>;
using verb = step (*)(const exchange_ptr&);

struct exchange {
  exchange(const call_ptr& call, const roots& store, thread_state& local);

  call& request;             // outlives the exchange
  std::weak_ptr<call> handle; // for who must keep the call (streams)
  const roots* store;        // the published root; the verb's state is state()
  thread_state& local;
  house& shared;
  request_info info;
  query_values query;
  media wanted;
  const kind_row* kind = nullptr;
  const subresource* part = nullptr; // the subresource's row; null: the object itself
  std::vector<std::string> warnings;
  std::shared_ptr<void> ticket;      // its place among the requests in flight
  verb run = nullptr;

  const kind_row& storage() const { return kinds()[kind->storage]; }
  const roots& state() const { return *store; }
  bool dry_run() const { return query.has("dryRun"); }
};

/// Answers with an error. Returns step::ready.
step fail(exchange&, const status&);
/// As fail(), before an exchange exists or knows what is wanted.
step refuse(call&, const status&, std::vector<std::string> warnings = {});

using outcome_handler = std::function<step(exchange&, const txn_outcome&)>;
/// Proposes the transaction. On success `answer` makes the reply; a lost precondition runs the verb again, at most
/// conflict_attempts_max times, then answers 409; refused is 503, unknown 504.
step propose(const exchange_ptr&, txn write, outcome_handler answer);

/// "pods" or "deployments.apps".
inline std::string_view resource_of(const exchange& from) { return group_resource(*from.kind); }

} // namespace troupe::gateway
