#include "actors/gateway/filters/node_authorizer.hpp"
#include <algorithm>
#include "messages/api/core/v1/pod.pb.h"
#include "messages/object.hpp"

namespace core = k8s::io::api::core::v1;

namespace troupe::gateway {
namespace {

access_answer no(std::string why) { return {false, std::move(why)}; }
access_answer yes() { return {true, {}}; }

bool reads(const std::string& verb) { return verb == "get" || verb == "list" || verb == "watch"; }

bool environment_names(const core::Container& container, bool secret, const std::string& name) {
  for (auto& source : container.envfrom())
    if ((secret ? source.secretref().localobjectreference().name() : source.configmapref().localobjectreference().name()) == name) return true;
  for (auto& variable : container.env()) {
    auto& from = variable.valuefrom();
    if ((secret ? from.secretkeyref().localobjectreference().name() : from.configmapkeyref().localobjectreference().name()) == name) return true;
  }
  return false;
}

bool volume_names(const core::Volume& volume, bool secret, const std::string& name) {
  auto& source = volume.volumesource();
  if (secret ? source.secret().secretname() == name : source.configmap().localobjectreference().name() == name) return true;
  for (auto& part : source.projected().sources())
    if ((secret ? part.secret().localobjectreference().name() : part.configmap().localobjectreference().name()) == name) return true;
  return false;
}

bool refers_to(const core::PodSpec& spec, const std::string& plural, const std::string& name) {
  if (plural == "serviceaccounts") return spec.serviceaccountname() == name;
  auto volumes = spec.volumes();
  if (plural == "persistentvolumeclaims")
    return std::any_of(volumes.begin(), volumes.end(), [&](auto& volume) { return volume.volumesource().persistentvolumeclaim().claimname() == name; });
  bool secret = plural == "secrets";
  if (secret && std::any_of(spec.imagepullsecrets().begin(), spec.imagepullsecrets().end(), [&](auto& reference) { return reference.name() == name; })) return true;
  if (std::any_of(volumes.begin(), volumes.end(), [&](auto& volume) { return volume_names(volume, secret, name); })) return true;
  auto names = [&](auto& container) { return environment_names(container, secret, name); };
  return std::any_of(spec.containers().begin(), spec.containers().end(), names) ||
         std::any_of(spec.initcontainers().begin(), spec.initcontainers().end(), names);
}

/// Some pod of the node refers to the object.
bool related(const std::string& node, const access_question& asked, const roots& state) {
  std::vector<object_ptr> pods;
  bool more = false;
  (void)state.list({find_kind("", "v1", "pods"), asked.space}, pods, more);
  return std::any_of(pods.begin(), pods.end(), [&](const object_ptr& object) {
    if (object->bytes().find(node) == std::string_view::npos) return false; // spares most a parse
    auto pod = object->as<core::Pod>();
    return pod->spec().nodename() == node && refers_to(pod->spec(), asked.plural, asked.name);
  });
}

access_answer authorize_related(const std::string& node, const access_question& asked, const roots& state) {
  if (!reads(asked.verb)) return no("can only read resources of this type");
  if (!asked.subresource.empty()) return no("cannot read subresource");
  if (asked.name.empty()) return no("No Object name found");
  if (related(node, asked, state)) return yes();
  return no("no relationship found between node '" + node + "' and this object");
}

access_answer authorize_lease(const std::string& node, const access_question& asked) {
  if (asked.space != "kube-node-lease") return no("can only access leases in the \"kube-node-lease\" system namespace");
  constexpr std::string_view allowed[] = {"get", "create", "update", "patch", "delete"};
  if (std::find(std::begin(allowed), std::end(allowed), asked.verb) == std::end(allowed))
    return no("can only get, create, update, patch, or delete a node lease");
  if (asked.verb != "create" && asked.name != node) return no("can only access node lease with the same name as the requesting node");
  return yes();
}

access_answer authorize_own_node(const std::string& node, const access_question& asked) {
  if (reads(asked.verb) && asked.subresource.empty()) {
    if (asked.name == node) return yes();
    if (asked.verb == "get") return no("node '" + node + "' cannot read '" + asked.name + "', only its own Node object");
    return no("node '" + node + "' cannot read all nodes, only its own Node object");
  }
  if (asked.verb == "create" || asked.verb == "update" || asked.verb == "patch") return yes(); // admission looks at the name
  return {};
}

access_answer authorize_pod(const std::string& node, const access_question& asked, const roots& state) {
  if (asked.verb == "list" || asked.verb == "watch") {
    if (asked.field_selector == "spec.nodeName=" + node || asked.field_selector == "spec.nodeName==" + node) return yes();
    return no("can only list/watch pods with spec.nodeName field selector");
  }
  if (asked.verb == "get") {
    auto object = state.get(*find_kind("", "v1", "pods"), asked.space, asked.name);
    if (object && object->as<core::Pod>()->spec().nodename() == node) return yes();
    return no("no relationship found between node '" + node + "' and this object");
  }
  bool own = (asked.subresource.empty() && (asked.verb == "create" || asked.verb == "delete")) ||
             (asked.subresource == "status" && (asked.verb == "patch" || asked.verb == "update")) ||
             (asked.subresource == "eviction" && asked.verb == "create");
  return own ? yes() : access_answer{}; // admission looks at the pod
}

access_answer authorize_core(const std::string& node, const access_question& asked, const roots& state) {
  if (asked.plural == "secrets" || asked.plural == "configmaps" || asked.plural == "persistentvolumeclaims") {
    if (asked.plural == "persistentvolumeclaims" && asked.subresource == "status") return {};
    return authorize_related(node, asked, state);
  }
  if (asked.plural == "serviceaccounts") {
    if (asked.subresource == "token" && asked.verb == "create")
      return related(node, asked, state) ? yes() : no("no relationship found between node '" + node + "' and this object");
    return authorize_related(node, asked, state);
  }
  if (asked.plural == "nodes") return authorize_own_node(node, asked);
  if (asked.plural == "pods") return authorize_pod(node, asked, state);
  if ((asked.plural == "services" || asked.plural == "namespaces") && reads(asked.verb)) return yes(); // the proxy's and DNS's
  if (asked.plural == "events") return asked.verb == "create" || asked.verb == "patch" || asked.verb == "update" ? yes() : access_answer{};
  return {};
}

} // namespace

std::string node_of(const user_info& user) {
  constexpr std::string_view prefix = "system:node:";
  if (!user.name.starts_with(prefix)) return {};
  if (std::find(user.groups.begin(), user.groups.end(), "system:nodes") == user.groups.end()) return {};
  return user.name.substr(prefix.size());
}

access_answer authorize_node(const std::string& node, const access_question& asked, const roots& state) {
  if (!asked.resource) return {};
  if (asked.group.empty()) return authorize_core(node, asked, state);
  if (asked.group == "coordination.k8s.io" && asked.plural == "leases") return authorize_lease(node, asked);
  if (asked.group == "events.k8s.io" && asked.plural == "events") return reads(asked.verb) ? access_answer{} : yes();
  bool reviews = asked.group == "authentication.k8s.io" || asked.group == "authorization.k8s.io";
  if (reviews && asked.verb == "create") return yes();
  if (asked.group == "discovery.k8s.io" && asked.plural == "endpointslices" && reads(asked.verb)) return yes(); // the proxy's
  if (asked.group == "node.k8s.io" && asked.plural == "runtimeclasses" && reads(asked.verb)) return yes();
  if (asked.group == "storage.k8s.io" && asked.plural == "csidrivers" && reads(asked.verb)) return yes();
  if (asked.group == "storage.k8s.io" && asked.plural == "csinodes" && asked.verb != "list" && asked.verb != "watch")
    return asked.verb == "create" || asked.name == node ? yes() : no("can only access CSINode with the same name as the requesting node");
  return {};
}

} // namespace troupe::gateway
