#include "actors/controllers/service_backends.hpp"
#include <algorithm>
#include "actors/controllers/controller_tools.hpp"

namespace troupe::controllers {

namespace {

template <class Labels>
bool selects(const core::Service& service, Labels&& label) {
  if (service.spec().selector().empty()) return false;
  return std::all_of(service.spec().selector().begin(), service.spec().selector().end(), [&](const auto& wanted) {
    auto found = label(wanted.key());
    return found.data() && found == wanted.value();
  });
}

bool selects(const core::Service& service, const object& pod) {
  return selects(service, [&](std::string_view key) { return pod.label(key); });
}

/// The number behind a target port; 0: the pod has no port of that name.
int32_t target_of(const core::ServicePort& port, const core::Pod& pod) {
  const auto& target = port.targetport();
  if (target.type() == 0) return target.intval() != 0 ? target.intval() : port.port();
  for (const auto& container : pod.spec().containers())
    for (const auto& named : container.ports())
      if (named.name() == target.strval() && (named.protocol().empty() ? "TCP" : named.protocol()) == port.protocol())
        return named.containerport();
  return 0;
}

} // namespace

bool has_backends(const core::Service& service) {
  return !service.spec().selector().empty() && service.spec().type() != "ExternalName";
}

std::vector<backend> backends_of(const core::Service& service, const pod_index& index) {
  std::vector<backend> backends;
  index.each(service.metadata().namespace_(), [&](const pod_facts& facts) {
    if (facts.ip.empty() || facts.phase == pod_facts::phase::succeeded || facts.phase == pod_facts::phase::failed) return;
    if (!selects(service, *facts.object)) return;
    auto pod = facts.object->as<core::Pod>();
    backend one;
    one.pod = &facts;
    for (const auto& port : service.spec().ports())
      if (int32_t number = target_of(port, *pod))
        one.ports.push_back({port.name(), port.protocol(), port.appprotocol(), number});
    if (one.ports.empty() && !service.spec().ports().empty()) return;
    if (!pod->spec().hostname().empty() && pod->spec().subdomain() == service.metadata().name()) one.hostname = pod->spec().hostname();
    backends.push_back(std::move(one));
  });
  return backends;
}

void services_of_pod(const event& change, const roots& state, std::vector<std::string>& keys) {
  static const kind_row& services = row("", "v1", "services");
  std::vector<object_ptr> all;
  bool more = false;
  list_range range;
  range.kind = &services;
  range.space = change.object->space();
  if (!state.list(range, all, more).ok()) return;
  for (const auto& each : all) {
    auto service = each->as<core::Service>();
    if (selects(*service, *change.object) || (change.previous && selects(*service, *change.previous)))
      keys.push_back(key_of(each->space(), each->name()));
  }
}

} // namespace troupe::controllers
