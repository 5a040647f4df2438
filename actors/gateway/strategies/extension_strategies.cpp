// CustomResourceDefinition, APIService, StorageVersionMigration.
#include <set>
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "messages/api/apiextensions/v1.pb.h"
#include "messages/api/apiregistration/v1.pb.h"
#include "messages/api/storagemigration/v1.pb.h"

namespace troupe::gateway {
namespace {

namespace extensions = k8s::io::apiextensions_apiserver::pkg::apis::apiextensions::v1;
namespace registration = k8s::io::kube_aggregator::pkg::apis::apiregistration::v1;
namespace migration = k8s::io::api::storagemigration::v1;
using extensions::CustomResourceDefinition;
const field_path spec_path = "spec";

std::string lower(std::string text) {
  for (char& letter : text)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return text;
}

class definition_strategy final : public kind_strategy<CustomResourceDefinition> {
public:
  void defaults(CustomResourceDefinition& definition) const override {
    auto& spec = *definition.mutable_spec();
    auto& names = *spec.mutable_names();
    if (names.singular().empty()) names.set_singular(lower(names.kind()));
    if (names.listkind().empty() && !names.kind().empty()) names.set_listkind(names.kind() + "List");
    if (!spec.has_conversion()) spec.mutable_conversion()->set_strategy("None");
    if (spec.conversion().webhook().clientconfig().has_service() &&
        !spec.conversion().webhook().clientconfig().service().has_port())
      spec.mutable_conversion()->mutable_webhook()->mutable_clientconfig()->mutable_service()->set_port(443);
  }
  void prepare_create(verb_context&, CustomResourceDefinition& definition) const override {
    definition.clear_status();
    for (auto& version : definition.spec().versions())
      if (version.storage()) {
        definition.mutable_status()->add_storedversions(version.name());
        break;
      }
  }
  void check(verb_context&, const CustomResourceDefinition& definition, causes& found) const override {
    auto& spec = definition.spec();
    if (definition.metadata().name() != spec.names().plural() + "." + spec.group())
      add_invalid(found, field_path("metadata") / "name", definition.metadata().name(),
                  "must be spec.names.plural+\".\"+spec.group");
    if (spec.group().empty())
      add_required(found, spec_path / "group");
    else if (auto wrong = dns_subdomain_problems(spec.group()); !wrong.empty())
      add_problems(found, spec_path / "group", spec.group(), wrong);
    else if (spec.group().find('.') == std::string::npos)
      add_invalid(found, spec_path / "group", spec.group(), "should be a domain with at least one dot");
    if (spec.scope().empty())
      add_required(found, spec_path / "scope");
    else if (!is_one_of(spec.scope(), {"Cluster", "Namespaced"}))
      add_not_supported(found, spec_path / "scope", spec.scope(), {"Cluster", "Namespaced"});
    check_versions(found, spec);
    if (spec.preserveunknownfields())
      add_invalid_json(
          found, spec_path / "preserveUnknownFields", "true",
          "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead");
    check_names(found, spec_path / "names", spec.names());
  }
  void check_update(verb_context& context, const CustomResourceDefinition& now, const CustomResourceDefinition& before,
                    causes& found) const override {
    if (context.subresource == "status") return;
    check(context, now, found);
    auto fixed = [&](const field_path& path, const std::string& value, const std::string& old) {
      if (value != old) add_invalid(found, path, value, "field is immutable");
    };
    bool established = false;
    for (auto& condition : before.status().conditions())
      established = established || (condition.type() == "Established" && condition.status() == "True");
    if (established) {
      fixed(spec_path / "scope", now.spec().scope(), before.spec().scope());
      fixed(spec_path / "names" / "kind", now.spec().names().kind(), before.spec().names().kind());
    }
    fixed(spec_path / "group", now.spec().group(), before.spec().group());
    fixed(spec_path / "names" / "plural", now.spec().names().plural(), before.spec().names().plural());
  }
  void print(const object& shown, int64_t, table_row& row) const override {
    auto definition = shown.as<CustomResourceDefinition>();
    auto& spec = definition->spec();
    std::string versions, names;
    for (auto& version : spec.versions())
      versions.append(versions.empty() ? "" : ",").append(version.name()).append(version.storage() ? "(storage)" : "");
    for (auto& name : spec.names().shortnames()) names.append(names.empty() ? "" : ",").append(name);
    bool established = false;
    for (auto& condition : definition->status().conditions())
      established = established || (condition.type() == "Established" && condition.status() == "True");
    row.cells = {definition->metadata().name(), spec.scope(), versions,   created_at(*definition), spec.group(),
                 spec.names().kind(),           names,        established};
  }

private:
  static void check_versions(causes& found, const extensions::CustomResourceDefinitionSpec& spec) {
    field_path path = spec_path / "versions";
    int stored = 0;
    std::set<std::string> names;
    bool unique = true;
    for (int i = 0; i < spec.versions_size(); ++i) {
      auto& version = spec.versions(i);
      stored += version.storage();
      unique = names.insert(version.name()).second && unique;
      add_problems(found, path[i] / "name", version.name(), dns_label_1035_problems(version.name()));
      if (!version.schema().has_openapiv3schema())
        add_required(found, path[i] / "schema" / "openAPIV3Schema");
      else
        check_schema(found, spec_path / "validation" / "openAPIV3Schema", version.schema().openapiv3schema());
    }
    if (!unique) add_invalid_json(found, path, "null", "must contain unique version names");
    if (stored != 1) add_invalid_json(found, path, "null", "must have exactly one version marked as storage version");
  }
  static void check_schema(causes& found, const field_path& path, const extensions::JSONSchemaProps& schema) {
    if (schema.xkuberneteslisttype() == "map" && schema.xkuberneteslistmapkeys().empty())
      add_required(found, path / "x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
    for (auto& entry : schema.properties()) check_schema(found, (path / "properties").at(entry.key()), entry.value());
    if (schema.has_items() && schema.items().has_schema()) check_schema(found, path / "items", schema.items().schema());
  }
  static void check_names(causes& found, const field_path& path,
                          const extensions::CustomResourceDefinitionNames& names) {
    if (names.plural().empty())
      add_required(found, path / "plural");
    else
      add_problems(found, path / "plural", names.plural(), dns_label_1035_problems(names.plural()));
    if (!names.singular().empty())
      add_problems(found, path / "singular", names.singular(), dns_label_1035_problems(names.singular()));
    if (names.kind().empty())
      add_required(found, path / "kind");
    else
      add_problems(found, path / "kind", names.kind(), dns_label_1035_problems(lower(names.kind())));
    for (int i = 0; i < names.shortnames_size(); ++i)
      add_problems(found, (path / "shortNames")[i], names.shortnames(i), dns_label_1035_problems(names.shortnames(i)));
    if (!names.listkind().empty())
      add_problems(found, path / "listKind", names.listkind(), dns_label_1035_problems(lower(names.listkind())));
    if (!names.kind().empty() && names.listkind() == names.kind())
      add_invalid(found, path / "listKind", names.listkind(), "kind and listKind may not be the same");
  }
};

class service_strategy final : public kind_strategy<registration::APIService> {
public:
  std::vector<std::string> name_problems(std::string_view, bool) const override {
    return {};
  }  // follows from the spec: see check
  void defaults(registration::APIService& service) const override {
    if (service.spec().has_service() && !service.spec().service().has_port())
      service.mutable_spec()->mutable_service()->set_port(443);
  }
  void prepare_create(verb_context&, registration::APIService& service) const override {
    service.clear_status();
    if (service.spec().has_service()) return;
    auto& condition = *service.mutable_status()->add_conditions();  // served by this server itself
    condition.set_type("Available");
    condition.set_status("True");
    condition.set_reason("Local");
    condition.set_message("Local APIServices are always available");
  }
  void check(verb_context&, const registration::APIService& service, causes& found) const override {
    auto& spec = service.spec();
    std::string wanted = spec.version() + "." + spec.group();
    if (service.metadata().name() != wanted)
      add_invalid(found, field_path("metadata") / "name", service.metadata().name(),
                  "must be `spec.version+\".\"+spec.group`: " + quoted(wanted));
    if (!spec.group().empty())
      add_problems(found, spec_path / "group", spec.group(), dns_subdomain_problems(spec.group()));
    add_problems(found, spec_path / "version", spec.version(), dns_label_1035_problems(spec.version()));
    if (spec.grouppriorityminimum() <= 0 || spec.grouppriorityminimum() > 20000)
      add_invalid(found, spec_path / "groupPriorityMinimum", spec.grouppriorityminimum(),
                  "must be positive and less than 20000");
    if (spec.versionpriority() <= 0 || spec.versionpriority() > 1000)
      add_invalid(found, spec_path / "versionPriority", spec.versionpriority(), "must be positive and less than 1000");
    if (!spec.has_service()) {
      if (!spec.cabundle().empty())
        add_invalid(found, spec_path / "caBundle", std::to_string(spec.cabundle().size()) + " bytes",
                    "local APIServices may not have a caBundle");
      if (spec.insecureskiptlsverify())
        add_invalid_json(found, spec_path / "insecureSkipTLSVerify", "true",
                         "local APIServices may not have insecureSkipTLSVerify");
      return;
    }
    if (spec.service().namespace_().empty()) add_required(found, spec_path / "service" / "namespace");
    if (spec.service().name().empty()) add_required(found, spec_path / "service" / "name");
    if (spec.insecureskiptlsverify() && !spec.cabundle().empty())
      add_invalid_json(found, spec_path / "insecureSkipTLSVerify", "true", "may not be true if caBundle is present");
  }
  void check_update(verb_context& context, const registration::APIService& now, const registration::APIService&,
                    causes& found) const override {
    if (context.subresource != "status") check(context, now, found);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto service = shown.as<registration::APIService>();
    std::string state = "Unknown";
    for (auto& condition : service->status().conditions())
      if (condition.type() == "Available")
        state = condition.status() == "True" ? "True" : condition.status() + " (" + condition.reason() + ")";
    row.cells = {service->metadata().name(),
                 service->spec().has_service()
                     ? service->spec().service().namespace_() + "/" + service->spec().service().name()
                     : "Local",
                 state, age_of(*service, wall_ns)};
  }
};

class migration_strategy final : public kind_strategy<migration::StorageVersionMigration> {
public:
  void prepare_create(verb_context&, migration::StorageVersionMigration& one) const override { one.clear_status(); }
  void print(const object& shown, int64_t, table_row& row) const override {
    auto one = shown.as<migration::StorageVersionMigration>();
    auto& resource = one->spec().resource();
    std::string state = "Pending";
    for (auto& condition : one->status().conditions())
      if (condition.status() == "True") state = condition.type();
    row.cells = {one->metadata().name(), resource.resource() + (resource.group().empty() ? "" : "." + resource.group()), state};
  }
};

}  // namespace

void add_extension_strategies(strategy_table& table) {
  enter<definition_strategy>(table,
                             "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition");
  enter<service_strategy>(table, "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIService");
  enter<migration_strategy>(table, "k8s.io.api.storagemigration.v1.StorageVersionMigration");
  add_flow_strategies(table);
}

}  // namespace troupe::gateway
