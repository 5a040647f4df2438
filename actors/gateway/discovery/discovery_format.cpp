#include "actors/gateway/discovery/discovery_format.hpp"
#include <algorithm>
#include <nlohmann/json.hpp>
#include "messages/kind.hpp"

namespace troupe::gateway {
namespace {

using json = nlohmann::ordered_json;

template <class Words>
json list_of(const Words& words) {
  json list = json::array();
  for (auto& word : words) list.push_back(word);
  return list;
}

std::string group_version(std::string_view group, std::string_view version) {
  return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}

json group_entry(std::string_view group) {
  json entry, versions = json::array();
  for (auto version : served_versions(group)) versions.push_back({{"groupVersion", group_version(group, version)}, {"version", version}});
  entry["name"] = group;
  entry["versions"] = versions;
  entry["preferredVersion"] = versions[0];
  return entry;
}

void add_resources(json& list, const kind_row& row) {
  json entry;
  entry["name"] = row.plural;
  entry["singularName"] = row.singular;
  entry["namespaced"] = row.namespaced;
  entry["kind"] = row.kind;
  entry["verbs"] = list_of(row.verbs);
  if (!row.short_names.empty()) entry["shortNames"] = list_of(row.short_names);
  if (!row.categories.empty()) entry["categories"] = list_of(row.categories);
  list.push_back(entry);
  for (auto& part : row.subresources) {
    json inner;
    inner["name"] = std::string(row.plural) + "/" + std::string(part.name);
    inner["singularName"] = "";
    inner["namespaced"] = row.namespaced;
    if (part.group != row.group || part.version != row.version) {
      if (!part.group.empty()) inner["group"] = part.group;
      inner["version"] = part.version;
    }
    inner["kind"] = part.kind;
    inner["verbs"] = list_of(part.verbs);
    list.push_back(inner);
  }
}

json kind_entry(std::string_view group, std::string_view version, std::string_view kind) {
  json entry;
  entry["group"] = group;
  entry["version"] = version;
  entry["kind"] = kind;
  return entry;
}

json aggregated_resource(const kind_row& row) {
  json entry;
  entry["resource"] = row.plural;
  entry["responseKind"] = kind_entry("", "", row.kind);
  entry["scope"] = row.namespaced ? "Namespaced" : "Cluster";
  entry["singularResource"] = row.singular;
  entry["verbs"] = list_of(row.verbs);
  if (!row.short_names.empty()) entry["shortNames"] = list_of(row.short_names);
  if (!row.categories.empty()) entry["categories"] = list_of(row.categories);
  if (row.subresources.empty()) return entry;
  json parts = json::array();
  for (auto& part : row.subresources) {
    bool own = part.group == row.group && part.version == row.version;
    json inner;
    inner["subresource"] = part.name;
    inner["responseKind"] = own ? kind_entry("", "", part.kind) : kind_entry(part.group, part.version, part.kind);
    inner["verbs"] = list_of(part.verbs);
    parts.push_back(inner);
  }
  entry["subresources"] = parts;
  return entry;
}

json aggregated_group(std::string_view group) {
  json versions = json::array();
  for (auto version : served_versions(group)) {
    json resources = json::array();
    for (auto& row : kinds())
      if (row.group == group && row.version == version) resources.push_back(aggregated_resource(row));
    json entry;
    entry["version"] = version;
    entry["resources"] = resources;
    entry["freshness"] = "Current";
    versions.push_back(entry);
  }
  json entry;
  entry["metadata"] = json::object();
  if (!group.empty()) entry["metadata"]["name"] = group;
  entry["versions"] = versions;
  return entry;
}

} // namespace

std::vector<std::string_view> served_groups() {
  std::vector<std::string_view> groups;
  for (auto& row : kinds())
    if (!row.group.empty() && std::find(groups.begin(), groups.end(), row.group) == groups.end()) groups.push_back(row.group);
  return groups;
}

std::vector<std::string_view> served_versions(std::string_view group) {
  std::vector<std::string_view> versions;
  for (auto& row : kinds())
    if (row.group == group && std::find(versions.begin(), versions.end(), row.version) == versions.end()) versions.push_back(row.version);
  return versions;
}

std::string versions_json(const std::string& server_address) {
  json document;
  document["kind"] = "APIVersions";
  document["versions"] = {"v1"};
  document["serverAddressByClientCIDRs"] = json::array({json{{"clientCIDR", "0.0.0.0/0"}, {"serverAddress", server_address}}});
  return document.dump();
}

std::string groups_json() {
  json document, groups = json::array();
  for (auto group : served_groups()) groups.push_back(group_entry(group));
  document["kind"] = "APIGroupList";
  document["apiVersion"] = "v1";
  document["groups"] = groups;
  return document.dump();
}

std::string group_json(std::string_view group) {
  if (group.empty() || served_versions(group).empty()) return {};
  json document;
  document["kind"] = "APIGroup";
  document["apiVersion"] = "v1";
  document.update(group_entry(group));
  return document.dump();
}

std::string resources_json(std::string_view group, std::string_view version) {
  json resources = json::array();
  for (auto& row : kinds())
    if (row.group == group && row.version == version) add_resources(resources, row);
  if (resources.empty()) return {};
  json document;
  document["kind"] = "APIResourceList";
  if (!group.empty()) document["apiVersion"] = "v1";
  document["groupVersion"] = group_version(group, version);
  document["resources"] = resources;
  return document.dump();
}

std::string aggregated_json(bool core, std::string_view version) {
  json document, items = json::array();
  if (core) items.push_back(aggregated_group(""));
  else
    for (auto group : served_groups()) items.push_back(aggregated_group(group));
  document["kind"] = "APIGroupDiscoveryList";
  document["apiVersion"] = "apidiscovery.k8s.io/" + std::string(version);
  document["metadata"] = json::object();
  document["items"] = items;
  return document.dump();
}

std::string root_json(const std::vector<std::string>& more) {
  std::vector<std::string> paths{"/.well-known/openid-configuration", "/api", "/api/v1", "/apis", "/apis/", "/healthz", "/livez", "/metrics",
                                 "/openapi/v3", "/openapi/v3/", "/openid/v1/jwks", "/readyz", "/version"};
  for (auto group : served_groups()) {
    paths.push_back("/apis/" + std::string(group));
    for (auto version : served_versions(group)) paths.push_back("/apis/" + group_version(group, version));
  }
  paths.insert(paths.end(), more.begin(), more.end());
  std::sort(paths.begin(), paths.end());
  json document;
  document["paths"] = paths;
  return document.dump();
}

} // namespace troupe::gateway
