#include "actors/proxy/proxy_actor.hpp"
#include <algorithm>
#include <memory>
#include "actors/proxy/service_table.hpp"
#include "actors/proxy/table_format.hpp"
#include "runtime/host/address.hpp"
#include "runtime/host/machine.hpp"
#include "runtime/log.hpp"
#include "runtime/ports/nftables_port.hpp"
#include "runtime/services/node_mirror.hpp"
#include "runtime/supervision/spawn.hpp"

namespace troupe {

namespace {

struct proxy_state {
  explicit proxy_state(caf::local_actor* self) : timer(self) {}
  static inline const char* name = "proxy";

  alarm timer;
  env_ptr env;
  proxy_options options;
  std::unique_ptr<service_table> table;
  std::unique_ptr<node_mirror> services, slices;
  bool loaded = false;       // the kernel has what the table last said
  bool applying = false;     // a transaction is under way
  int failures = 0;
  int64_t apply_at_ms = alarm::never;
  int64_t look_at_ms = alarm::never;

  void changed() { apply_at(timer.now_ms() + proxy_settle_ms); }
  void apply_at(int64_t at_ms) {
    apply_at_ms = std::min(apply_at_ms, at_ms);
    timer.at(apply_at_ms);
  }
};
static_assert(!std::is_aggregate_v<proxy_state>);

using proxy_pointer = proxy_actor::stateful_pointer<proxy_state>;

void arm(proxy_state& state) {
  for (int64_t at_ms : {state.apply_at_ms, state.look_at_ms})
    if (at_ms != alarm::never) state.timer.at(at_ms);
}

service_table_options table_options(const proxy_options& options) {
  auto pods = parse_cidr(options.pod_cidr).value_or(cidr{});
  return {options.node_name, pods.address, pods.prefix};
}


void applied(proxy_pointer self, const nftables_applied& outcome) {
  auto& state = self->state;
  state.applying = false;
  if (outcome.ok) {
    state.failures = 0;
    state.loaded = true;
    return arm(state);
  }
  // What the kernel has now is not known: load everything.
  log_warning("service proxy: " + outcome.why);
  state.loaded = false;
  int64_t wait = std::min(proxy_retry_first_ms << std::min(state.failures++, 10), proxy_retry_last_ms);
  state.apply_at_ms = state.timer.now_ms() + wait;
  state.timer.at(state.apply_at_ms);
}

void send_commands(proxy_pointer self, std::string commands) {
  auto& state = self->state;
  auto filter = state.env->actors.get<nftables_actor>(state.options.base + "/nftables");
  if (!filter) return applied(self, {false, "the packet filter's actor is not there"});
  state.applying = true;
  self->request(filter, std::chrono::milliseconds(proxy_apply_ms), nftables_apply{std::move(commands), state.table->take_stale()})
      .then([self](const nftables_applied& outcome) { applied(self, outcome); },
            [self](const caf::error& error) { applied(self, {false, to_string(error)}); });
}

/// Nothing goes to the kernel before everything has been listed: an incomplete table would cut connections.
void update_kernel(proxy_pointer self) {
  auto& state = self->state;
  if (!state.services->complete() || !state.slices->complete()) return;
  state.look_at_ms = state.timer.now_ms() + proxy_look_ms;
  state.timer.at(state.look_at_ms);
  if (!state.loaded) {
    table_format_options format{state.options.pod_cidr, state.options.cluster_cidr, state.options.service_cidr, state.options.masquerade_all};
    return send_commands(self, table_format(format, state.table->elements()));
  }
  std::string commands = state.table->changes();
  if (!commands.empty()) send_commands(self, std::move(commands));
}

void on_tick(proxy_pointer self) {
  auto& state = self->state;
  state.timer.fired();
  state.services->on_tick();
  state.slices->on_tick();
  int64_t now_ms = state.timer.now_ms();
  if (state.applying) return;
  if (state.apply_at_ms <= now_ms) {
    state.apply_at_ms = alarm::never;
    update_kernel(self);
  } else if (state.look_at_ms <= now_ms) {
    state.look_at_ms = now_ms + proxy_look_ms;
    if (state.loaded) send_commands(self, std::string("list chain ip ") + nftables_table_name + " dispatch");
  }
  arm(state);
}

template <class View, class Decode>
std::vector<View> decode_all(const std::vector<std::string_view>& all, Decode decode) {
  std::vector<View> views;
  for (auto bytes : all)
    if (auto view = decode(bytes)) views.push_back(std::move(*view));
  return views;
}

mirror_events service_events(proxy_state& state) {
  mirror_events events;
  events.replaced = [&state](const std::vector<std::string_view>& all) {
    state.table->replace_services(decode_all<service_view>(all, decode_service));
    state.changed();
  };
  events.changed = [&state](std::string_view bytes) {
    if (auto view = decode_service(bytes)) state.table->put(std::move(*view));
    state.changed();
  };
  events.removed = [&state](std::string_view bytes) {
    if (auto view = decode_service(bytes)) state.table->remove_service(view->space, view->name);
    state.changed();
  };
  return events;
}

mirror_events slice_events(proxy_state& state) {
  mirror_events events;
  events.replaced = [&state](const std::vector<std::string_view>& all) {
    state.table->replace_slices(decode_all<endpoint_slice_view>(all, decode_endpoint_slice));
    state.changed();
  };
  events.changed = [&state](std::string_view bytes) {
    if (auto view = decode_endpoint_slice(bytes)) state.table->put(std::move(*view));
    state.changed();
  };
  events.removed = [&state](std::string_view bytes) {
    if (auto view = decode_endpoint_slice(bytes)) state.table->remove_slice(view->space, view->name);
    state.changed();
  };
  return events;
}

proxy_actor::behavior_type proxy_behavior(proxy_pointer self, env_ptr env, proxy_options options) {
  auto& state = self->state;
  state.env = std::move(env);
  state.options = std::move(options);
  state.table = std::make_unique<service_table>(table_options(state.options));
  auto doors = node_mirror_doors(self, state.env, state.options.port_path);
  state.services = std::make_unique<node_mirror>("/api/v1/services", service_events(state), doors, state.timer);
  state.slices = std::make_unique<node_mirror>("/apis/discovery.k8s.io/v1/endpointslices", slice_events(state), doors, state.timer);
  self->set_down_handler([self](const caf::down_msg&) {
    self->state.services->on_port_down();
    self->state.slices->on_port_down();
  });
  state.services->start();
  state.slices->start();
  return {
      [self](node_watch_news& news) {
        self->state.services->on_news(news);
        self->state.slices->on_news(news);
      },
      [self](node_watch_end& end) {
        self->state.services->on_end(end);
        self->state.slices->on_end(end);
      },
      [self](tick_atom) { on_tick(self); },
      [self](stop_atom) { self->quit(); },
  };
}

} // namespace

caf::actor spawn_proxy(const spawn_context& context, const env_ptr& env, const proxy_options& options) {
  return spawn_child(context, proxy_behavior, env, options);
}

std::vector<child_spec> proxy_children(const proxy_options& options) {
  child_spec filter;
  filter.name = "nftables";
  filter.kind = "Port";
  filter.own_thread = !options.simulated;
  filter.shutdown_ms = proxy_apply_ms;
  filter.start = [simulated = options.simulated](const spawn_context& context, const env_ptr& env) {
    return spawn_nftables(context, env, simulated);
  };
  child_spec services;
  services.name = "services";
  services.kind = "Proxy";
  services.start = [options](const spawn_context& context, const env_ptr& env) { return spawn_proxy(context, env, options); };
  return {filter, services};
}

} // namespace troupe
