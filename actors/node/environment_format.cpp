#include "actors/node/environment_format.hpp"
#include <algorithm>
#include "actors/node/resource_format.hpp"

namespace troupe {
namespace {

using string_entries = google::protobuf::RepeatedPtrField<StringEntry>;

const std::string* entry(const string_entries& entries, const std::string& key) {
  for (auto& e : entries)
    if (e.key() == key) return &e.value();
  return nullptr;
}

status missing(const std::string& text) {
  status s;
  s.code = 404;
  s.message = text;
  return s;
}

std::string upper_name(const std::string& name) {
  std::string to = name;
  std::replace(to.begin(), to.end(), '-', '_');
  std::transform(to.begin(), to.end(), to.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return to;
}

/// As Docker's links and Kubernetes' own variables.
void add_service(const core::Service& service, std::map<std::string, std::string>& to) {
  auto& spec = service.spec();
  if (spec.clusterip().empty() || spec.clusterip() == "None" || spec.ports_size() == 0) return;
  auto name = upper_name(service.metadata().name());
  auto& address = spec.clusterip();
  to[name + "_SERVICE_HOST"] = address;
  to[name + "_SERVICE_PORT"] = std::to_string(spec.ports(0).port());
  for (int i = 0; i < spec.ports_size(); ++i) {
    auto& port = spec.ports(i);
    auto number = std::to_string(port.port());
    auto protocol = port.protocol().empty() ? std::string("TCP") : port.protocol();
    auto lower = protocol;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    auto url = lower + "://" + address + ":" + number;
    if (!port.name().empty()) to[name + "_SERVICE_PORT_" + upper_name(port.name())] = number;
    if (i == 0) to[name + "_PORT"] = url;
    auto prefix = name + "_PORT_" + number + "_" + upper_name(protocol);
    to[prefix] = url;
    to[prefix + "_PROTO"] = lower;
    to[prefix + "_PORT"] = number;
    to[prefix + "_ADDR"] = address;
  }
}

struct writer {
  const core::Pod& pod;
  const core::Container& container;
  const pod_objects& objects;
  const environment_facts& facts;
  std::vector<std::string> order;
  std::map<std::string, std::string> values;
  std::string failure;

  void set(const std::string& name, std::string value) {
    if (!values.count(name)) order.push_back(name);
    values[name] = std::move(value);
  }
  bool fail(std::string text) {
    failure = std::move(text);
    return false;
  }
  bool from(const core::EnvFromSource& source);
  bool variable(const core::EnvVar& variable);
  bool config_map_key(const core::ConfigMapKeySelector& wanted, std::string& value, bool& there);
  bool secret_key(const core::SecretKeySelector& wanted, std::string& value, bool& there);
};

bool writer::from(const core::EnvFromSource& source) {
  if (source.has_configmapref()) {
    auto& name = source.configmapref().localobjectreference().name();
    auto found = objects.config_maps.find(name);
    if (found == objects.config_maps.end())
      return source.configmapref().optional() || fail("configmap \"" + name + "\" not found");
    for (auto& e : found->second->data()) set(source.prefix() + e.key(), e.value());
  }
  if (source.has_secretref()) {
    auto& name = source.secretref().localobjectreference().name();
    auto found = objects.secrets.find(name);
    if (found == objects.secrets.end()) return source.secretref().optional() || fail("secret \"" + name + "\" not found");
    for (auto& e : found->second->data()) set(source.prefix() + e.key(), e.value());
  }
  return true;
}

bool writer::config_map_key(const core::ConfigMapKeySelector& wanted, std::string& value, bool& there) {
  auto& name = wanted.localobjectreference().name();
  auto found = objects.config_maps.find(name);
  if (found == objects.config_maps.end()) return wanted.optional() || fail("configmap \"" + name + "\" not found");
  auto* text = entry(found->second->data(), wanted.key());
  if (!text)
    return wanted.optional() || fail("couldn't find key " + wanted.key() + " in ConfigMap " + pod.metadata().namespace_() + "/" + name);
  value = *text;
  return there = true;
}

bool writer::secret_key(const core::SecretKeySelector& wanted, std::string& value, bool& there) {
  auto& name = wanted.localobjectreference().name();
  auto found = objects.secrets.find(name);
  if (found == objects.secrets.end()) return wanted.optional() || fail("secret \"" + name + "\" not found");
  for (auto& e : found->second->data())
    if (e.key() == wanted.key()) {
      value = e.value();
      return there = true;
    }
  return wanted.optional() || fail("couldn't find key " + wanted.key() + " in Secret " + pod.metadata().namespace_() + "/" + name);
}

bool writer::variable(const core::EnvVar& variable) {
  if (!variable.has_valuefrom()) {
    set(variable.name(), expand(variable.value(), values));
    return true;
  }
  auto& from = variable.valuefrom();
  std::string value;
  bool there = true;
  if (from.has_fieldref()) {
    if (!field_value(pod, from.fieldref().fieldpath(), facts, value)) return fail("unsupported fieldPath: " + from.fieldref().fieldpath());
  } else if (from.has_resourcefieldref()) {
    auto* of = &container;
    for (auto& other : pod.spec().containers())
      if (other.name() == from.resourcefieldref().containername()) of = &other;
    value = resource_field(*of, from.resourcefieldref(), facts.node_cpu_milli, facts.node_memory_bytes);
  } else if (from.has_configmapkeyref()) {
    there = false;
    if (!config_map_key(from.configmapkeyref(), value, there)) return false;
  } else if (from.has_secretkeyref()) {
    there = false;
    if (!secret_key(from.secretkeyref(), value, there)) return false;
  } else {
    return fail("environment variable " + variable.name() + " has a source that this node does not know");
  }
  if (there) set(variable.name(), std::move(value));
  return true;
}

} // namespace

std::string expand(std::string_view text, const std::map<std::string, std::string>& known) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '$' && at + 1 < text.size()) {
      if (text[at + 1] == '$') {
        out += '$';
        at += 2;
        continue;
      }
      if (text[at + 1] == '(') {
        auto end = text.find(')', at + 2);
        if (end != std::string_view::npos) {
          auto found = known.find(std::string(text.substr(at + 2, end - at - 2)));
          out += found == known.end() ? std::string(text.substr(at, end - at + 1)) : found->second;
          at = end + 1;
          continue;
        }
      }
    }
    out += text[at++];
  }
  return out;
}

bool field_value(const core::Pod& pod, const std::string& path, const environment_facts& facts, std::string& value) {
  auto& m = pod.metadata();
  auto subscript = [&](const char* prefix, const string_entries& entries) {
    std::string start = std::string(prefix) + "['";
    if (!path.starts_with(start) || !path.ends_with("']")) return false;
    auto* text = entry(entries, path.substr(start.size(), path.size() - start.size() - 2));
    value = text ? *text : "";
    return true;
  };
  auto all = [&](const string_entries& entries) { // as downward API files show them
    for (auto& e : entries) {
      std::string quoted;
      for (char c : e.value()) {
        if (c == '"' || c == '\\') quoted += '\\';
        if (c == '\n') quoted += "\\n"; else quoted += c;
      }
      value += (value.empty() ? "" : "\n") + e.key() + "=\"" + quoted + "\"";
    }
    return true;
  };
  auto joined = [](const std::vector<std::string>& list) {
    std::string text;
    for (auto& one : list) text += (text.empty() ? "" : ",") + one;
    return text;
  };
  value.clear();
  if (path == "metadata.name") return value = m.name(), true;
  if (path == "metadata.namespace") return value = m.namespace_(), true;
  if (path == "metadata.uid") return value = m.uid(), true;
  if (path == "metadata.labels") return all(m.labels());
  if (path == "metadata.annotations") return all(m.annotations());
  if (path == "spec.nodeName") return value = pod.spec().nodename(), true;
  if (path == "spec.serviceAccountName") return value = pod.spec().serviceaccountname(), true;
  if (path == "status.hostIP" || path == "status.hostIPs") return value = facts.host_address, true;
  if (path == "status.podIP") return value = facts.pod_addresses.empty() ? "" : facts.pod_addresses.front(), true;
  if (path == "status.podIPs") return value = joined(facts.pod_addresses), true;
  return subscript("metadata.labels", m.labels()) || subscript("metadata.annotations", m.annotations());
}

result<environment> environment_of(const core::Pod& pod, const core::Container& container, const pod_objects& objects,
                                   const environment_facts& facts) {
  writer w{pod, container, objects, facts, {}, {}, {}};
  std::map<std::string, std::string> services;
  for (auto& service : objects.services) add_service(service, services);
  for (auto& [name, value] : services) w.set(name, value);
  for (auto& source : container.envfrom())
    if (!w.from(source)) return missing(w.failure);
  for (auto& variable : container.env())
    if (!w.variable(variable)) return missing(w.failure);
  environment out;
  for (auto& name : w.order) out.emplace_back(name, w.values[name]);
  return out;
}

} // namespace troupe
