#include "actors/gateway/discovery/openapi_format.hpp"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>
#include <google/protobuf/descriptor.h>
#include "actors/gateway/discovery/discovery_format.hpp"
#include "messages/api/options.pb.h"
#include "messages/kind.hpp"
#include "messages/type_table.hpp"

namespace troupe::gateway {
namespace {

using json = nlohmann::ordered_json;

/// "k8s.io.api.core.v1.Pod" -> "io.k8s.api.core.v1.Pod".
std::string schema_name(const type_table& table) {
  std::string name(table.descriptor->full_name());
  return name.starts_with("k8s.io.") ? "io.k8s." + name.substr(7) : name;
}

json reference(const type_table& table) { return {{"$ref", "#/components/schemas/" + schema_name(table)}}; }

/// Types that a document needs, each made once; `wanted` grows while they are made.
class schema_writer {
public:
  void want(const type_table& table) {
    if (known_.insert(schema_name(table)).second) wanted_.push_back(&table);
  }

  json write() {
    json schemas = json::object();
    for (size_t at = 0; at < wanted_.size(); ++at) schemas[schema_name(*wanted_[at])] = object_schema(*wanted_[at]);
    return schemas;
  }

private:
  json scalar(const field_table& field) {
    switch (field.kind) {
    case value_kind::boolean: return {{"type", "boolean"}};
    case value_kind::int32: return {{"type", "integer"}, {"format", "int32"}};
    case value_kind::int64: return {{"type", "integer"}, {"format", "int64"}};
    case value_kind::real: return {{"type", "number"}, {"format", "double"}};
    case value_kind::bytes: return {{"type", "string"}, {"format", "byte"}};
    case value_kind::time:
    case value_kind::micro_time: return {{"type", "string"}, {"format", "date-time"}};
    case value_kind::quantity: return {{"oneOf", json::array({json{{"type", "string"}}, json{{"type", "number"}}})}};
    case value_kind::int_or_string:
      return {{"format", "int-or-string"}, {"oneOf", json::array({json{{"type", "integer"}}, json{{"type", "string"}}})}};
    case value_kind::raw: return {{"type", "object"}};
    case value_kind::string_list: return {{"type", "array"}, {"items", {{"type", "string"}}}};
    case value_kind::schema_or_bool:
    case value_kind::schema_or_array:
    case value_kind::schema_or_strings: return json::object();
    case value_kind::object: want(*field.type); return reference(*field.type);
    default: return {{"type", "string"}};
    }
  }

  json property(const field_table& field) {
    if (field.map) {
      json value = scalar(field.type->fields[1]);
      return {{"type", "object"}, {"additionalProperties", value}};
    }
    json one = scalar(field);
    if (field.repeated) {
      json list{{"type", "array"}, {"items", one}};
      add_list_rules(list, field);
      return list;
    }
    if (field.kind == value_kind::object) return {{"allOf", json::array({one})}};
    return one;
  }

  void add_list_rules(json& list, const field_table& field) {
    auto& rules = field.field->options().GetExtension(troupe::field);
    if (rules.key_size()) list["x-kubernetes-list-map-keys"] = std::vector<std::string>(rules.key().begin(), rules.key().end());
    if (rules.has_list()) {
      constexpr const char* names[] = {"", "atomic", "set", "map"};
      list["x-kubernetes-list-type"] = names[rules.list()];
    }
    if (!rules.patch_key().empty()) list["x-kubernetes-patch-merge-key"] = rules.patch_key();
    bool merges = std::find(rules.patch().begin(), rules.patch().end(), troupe::Field::MERGE) != rules.patch().end();
    if (merges) list["x-kubernetes-patch-strategy"] = "merge";
  }

  void add_fields(const type_table& table, json& properties, std::vector<std::string>& required) {
    for (auto& field : table.fields) {
      if (field.inlined) {
        add_fields(*field.type, properties, required);
        continue;
      }
      if (field.name == "-") continue;
      properties[std::string(field.name)] = property(field);
      if (field.field->options().GetExtension(troupe::field).required()) required.emplace_back(field.name);
    }
  }

  json object_schema(const type_table& table) {
    if (table.kind != value_kind::object) {
      field_table self;
      self.kind = table.kind;
      return scalar(self);
    }
    json properties = json::object();
    std::vector<std::string> required;
    if (table.metadata || is_list(table)) properties["apiVersion"] = properties["kind"] = {{"type", "string"}};
    add_fields(table, properties, required);
    json schema;
    schema["type"] = "object";
    if (!required.empty()) schema["required"] = required;
    schema["properties"] = properties;
    json types = json::array();
    for (auto& row : kinds()) {
      bool own = row.message == table.descriptor->full_name();
      bool list = std::string(row.message) + "List" == table.descriptor->full_name();
      if (own || list) types.push_back({{"group", row.group}, {"kind", std::string(row.kind) + (list ? "List" : "")}, {"version", row.version}});
    }
    if (!types.empty()) schema["x-kubernetes-group-version-kind"] = types;
    return schema;
  }

  static bool is_list(const type_table& table) { return table.name.ends_with("List") && table.field("items") && table.field("metadata"); }

  std::set<std::string> known_;
  std::vector<const type_table*> wanted_;
};

json query_parameter(const char* name, const char* type) {
  return {{"name", name}, {"in", "query"}, {"schema", {{"type", type}, {"uniqueItems", true}}}};
}

json path_parameter(const char* name) {
  return {{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}, {"uniqueItems", true}}}};
}

json content_of(const json& schema) {
  json content;
  for (auto* type : {"application/json", "application/vnd.kubernetes.protobuf", "application/yaml"}) content[type]["schema"] = schema;
  return {{"content", content}};
}

json operation(const kind_row& row, const char* action, const json& answer, bool body) {
  json made;
  made["operationId"] = std::string(action) + std::string(row.group) + std::string(row.version) + std::string(row.kind);
  json parameters = json::array();
  std::string_view verb(action);
  bool writes = verb == "post" || verb == "put" || verb == "patch";
  if (writes || verb == "delete") parameters.push_back(query_parameter("dryRun", "string"));
  if (writes) {
    parameters.push_back(query_parameter("fieldManager", "string"));
    parameters.push_back(query_parameter("fieldValidation", "string"));
  }
  if (!parameters.empty()) made["parameters"] = parameters;
  if (body) made["requestBody"] = content_of(answer);
  if (verb == "patch") {
    json content;
    for (auto* type : {"application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json"})
      content[type]["schema"] = {{"type", "object"}};
    made["requestBody"] = {{"content", content}, {"required", true}};
  }
  made["responses"]["200"] = content_of(answer);
  made["x-kubernetes-action"] = action;
  made["x-kubernetes-group-version-kind"] = {{"group", row.group}, {"version", row.version}, {"kind", row.kind}};
  return made;
}

void add_paths(json& paths, const kind_row& row, schema_writer& schemas) {
  std::string base = row.group.empty() ? "/api/v1" : "/apis/" + std::string(row.group) + "/" + std::string(row.version);
  std::string collection = base + (row.namespaced ? "/namespaces/{namespace}/" : "/") + std::string(row.plural);
  schemas.want(row.table());
  auto answer = reference(row.table());
  auto* list = find_table(row.group, row.version, std::string(row.kind) + "List");
  if (list) schemas.want(*list);
  json many, one;
  if (row.can("list") && list) many["get"] = operation(row, "list", reference(*list), false);
  if (row.can("create")) many["post"] = operation(row, "post", answer, true);
  if (row.can("get")) one["get"] = operation(row, "get", answer, false);
  if (row.can("update")) one["put"] = operation(row, "put", answer, true);
  if (row.can("delete")) one["delete"] = operation(row, "delete", answer, false);
  if (row.can("patch")) one["patch"] = operation(row, "patch", answer, false);
  json place = row.namespaced ? json::array({path_parameter("namespace")}) : json::array();
  if (!many.empty()) {
    many["parameters"] = place;
    paths[collection] = many;
  }
  if (one.empty()) return;
  place.push_back(path_parameter("name"));
  one["parameters"] = place;
  paths[collection + "/{name}"] = one;
}

} // namespace

std::string openapi_index() {
  json paths;
  auto add = [&](const std::string& key) { paths[key]["serverRelativeURL"] = "/openapi/v3/" + key; };
  add("api/v1");
  for (auto group : served_groups())
    for (auto version : served_versions(group)) add("apis/" + std::string(group) + "/" + std::string(version));
  return json{{"paths", paths}}.dump();
}

std::string openapi_document(std::string_view key) {
  json paths = json::object();
  schema_writer schemas;
  for (auto& row : kinds()) {
    std::string own = row.group.empty() ? "api/v1" : "apis/" + std::string(row.group) + "/" + std::string(row.version);
    if (own == key) add_paths(paths, row, schemas);
  }
  if (paths.empty()) return {};
  json document;
  document["openapi"] = "3.0.0";
  document["info"] = {{"title", "Kubernetes"}, {"version", "v1.37.2"}};
  document["paths"] = paths;
  document["components"]["schemas"] = schemas.write();
  return document.dump();
}

} // namespace troupe::gateway
