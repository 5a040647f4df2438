#include "actors/node/volume_plan.hpp"
#include <algorithm>
#include "actors/node/resource_format.hpp"
#include "messages/quantity.hpp"

namespace troupe {
namespace {

status failure(const std::string& volume, const std::string& why) {
  status s;
  s.message = "MountVolume.SetUp failed for volume \"" + volume + "\" : " + why;
  return s;
}

struct planner {
  const core::Pod& pod;
  const pod_objects& objects;
  const volume_facts& facts;
  volume_plan out;
  std::string why; // of the failure

  int64_t group() const {
    auto& context = pod.spec().securitycontext();
    return context.has_fsgroup() ? context.fsgroup() : -1;
  }
  bool fail(std::string text) {
    why = std::move(text);
    return false;
  }
  template <class Entries>
  bool add_data(const Entries& data, const google::protobuf::RepeatedPtrField<core::KeyToPath>& items, int mode, bool optional,
                const std::string& what, host_tree& tree);
  bool config_map(const std::string& name, const google::protobuf::RepeatedPtrField<core::KeyToPath>& items, int mode,
                  bool optional, host_tree& tree);
  bool secret(const std::string& name, const google::protobuf::RepeatedPtrField<core::KeyToPath>& items, int mode,
              bool optional, host_tree& tree);
  bool downward(const google::protobuf::RepeatedPtrField<core::DownwardAPIVolumeFile>& items, int mode, host_tree& tree);
  bool token(const core::ServiceAccountTokenProjection& wanted, int mode, host_tree& tree);
  bool projected(const core::ProjectedVolumeSource& source, host_tree& tree);
  bool empty_dir(const core::Volume& volume, const std::string& path);
  bool volume(const core::Volume& volume);
};

/// All keys, or the chosen ones under their paths.
template <class Entries>
bool planner::add_data(const Entries& data, const google::protobuf::RepeatedPtrField<core::KeyToPath>& items, int mode,
                       bool optional, const std::string& what, host_tree& tree) {
  if (items.empty()) {
    for (auto& entry : data) tree.files.push_back({entry.key(), entry.value(), mode});
    return true;
  }
  for (auto& item : items) {
    auto found = std::find_if(data.begin(), data.end(), [&](auto& entry) { return entry.key() == item.key(); });
    if (found == data.end()) {
      if (optional) continue;
      return fail(what + " references non-existent " + (what.starts_with("secret") ? "secret" : "config") + " key: " + item.key());
    }
    tree.files.push_back({item.path(), found->value(), item.has_mode() ? item.mode() : mode});
  }
  return true;
}

bool planner::config_map(const std::string& name, const google::protobuf::RepeatedPtrField<core::KeyToPath>& items, int mode,
                         bool optional, host_tree& tree) {
  auto found = objects.config_maps.find(name);
  if (found == objects.config_maps.end()) return optional || fail("configmap \"" + name + "\" not found");
  if (items.empty()) {
    add_data(found->second->data(), items, mode, optional, "configmap", tree);
    return add_data(found->second->binarydata(), items, mode, optional, "configmap", tree);
  }
  for (auto& item : items) { // a key is in one of the two
    google::protobuf::RepeatedPtrField<core::KeyToPath> one;
    *one.Add() = item;
    auto& binary = found->second->binarydata();
    bool in_binary = std::any_of(binary.begin(), binary.end(), [&](auto& entry) { return entry.key() == item.key(); });
    if (in_binary ? !add_data(binary, one, mode, optional, "configmap", tree)
                  : !add_data(found->second->data(), one, mode, optional, "configmap", tree))
      return false;
  }
  return true;
}

bool planner::secret(const std::string& name, const google::protobuf::RepeatedPtrField<core::KeyToPath>& items, int mode,
                     bool optional, host_tree& tree) {
  auto found = objects.secrets.find(name);
  if (found == objects.secrets.end()) return optional || fail("secret \"" + name + "\" not found");
  return add_data(found->second->data(), items, mode, optional, "secret", tree);
}

bool planner::downward(const google::protobuf::RepeatedPtrField<core::DownwardAPIVolumeFile>& items, int mode, host_tree& tree) {
  for (auto& item : items) {
    std::string value;
    if (item.has_fieldref()) {
      if (!field_value(pod, item.fieldref().fieldpath(), facts.environment, value))
        return fail("unsupported fieldPath: " + item.fieldref().fieldpath());
    } else {
      for (auto& container : pod.spec().containers())
        if (container.name() == item.resourcefieldref().containername())
          value = resource_field(container, item.resourcefieldref(), facts.environment.node_cpu_milli, facts.environment.node_memory_bytes);
    }
    tree.files.push_back({item.path(), value, item.has_mode() ? item.mode() : mode});
  }
  return true;
}

bool planner::token(const core::ServiceAccountTokenProjection& wanted, int mode, host_tree& tree) {
  object_wish wish{object_wish::kind::token, pod.spec().serviceaccountname().empty() ? "default" : pod.spec().serviceaccountname(),
                   wanted.audience(), wanted.has_expirationseconds() ? wanted.expirationseconds() : 3600};
  auto found = objects.tokens.find(wish.key());
  if (found == objects.tokens.end()) {
    auto reason = objects.failures.find(wish.key());
    return fail("failed to fetch token: " + (reason == objects.failures.end() ? "not there" : reason->second));
  }
  // Tokens are private to the user that runs the pod; with a group or a user of its own it must be able to read them.
  bool shared = pod.spec().securitycontext().has_fsgroup();
  for (auto& container : pod.spec().containers())
    if (container.securitycontext().has_runasuser() || pod.spec().securitycontext().has_runasuser()) shared = true;
  tree.files.push_back({wanted.path(), found->second, shared ? mode : mode & ~0077});
  return true;
}

bool planner::projected(const core::ProjectedVolumeSource& source, host_tree& tree) {
  int mode = source.has_defaultmode() ? source.defaultmode() : 0644;
  for (auto& part : source.sources()) {
    bool done = part.has_configmap() ? config_map(part.configmap().localobjectreference().name(), part.configmap().items(), mode, part.configmap().optional(), tree)
              : part.has_secret() ? secret(part.secret().localobjectreference().name(), part.secret().items(), mode, part.secret().optional(), tree)
              : part.has_downwardapi() ? downward(part.downwardapi().items(), mode, tree)
              : part.has_serviceaccounttoken() ? token(part.serviceaccounttoken(), mode, tree)
                                               : fail("this node does not know this projection");
    if (!done) return false;
  }
  return true;
}

bool planner::empty_dir(const core::Volume& volume, const std::string& path) {
  auto& source = volume.volumesource().emptydir();
  host_place place;
  place.path = path;
  place.mode = 0777;
  place.group = group();
  place.memory = source.medium() == "Memory";
  if (source.has_sizelimit()) place.size_limit_bytes = quantity::parse_or_zero(source.sizelimit().string()).value();
  out.host.places.push_back(std::move(place));
  return true;
}

bool planner::volume(const core::Volume& volume) {
  auto& source = volume.volumesource();
  if (source.has_hostpath()) {
    host_place place;
    place.path = source.hostpath().path();
    place.kind = source.hostpath().type();
    place.inside = false;
    out.paths[volume.name()] = place.path;
    out.host.places.push_back(std::move(place));
    return true;
  }
  auto path = out.host.directory + "/volumes/" + volume.name();
  out.paths[volume.name()] = path;
  if (source.has_emptydir()) return empty_dir(volume, path);
  host_tree tree;
  tree.directory = path;
  tree.group = group();
  out.changes = true;
  bool done = false;
  if (source.has_configmap()) {
    auto& from = source.configmap();
    done = config_map(from.localobjectreference().name(), from.items(), from.has_defaultmode() ? from.defaultmode() : 0644, from.optional(), tree);
  } else if (source.has_secret()) {
    auto& from = source.secret();
    tree.memory = true;
    done = secret(from.secretname(), from.items(), from.has_defaultmode() ? from.defaultmode() : 0644, from.optional(), tree);
  } else if (source.has_downwardapi()) {
    auto& from = source.downwardapi();
    done = downward(from.items(), from.has_defaultmode() ? from.defaultmode() : 0644, tree);
  } else if (source.has_projected()) {
    tree.memory = true;
    done = projected(source.projected(), tree);
  } else {
    return fail("this node does not know this type of volume");
  }
  out.host.trees.push_back(std::move(tree));
  return done;
}

} // namespace

std::string pod_log_directory(const std::string& data_directory, std::string_view space, std::string_view name, std::string_view uid) {
  return data_directory + "/logs/pods/" + std::string(space) + "_" + std::string(name) + "_" + std::string(uid);
}

host_pod pod_place(const core::Pod& pod, const volume_facts& facts) {
  host_pod host;
  auto& m = pod.metadata();
  host.directory = facts.data_directory + "/pods/" + m.uid();
  host.log_directory = pod_log_directory(facts.data_directory, m.namespace_(), m.name(), m.uid());
  host.cgroup = pod_cgroup(pod, facts.cgroup_parent);
  return host;
}

result<volume_plan> plan_volumes(const core::Pod& pod, const pod_objects& objects, const volume_facts& facts) {
  planner p{pod, objects, facts, {}, {}};
  p.out.host = pod_place(pod, facts);
  auto folder = [&](const std::string& path) {
    host_place place;
    place.path = path;
    p.out.host.places.push_back(std::move(place));
  };
  folder(p.out.host.directory + "/volumes");
  auto of_container = [&](const core::Container& container) {
    folder(p.out.host.directory + "/containers/" + container.name());
    folder(p.out.host.log_directory + "/" + container.name());
  };
  for (auto& container : pod.spec().initcontainers()) of_container(container);
  for (auto& container : pod.spec().containers()) of_container(container);
  for (auto& volume : pod.spec().volumes())
    if (!p.volume(volume)) return failure(volume.name(), p.why);
  return std::move(p.out);
}

std::string termination_file(const host_pod& host, const std::string& container, uint32_t attempt) {
  return host.directory + "/containers/" + container + "/" + std::to_string(attempt);
}

std::string hosts_file(const host_pod& host) { return host.directory + "/etc-hosts"; }

std::string host_name_of(const core::Pod& pod) {
  auto name = pod.spec().hostname().empty() ? pod.metadata().name() : pod.spec().hostname();
  if (name.size() > 63) name.resize(63);
  while (!name.empty() && (name.back() == '-' || name.back() == '.')) name.pop_back();
  return name;
}

std::string hosts_content(const core::Pod& pod, const std::vector<std::string>& addresses, const std::string& domain) {
  std::string text = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
                     "fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n";
  auto name = host_name_of(pod);
  for (auto& address : addresses) {
    text += address + "\t";
    if (!pod.spec().subdomain().empty())
      text += name + "." + pod.spec().subdomain() + "." + pod.metadata().namespace_() + ".svc." + domain + "\t";
    text += name + "\n";
  }
  if (pod.spec().hostaliases_size() > 0) text += "\n# Entries added by HostAliases.\n";
  for (auto& alias : pod.spec().hostaliases()) {
    text += alias.ip();
    for (auto& host : alias.hostnames()) text += "\t" + host;
    text += "\n";
  }
  return text;
}

} // namespace troupe
