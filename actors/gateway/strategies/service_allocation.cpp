// Cluster addresses and node ports. What is given is an object of its own (IPAddress; NodePort of troupe.dev), put with
// the precondition that it does not exist: two writers who chose the same from the same state cannot both commit.
#include <algorithm>
#include <charconv>
#include <set>
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_state.hpp"
#include "actors/gateway/strategies/service_rules.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/core/v1/service.pb.h"
#include "messages/api/networking/v1.pb.h"
#include "messages/codec.hpp"

namespace troupe::gateway {
namespace {

constexpr uint32_t static_addresses_max = 256;  // at the range's start, left to who asks for a certain address
constexpr int random_tries = 64;                // before the range is searched in order
constexpr uint32_t search_addresses_max = 1 << 16;

const kind_row& address_kind() {
  return *find_kind("networking.k8s.io", "v1", "ipaddresses");
}
/// Null where the store keeps no node ports of their own; then only published Services are looked at.
const kind_row* port_kind() {
  return find_kind("troupe.dev", "v1", "nodeports");
}

status invalid_service(const core::Service& service, const causes& found) {
  return invalid("", "Service", service.metadata().name(), found);
}

struct address_range {
  uint32_t first = 0, count = 0;  // without the network's own and the broadcast address
};

std::optional<address_range> range_of(const std::string& network) {
  auto parsed = parse_network(network);
  if (!parsed || parsed->address.v6 || parsed->prefix_bits > 30) return std::nullopt;
  uint32_t base = 0;
  for (int i = 0; i < 4; ++i) base = base << 8 | parsed->address.bytes[i];
  uint32_t size = parsed->prefix_bits == 0 ? 0xffffffffu : 1u << (32 - parsed->prefix_bits);
  return address_range{(base & ~(size - 1)) + 1, size - 2};
}

std::string address_text(uint32_t address) {
  return std::to_string(address >> 24) + "." + std::to_string(address >> 16 & 255) + "." +
         std::to_string(address >> 8 & 255) + "." + std::to_string(address & 255);
}

void claim_address(verb_context& context, const core::Service& service, const std::string& text) {
  networking::IPAddress address;
  auto& data = *address.mutable_metadata();
  data.set_name(text);
  data.set_uid(uuid_of(context.random));
  set_time(data.mutable_creationtimestamp(), context.wall_ns);
  entry_of(data.mutable_labels(), "ipaddress.kubernetes.io/ip-family")->set_value("IPv4");
  entry_of(data.mutable_labels(), "ipaddress.kubernetes.io/managed-by")->set_value("ipallocator.k8s.io");
  auto& parent = *address.mutable_spec()->mutable_parentref();
  parent.set_resource("services");
  parent.set_namespace_(service.metadata().namespace_());
  parent.set_name(service.metadata().name());
  context.also.push_back({operation::verb::put, {&address_kind(), "", text}, absent_revision, to_wire(address)});
}

result<nothing> give_address(verb_context& context, core::Service& service) {
  auto range = range_of(context.addresses.service_cidr);
  field_path path = field_path("spec") / "clusterIPs";
  causes found;
  auto fail = [&](const std::string& why) -> result<nothing> {
    add_invalid_json(found, path, shown_list(service.spec().clusterips()), why);
    return invalid_service(service, found);
  };
  auto taken = [&](const std::string& text) { return context.state.get(address_kind(), "", text) != nullptr; };
  if (!range) return internal_error("the range of service addresses cannot be used: " + context.addresses.service_cidr);
  if (service.spec().clusterips_size()) {
    const std::string text = service.spec().clusterips(0);
    auto address = parse_ip(text);
    std::string head = "failed to allocate IP " + text + ": ";
    if (!address || !parse_network(context.addresses.service_cidr)->contains(*address))
      return fail(head + "the provided network does not match the current range");
    if (taken(text)) return fail(head + "provided IP is already allocated");
    claim_address(context, service, text);
    return nothing{};
  }
  uint32_t low = std::min(static_addresses_max, range->count / 16);
  std::string text;
  for (int i = 0; i < random_tries && text.empty(); ++i)
    if (auto one = address_text(range->first + low + static_cast<uint32_t>(context.random.below(range->count - low)));
        !taken(one))
      text = one;
  for (uint32_t i = 0; i < std::min(range->count, search_addresses_max) && text.empty(); ++i)
    if (auto one = address_text(range->first + (low + i) % range->count); !taken(one)) text = one;
  if (text.empty()) return fail("failed to allocate a serviceIP: range is full");
  service.mutable_spec()->set_clusterip(text);
  service.mutable_spec()->add_clusterips(text);
  claim_address(context, service, text);
  return nothing{};
}

std::set<int32_t> node_ports_of(const core::Service& service) {
  std::set<int32_t> ports;
  for (auto& port : service.spec().ports())
    if (port.nodeport()) ports.insert(port.nodeport());
  if (service.spec().healthchecknodeport()) ports.insert(service.spec().healthchecknodeport());
  return ports;
}

/// Node ports in use, as far as the published state knows: by their own objects, or by looking at every Service.
class port_pool {
public:
  explicit port_pool(verb_context& context) : context_(context), kind_(port_kind()) {
    if (kind_) return;
    std::vector<object_ptr> services;
    bool more = false;
    if (!context.state.list({find_kind("", "v1", "services"), {}, {}, 0, 0}, services, more)) return;
    for (auto& one : services)
      for (int32_t port : node_ports_of(*one->as<core::Service>())) used_.insert(port);
  }
  bool taken(int32_t port) const {
    return used_.count(port) || (kind_ && context_.state.get(*kind_, "", std::to_string(port)));
  }
  void take(const core::Service& service, int32_t port) {
    used_.insert(port);
    if (kind_)
      context_.also.push_back(
          {operation::verb::put, {kind_, "", std::to_string(port)}, absent_revision, claim(service, port)});
  }
  /// 0: the range is full.
  int32_t choose() {
    int32_t first = context_.addresses.node_port_first, count = context_.addresses.node_port_last - first + 1;
    for (int i = 0; i < random_tries; ++i)
      if (int32_t port = first + static_cast<int32_t>(context_.random.below(static_cast<uint64_t>(count)));
          !taken(port))
        return port;
    for (int32_t port = first; port < first + count; ++port)
      if (!taken(port)) return port;
    return 0;
  }

private:
  std::string claim(const core::Service& service, int32_t port) const {
    auto message = new_message(*kind_);
    std::string text = "{\"metadata\":{\"name\":\"" + std::to_string(port) + "\",\"uid\":\"" +
                       uuid_of(context_.random) +
                       "\"},\"spec\":{\"serviceNamespace\":" + json_quoted(service.metadata().namespace_()) +
                       ",\"serviceName\":" + json_quoted(service.metadata().name()) + "}}";
    (void)from_json(text, *message);
    auto* data = static_cast<meta::ObjectMeta*>(object_meta(*message));
    set_time(data->mutable_creationtimestamp(), context_.wall_ns);
    return to_wire(*message);
  }
  verb_context& context_;
  const kind_row* kind_;
  std::set<int32_t> used_;
};

result<nothing> give_port(verb_context& context, const core::Service& service, port_pool& pool, const field_path& path,
                          int32_t asked, std::set<int32_t>& own, const std::function<void(int32_t)>& set) {
  auto& range = context.addresses;
  causes found;
  if (asked) {
    if (own.count(asked)) return nothing{};
    if (asked < range.node_port_first || asked > range.node_port_last)
      add_invalid(found, path, asked,
                  "provided port is not in the valid range. The range of valid ports is " +
                      std::to_string(range.node_port_first) + "-" + std::to_string(range.node_port_last));
    else if (pool.taken(asked))
      add_invalid(found, path, asked, "provided port is already allocated");
    if (!found.empty()) return invalid_service(service, found);
  } else {
    asked = pool.choose();
    if (!asked) return internal_error("failed to allocate a nodePort: range is full");
    set(asked);
  }
  own.insert(asked);
  pool.take(service, asked);
  return nothing{};
}

result<nothing> give_ports(verb_context& context, core::Service& service, const core::Service* before) {
  bool wanted = needs_node_ports(service), health = needs_health_check_port(service);
  if (!wanted && !health) return nothing{};
  auto own = before ? node_ports_of(*before) : std::set<int32_t>{};
  port_pool pool(context);
  auto& spec = *service.mutable_spec();
  for (int i = 0; wanted && i < spec.ports_size(); ++i) {
    bool automatic = spec.type() != "LoadBalancer" || spec.allocateloadbalancernodeports();
    if (!automatic && spec.ports(i).nodeport() == 0) continue;
    auto done =
        give_port(context, service, pool, (field_path("spec") / "ports")[i] / "nodePort", spec.ports(i).nodeport(), own,
                  [&](int32_t port) { spec.mutable_ports(i)->set_nodeport(port); });
    if (!done) return done;
  }
  if (!health) return nothing{};
  return give_port(context, service, pool, field_path("spec") / "healthCheckNodePort", spec.healthchecknodeport(), own,
                   [&](int32_t port) { spec.set_healthchecknodeport(port); });
}

void give_back_address(verb_context& context, const std::string& text) {
  if (auto held = context.state.get(address_kind(), "", text))
    context.also.push_back({operation::verb::remove, {&address_kind(), "", text}, held->revision(), {}});
}
void give_back_port(verb_context& context, int32_t port) {
  auto* kind = port_kind();
  if (!kind) return;
  if (auto held = context.state.get(*kind, "", std::to_string(port)))
    context.also.push_back({operation::verb::remove, {kind, "", std::to_string(port)}, held->revision(), {}});
}

bool holds_address(const core::Service& service) {
  return needs_address(service) && service.spec().clusterips_size() && service.spec().clusterips(0) != "None";
}

}  // namespace

result<nothing> allocate(verb_context& context, core::Service& service, const core::Service* before) {
  causes found;
  check_addresses(found, service, before);
  if (!found.empty()) return invalid_service(service, found);
  bool had = before && holds_address(*before);
  if (needs_address(service) && !is_headless(service)) {
    if (!had)
      if (auto done = give_address(context, service); !done) return done;
  } else if (had) {
    give_back_address(context, before->spec().clusterips(0));
  }
  if (auto done = give_ports(context, service, before); !done) return done;
  if (before) {
    auto kept = node_ports_of(service);
    for (int32_t port : node_ports_of(*before))
      if (!kept.count(port)) give_back_port(context, port);
  }
  return nothing{};
}

void release(verb_context& context, const core::Service& service) {
  if (holds_address(service)) give_back_address(context, service.spec().clusterips(0));
  for (int32_t port : node_ports_of(service)) give_back_port(context, port);
}

}  // namespace troupe::gateway
