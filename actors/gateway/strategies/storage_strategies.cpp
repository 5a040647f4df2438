// StorageClass, CSIDriver, CSINode, CSIStorageCapacity, VolumeAttachment, VolumeAttributesClass.
#include <algorithm>
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/storage/v1.pb.h"

namespace troupe::gateway {
namespace {

const field_path spec_path = "spec";

void check_qualified(causes& found, const field_path& path, const std::string& text) {
  if (text.empty()) return add_required(found, path);
  std::string lower = text;
  for (char& letter : lower)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  add_problems(found, path, text, qualified_name_problems(lower));
}

class storage_class_strategy final : public kind_strategy<storage::StorageClass> {
public:
  void defaults(storage::StorageClass& storage) const override {
    if (!storage.has_reclaimpolicy()) storage.set_reclaimpolicy("Delete");
    if (!storage.has_volumebindingmode()) storage.set_volumebindingmode("Immediate");
  }
  void check(verb_context&, const storage::StorageClass& storage, causes& found) const override {
    check_qualified(found, "provisioner", storage.provisioner());
    size_t bytes = 0;
    for (auto& entry : storage.parameters()) {
      if (entry.key().empty()) add_invalid(found, "parameters", entry.key(), "field can not be empty.");
      bytes += entry.key().size() + entry.value().size();
    }
    if (bytes > 256 << 10) add_too_long(found, "parameters", 256 << 10);
    if (!is_one_of(storage.reclaimpolicy(), {"Delete", "Retain"}))
      add_not_supported(found, "reclaimPolicy", storage.reclaimpolicy(), {"Delete", "Retain"});
    if (!is_one_of(storage.volumebindingmode(), {"Immediate", "WaitForFirstConsumer"}))
      add_not_supported(found, "volumeBindingMode", storage.volumebindingmode(), {"Immediate", "WaitForFirstConsumer"});
  }
  void check_update(verb_context&, const storage::StorageClass& now, const storage::StorageClass& before,
                    causes& found) const override {
    if (now.provisioner() != before.provisioner()) add_invalid_json(found, "provisioner", "null", "field is immutable");
    bool same_parameters = now.parameters_size() == before.parameters_size();
    for (int i = 0; same_parameters && i < now.parameters_size(); ++i)
      same_parameters = same(now.parameters(i), before.parameters(i));
    if (!same_parameters) add_forbidden(found, "parameters", "updates to parameters are forbidden.");
    if (now.reclaimpolicy() != before.reclaimpolicy())
      add_forbidden(found, "reclaimPolicy", "updates to reclaimPolicy are forbidden.");
    if (now.volumebindingmode() != before.volumebindingmode())
      add_invalid(found, "volumeBindingMode", now.volumebindingmode(), "field is immutable");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto one = shown.as<storage::StorageClass>();
    row.cells = {one->metadata().name(),
                 one->provisioner(),
                 one->has_reclaimpolicy() ? one->reclaimpolicy() : "Delete",
                 one->has_volumebindingmode() ? one->volumebindingmode() : "<unset>",
                 one->allowvolumeexpansion(),
                 age_of(*one, wall_ns)};
  }
};

class driver_strategy final : public kind_strategy<storage::CSIDriver> {
public:
  void defaults(storage::CSIDriver& driver) const override {
    auto& spec = *driver.mutable_spec();
    if (!spec.has_attachrequired()) spec.set_attachrequired(true);
    if (!spec.has_podinfoonmount()) spec.set_podinfoonmount(false);
    if (!spec.has_storagecapacity()) spec.set_storagecapacity(false);
    if (!spec.has_fsgrouppolicy()) spec.set_fsgrouppolicy("ReadWriteOnceWithFSType");
    if (spec.volumelifecyclemodes().empty()) spec.add_volumelifecyclemodes("Persistent");
    if (!spec.has_requiresrepublish()) spec.set_requiresrepublish(false);
    if (!spec.has_selinuxmount()) spec.set_selinuxmount(false);
    if (!spec.has_preventpodschedulingifmissing()) spec.set_preventpodschedulingifmissing(false);
  }
  void check(verb_context&, const storage::CSIDriver& driver, causes& found) const override {
    auto& spec = driver.spec();
    auto& name = driver.metadata().name();
    if (name.size() > 63) add_too_long(found, "name", 63);
    for (int i = 0; i < spec.volumelifecyclemodes_size(); ++i)
      if (!is_one_of(spec.volumelifecyclemodes(i), {"Ephemeral", "Persistent"}))
        add_not_supported(found, spec_path / "volumeLifecycleModes", spec.volumelifecyclemodes(i),
                          {"Ephemeral", "Persistent"});
    if (!is_one_of(spec.fsgrouppolicy(), {"ReadWriteOnceWithFSType", "File", "None"}))
      add_not_supported(found, spec_path / "fsGroupPolicy", spec.fsgrouppolicy(),
                        {"ReadWriteOnceWithFSType", "File", "None"});
    for (int i = 0; i < spec.tokenrequests_size(); ++i) {
      for (int j = 0; j < i; ++j)
        if (spec.tokenrequests(j).audience() == spec.tokenrequests(i).audience())
          add_duplicate(found, (spec_path / "tokenRequests")[i] / "audience", spec.tokenrequests(i).audience());
      if (spec.tokenrequests(i).has_expirationseconds() && spec.tokenrequests(i).expirationseconds() < 600)
        add_invalid(found, (spec_path / "tokenRequests")[i] / "expirationSeconds",
                    spec.tokenrequests(i).expirationseconds(), "may not specify a duration less than 10 minutes");
    }
  }
  void warn_about(verb_context& context, const storage::CSIDriver& driver, const storage::CSIDriver*) const override {
    if (driver.spec().tokenrequests_size() && !driver.spec().has_serviceaccounttokeninsecrets())
      context.warnings.emplace_back(
          std::string_view("spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true "
                           "to prevent possible "
                           "logging of tokens in volume attributes"));
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto driver = shown.as<storage::CSIDriver>();
    auto& spec = driver->spec();
    std::string modes, tokens;
    for (auto& mode : spec.volumelifecyclemodes()) modes.append(modes.empty() ? "" : ",").append(mode);
    for (auto& token : spec.tokenrequests()) tokens.append(tokens.empty() ? "" : ",").append(token.audience());
    row.cells = {driver->metadata().name(),
                 !spec.has_attachrequired() || spec.attachrequired(),
                 spec.podinfoonmount(),
                 spec.storagecapacity(),
                 tokens.empty() ? "<unset>" : tokens,
                 spec.requiresrepublish(),
                 modes,
                 age_of(*driver, wall_ns)};
  }
};

class csi_node_strategy final : public kind_strategy<storage::CSINode> {
public:
  void check(verb_context&, const storage::CSINode& node, causes& found) const override {
    for (int i = 0; i < node.spec().drivers_size(); ++i) {
      auto& driver = node.spec().drivers(i);
      field_path path = (spec_path / "drivers")[i];
      if (driver.name().empty())
        add_required(found, path / "name");
      else
        add_problems(found, path / "name", driver.name(), dns_subdomain_problems(driver.name()));
      if (driver.nodeid().empty()) add_required(found, path / "nodeID");
      for (int j = 0; j < i; ++j)
        if (node.spec().drivers(j).name() == driver.name()) add_duplicate(found, path / "name", driver.name());
    }
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto node = shown.as<storage::CSINode>();
    row.cells = {node->metadata().name(), int64_t{node->spec().drivers_size()}, age_of(*node, wall_ns)};
  }
};

class capacity_strategy final : public kind_strategy<storage::CSIStorageCapacity> {
public:
  void defaults(storage::CSIStorageCapacity& capacity) const override { default_marked_fields(capacity); }
  void check(verb_context&, const storage::CSIStorageCapacity& capacity, causes& found) const override {
    add_problems(found, "storageClassName", capacity.storageclassname(),
                 dns_subdomain_problems(capacity.storageclassname()));
  }
  void check_update(verb_context& context, const storage::CSIStorageCapacity& now,
                    const storage::CSIStorageCapacity& before, causes& found) const override {
    check(context, now, found);
    if (now.storageclassname() != before.storageclassname())
      add_invalid(found, "storageClassName", now.storageclassname(), "field is immutable");
  }
  void print(const object& shown, int64_t, table_row& row) const override {
    row.cells = {std::string(shown.name()), created_at(*shown.message())};
  }
};

class attachment_strategy final : public kind_strategy<storage::VolumeAttachment> {
public:
  void prepare_create(verb_context&, storage::VolumeAttachment& attachment) const override {
    attachment.clear_status();
  }
  void check(verb_context&, const storage::VolumeAttachment& attachment, causes& found) const override {
    auto& spec = attachment.spec();
    bool by_name = spec.source().has_persistentvolumename(), inlined = spec.source().has_inlinevolumespec();
    if (by_name == inlined) {
      if (by_name)
        add_forbidden(found, spec_path / "source",
                      "must specify exactly one of inlineVolumeSpec and persistentVolumeName");
      else
        add_required(found, spec_path / "source",
                     "must specify exactly one of inlineVolumeSpec and persistentVolumeName");
    } else if (by_name && spec.source().persistentvolumename().empty()) {
      add_required(found, spec_path / "source" / "persistentVolumeName", "must specify non empty persistentVolumeName");
    }
    add_problems(found, spec_path / "nodeName", spec.nodename(), dns_subdomain_problems(spec.nodename()));
    if (spec.attacher().empty()) add_required(found, spec_path / "attacher");
  }
  void check_update(verb_context& context, const storage::VolumeAttachment& now,
                    const storage::VolumeAttachment& before, causes& found) const override {
    if (context.subresource == "status") return;
    if (!same(now.spec(), before.spec())) add_invalid_json(found, spec_path, shown(now.spec()), "field is immutable");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto attachment = shown.as<storage::VolumeAttachment>();
    auto& spec = attachment->spec();
    row.cells = {attachment->metadata().name(),        spec.attacher(),
                 spec.source().persistentvolumename(), spec.nodename(),
                 attachment->status().attached(),      age_of(*attachment, wall_ns)};
  }
};

class attributes_class_strategy final : public kind_strategy<storage::VolumeAttributesClass> {
public:
  result<nothing> admit_object(verb_context&, storage::VolumeAttributesClass& one,
                               const storage::VolumeAttributesClass* before) const override {
    auto& list = *one.mutable_metadata()->mutable_finalizers();
    if (!before && std::find(list.begin(), list.end(), "kubernetes.io/vac-protection") == list.end())
      one.mutable_metadata()->add_finalizers("kubernetes.io/vac-protection");
    return nothing{};
  }
  void check(verb_context&, const storage::VolumeAttributesClass& one, causes& found) const override {
    check_qualified(found, "driverName", one.drivername());
    if (one.parameters().empty()) add_required(found, "parameters", "must contain at least one key/value pair");
  }
  void check_update(verb_context&, const storage::VolumeAttributesClass& now,
                    const storage::VolumeAttributesClass& before, causes& found) const override {
    if (now.drivername() != before.drivername())
      add_invalid(found, "driverName", now.drivername(), "field is immutable");
    if (shown_entries(now.parameters()) != shown_entries(before.parameters()))
      add_invalid_json(found, "parameters", shown_entries(now.parameters()), "field is immutable");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto one = shown.as<storage::VolumeAttributesClass>();
    std::string name = one->metadata().name();
    row.cells = {name, one->drivername(), age_of(*one, wall_ns)};
  }
};

}  // namespace

void add_storage_strategies(strategy_table& table) {
  enter<storage_class_strategy>(table, "k8s.io.api.storage.v1.StorageClass");
  enter<driver_strategy>(table, "k8s.io.api.storage.v1.CSIDriver");
  enter<csi_node_strategy>(table, "k8s.io.api.storage.v1.CSINode");
  enter<capacity_strategy>(table, "k8s.io.api.storage.v1.CSIStorageCapacity");
  enter<attachment_strategy>(table, "k8s.io.api.storage.v1.VolumeAttachment");
  enter<attributes_class_strategy>(table, "k8s.io.api.storage.v1.VolumeAttributesClass");
}

}  // namespace troupe::gateway
