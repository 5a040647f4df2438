// ConfigMap, Secret, ServiceAccount.
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/json_check.hpp"
#include "messages/api/core/v1/config.pb.h"
#include "messages/api/core/v1/service.pb.h"

namespace troupe::gateway {
namespace {

constexpr size_t data_bytes_max = 1 << 20;
constexpr std::string_view frozen = "field is immutable when `immutable` is set";

template <class Entries>
bool same_entries(const Entries& left, const Entries& right) {
  if (left.size() != right.size()) return false;
  for (int i = 0; i < left.size(); ++i)
    if (left.Get(i).key() != right.Get(i).key() || left.Get(i).value() != right.Get(i).value()) return false;
  return true;
}

class config_map_strategy final : public kind_strategy<core::ConfigMap> {
public:
  void check(verb_context&, const core::ConfigMap& map, causes& found) const override {
    size_t bytes = 0;
    for (auto& entry : map.data()) {
      field_path path = field_path("data").at(entry.key());
      add_problems(found, path, entry.key(), config_key_problems(entry.key()));
      if (find_entry(map.binarydata(), entry.key()))
        add_invalid(found, path, entry.key(), "duplicate of key present in binaryData");
      bytes += entry.value().size();
    }
    for (auto& entry : map.binarydata()) {
      add_problems(found, field_path("binaryData").at(entry.key()), entry.key(), config_key_problems(entry.key()));
      bytes += entry.value().size();
    }
    if (bytes > data_bytes_max) add_too_long(found, "[]", data_bytes_max);
  }
  void check_update(verb_context& context, const core::ConfigMap& map, const core::ConfigMap& before,
                    causes& found) const override {
    if (before.immutable()) {
      if (!map.immutable()) add_forbidden(found, "immutable", frozen);
      if (!same_entries(map.data(), before.data())) add_forbidden(found, "data", frozen);
      if (!same_entries(map.binarydata(), before.binarydata())) add_forbidden(found, "binaryData", frozen);
    }
    check(context, map, found);
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto map = shown.as<core::ConfigMap>();
    row.cells = {map->metadata().name(), int64_t{map->data_size() + map->binarydata_size()}, age_of(*map, wall_ns)};
  }
};

class secret_strategy final : public kind_strategy<core::Secret> {
public:
  void defaults(core::Secret& secret) const override {
    for (auto& entry : secret.stringdata()) entry_of(secret.mutable_data(), entry.key())->set_value(entry.value());
    secret.clear_stringdata();
    if (secret.type().empty()) secret.set_type("Opaque");
  }

  void check(verb_context&, const core::Secret& secret, causes& found) const override {
    size_t bytes = 0;
    for (auto& entry : secret.data()) {
      add_problems(found, field_path("data").at(entry.key()), entry.key(), config_key_problems(entry.key()));
      bytes += entry.value().size();
    }
    if (bytes > data_bytes_max) add_too_long(found, "data", data_bytes_max);
    auto& type = secret.type();
    auto required = [&](std::string_view key) {
      if (!find_entry(secret.data(), key)) add_required(found, field_path("data").at(key));
    };
    if (type == "kubernetes.io/service-account-token") {
      auto* name = find_entry(secret.metadata().annotations(), "kubernetes.io/service-account.name");
      if (!name || name->value().empty())
        add_required(found, (field_path("metadata") / "annotations").at("kubernetes.io/service-account.name"));
    } else if (type == "kubernetes.io/dockercfg") {
      check_json(found, secret, ".dockercfg");
    } else if (type == "kubernetes.io/dockerconfigjson") {
      check_json(found, secret, ".dockerconfigjson");
    } else if (type == "kubernetes.io/basic-auth") {
      if (!find_entry(secret.data(), "username") && !find_entry(secret.data(), "password"))
        required("username"), required("password");
    } else if (type == "kubernetes.io/ssh-auth") {
      required("ssh-privatekey");
    } else if (type == "kubernetes.io/tls") {
      required("tls.crt"), required("tls.key");
    }
  }

  void prepare_update(verb_context&, core::Secret& secret, const core::Secret& before) const override {
    if (secret.type().empty()) secret.set_type(before.type());
  }

  void check_update(verb_context& context, const core::Secret& secret, const core::Secret& before,
                    causes& found) const override {
    if (secret.type() != before.type()) add_invalid(found, "type", secret.type(), "field is immutable");
    if (before.immutable()) {
      if (!secret.immutable()) add_forbidden(found, "immutable", frozen);
      if (!same_entries(secret.data(), before.data())) add_forbidden(found, "data", frozen);
    }
    check(context, secret, found);
  }

  void warn_about(verb_context& context, const core::Secret& secret, const core::Secret*) const override {
    if (secret.type() != "kubernetes.io/tls") return;
    auto* certificate = find_entry(secret.data(), "tls.crt");
    if (certificate && certificate->value().find("-----BEGIN ") == std::string::npos)
      context.warnings.emplace_back(std::string_view("tls: failed to find any PEM data in certificate input"));
  }

  std::span<const std::string_view> field_labels() const override { return labels_.labels(); }
  std::string field_value(const object& shown, std::string_view label) const override {
    return labels_.value(shown, label);
  }
  std::string unknown_field_label(std::string_view label) const override {
    return "field label not supported: " + std::string(label);
  }

  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto secret = shown.as<core::Secret>();
    row.cells = {secret->metadata().name(), secret->type(), int64_t{secret->data_size()}, age_of(*secret, wall_ns)};
  }

private:
  static void check_json(causes& found, const core::Secret& secret, std::string_view key) {
    field_path path = field_path("data").at(key);
    auto* entry = find_entry(secret.data(), key);
    if (!entry) return add_required(found, path);
    std::string wrong = json_error(entry->value());
    if (!wrong.empty()) add_invalid(found, path, "<secret contents redacted>", wrong);
  }
  field_labels_of labels_{"k8s.io.api.core.v1.Secret", {{"type", {}}}};
};

class service_account_strategy final : public kind_strategy<core::ServiceAccount> {};

}  // namespace

void add_core_strategies(strategy_table& table) {
  enter<config_map_strategy>(table, "k8s.io.api.core.v1.ConfigMap");
  enter<secret_strategy>(table, "k8s.io.api.core.v1.Secret");
  enter<service_account_strategy>(table, "k8s.io.api.core.v1.ServiceAccount");
  add_namespace_strategies(table);
}

}  // namespace troupe::gateway
