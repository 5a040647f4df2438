#include "test/sim/cluster.hpp"
#include <algorithm>
#include "actors/controllers/controllers.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/node_port.hpp"
#include "actors/node/node.hpp"
#include "actors/scheduler/scheduler.hpp"
#include "actors/store/store.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "runtime/link/link_actor.hpp"
#include "runtime/supervision/supervisor_actor.hpp"
#include "test/sim/faulty_views.hpp"
#include "test/sim/store_ports.hpp"

namespace troupe::sim {

/// What lives as long as one boot of the server.
struct cluster::parts {
  std::unique_ptr<store_backend> store;
  gateway_options gateway;
  chain api;
  std::unique_ptr<gap_roots> faulty;
  bool bootstrapped = false;
};

/// A client of the API on the server's machine: what an I/O thread would be.
struct cluster::user : reply_sink, std::enable_shared_from_this<cluster::user> {
  user(machine& at, std::shared_ptr<parts> of) : on(at), boot(at.boots), own(std::move(of)) {}
  void answered(call_ptr call) override {
    on.later(10 * us, [self = shared_from_this(), call = std::move(call)] { self->home(call); });
  }
  void post(std::function<void()> work) override { on.later(10 * us, std::move(work)); }

  void start(const call_ptr& call) { go_on(call, own->api.handle(call, own->store->state(), *state)); }
  void home(const call_ptr& call) {
    if (call->outcome.what == txn_outcome::kind::none)
      return finish(*call);
    go_on(call, own->api.committed(call, own->store->state(), *state));
  }
  void go_on(const call_ptr& call, step next) {
    if (next == step::ready)
      return finish(*call);
    if (next == step::elsewhere)
      return;
    call->where = call::state::proposed;
    call->outcome = {};
    own->api.propose(call);
  }
  void finish(troupe::call& call) {
    call.where = call::state::answered;
    answer to{call.out.code, call.out.text};
    for (auto& part : call.out.parts)
      to.body += *part;
    if (auto told = std::exchange(done, nullptr))
      told(to);
  }

  machine& on;
  uint64_t boot;
  std::shared_ptr<parts> own;
  std::unique_ptr<chain_state> state;
  std::function<void(answer)> done;
};

cluster::cluster(world& in, cluster_options options) : world_(in), options_(std::move(options)) {
  server_ = &in.add("alpha", [this](machine& on) { return server_role(on); });
  for (auto& name : options_.agents)
    in.add(name, [this](machine& on) { return agent_role(on); });
}

cluster::~cluster() = default;

std::vector<child_spec> cluster::server_role(machine& on) {
  auto made = std::make_shared<parts>();
  parts_ = made;
  on.held.push_back(made);
  auto disk = on.disk<store_disk>("store");
  disk->acknowledge_early = options_.acknowledge_early;
  on.on_crash.push_back([this, disk](bool power_loss) {
    if (power_loss)
      disk->lose_power();
    else
      disk->log.settle();
    for (auto& one : std::exchange(users_, {}))
      if (auto told = std::exchange(one->done, nullptr))
        world_.after(0, [told] { told({}); });
  });
  auto later = [&on](nanoseconds delay, std::function<void()> work) { on.later(delay, std::move(work)); };
  made->store = make_store({}, make_log_port(disk, later, random_stream{on.random().next()}),
                           make_history_port(disk, later, random_stream{on.random().next()}));
  auto& gateway = made->gateway;
  gateway.state = &made->store->state();
  gateway.events = &made->store->events();
  gateway.actor_state = &on.tree->state();
  gateway.actor_events = &on.tree->events();
  gateway.propose = [this, env = std::weak_ptr<troupe::env>{on.env}, store = made->store.get()](call_ptr call) {
    if (options_.double_bind)
      bind_blindly(call->write);
    if (auto here = env.lock())
      store->propose(here, std::move(call));
  };
  made->api = make_chain(gateway);
  on.env->api = &made->api;
  on.env->state = gateway.state;
  on.env->events = gateway.events;
  if (options_.gap) {
    made->faulty = std::make_unique<gap_roots>(*gateway.state);
    on.env->state = made->faulty.get();
  }
  bootstrap_soon(on);
  std::vector<child_spec> ports, links;
  for (auto& agent : options_.agents) {
    ports.push_back(node_port_child(agent));
    link_options link;
    link.peer = agent;
    link.wires = &on;
    link.exports = {"/" + on.name + "/nodes/" + agent};
    links.push_back(link_child(link));
  }
  std::vector<child_spec> leader = {scheduler_child()};
  if (options_.rival) {
    leader.push_back(scheduler_child());
    leader.back().name = "rival";
  }
  leader.push_back(supervisor_spec("controllers", controllers_children({})));
  return {supervisor_spec("store", made->store->children()), supervisor_spec("leader", std::move(leader)),
          supervisor_spec("nodes", std::move(ports)), supervisor_spec("links", std::move(links))};
}

std::vector<child_spec> cluster::agent_role(machine& on) {
  auto index = static_cast<size_t>(std::find(options_.agents.begin(), options_.agents.end(), on.name) - options_.agents.begin());
  auto node = simulated_node(on.name, server_->name, index, false);
  node.name = on.name;
  node.base = "/" + on.name + "/node";
  node.port_path = "/" + server_->name + "/nodes/" + on.name;
  link_options link;
  link.peer = server_->name;
  link.wires = &on;
  link.dial = true;
  link.imports = {node.port_path};
  return {supervisor_spec("links", {link_child(link)}), supervisor_spec("node", node_children(node))};
}

/// As the composition root does: proposes what is missing until nothing is.
void cluster::bootstrap_soon(machine& on) {
  on.later(5 * ms, [this, &on] {
    auto own = parts_.lock();
    if (!own || own->bootstrapped)
      return;
    bool serving = own->store->state().revision() > 0;
    auto missing = serving ? bootstrap(own->store->state(), own->gateway, on.env->wall_ns(), on.random().next()) : std::vector<txn>{};
    if (serving && missing.empty()) {
      own->bootstrapped = true;
      return;
    }
    auto home = std::make_shared<user>(on, own);
    for (auto& write : missing) {
      auto made = std::make_shared<troupe::call>();
      made->home = home;
      made->trusted = true;
      made->write = std::move(write);
      made->where = call::state::proposed;
      home->own->gateway.propose(made);
    }
    bootstrap_soon(on);
  });
}

bool cluster::serves() const {
  auto own = parts_.lock();
  return server_->up && own && own->bootstrapped;
}

void cluster::call(std::string method, std::string path, std::string body, std::function<void(answer)> done, std::string content_type) {
  auto own = parts_.lock();
  if (!serves()) { // the listener starts after the store has loaded: until then nobody answers
    world_.after(10 * ms, [done] { done({}); });
    return;
  }
  std::erase_if(users_, [](auto& one) { return !one->done; });
  auto home = std::make_shared<user>(*server_, own);
  home->state = own->api.make_state(home);
  home->done = std::move(done);
  users_.push_back(home);
  auto made = std::make_shared<troupe::call>();
  made->in.method = std::move(method);
  auto query = path.find('?');
  made->in.path = path.substr(0, query);
  made->in.query = query == std::string::npos ? "" : path.substr(query + 1);
  made->in.headers = {{"accept", "application/json"}, {"content-type", std::move(content_type)}, {"user-agent", "kubectl"}};
  made->in.body = std::move(body);
  made->user = {"admin", "", {"system:masters", "system:authenticated"}, {}};
  made->trusted = true;
  made->wall_ns = server_->env->wall_ns();
  made->steady_ms = server_->clock->now().time_since_epoch().count() / ms;
  made->random = server_->random().next();
  made->home = home;
  home->start(made);
}

void cluster::insist(std::string method, std::string path, std::string body, std::function<void()> done, std::string content_type) {
  call(method, path, body,
       [=, this](const answer& got) {
         bool there = method == "POST" && got.code == 409, gone = method == "DELETE" && got.code == 404;
         if ((got.code >= 200 && got.code < 300) || there || gone)
           return done();
         world_.after(50 * ms, [=, this] { insist(method, path, body, done, content_type); });
       },
       content_type);
}

std::vector<object_ptr> cluster::list(std::string_view group, std::string_view version, std::string_view plural) const {
  std::vector<object_ptr> found;
  auto own = parts_.lock();
  if (!own || !server_->up)
    return found;
  list_range range;
  range.kind = find_kind(group, version, plural);
  bool more = false;
  if (!own->store->state().list(range, found, more))
    found.clear();
  return found;
}

object_ptr cluster::get(std::string_view group, std::string_view version, std::string_view plural, const std::string& space, const std::string& name) const {
  auto own = parts_.lock();
  return own && server_->up ? own->store->state().get(*find_kind(group, version, plural), space, name) : nullptr;
}

/// A pod that has been on one node must never be on another.
void cluster::note_binding(const object& one) {
  auto pod = one.as<k8s::io::api::core::v1::Pod>();
  auto& node = pod->spec().nodename();
  if (node.empty())
    return;
  auto [found, fresh] = bound_.emplace(std::string{one.uid()}, node);
  if (!fresh && found->second != node && twice_.empty())
    twice_ = "bound twice: " + std::string{one.name()} + " to " + found->second + " and to " + node;
}

/// Every state of every pod, from the events; what is there now, where they have gone from the window.
void cluster::look_at_bindings() {
  auto own = parts_.lock();
  if (!own || !server_->up || own->store->state().revision() == 0)
    return;
  auto& pods = *find_kind("", "v1", "pods");
  std::vector<event_ptr> events;
  uint64_t through = looked_at_;
  if (own->store->events().read(pods, looked_at_, SIZE_MAX, events, through)) {
    for (auto& one : events)
      note_binding(*one->object);
  } else {
    through = own->store->state().revision();
    for (auto& one : list("", "v1", "pods"))
      note_binding(*one);
  }
  looked_at_ = std::max(looked_at_, through);
}

/// Of every key, the newest acknowledged revision must still be there, or something newer.
std::string cluster::lost_write() const {
  std::map<std::string, uint64_t> newest;
  for (auto& line : world_.witnessed) {
    auto at = line.rfind('@');
    if (!line.starts_with("ack ") || at == std::string::npos)
      continue;
    auto& revision = newest[line.substr(4, at - 4)];
    revision = std::max<uint64_t>(revision, std::stoull(line.substr(at + 1)));
  }
  auto own = parts_.lock();
  if (!own || !server_->up || newest.empty())
    return {};
  uint64_t last = 0;
  for (auto& [key, revision] : newest)
    last = std::max(last, revision);
  auto now = own->store->state().revision();
  if (now == 0 || now >= last) // 0: it has not loaded yet
    return {};
  return "acknowledged revision " + std::to_string(last) + " is lost: the store is at " + std::to_string(now);
}

std::string cluster::broken() {
  look_at_bindings();
  return !twice_.empty() ? twice_ : lost_write();
}

} // namespace troupe::sim
