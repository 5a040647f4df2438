// Services and EndpointSlices as elements of nftables maps, kept up to date one Service at a time: a change costs what
// that Service costs, however many there are. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "messages/actors/network.hpp"
#include "runtime/services/service_view.hpp"

namespace troupe {

/// Elements of one map or set of the table; a set's values are empty. Both sides in nft's language.
using element_map = std::map<std::string, std::string>;
/// By the name of the map.
using table_elements = std::map<std::string, element_map>;

struct service_table_options {
  std::string node;          // this node's name, for traffic policies
  uint32_t pod_network = 0;  // of this node: endpoints in it may call themselves
  int pod_prefix = 24;
};

/// The elements that one Service needs. Nothing where no endpoint is usable: its address is then refused.
table_elements service_elements(const service_view& service, const std::vector<const endpoint_slice_view*>& slices,
                                const service_table_options& options);

class service_table {
public:
  explicit service_table(service_table_options options) : options_(std::move(options)) {}

  // What there is now. Each marks the Services that it touches.
  void replace_services(std::vector<service_view> all);
  void replace_slices(std::vector<endpoint_slice_view> all);
  void put(service_view service);
  void put(endpoint_slice_view slice);
  void remove_service(const std::string& space, const std::string& name);
  void remove_slice(const std::string& space, const std::string& name);

  /// nft commands that bring the kernel from the last answer of changes() or elements() to now, in one transaction;
  /// empty: nothing has changed.
  std::string changes();
  /// Everything that must be in the kernel now, after applying what is marked.
  const table_elements& elements();
  /// UDP endpoints that the last changes() took away from a Service or a node port.
  std::vector<stale_flow> take_stale() { return std::exchange(stale_, {}); }
  size_t services() const { return services_.size(); }

private:
  using key = std::pair<std::string, std::string>; // namespace and name
  struct held {
    std::string value;
    int owners = 0;          // Services that asked for it
  };
  void touch(const key& service) { touched_.insert(service); }
  void take_back(const table_elements& elements);
  void give(const table_elements& elements);
  void note(const std::string& map, const std::string& element);

  service_table_options options_;
  std::map<key, service_view> services_;
  std::map<key, endpoint_slice_view> slices_;
  std::map<key, std::set<key>> slices_of_;         // Service -> its slices
  std::map<key, table_elements> made_;             // Service -> what it has in the table
  std::map<std::string, std::map<std::string, held>> held_;
  std::map<std::string, std::map<std::string, std::string>> before_; // touched elements as the kernel has them; "\n": absent
  std::set<key> touched_;
  table_elements all_;
  std::vector<stale_flow> stale_;
};

/// The flow that an element of `backends` or `node_backends` made, if it is one of UDP: element
/// "10.96.0.10 . udp . 53 . 0x74720000" (or without the address), value "10.244.0.1 . 1053".
std::optional<stale_flow> flow_of(const std::string& element, const std::string& value);

/// Endpoints of one port that take part; the rest gets no new connections.
constexpr size_t endpoints_a_port_max = 1024;

/// How many slots the balancer draws from for so many endpoints: as many as there are up to 16 (every one alike), above
/// that a power of two at least four times as many (some get a quarter more than others).
size_t slots_for(size_t endpoints);

} // namespace troupe
