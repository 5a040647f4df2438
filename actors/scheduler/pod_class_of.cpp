#include "actors/scheduler/pod_class_of.hpp"
#include <algorithm>
#include "messages/api/apps/v1.pb.h"
#include "messages/api/core/v1/controller.pb.h"
#include "messages/api/core/v1/namespace.pb.h"
#include "messages/api/core/v1/node.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/core/v1/service.pb.h"
#include "messages/quantity.hpp"
#include "messages/selectors.hpp"

namespace troupe::scheduling {

namespace core = k8s::io::api::core::v1;
namespace apps = k8s::io::api::apps::v1;
namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

namespace {

// Labels that are different for every pod of a set would give each a class of its own; no selector worth scheduling by
// reads them.
bool tells_pods_apart(const std::string& key) {
  return key == "statefulset.kubernetes.io/pod-name" || key == "apps.kubernetes.io/pod-index" ||
         key == "batch.kubernetes.io/job-completion-index";
}

comparison comparison_of(const std::string& text) {
  if (text == "In") return comparison::in;
  if (text == "NotIn") return comparison::not_in;
  if (text == "DoesNotExist") return comparison::absent;
  if (text == "Gt") return comparison::greater;
  if (text == "Lt") return comparison::less;
  return comparison::exists;
}

effect effect_of(const std::string& text) {
  if (text == "NoSchedule") return effect::no_schedule;
  if (text == "PreferNoSchedule") return effect::prefer_no_schedule;
  if (text == "NoExecute") return effect::no_execute;
  return effect::any;
}

template <class Requirement>
requirement read_requirement(const Requirement& from, dictionary& words) {
  requirement made;
  made.key = words.intern(from.key());
  made.how = comparison_of(from.operator_());
  for (const auto& value : from.values()) made.values.push_back(words.intern(value));
  if (made.how == comparison::greater || made.how == comparison::less)
    made.number = from.values().empty() ? 0 : words.number(made.values[0]).value_or(0);
  return made;
}

pod_selector read_selector(bool present, const meta::LabelSelector& from, dictionary& words) {
  pod_selector made;
  made.nothing = !present;
  for (const auto& entry : from.matchlabels())
    made.all.push_back({words.intern(entry.key()), comparison::in, {words.intern(entry.value())}, 0});
  for (const auto& each : from.matchexpressions()) made.all.push_back(read_requirement(each, words));
  return made;
}

/// matchLabelKeys: the pod's own values of these labels are required too.
template <class Keys>
void add_label_keys(pod_selector& to, const Keys& keys, const core::Pod& pod, comparison how, dictionary& words) {
  for (const auto& key : keys)
    for (const auto& label : pod.metadata().labels())
      if (label.key() == key) to.all.push_back({words.intern(key), how, {words.intern(label.value())}, 0});
}

std::vector<object_ptr> all_of(std::string_view group, std::string_view plural, std::string_view space, const roots& state) {
  std::vector<object_ptr> found;
  const auto* kind = find_kind(group, "v1", plural);
  bool more = false;
  list_range range;
  range.kind = kind;
  range.space = space;
  if (!kind || !state.list(range, found, more).ok()) found.clear();
  return found;
}

pod_term read_pod_term(const core::PodAffinityTerm& from, const core::Pod& pod, const roots& state, dictionary& words) {
  pod_term made;
  made.key = words.intern(from.topologykey());
  made.selects = read_selector(from.has_labelselector(), from.labelselector(), words);
  add_label_keys(made.selects, from.matchlabelkeys(), pod, comparison::in, words);
  add_label_keys(made.selects, from.mismatchlabelkeys(), pod, comparison::not_in, words);
  for (const auto& space : from.namespaces()) made.spaces.push_back(words.intern(space));
  if (from.has_namespaceselector()) {
    auto selector = label_selector::of(from.namespaceselector());
    if (selector.has_value())
      for (const auto& space : all_of("", "namespaces", "", state))
        if (selector->matches(*space)) made.spaces.push_back(words.intern(space->name()));
  } else if (made.spaces.empty()) {
    made.spaces.push_back(words.intern(pod.metadata().namespace_()));
  }
  std::sort(made.spaces.begin(), made.spaces.end());
  made.spaces.erase(std::unique(made.spaces.begin(), made.spaces.end()), made.spaces.end());
  return made;
}

node_term read_node_term(const core::NodeSelectorTerm& from, dictionary& words) {
  node_term made;
  for (const auto& each : from.matchexpressions()) made.labels.push_back(read_requirement(each, words));
  for (const auto& each : from.matchfields()) made.fields.push_back(read_requirement(each, words));
  return made;
}

void read_affinity(const core::Pod& pod, const roots& state, dictionary& words, pod_class& to) {
  const auto& affinity = pod.spec().affinity();
  const auto& node = affinity.nodeaffinity();
  if (node.has_requiredduringschedulingignoredduringexecution()) {
    to.has_required = true;
    for (const auto& term : node.requiredduringschedulingignoredduringexecution().nodeselectorterms())
      to.required.push_back(read_node_term(term, words));
  }
  for (const auto& each : node.preferredduringschedulingignoredduringexecution())
    to.preferred.push_back({each.weight(), read_node_term(each.preference(), words)});
  const auto& together = affinity.podaffinity();
  const auto& apart = affinity.podantiaffinity();
  for (const auto& term : together.requiredduringschedulingignoredduringexecution())
    to.affinity.push_back(read_pod_term(term, pod, state, words));
  for (const auto& term : apart.requiredduringschedulingignoredduringexecution())
    to.anti_affinity.push_back(read_pod_term(term, pod, state, words));
  for (const auto& each : together.preferredduringschedulingignoredduringexecution())
    to.preferences.push_back({each.weight(), read_pod_term(each.podaffinityterm(), pod, state, words)});
  for (const auto& each : apart.preferredduringschedulingignoredduringexecution())
    to.preferences.push_back({-each.weight(), read_pod_term(each.podaffinityterm(), pod, state, words)});
}

/// The selector that the system's default constraints count with: of the Services and the controller that select the pod.
pod_selector default_selector(const core::Pod& pod, const roots& state, dictionary& words) {
  pod_selector made;
  const auto& space = pod.metadata().namespace_();
  auto label = [&](const std::string& key) {
    for (const auto& entry : pod.metadata().labels())
      if (entry.key() == key) return &entry.value();
    return static_cast<const std::string*>(nullptr);
  };
  for (const auto& object : all_of("", "services", space, state)) {
    auto service = object->as<core::Service>();
    const auto& wanted = service->spec().selector();
    bool selects = !wanted.empty() && std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
      const auto* value = label(entry.key());
      return value && *value == entry.value();
    });
    if (selects)
      for (const auto& entry : wanted) made.all.push_back({words.intern(entry.key()), comparison::in, {words.intern(entry.value())}, 0});
  }
  for (const auto& owner : pod.metadata().ownerreferences()) {
    if (!owner.controller()) continue;
    auto add = [&](const meta::LabelSelector& selector) {
      auto read = read_selector(true, selector, words);
      made.all.insert(made.all.end(), read.all.begin(), read.all.end());
    };
    auto find = [&](std::string_view plural) { return state.get(*find_kind("apps", "v1", plural), space, owner.name()); };
    if (owner.kind() == "ReplicaSet") {
      if (auto set = find("replicasets")) add(set->as<apps::ReplicaSet>()->spec().selector());
    } else if (owner.kind() == "StatefulSet") {
      if (auto set = find("statefulsets")) add(set->as<apps::StatefulSet>()->spec().selector());
    } else if (owner.kind() == "ReplicationController") {
      if (auto controller = state.get(*find_kind("", "v1", "replicationcontrollers"), space, owner.name())) {
        auto decoded = controller->as<core::ReplicationController>();
        for (const auto& entry : decoded->spec().selector())
          made.all.push_back({words.intern(entry.key()), comparison::in, {words.intern(entry.value())}, 0});
      }
    }
  }
  std::sort(made.all.begin(), made.all.end());
  made.all.erase(std::unique(made.all.begin(), made.all.end()), made.all.end());
  return made;
}

void read_spread(const core::Pod& pod, const roots& state, dictionary& words, pod_class& to) {
  for (const auto& from : pod.spec().topologyspreadconstraints()) {
    spread made;
    made.max_skew = from.maxskew();
    made.key = words.intern(from.topologykey());
    made.selects = read_selector(from.has_labelselector(), from.labelselector(), words);
    add_label_keys(made.selects, from.matchlabelkeys(), pod, comparison::in, words);
    made.min_domains = from.has_mindomains() ? from.mindomains() : 1;
    made.honor_affinity = from.nodeaffinitypolicy() != "Ignore";
    made.honor_taints = from.nodetaintspolicy() == "Honor";
    (from.whenunsatisfiable() == "ScheduleAnyway" ? to.soft : to.hard).push_back(std::move(made));
  }
  if (!to.soft.empty() || !to.hard.empty()) return;
  auto selects = default_selector(pod, state, words);
  if (selects.empty()) return;
  to.default_spread = true;
  to.soft = {{3, words.intern("kubernetes.io/hostname"), selects, 1, true, false},
             {5, words.intern("topology.kubernetes.io/zone"), selects, 1, true, false}};
}

uint8_t protocol_of(const std::string& text) { return text == "UDP" ? 1 : text == "SCTP" ? 2 : 0; }

void read_containers(const core::Pod& pod, dictionary& words, pod_class& to) {
  auto image = [&](const std::string& name) {
    auto slash = name.rfind('/');
    bool tagged = name.find(':', slash == std::string::npos ? 0 : slash) != std::string::npos;
    to.images.push_back(words.intern(tagged ? name : name + ":latest"));
  };
  auto ports = [&](const core::Container& container) {
    for (const auto& port : container.ports()) {
      if (port.hostport() <= 0) continue;
      bool all = port.hostip().empty() || port.hostip() == "0.0.0.0" || port.hostip() == "::";
      to.ports.push_back({all ? 0 : words.intern(port.hostip()), protocol_of(port.protocol()), static_cast<uint16_t>(port.hostport())});
    }
  };
  for (const auto& container : pod.spec().containers()) {
    image(container.image());
    ports(container);
  }
  for (const auto& container : pod.spec().initcontainers()) {
    image(container.image());
    if (container.restartpolicy() == "Always") ports(container);
  }
}

} // namespace

pod_class class_of(const core::Pod& pod, const roots& state, dictionary& words) {
  pod_class made;
  made.space = words.intern(pod.metadata().namespace_());
  for (const auto& entry : pod.metadata().labels())
    if (!tells_pods_apart(entry.key())) made.labels.push_back({words.intern(entry.key()), words.intern(entry.value())});
  std::sort(made.labels.begin(), made.labels.end());
  auto requests = requests_of(pod);
  made.cpu_milli = requests.cpu_milli;
  made.memory_bytes = requests.memory_bytes;
  made.ephemeral_bytes = requests.ephemeral_bytes;
  made.nonzero_cpu_milli = requests.nonzero_cpu_milli;
  made.nonzero_memory_bytes = requests.nonzero_memory_bytes;
  for (const auto& [name, value] : requests.scalars) made.scalars.push_back({words.intern(name), value});
  for (const auto& each : pod.spec().tolerations())
    made.tolerations.push_back({words.intern(each.key()), words.intern(each.value()), each.operator_() == "Exists", effect_of(each.effect())});
  for (const auto& entry : pod.spec().nodeselector())
    made.node_selector.push_back({words.intern(entry.key()), comparison::in, {words.intern(entry.value())}, 0});
  read_affinity(pod, state, words, made);
  read_spread(pod, state, words, made);
  read_containers(pod, words, made);
  return made;
}

node_facts facts_of(const core::Node& node, dictionary& words) {
  node_facts made;
  made.name = words.intern(node.metadata().name());
  for (const auto& entry : node.metadata().labels()) made.labels.push_back({words.intern(entry.key()), words.intern(entry.value())});
  std::sort(made.labels.begin(), made.labels.end());
  for (const auto& each : node.spec().taints())
    made.taints.push_back({words.intern(each.key()), words.intern(each.value()), effect_of(each.effect())});
  made.unschedulable = node.spec().unschedulable();
  made.max_pods = 0;
  for (const auto& entry : node.status().allocatable()) {
    auto amount = quantity::parse_or_zero(entry.value().string());
    if (entry.key() == "cpu") made.cpu_milli = amount.milli_value();
    else if (entry.key() == "memory") made.memory_bytes = amount.value();
    else if (entry.key() == "ephemeral-storage") made.ephemeral_bytes = amount.value();
    else if (entry.key() == "pods") made.max_pods = static_cast<int32_t>(amount.value());
    else made.scalars.push_back({words.intern(entry.key()), amount.value()});
  }
  for (const auto& image : node.status().images())
    for (const auto& name : image.names()) made.images.push_back({words.intern(name), image.sizebytes()});
  return made;
}

} // namespace troupe::scheduling
