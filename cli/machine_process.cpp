#include "cli/machine_process.hpp"
#include <unistd.h>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <random>
#include <thread>
#include <variant>
#include <caf/actor_system.hpp>
#include "actors/controllers/controllers.hpp"
#include "actors/dns/dns.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/gateway_supervisor.hpp"
#include "actors/gateway/node_port.hpp"
#include "actors/node/node.hpp"
#include "actors/proxy/proxy.hpp"
#include "actors/scheduler/scheduler.hpp"
#include "actors/store/store.hpp"
#include "cli/arguments.hpp"
#include "cli/bootstrap.hpp"
#include "cli/credentials.hpp"
#include "cli/measures.hpp"
#include "runtime/host/host.hpp"
#include "runtime/http/http_server.hpp"
#include "runtime/log.hpp"
#include "runtime/metrics.hpp"
#include "runtime/ports/machine_probe_port.hpp"
#include "runtime/supervision/actor_machine.hpp"
#include "runtime/supervision/actor_tree.hpp"
#include "runtime/supervision/supervisor_actor.hpp"

namespace troupe::cli {

namespace {

constexpr int64_t start_deadline_ms = 60'000, stop_deadline_ms = 20'000, drain_ms = 2'000;
constexpr const char* dns_service_address = "10.96.0.10";

int64_t wall_clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Seeded once from the system; called by any actor.
std::function<uint64_t()> random_source() {
  auto mutex = std::make_shared<std::mutex>();
  std::random_device device;
  auto generator = std::make_shared<std::mt19937_64>((uint64_t{device()} << 32) ^ device());
  return [mutex, generator] {
    std::lock_guard guard{*mutex};
    return (*generator)();
  };
}

host_options host_of(const machine_options& options) {
  host_options out;
  out.name = options.settings.name;
  out.data_directory = options.data_dir;
  out.cri_endpoint = options.settings.cri_endpoint;
  out.listen_address = options.settings.listen;
  out.api_port = options.settings.port;
  out.with_node = options.settings.with_node;
  return out;
}

} // namespace

struct machine_process::parts {
  explicit parts(const machine_options& from) : options(from), paths(from.data_dir), host(host_of(from)) {}

  machine_options options;
  folder_paths paths;
  host_options host;
  machine_configuration configuration;
  std::unique_ptr<folder_lock> lock;
  metrics measures;
  std::unique_ptr<actor_tree> tree;
  std::unique_ptr<store_backend> store;
  env_ptr environment = std::make_shared<env>();
  std::unique_ptr<actor_machine> system;
  std::shared_ptr<node_streams> streams;
  gateway_options gateway;
  chain api;
  std::unique_ptr<http_server> server;
  caf::actor root;
  std::string url;
  std::atomic<bool> bootstrapped{false};
  std::mutex mutex;
  std::condition_variable changed;
  std::string ended; // why the tree ended by itself; empty: it has not
  std::function<void(std::string)> on_end;

  std::optional<start_failure> prepare();
  std::optional<start_failure> open();
  std::optional<start_failure> serve();
  std::vector<std::string> listen_addresses() const;
  std::vector<child_spec> children();
  std::vector<child_spec> node_parts();
  std::string advertised_address() const;
  bool lives(const char* part) const; // "store/replica"
  node_options real_node() const;
};

/// Nothing is touched before everything that could refuse has been asked.
std::optional<start_failure> machine_process::parts::prepare() {
  auto decided = machine_probe(read_machine_facts(host), host);
  if (auto* no = std::get_if<refusal>(&decided)) return start_failure{no->exit_code, no->line};
  configuration = std::get<machine_configuration>(decided);
  for (const auto& line : configuration.notes) log_info(line);
  auto taken = folder_lock::take(paths);
  if (!taken.ok()) return start_failure{exit_in_the_way, taken.error().message};
  lock = std::make_unique<folder_lock>(std::move(*taken));
  if (auto written = write_settings(paths, options.settings); !written.ok()) return start_failure{exit_failed, written.error().message};
  return std::nullopt;
}

std::vector<std::string> machine_process::parts::listen_addresses() const {
  if (!options.settings.listen.empty()) return {options.settings.listen};
  std::vector<std::string> all{"127.0.0.1"};
  if (options.settings.with_node) all.push_back(configuration.bridge_address); // the bridge itself comes later
  return all;
}

std::string machine_process::parts::advertised_address() const {
  if (options.settings.with_node) return configuration.bridge_address;
  if (!options.settings.listen.empty() && options.settings.listen != "0.0.0.0" && options.settings.listen.rfind("127.", 0) != 0)
    return options.settings.listen;
  return configuration.host_address.empty() ? "127.0.0.1" : configuration.host_address;
}

node_options machine_process::parts::real_node() const {
  const auto& name = options.settings.name;
  node_options node;
  node.name = name;
  node.base = "/" + name + "/node";
  node.port_path = "/" + name + "/nodes/" + name;
  node.data_directory = options.data_dir;
  node.cri_endpoint = configuration.cri_endpoint;
  node.host_address = configuration.host_address;
  node.pod_cidr = host.pod_cidr;
  node.cgroup_parent = configuration.cgroup_parent;
  return node;
}

std::optional<start_failure> machine_process::parts::open() {
  const auto& name = options.settings.name;
  credential_options wanted;
  wanted.name = name;
  wanted.dns_names = {name};
  if (!configuration.host_address.empty()) wanted.addresses.push_back(configuration.host_address);
  if (!configuration.bridge_address.empty()) wanted.addresses.push_back(configuration.bridge_address);
  bool anywhere = options.settings.listen.empty() || options.settings.listen == "0.0.0.0";
  if (!anywhere) wanted.addresses.push_back(options.settings.listen);
  url = "https://" + (anywhere ? "127.0.0.1" : options.settings.listen) + ":" + std::to_string(options.settings.port);
  wanted.server_url = url;
  wanted.now_seconds = wall_clock_ns() / 1'000'000'000;
  auto credentials = prepare_credentials(paths, wanted);
  if (!credentials.ok()) return start_failure{exit_failed, credentials.error().message};

  store_options kept;
  kept.data_dir = options.data_dir;
  auto opened = open_store(kept);
  if (!opened.ok()) return start_failure{exit_failed, opened.error().message};
  store = std::move(*opened);
  system = std::make_unique<actor_machine>(actor_machine_options{name, 0});
  if (auto wrong = system->check(); !wrong.empty()) return start_failure{exit_failed, "the actor system is not as configured: " + wrong};
  tree = std::make_unique<actor_tree>(name, static_cast<uint64_t>(wanted.now_seconds));
  environment->machine = name;
  environment->wall_ns = wall_clock_ns;
  environment->random = random_source();
  environment->state = &store->state();
  environment->events = &store->events();
  environment->measures = &measures;
  environment->tree = tree.get();
  environment->witness = [](const std::string&) {};
  if (options.settings.with_node) streams = make_node_streams(environment, {real_node()});
  gateway.state = &store->state();
  gateway.events = &store->events();
  gateway.propose = [this](call_ptr call) { store->propose(environment, std::move(call)); };
  gateway.actor_state = &tree->state();
  gateway.actor_events = &tree->events();
  gateway.kill_actor = [this](const std::string& actor) { return kill_actor(*environment, actor); };
  gateway.streams = streams.get();
  gateway.authority_pem = credentials->authority_pem;
  gateway.account_key_pem = credentials->account_key_pem;
  gateway.api_address = advertised_address();
  gateway.api_port = options.settings.port;
  gateway.version = options.build_version;
  gateway.metrics_text = [this] { return metrics_text(measures, store->state(), server.get()); };
  count_requests(measures, gateway);
  for (const char* part : {"store/replica", "gateway/gateway", "leader/scheduler", "leader/controllers"})
    gateway.checks.push_back({part, [this, part] { return lives(part) ? std::string() : std::string("the actor is not there"); }, true});
  gateway.checks.push_back({"poststarthook/bootstrap", [this] { return bootstrapped ? "" : "not finished"; }, false});
  api = make_chain(gateway);
  environment->api = &api;
  return std::nullopt;
}

bool machine_process::parts::lives(const char* part) const {
  return environment->actors.get<caf::actor>("/" + options.settings.name + "/" + part) != nullptr;
}

std::vector<child_spec> machine_process::parts::node_parts() {
  const auto& name = options.settings.name;
  std::vector<child_spec> out;
  out.push_back(supervisor_spec("machine", host_children(host, configuration)));
  proxy_options proxy;
  proxy.base = "/" + name + "/proxy";
  proxy.port_path = "/" + name + "/nodes/" + name;
  proxy.node_name = name;
  proxy.pod_cidr = host.pod_cidr;
  proxy.cluster_cidr = host.cluster_cidr;
  proxy.masquerade_all = configuration.masquerade_all_services;
  out.push_back(supervisor_spec("proxy", proxy_children(proxy)));
  dns_options dns;
  dns.base = "/" + name + "/dns";
  dns.port_path = proxy.port_path;
  dns.listen_address = configuration.bridge_address;
  dns.upstreams = configuration.upstream_dns;
  out.push_back(supervisor_spec("dns", dns_children(dns)));
  out.push_back(supervisor_spec("node", node_children(real_node())));
  return out;
}

std::vector<child_spec> machine_process::parts::children() {
  const auto& name = options.settings.name;
  controllers_options control;
  control.root_certificate = gateway.authority_pem;
  control.cluster_range = host.cluster_cidr;
  std::vector<child_spec> ports, simulated, out;
  if (options.settings.with_node) ports.push_back(node_port_child(name));
  for (size_t i = 0; i < options.settings.simulated_nodes; ++i) {
    auto node = simulated_node(name, name, i, options.settings.with_node);
    ports.push_back(node_port_child(node.name));
    simulated.push_back(supervisor_spec(node.name, node_children(node)));
  }
  out.push_back(supervisor_spec("store", store->children()));
  out.push_back(supervisor_spec("gateway", gateway_children(*server)));
  out.push_back(supervisor_spec("leader", {scheduler_child(), supervisor_spec("controllers", controllers_children(control))}));
  out.push_back(supervisor_spec("nodes", std::move(ports)));
  if (options.settings.with_node)
    for (auto& part : node_parts()) out.push_back(std::move(part));
  if (!simulated.empty()) out.push_back(supervisor_spec("simulated", std::move(simulated)));
  return out;
}

std::optional<start_failure> machine_process::parts::serve() {
  http_options http;
  http.addresses = listen_addresses();
  http.port = options.settings.port;
  http.certificate_file = paths.serving;
  http.key_file = paths.serving_key;
  http.client_ca_file = paths.authority;
  http.log = [](const std::string& line) { log_info(line); };
  auto started = http_server::start(http, api);
  if (!started.ok()) return start_failure{exit_in_the_way, started.error().message};
  server = std::move(*started);
  root = spawn_root(system->system(), environment, children());
  on_root_end(system->system(), root, [this](std::string why) {
    std::lock_guard guard{mutex};
    ended = why.empty() ? "it ended" : why;
    if (on_end) on_end(ended);
    changed.notify_all();
  });
  // The state must be loaded before anything is asked of it, and what a new cluster holds must be there before /readyz.
  bootstrap_options first;
  first.gateway = gateway;
  if (options.settings.with_node) {
    first.dns_service = dns_service_json(dns_service_address);
    first.dns_endpoint_slice = dns_endpoint_slice_json(options.settings.name, configuration.bridge_address);
  }
  auto wait = [this] {
    std::unique_lock guard{mutex};
    changed.wait_for(guard, std::chrono::milliseconds(2));
    return ended.empty();
  };
  auto done = bootstrap_cluster(first, api, [this] { return lives("store/replica"); }, wait, environment->random, start_deadline_ms);
  if (!done.ok()) return start_failure{exit_failed, ended.empty() ? done.error().message : "the supervision tree ended: " + ended};
  bootstrapped = true;
  return std::nullopt;
}

machine_process::machine_process(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

std::variant<std::unique_ptr<machine_process>, start_failure> machine_process::start(const machine_options& options) {
  auto made = std::make_unique<parts>(options);
  for (auto step : {&parts::prepare, &parts::open, &parts::serve})
    if (auto failure = (made.get()->*step)()) {
      machine_process half(std::move(made)); // takes down what was started
      return *failure;
    }
  return std::unique_ptr<machine_process>(new machine_process(std::move(made)));
}

const std::string& machine_process::server_url() const { return parts_->url; }

void machine_process::on_end(std::function<void(std::string why)> told) {
  std::lock_guard guard{parts_->mutex};
  parts_->on_end = std::move(told);
  if (!parts_->ended.empty() && parts_->on_end) parts_->on_end(parts_->ended);
}

void machine_process::stop() {
  auto& part = *parts_;
  {
    std::lock_guard guard{part.mutex};
    part.on_end = nullptr;
  }
  if (part.root) {
    if (!stop_root(part.system->system(), part.root, stop_deadline_ms)) log_warning("the supervision tree had to be killed");
    part.root = nullptr;
  }
  if (part.server) part.server->stop(drain_ms);
}

machine_process::~machine_process() {
  stop();
  auto& part = *parts_;
  part.server.reset();
  part.streams.reset();
  part.environment->actors.clear();
  part.environment.reset();
  part.system.reset();
  part.store.reset();
}

} // namespace troupe::cli
