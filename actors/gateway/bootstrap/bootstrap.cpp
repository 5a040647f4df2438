// The objects of a new cluster, from messages/facts/rbac-bootstrap.json (recorded; compiled in).
#include <algorithm>
#include <nlohmann/json.hpp>
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/strategies/strategy.hpp"
#include "actors/gateway/verbs/metadata.hpp"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"
#include "messages/time_format.hpp"
#include "messages/kind.hpp"

namespace troupe::gateway {

// Written by embed.cmake.
extern const std::string_view bootstrap_facts[];
extern const unsigned long bootstrap_facts_count;

namespace {

using nlohmann::json;
constexpr size_t operations_in_one_transaction = 64;
constexpr std::string_view prose = "<prose>", certificate = "<PEM>", varying = "<volatile>"; // what the facts leave open

json read_facts() {
  std::string text;
  for (unsigned long at = 0; at < bootstrap_facts_count; ++at) text += bootstrap_facts[at];
  return json::parse(text);
}

/// The first address of "10.96.0.0/12" behind the network's own: the service `kubernetes`.
std::string first_service_address(const std::string& cidr) {
  std::string network = cidr.substr(0, cidr.find('/'));
  size_t dot = network.rfind('.');
  if (dot == std::string::npos) return network;
  return network.substr(0, dot + 1) + std::to_string(std::stoi(network.substr(dot + 1)) + 1);
}

/// Puts in what the facts leave open.
class filler {
public:
  filler(const gateway_options& options, int64_t wall_ns)
      : options_(options), now_(format_time(wall_ns / 1'000'000'000)), service_address_(first_service_address(options.service_cidr)) {}

  void fill(json& value) {
    if (value.is_object()) {
      for (auto at = value.begin(); at != value.end();) {
        if (at->is_string() && at->get_ref<const std::string&>() == prose) at = value.erase(at);
        else fill(*at), ++at;
      }
    } else if (value.is_array()) {
      for (auto& item : value) fill(item);
    } else if (value.is_string()) {
      fill_text(value);
    } else if (value.is_number_integer() && value == recorded_port) {
      value = options_.api_port;
    }
  }

private:
  static constexpr int recorded_port = 16443;

  void fill_text(json& value) {
    auto& text = value.get_ref<const std::string&>();
    if (text == certificate) value = options_.authority_pem;
    else if (text == varying) value = now_;
    else if (text == "192.0.2.10") value = options_.api_address;
    else if (text == "10.96.0.1") value = service_address_;
    else if (text == "10.96.0.0/12") value = options_.service_cidr;
  }

  const gateway_options& options_;
  std::string now_, service_address_;
};

/// Objects whose content is the server's: brought up to date at each start.
bool kept_current(const kind_row& kind, std::string_view name) {
  if (name == "kubernetes") return kind.plural == "endpoints" || kind.plural == "endpointslices";
  return kind.plural == "configmaps" && name == "kube-root-ca.crt";
}

class writer {
public:
  writer(const roots& state, const gateway_options& options, int64_t wall_ns, uint64_t random)
      : state_(state), fill_(options, wall_ns), wall_ns_(wall_ns), random_(random) {}

  void add(json fact) {
    fill_.fill(fact);
    std::string version = fact.value("apiVersion", ""), group;
    if (size_t slash = version.find('/'); slash != std::string::npos) {
      group = version.substr(0, slash);
      version = version.substr(slash + 1);
    }
    auto* row = find_kind_of(group, version, fact.value("kind", ""));
    if (!row || !row->stored) return;
    auto object = new_message(*row);
    if (!from_json(fact.dump(), *object).ok()) return;
    put(kinds()[row->storage], *object);
  }

  std::vector<txn> take() {
    flush();
    return std::move(made_);
  }

private:
  void put(const kind_row& row, Message& object) {
    auto& metadata = metadata_of(object);
    auto before = state_.get(row, metadata.namespace_(), metadata.name());
    strategy_of(row).default_object(object);
    uint64_t expected = absent_revision;
    if (before) {
      if (!kept_current(row, metadata.name()) || before->deleting()) return;
      restore_metadata(metadata, metadata_of(*before->message()));
      expected = before->revision();
    } else {
      int64_t generation = metadata.generation();
      fill_metadata(metadata, wall_ns_, random_);
      metadata.set_generation(row.has_generation ? std::max<int64_t>(generation, 1) : generation);
    }
    auto bytes = stored_bytes(object);
    if (before && bytes == before->bytes()) return;
    open_.operations.push_back({operation::verb::put, {&row, metadata.namespace_(), metadata.name()}, expected, std::move(bytes)});
    if (open_.operations.size() >= operations_in_one_transaction) flush();
  }

  void flush() {
    if (!open_.operations.empty()) made_.push_back(std::exchange(open_, {}));
  }

  const roots& state_;
  filler fill_;
  int64_t wall_ns_;
  random_stream random_;
  txn open_;
  std::vector<txn> made_;
};

} // namespace
} // namespace troupe::gateway

namespace troupe {

std::vector<txn> bootstrap(const roots& state, const gateway_options& options, int64_t wall_ns, uint64_t random) {
  auto facts = gateway::read_facts();
  gateway::writer to(state, options, wall_ns, random);
  // Namespaces come before what is in them. Leases are for servers that need one; classes and policies come with their parts.
  for (auto* list : {"namespaces", "clusterRoles", "clusterRoleBindings", "roles", "roleBindings", "priorityClasses", "serviceAccounts",
                     "configMaps", "serviceCIDRs", "ipAddresses", "services", "endpoints", "endpointSlices", "flowSchemas",
                     "priorityLevelConfigurations", "apiServices"})
    for (auto& fact : facts[list]) to.add(fact);
  return to.take();
}

} // namespace troupe
