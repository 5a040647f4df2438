#include "actors/proxy/service_table.hpp"
#include <cstdlib>
#include "runtime/host/address.hpp"
#include "runtime/host/machine.hpp"

namespace troupe {

namespace {

const std::string absent = "\n"; // no element has such a value

/// "add element ip troupe backends { a : b, c : d }"
std::string element_command(const char* verb, const std::string& map, const element_map& elements, bool with_values) {
  if (elements.empty()) return "";
  std::string text = std::string(verb) + " element ip " + nftables_table_name + " " + map + " { ";
  bool first = true;
  for (auto& [element, value] : elements) {
    text += (first ? "" : ", ") + element;
    if (with_values && !value.empty()) text += " : " + value;
    first = false;
  }
  return text + " }\n";
}

} // namespace

std::optional<stale_flow> flow_of(const std::string& element, const std::string& value) {
  auto udp = element.find("udp . ");
  auto endpoint = parse_address(value.substr(0, value.find(' ')));
  if (udp == element.npos || !endpoint) return {};
  auto address = parse_address(element.substr(0, element.find(' ')));
  return stale_flow{address.value_or(0), uint16_t(std::atoi(element.c_str() + udp + 6)), *endpoint};
}

void service_table::put(service_view service) {
  key name{service.space, service.name};
  touch(name);
  services_[name] = std::move(service);
}

void service_table::remove_service(const std::string& space, const std::string& name) {
  touch({space, name});
  services_.erase({space, name});
}

void service_table::put(endpoint_slice_view slice) {
  key name{slice.space, slice.name}, service{slice.space, slice.service};
  remove_slice(slice.space, slice.name); // it may have belonged to another Service
  touch(service);
  slices_of_[service].insert(name);
  slices_[name] = std::move(slice);
}

void service_table::remove_slice(const std::string& space, const std::string& name) {
  auto found = slices_.find({space, name});
  if (found == slices_.end()) return;
  key service{space, found->second.service};
  touch(service);
  auto& siblings = slices_of_[service];
  siblings.erase({space, name});
  if (siblings.empty()) slices_of_.erase(service);
  slices_.erase(found);
}

void service_table::replace_services(std::vector<service_view> all) {
  for (auto& [name, service] : services_) touch(name);
  services_.clear();
  for (auto& service : all) put(std::move(service));
}

void service_table::replace_slices(std::vector<endpoint_slice_view> all) {
  for (auto& [service, slices] : slices_of_) touch(service);
  slices_.clear();
  slices_of_.clear();
  for (auto& slice : all) put(std::move(slice));
}

/// Remembers how the kernel has an element before it is touched for the first time.
void service_table::note(const std::string& map, const std::string& element) {
  auto& known = before_[map];
  if (known.count(element)) return;
  auto& elements = all_[map];
  auto now = elements.find(element);
  known[element] = now == elements.end() ? absent : now->second;
}

void service_table::take_back(const table_elements& elements) {
  for (auto& [map, wanted] : elements)
    for (auto& [element, value] : wanted) {
      note(map, element);
      auto found = held_[map].find(element);
      if (found == held_[map].end() || --found->second.owners > 0) continue;
      held_[map].erase(found);
      all_[map].erase(element);
    }
}

/// Two Services that claim the same element (the same external address): the value of the last one stands.
void service_table::give(const table_elements& elements) {
  for (auto& [map, wanted] : elements)
    for (auto& [element, value] : wanted) {
      note(map, element);
      auto& place = held_[map][element];
      place.value = value;
      ++place.owners;
      all_[map][element] = value;
    }
}

const table_elements& service_table::elements() {
  changes();
  return all_;
}

std::string service_table::changes() {
  for (auto& name : touched_) {
    auto service = services_.find(name);
    table_elements wanted;
    if (service != services_.end()) {
      std::vector<const endpoint_slice_view*> slices;
      if (auto found = slices_of_.find(name); found != slices_of_.end())
        for (auto& slice : found->second) slices.push_back(&slices_[slice]);
      wanted = service_elements(service->second, slices, options_);
    }
    auto& made = made_[name];
    take_back(made);
    give(wanted);
    if (wanted.empty()) made_.erase(name);
    else made = std::move(wanted);
  }
  touched_.clear();
  std::string removals, additions;
  for (auto& [map, known] : before_) {
    element_map removed, added;
    auto& elements = all_[map];
    for (auto& [element, value] : known) {
      auto now = elements.find(element);
      const std::string& after = now == elements.end() ? absent : now->second;
      if (after == value) continue;
      if (value != absent) {
        removed[element] = value;
        if (auto flow = flow_of(element, value); flow && map.ends_with("backends")) stale_.push_back(*flow);
      }
      if (after != absent) added[element] = after;
    }
    removals += element_command("delete", map, removed, false);
    additions += element_command("add", map, added, true);
  }
  before_.clear();
  return removals + additions;
}

} // namespace troupe
