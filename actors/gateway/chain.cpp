// The one handler chain: filters in their order, then the verb.
#include <exception>
#include "actors/gateway/discovery/documents.hpp"
#include "actors/gateway/exchange.hpp"
#include "actors/gateway/filters/authenticate.hpp"
#include "actors/gateway/filters/filters.hpp"
#include "actors/gateway/filters/rules_cache.hpp"
#include "actors/gateway/filters/token_format.hpp"
#include "actors/gateway/format/answers.hpp"
#include "actors/gateway/verbs/verbs.hpp"
#include "actors/gateway/verbs/watch_hub.hpp"

namespace troupe::gateway {

bool is_actor_kind(const kind_row& kind) { return kind.group == "troupe.dev" && kind.plural == "actors"; }

house::house(gateway_options given) : options(std::move(given)) {
  addresses = {options.service_cidr, options.node_port_first, options.node_port_last};
  keys = std::make_unique<token_keys>(options.account_key_pem);
  rules = std::make_unique<rules_cache>(options.events);
  texts = std::make_unique<documents>(options);
}

house::~house() = default;

const roots* house::state_of(const kind_row& kind, const roots& store) const {
  return is_actor_kind(kind) ? options.actor_state : &store;
}

tables* house::events_of(const kind_row& kind) const { return is_actor_kind(kind) ? options.actor_events : options.events; }

thread_state::thread_state(std::shared_ptr<house> house_given, std::shared_ptr<reply_sink> home_given)
    : shared(std::move(house_given)), home(std::move(home_given)), hub(std::make_shared<watch_hub>(home)),
      tokens(std::make_unique<token_cache>()), reads(std::make_shared<std::atomic<size_t>>(0)),
      writes(std::make_shared<std::atomic<size_t>>(0)) {}

thread_state::~thread_state() = default;

void thread_state::tick(int64_t now_ms) { hub->tick(now_ms); }

exchange::exchange(const call_ptr& call, const roots& store_given, thread_state& local_given)
    : request(*call), handle(call), store(&store_given), local(local_given), shared(*local_given.shared), query(call->in.query) {
  info = read_request(call->in.method, call->in.path, query);
}

namespace {

std::string_view measured_verb(const request_info& info) {
  if (info.verb == "get") return "GET";
  if (info.verb == "list") return "LIST";
  if (info.verb == "watch") return "WATCH";
  if (info.verb == "create" || info.verb == "post") return "POST";
  if (info.verb == "update" || info.verb == "put") return "PUT";
  if (info.verb == "patch") return "PATCH";
  if (info.verb == "delete" || info.verb == "deletecollection") return "DELETE";
  return "other";
}

/// 406 is upstream's answer before anything else looks at a resource request.
filtered filter_negotiate(exchange& run) {
  run.wanted = error_media(run.request.in);
  if (!run.info.resource) return std::nullopt;
  auto wanted = negotiate(run.request.in, run.query.has("pretty") && run.query.flag("pretty"));
  if (!wanted) return fail(run, wanted.error());
  run.wanted = *wanted;
  return std::nullopt;
}

step run_filters(const exchange_ptr& run) {
  run->wanted = error_media(run->request.in);
  for (auto filter : {filter_deadline, filter_authenticate, filter_impersonate, filter_in_flight, filter_authorize})
    if (auto answered = filter(*run)) return *answered;
  if (!run->info.resource) return serve_document(*run);
  if (!known_group(run->info.group)) return no_such_page(*run);
  auto found = find_verb(*run);
  if (!found) return fail(*run, found.error());
  run->run = *found;
  if (auto answered = filter_negotiate(*run)) return *answered;
  return run->run(run);
}

void measure(const exchange& run, step went) {
  if (went != step::ready || !run.shared.options.measured) return;
  run.shared.options.measured(measured_verb(run.info), run.info.resource ? run.info.plural : std::string_view{}, run.info.subresource, run.request.out.code);
}

step guarded(const call_ptr& call, const std::function<step()>& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    return refuse(*call, internal_error(error.what()));
  }
}

step handle(const call_ptr& call, const roots& state, chain_state& local) {
  return guarded(call, [&] {
    auto run = std::make_shared<exchange>(call, state, static_cast<thread_state&>(local));
    auto went = run_filters(run);
    measure(*run, went);
    return went;
  });
}

step committed(const call_ptr& call, const roots& state, chain_state&) {
  return guarded(call, [&] {
    auto then = std::exchange(call->then, nullptr);
    if (!then) return refuse(*call, internal_error("a call came home without a continuation"));
    return then(*call, state);
  });
}

/// Makes RBAC look again where this server itself has written a role or binding, without waiting for the event.
void note_rules(exchange& run, const txn& write) {
  for (auto& operation : write.operations)
    if (operation.key.kind && operation.key.kind->group == "rbac.authorization.k8s.io") {
      run.shared.rules->changed();
      return;
    }
}

step lost_race(const exchange_ptr& run) {
  auto& call = run->request;
  if (++call.attempts < conflict_attempts_max) {
    call.where = call::state::fresh;
    return run->run(run);
  }
  return fail(*run, conflict(run->info.group, run->info.plural, run->info.name,
                             "the object has been modified; please apply your changes to the latest version and try again"));
}

} // namespace

step propose(const exchange_ptr& run, txn write, outcome_handler answer_with) {
  auto& call = run->request;
  call.write = std::move(write);
  call.outcome = {};
  call.then = [run, answer_with = std::move(answer_with)](struct call& home, const roots& state) {
    run->store = &state;
    step went = step::ready;
    switch (home.outcome.what) {
    case txn_outcome::kind::committed:
      note_rules(*run, home.write);
      went = answer_with(*run, home.outcome);
      break;
    case txn_outcome::kind::conflicting: went = lost_race(run); break;
    case txn_outcome::kind::unknown:
      went = fail(*run, timeout_error("the outcome of the write is not known: " + home.outcome.why, 1));
      break;
    default: went = fail(*run, service_unavailable("the store took no write: " + home.outcome.why, 1));
    }
    measure(*run, went);
    return went;
  };
  return step::proposed;
}

} // namespace troupe::gateway

namespace troupe {

chain make_chain(gateway_options options) {
  auto shared = std::make_shared<gateway::house>(std::move(options));
  chain made;
  made.handle = gateway::handle;
  made.committed = gateway::committed;
  made.make_state = [shared](std::shared_ptr<reply_sink> home) -> std::unique_ptr<chain_state> {
    return std::make_unique<gateway::thread_state>(shared, std::move(home));
  };
  made.propose = shared->options.propose;
  made.state = shared->options.state;
  return made;
}

} // namespace troupe
