#include "actors/dns/dns_actor.hpp"
#include <map>
#include <memory>
#include <stdexcept>
#include <caf/send.hpp>
#include "actors/dns/dns_table.hpp"
#include "runtime/log.hpp"
#include "runtime/services/node_mirror.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {

namespace {

/// A question that an upstream server is asked.
struct waiting_question {
  uint64_t client = 0;
  dns::query asked;
  int64_t end_ms = 0;
};

struct dns_state {
  explicit dns_state(caf::local_actor* self) : timer(self) {}
  static inline const char* name = "dns";

  alarm timer;
  env_ptr env;
  dns_options options;
  dns::table table;
  std::unique_ptr<node_mirror> services, slices, spaces;
  std::unique_ptr<dns_server_port> port; // ends with the actor: its callbacks hold the actor's address, not its state
  std::map<uint64_t, waiting_question> waiting;
  uint64_t next_token = 1;

  bool complete() const { return services->complete() && slices->complete() && spaces->complete(); }
};
static_assert(!std::is_aggregate_v<dns_state>);

using dns_pointer = dns_actor::stateful_pointer<dns_state>;

void answer_code(dns_state& state, uint64_t client, const dns::query& asked, dns::code why) {
  dns::answer failure;
  failure.result = why;
  failure.authoritative = false;
  state.port->answer(client, dns::write_answer(asked, failure, !state.options.upstreams.empty()));
}

void pass_on(dns_state& state, const dns_query& question, dns::query asked) {
  int64_t now_ms = state.timer.now_ms();
  if (state.waiting.size() >= dns_waiting_max) std::erase_if(state.waiting, [&](auto& entry) { return entry.second.end_ms <= now_ms; });
  if (state.options.upstreams.empty() || state.waiting.size() >= dns_waiting_max)
    return answer_code(state, question.client, asked, dns::code::failure);
  if (!asked.recursion_desired) return answer_code(state, question.client, asked, dns::code::refused);
  uint64_t token = state.next_token++;
  auto id = uint16_t(state.env->random()); // an answer must guess it
  std::string message = dns::with_id(question.message, id);
  state.waiting[token] = {question.client, std::move(asked), now_ms + dns_waiting_ms};
  state.port->forward(token, message, question.datagram,
                      [message, id](std::string_view came) { return dns::answers_question(came, message, id); });
}

void on_query(dns_state& state, const dns_query& question) {
  dns::query asked;
  dns::code why = dns::code::malformed;
  switch (dns::read_query(question.message, question.datagram, asked, why)) {
    case dns::read_outcome::drop: return state.port->answer(question.client, ""); // forgets the client
    case dns::read_outcome::refuse: return answer_code(state, question.client, asked, why);
    case dns::read_outcome::good: break;
  }
  // Before everything has been seen, a missing name may exist: the client shall ask again.
  bool ours = asked.name == state.options.cluster_domain || asked.name.ends_with("." + state.options.cluster_domain);
  if (ours && !state.complete()) return answer_code(state, question.client, asked, dns::code::failure);
  auto found = state.table.look_up(asked, state.env->random());
  if (!found) return pass_on(state, question, std::move(asked));
  state.port->answer(question.client, dns::write_answer(asked, *found, !state.options.upstreams.empty()));
}

void on_forwarded(dns_state& state, const dns_forwarded& outcome) {
  auto found = state.waiting.extract(outcome.token);
  if (found.empty()) return;
  auto& question = found.mapped();
  if (!outcome.ok) return answer_code(state, question.client, question.asked, dns::code::failure);
  state.port->answer(question.client, dns::with_id(outcome.message, question.asked.id));
}

/// Keeps one kind of the table: decodes, and forgets by namespace and name.
template <class View, class Decode, class Replace, class Remove>
mirror_events events_of(dns::table& table, Decode decode, Replace replace, Remove remove) {
  mirror_events events;
  events.replaced = [&table, decode, replace](const std::vector<std::string_view>& all) {
    std::vector<View> views;
    for (auto bytes : all)
      if (auto view = decode(bytes)) views.push_back(std::move(*view));
    (table.*replace)(std::move(views));
  };
  events.changed = [&table, decode](std::string_view bytes) {
    if (auto view = decode(bytes)) table.put(std::move(*view));
  };
  events.removed = [&table, decode, remove](std::string_view bytes) {
    if (auto view = decode(bytes)) remove(table, *view);
  };
  return events;
}

void follow(dns_pointer self) {
  auto& state = self->state;
  auto doors = node_mirror_doors(self, state.env, state.options.port_path);
  auto mirror = [&](const char* path, mirror_events events) { return std::make_unique<node_mirror>(path, std::move(events), doors, state.timer); };
  state.services = mirror("/api/v1/services",
                          events_of<service_view>(state.table, decode_service, &dns::table::replace_services,
                                                  [](dns::table& table, const service_view& view) { table.remove_service(view.space, view.name); }));
  state.slices = mirror("/apis/discovery.k8s.io/v1/endpointslices",
                        events_of<endpoint_slice_view>(state.table, decode_endpoint_slice, &dns::table::replace_slices,
                                                       [](dns::table& table, const endpoint_slice_view& view) { table.remove_slice(view.space, view.name); }));
  state.spaces = mirror("/api/v1/namespaces",
                        events_of<namespace_view>(state.table, decode_namespace, &dns::table::replace_namespaces,
                                                  [](dns::table& table, const namespace_view& view) { table.remove_namespace(view.name); }));
  for (auto* one : {&state.services, &state.slices, &state.spaces}) (*one)->start();
}

void listen(dns_pointer self) {
  auto& state = self->state;
  dns_server_options options;
  options.address = state.options.listen_address;
  options.port = state.options.listen_port;
  options.upstreams = state.options.upstreams;
  auto address = caf::actor_cast<caf::actor_addr>(self);
  auto tell = [address](auto message) {
    if (auto owner = caf::actor_cast<caf::actor>(address)) caf::anon_send(owner, std::move(message));
  };
  options.query = tell;
  options.forwarded = tell;
  auto opened = state.options.open(std::move(options));
  if (!opened) throw std::runtime_error(opened.error().message); // the supervisor tries again
  state.port = std::move(*opened);
}

dns_actor::behavior_type dns_behavior(dns_pointer self, env_ptr env, dns_options options) {
  auto& state = self->state;
  state.env = std::move(env);
  state.table = dns::table(options.cluster_domain);
  state.options = std::move(options);
  follow(self);
  listen(self);
  auto mirrors = [self](auto&& visit) {
    for (auto* one : {&self->state.services, &self->state.slices, &self->state.spaces}) visit(**one);
  };
  self->set_down_handler([mirrors](const caf::down_msg&) { mirrors([](node_mirror& one) { one.on_port_down(); }); });
  return {
      [mirrors](node_watch_news& news) { mirrors([&](node_mirror& one) { one.on_news(news); }); },
      [mirrors](node_watch_end& end) { mirrors([&](node_mirror& one) { one.on_end(end); }); },
      [self, mirrors](tick_atom) {
        self->state.timer.fired();
        mirrors([](node_mirror& one) { one.on_tick(); });
      },
      [self](stop_atom) { self->quit(); },
      [self](dns_query& question) { on_query(self->state, question); },
      [self](dns_forwarded& outcome) { on_forwarded(self->state, outcome); },
  };
}

} // namespace

caf::actor spawn_dns(const spawn_context& context, const env_ptr& env, const dns_options& options) {
  return spawn_child(context, dns_behavior, env, options);
}

std::vector<child_spec> dns_children(const dns_options& options) {
  child_spec names;
  names.name = "names";
  names.kind = "Dns";
  names.start = [options](const spawn_context& context, const env_ptr& env) { return spawn_dns(context, env, options); };
  return {names};
}

} // namespace troupe
