// The names of the cluster's domain, by the "Kubernetes DNS-Based Service Discovery" specification 1.1.0: A records of
// Services and their endpoints, SRV of named ports, PTR, pod names. Pure.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>
#include "actors/dns/dns_message.hpp"
#include "runtime/services/service_view.hpp"

namespace troupe::dns {

constexpr uint32_t record_ttl_seconds = 5;     // as long as a client may go on with an old answer
constexpr size_t records_an_answer_max = 1000; // of a headless Service

class table {
public:
  explicit table(std::string domain = "cluster.local") : domain_(std::move(domain)) {}

  void replace_services(std::vector<service_view> all);
  void replace_slices(std::vector<endpoint_slice_view> all);
  void replace_namespaces(std::vector<namespace_view> all);
  void put(service_view service);
  void put(endpoint_slice_view slice);
  void put(namespace_view space) { spaces_.insert(space.name); }
  void remove_service(const std::string& space, const std::string& name);
  void remove_slice(const std::string& space, const std::string& name);
  void remove_namespace(const std::string& name) { spaces_.erase(name); }

  /// Nothing: the name is not ours, ask upstream. `random` turns the order of several addresses.
  std::optional<answer> look_up(const query& asked, uint64_t random) const;

private:
  using key = std::pair<std::string, std::string>;
  struct place {                 // of an endpoint in a headless Service
    std::string label;
    const endpoint_view* endpoint;
    const endpoint_slice_view* slice;
  };
  answer in_domain(const std::vector<std::string_view>& labels, const query& asked, uint64_t random) const;
  answer of_service(const key& name, const std::vector<std::string_view>& labels, const query& asked, uint64_t random) const;
  answer of_pod(const std::vector<std::string_view>& labels, const query& asked) const;
  std::optional<answer> reverse(const query& asked) const;
  void add_service_records(const service_view& service, std::string_view port, std::string_view protocol, const query& asked, answer& to) const;
  std::vector<place> places(const key& name, const service_view& service) const;
  std::string full_name(const key& name) const { return name.second + "." + name.first + ".svc." + domain_; }
  answer no_data() const;
  answer no_name() const;
  record soa() const;

  std::string domain_;
  std::map<key, service_view> services_;
  std::map<key, endpoint_slice_view> slices_;
  std::map<key, std::set<key>> slices_of_;
  std::map<uint32_t, std::set<key>> by_cluster_address_, by_endpoint_address_;
  std::set<std::string> spaces_;
};

} // namespace troupe::dns
