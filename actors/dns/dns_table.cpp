#include "actors/dns/dns_table.hpp"
#include <algorithm>
#include "runtime/host/address.hpp"

namespace troupe::dns {

namespace {

/// From the left; more than this and the name cannot be one of ours.
constexpr size_t labels_max = 8;

std::vector<std::string_view> labels_of(std::string_view name) {
  std::vector<std::string_view> labels;
  while (!name.empty() && labels.size() <= labels_max) {
    auto label = name.substr(0, name.find('.'));
    labels.push_back(label);
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  return labels;
}

std::string dashed(uint32_t address) {
  std::string text = format_address(address);
  std::replace(text.begin(), text.end(), '.', '-');
  return text;
}

bool wants(const query& asked, uint16_t type) { return asked.type == type || asked.type == type_any; }

void turn(std::vector<record>& records, uint64_t random) {
  if (records.size() > 1) std::rotate(records.begin(), records.begin() + std::ptrdiff_t(random % records.size()), records.end());
}

const char* protocol_label(transport protocol) {
  switch (protocol) {
    case transport::udp: return "_udp";
    case transport::sctp: return "_sctp";
    default: return "_tcp";
  }
}

} // namespace

void table::put(service_view service) {
  key name{service.space, service.name};
  remove_service(service.space, service.name);
  for (uint32_t address : service.cluster_addresses) by_cluster_address_[address].insert(name);
  services_[name] = std::move(service);
}

void table::remove_service(const std::string& space, const std::string& name) {
  auto found = services_.find({space, name});
  if (found == services_.end()) return;
  for (uint32_t address : found->second.cluster_addresses) {
    by_cluster_address_[address].erase(found->first);
    if (by_cluster_address_[address].empty()) by_cluster_address_.erase(address);
  }
  services_.erase(found);
}

void table::put(endpoint_slice_view slice) {
  key name{slice.space, slice.name};
  remove_slice(slice.space, slice.name);
  slices_of_[{slice.space, slice.service}].insert(name);
  for (auto& endpoint : slice.endpoints) by_endpoint_address_[endpoint.address].insert(name);
  slices_[name] = std::move(slice);
}

void table::remove_slice(const std::string& space, const std::string& name) {
  auto found = slices_.find({space, name});
  if (found == slices_.end()) return;
  for (auto& endpoint : found->second.endpoints) {
    auto place = by_endpoint_address_.find(endpoint.address);
    if (place == by_endpoint_address_.end()) continue;
    place->second.erase(found->first);
    if (place->second.empty()) by_endpoint_address_.erase(place);
  }
  key service{space, found->second.service};
  slices_of_[service].erase(found->first);
  if (slices_of_[service].empty()) slices_of_.erase(service);
  slices_.erase(found);
}

void table::replace_services(std::vector<service_view> all) {
  services_.clear();
  by_cluster_address_.clear();
  for (auto& service : all) put(std::move(service));
}

void table::replace_slices(std::vector<endpoint_slice_view> all) {
  slices_.clear();
  slices_of_.clear();
  by_endpoint_address_.clear();
  for (auto& slice : all) put(std::move(slice));
}

void table::replace_namespaces(std::vector<namespace_view> all) {
  spaces_.clear();
  for (auto& space : all) spaces_.insert(space.name);
}

record table::soa() const {
  std::string data = wire_name("ns.dns." + domain_) + wire_name("hostmaster." + domain_);
  for (uint32_t value : {1u, 7200u, 1800u, 86400u, record_ttl_seconds}) data += address_data(value); // serial, refresh, retry, expire, minimum
  return {domain_, type_soa, record_ttl_seconds, data};
}

answer table::no_data() const {
  answer made;
  made.authorities = {soa()};
  return made;
}

answer table::no_name() const {
  answer made = no_data();
  made.result = code::no_such_name;
  return made;
}

std::optional<answer> table::look_up(const query& asked, uint64_t random) const {
  if (asked.of_class != class_internet) return {};
  std::string_view name = asked.name;
  if (name.ends_with(".in-addr.arpa")) return reverse(asked);
  if (name == domain_) {
    answer made;
    if (wants(asked, type_soa)) made.answers.push_back(soa());
    if (wants(asked, type_ns)) made.answers.push_back({domain_, type_ns, record_ttl_seconds, name_data("ns.dns." + domain_)});
    return made.answers.empty() ? no_data() : made;
  }
  if (!name.ends_with("." + domain_)) return {};
  name.remove_suffix(domain_.size() + 1);
  return in_domain(labels_of(name), asked, random);
}

/// `labels`: what stands before the domain, the last of them "svc" or "pod".
answer table::in_domain(const std::vector<std::string_view>& labels, const query& asked, uint64_t random) const {
  size_t count = labels.size();
  if (count == 1 && labels[0] == "dns-version") {
    answer made;
    if (!wants(asked, type_txt)) return no_data();
    made.answers = {{asked.name, type_txt, record_ttl_seconds, text_data("1.1.0")}};
    return made;
  }
  bool pods = labels[count - 1] == "pod";
  if (!pods && labels[count - 1] != "svc") return no_name();
  if (count == 1) return no_data();
  std::string space(labels[count - 2]);
  if (!spaces_.count(space)) return no_name();
  if (count == 2) return no_data();
  if (pods) return of_pod(labels, asked);
  key name{space, std::string(labels[count - 3])};
  if (!services_.count(name)) return no_name();
  return of_service(name, {labels.begin(), labels.end() - 3}, asked, random);
}

/// "10-244-0-7.default.pod": the address is in the name.
answer table::of_pod(const std::vector<std::string_view>& labels, const query& asked) const {
  std::string text(labels[0]);
  std::replace(text.begin(), text.end(), '-', '.');
  auto address = parse_address(text);
  if (labels.size() != 3 || !address) return no_name();
  if (!wants(asked, type_a)) return no_data();
  answer made;
  made.answers = {{asked.name, type_a, record_ttl_seconds, address_data(*address)}};
  return made;
}

std::vector<table::place> table::places(const key& name, const service_view& service) const {
  std::vector<place> found;
  auto slices = slices_of_.find(name);
  if (slices == slices_of_.end()) return found;
  for (auto& slice_name : slices->second) {
    auto& slice = slices_.at(slice_name);
    for (auto& endpoint : slice.endpoints)
      if ((endpoint.ready || service.publish_not_ready) && found.size() < records_an_answer_max)
        found.push_back({endpoint.host_name.empty() ? dashed(endpoint.address) : endpoint.host_name, &endpoint, &slice});
  }
  return found;
}

/// `labels`: what stands before the Service's name: nothing, an endpoint's name, or "_port", "_protocol".
answer table::of_service(const key& name, const std::vector<std::string_view>& labels, const query& asked, uint64_t random) const {
  auto& service = services_.at(name);
  answer made;
  if (labels.size() > 2) return no_name();
  if (labels.size() == 2) {
    answer any;
    query anything = asked;
    anything.type = type_srv;
    add_service_records(service, labels[0], labels[1], anything, any);
    if (any.answers.empty()) return no_name();
    return wants(asked, type_srv) ? any : no_data();
  }
  if (!service.external_name.empty()) {
    if (!labels.empty()) return no_name();
    made.answers = {{asked.name, type_cname, record_ttl_seconds, name_data(service.external_name)}};
    return made;
  }
  if (labels.empty() && !service.headless) {
    if (wants(asked, type_a))
      for (uint32_t address : service.cluster_addresses) made.answers.push_back({asked.name, type_a, record_ttl_seconds, address_data(address)});
  } else {
    bool known = labels.empty();
    std::set<uint32_t> seen;
    for (auto& place : places(name, service)) {
      if (!labels.empty() && place.label != labels[0]) continue;
      known = true;
      if (wants(asked, type_a) && seen.insert(place.endpoint->address).second)
        made.answers.push_back({asked.name, type_a, record_ttl_seconds, address_data(place.endpoint->address)});
    }
    // A headless Service without endpoints has no name at all: clients that wait for one see it appear.
    if (!known || (labels.empty() && places(name, service).empty())) return no_name();
  }
  if (labels.empty() && asked.type == type_srv) add_service_records(service, "", "", asked, made);
  turn(made.answers, random);
  return made.answers.empty() ? no_data() : made;
}

/// SRV records of a port ("_http", "_tcp"), or of all ports where both are empty, with the addresses of their targets.
void table::add_service_records(const service_view& service, std::string_view port, std::string_view protocol, const query& asked,
                                answer& to) const {
  key name{service.space, service.name};
  auto asked_for = [&](const std::string& port_name, transport with) {
    return port.empty() ? true : !port_name.empty() && "_" + port_name == port && protocol == protocol_label(with);
  };
  auto add = [&](uint16_t number, const std::string& target, uint32_t address) {
    to.answers.push_back({asked.name, type_srv, record_ttl_seconds, service_data(0, 100, number, target)});
    to.additionals.push_back({target, type_a, record_ttl_seconds, address_data(address)});
  };
  if (!service.headless) {
    for (auto& candidate : service.ports)
      if (asked_for(candidate.name, candidate.protocol) && !service.cluster_addresses.empty())
        add(candidate.port, full_name(name), service.cluster_addresses[0]);
    return;
  }
  for (auto& place : places(name, service))
    for (auto& candidate : place.slice->ports)
      if (asked_for(candidate.name, candidate.protocol) && to.answers.size() < records_an_answer_max)
        add(candidate.port, place.label + "." + full_name(name), place.endpoint->address);
}

/// Nothing: not an address of ours; upstream may know it.
std::optional<answer> table::reverse(const query& asked) const {
  auto labels = labels_of(asked.name);
  if (labels.size() != 6) return {};
  std::string text;
  for (size_t label = 4; label-- > 0;) text += std::string(labels[label]) + (label ? "." : "");
  auto address = parse_address(text);
  if (!address) return {};
  answer made;
  auto add = [&](const std::string& name) {
    if (wants(asked, type_ptr)) made.answers.push_back({asked.name, type_ptr, record_ttl_seconds, name_data(name)});
  };
  bool ours = false;
  if (auto found = by_cluster_address_.find(*address); found != by_cluster_address_.end()) {
    ours = true;
    add(full_name(*found->second.begin()));
  } else if (auto slices = by_endpoint_address_.find(*address); slices != by_endpoint_address_.end()) {
    for (auto& slice_name : slices->second) {
      auto& slice = slices_.at(slice_name);
      auto service = services_.find({slice.space, slice.service});
      if (service == services_.end() || !service->second.headless) continue;
      ours = true;
      for (auto& endpoint : slice.endpoints)
        if (endpoint.address == *address)
          add((endpoint.host_name.empty() ? dashed(*address) : endpoint.host_name) + "." + full_name(service->first));
    }
  }
  if (!ours) return {};
  return made.answers.empty() ? no_data() : made;
}

} // namespace troupe::dns
