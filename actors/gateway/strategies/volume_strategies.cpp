// PersistentVolume, PersistentVolumeClaim.
#include <algorithm>
#include "actors/gateway/strategies/defaults.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_admission.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/pod_state.hpp"
#include "actors/gateway/strategies/table_format.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "actors/gateway/strategies/volume_source_check.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/core/v1/volume.pb.h"
#include "messages/api/storage/v1.pb.h"
#include "messages/quantity.hpp"

namespace troupe::gateway {
namespace {

const field_path spec_path = "spec";

template <class Metadata>
void add_finalizer(Metadata* data, const char* name) {
  if (std::find(data->finalizers().begin(), data->finalizers().end(), name) == data->finalizers().end())
    data->add_finalizers(name);
}

template <class Modes>
std::string modes_text(const Modes& modes) {
  std::string out;
  for (auto& [name, letters] : {std::pair<const char*, const char*>{"ReadWriteOnce", "RWO"},
                                {"ReadOnlyMany", "ROX"},
                                {"ReadWriteMany", "RWX"},
                                {"ReadWriteOncePod", "RWOP"}})
    if (std::find(modes.begin(), modes.end(), name) != modes.end()) out.append(out.empty() ? "" : ",").append(letters);
  return out;
}

/// At least one, known, and ReadWriteOncePod only alone.
template <class Modes>
void check_modes(causes& found, const field_path& path, const Modes& modes, std::string_view none) {
  if (modes.empty()) add_required(found, path, none);
  bool alone = false, other = false;
  for (auto& mode : modes) {
    if (!is_one_of(mode, {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"}))
      add_not_supported(found, path, mode, {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"});
    (mode == "ReadWriteOncePod" ? alone : other) = true;
  }
  if (alone && other) add_forbidden(found, path, "may not use ReadWriteOncePod with other access modes");
}

template <class Entries>
std::string storage_of(const Entries& entries) {
  auto* entry = find_entry(entries, "storage");
  return entry ? entry->value().string() : "";
}

class volume_strategy final : public kind_strategy<core::PersistentVolume> {
public:
  void defaults(core::PersistentVolume& volume) const override {
    default_marked_fields(volume);
    default_persistent_volume(volume);
  }
  result<nothing> admit_object(verb_context&, core::PersistentVolume& volume,
                               const core::PersistentVolume* before) const override {
    if (!before) add_finalizer(volume.mutable_metadata(), "kubernetes.io/pv-protection");
    return nothing{};
  }
  void prepare_create(verb_context& context, core::PersistentVolume& volume) const override {
    volume.clear_status();
    volume.mutable_status()->set_phase("Pending");
    set_time(volume.mutable_status()->mutable_lastphasetransitiontime(), context.wall_ns);
  }
  void prepare_update(verb_context& context, core::PersistentVolume& volume,
                      const core::PersistentVolume& before) const override {
    if (context.subresource != "status") return keep_fields(volume, before, {"status"});
    keep_fields(volume, before, {"spec"});
    if (volume.status().phase() != before.status().phase())
      set_time(volume.mutable_status()->mutable_lastphasetransitiontime(), context.wall_ns);
  }
  void check(verb_context&, const core::PersistentVolume& volume, causes& found) const override {
    auto& spec = volume.spec();
    check_modes(found, spec_path / "accessModes", spec.accessmodes(), {});
    if (spec.capacity().empty()) add_required(found, spec_path / "capacity");
    if (!find_entry(spec.capacity(), "storage") || spec.capacity_size() > 1)
      add_not_supported_json(found, spec_path / "capacity", shown_amounts(spec.capacity()), {"storage"});
    for (auto& entry : spec.capacity()) {
      field_path path = (spec_path / "capacity").at(entry.key());
      check_resource_name(found, path, entry.key());
      if (quantity::parse_or_zero(entry.value().string()).sign() <= 0)
        add_invalid(found, path, entry.value().string(), "must be greater than zero");
    }
    if (!is_one_of(spec.persistentvolumereclaimpolicy(), {"Delete", "Recycle", "Retain"}))
      add_not_supported(found, spec_path / "persistentVolumeReclaimPolicy", spec.persistentvolumereclaimpolicy(),
                        {"Delete", "Recycle", "Retain"});
    if (spec.nodeaffinity().has_required())
      check_node_selector(found, spec_path / "nodeAffinity" / "required", spec.nodeaffinity().required());
    int count = 0;
    for (auto& [name, source] : set_sources(spec.persistentvolumesource())) {
      if (count++ > 0)
        add_forbidden(found, spec_path / name, "may not specify more than 1 volume type");
      else
        check_volume_source(found, spec_path / name, name, *source);
    }
    if (count == 0) add_required(found, spec_path, "must specify a volume type");
    if (!spec.storageclassname().empty())
      add_problems(found, spec_path / "storageClassName", spec.storageclassname(),
                   dns_subdomain_problems(spec.storageclassname()));
    if (spec.has_volumemode() && !is_one_of(spec.volumemode(), {"Block", "Filesystem"}))
      add_not_supported(found, spec_path / "volumeMode", spec.volumemode(), {"Block", "Filesystem"});
  }
  void check_update(verb_context& context, const core::PersistentVolume& now, const core::PersistentVolume& before,
                    causes& found) const override {
    if (context.subresource == "status") return;
    check(context, now, found);
    auto &source = now.spec().persistentvolumesource(), &old = before.spec().persistentvolumesource();
    if (!same(source, old))
      add_forbidden(found, spec_path / "persistentvolumesource",
                    "spec.persistentvolumesource is immutable after creation\n" +
                        unified_diff(shown_indented(old), shown_indented(source)));
    if (now.spec().volumemode() != before.spec().volumemode())
      add_invalid(found, spec_path / "volumeMode", now.spec().volumemode(), "field is immutable");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto volume = shown.as<core::PersistentVolume>();
    auto& spec = volume->spec();
    std::string phase = volume->metadata().has_deletiontimestamp() ? "Terminating" : volume->status().phase();
    row.cells = {volume->metadata().name(),
                 storage_of(spec.capacity()),
                 modes_text(spec.accessmodes()),
                 spec.persistentvolumereclaimpolicy(),
                 phase,
                 spec.has_claimref() ? spec.claimref().namespace_() + "/" + spec.claimref().name() : "",
                 spec.storageclassname(),
                 spec.has_volumeattributesclassname() ? spec.volumeattributesclassname() : "<unset>",
                 volume->status().reason(),
                 age_of(*volume, wall_ns),
                 spec.has_volumemode() ? spec.volumemode() : "<unset>"};
  }

private:
  template <class Entries>
  static std::string shown_amounts(const Entries& entries) {
    if (entries.empty()) return "null";
    std::string out = "{";
    for (auto& entry : entries)
      out.append(out.size() > 1 ? "," : "")
          .append(json_quoted(entry.key()))
          .append(":")
          .append(json_quoted(entry.value().string()));
    return out + "}";
  }
};

class claim_strategy final : public kind_strategy<core::PersistentVolumeClaim> {
public:
  void defaults(core::PersistentVolumeClaim& claim) const override {
    default_marked_fields(claim);
    default_claim(*claim.mutable_spec());
    if (claim.status().phase().empty()) claim.mutable_status()->set_phase("Pending");
  }
  result<nothing> admit_object(verb_context& context, core::PersistentVolumeClaim& claim,
                               const core::PersistentVolumeClaim* before) const override {
    if (!context.subresource.empty() || before) return nothing{};
    if (!claim.spec().has_storageclassname())
      if (auto name = default_class(context); !name.empty()) claim.mutable_spec()->set_storageclassname(name);
    add_finalizer(claim.mutable_metadata(), "kubernetes.io/pvc-protection");
    return nothing{};
  }
  result<nothing> begin_create(verb_context& context, Message& claim) const override {
    return check_limit_ranges(context, as(claim));
  }
  void prepare_create(verb_context&, core::PersistentVolumeClaim& claim) const override {
    claim.clear_status();
    claim.mutable_status()->set_phase("Pending");
    same_sources(*claim.mutable_spec());
  }
  void prepare_update(verb_context& context, core::PersistentVolumeClaim& claim,
                      const core::PersistentVolumeClaim& before) const override {
    if (context.subresource == "status") return keep_fields(claim, before, {"spec"});
    keep_fields(claim, before, {"status"});
    same_sources(*claim.mutable_spec());
  }
  void check(verb_context&, const core::PersistentVolumeClaim& claim, causes& found) const override {
    auto& spec = claim.spec();
    if (spec.has_selector()) check_selector(found, spec_path / "selector", spec.selector());
    check_modes(found, spec_path / "accessModes", spec.accessmodes(), "at least 1 access mode is required");
    field_path storage = (spec_path / "resources").at("storage");
    auto* asked = find_entry(spec.resources().requests(), "storage");
    if (!asked)
      add_required(found, storage);
    else if (quantity::parse_or_zero(asked->value().string()).sign() <= 0)
      add_invalid(found, storage, asked->value().string(), "must be greater than zero");
    if (!spec.storageclassname().empty())
      add_problems(found, spec_path / "storageClassName", spec.storageclassname(),
                   dns_subdomain_problems(spec.storageclassname()));
    if (spec.has_volumemode() && !is_one_of(spec.volumemode(), {"Block", "Filesystem"}))
      add_not_supported(found, spec_path / "volumeMode", spec.volumemode(), {"Block", "Filesystem"});
    if (spec.has_datasource() && spec.datasource().kind().empty())
      add_required(found, spec_path / "dataSource" / "kind");
    if (spec.has_datasource() && spec.datasource().name().empty())
      add_required(found, spec_path / "dataSource" / "name");
  }
  void check_update(verb_context& context, const core::PersistentVolumeClaim& now,
                    const core::PersistentVolumeClaim& before, causes& found) const override {
    if (context.subresource == "status") return;
    check(context, now, found);
    core::PersistentVolumeClaimSpec rest = now.spec();
    auto& old = before.spec();
    if (old.volumename().empty() && !rest.volumename().empty()) rest.set_volumename("");  // binding
    bool bound = before.status().phase() == "Bound";
    if (bound) {
      *rest.mutable_resources()->mutable_requests() = old.resources().requests();
      if (old.has_volumeattributesclassname())
        rest.set_volumeattributesclassname(old.volumeattributesclassname());
      else
        rest.clear_volumeattributesclassname();
    }
    if (!same(rest, old))
      return add_forbidden(found, spec_path,
                           "spec is immutable after creation except resources.requests and volumeAttributesClassName "
                           "for bound claims\n" +
                               unified_diff(shown_indented(old), shown_indented(rest)));
    auto amount = [](const core::PersistentVolumeClaimSpec& spec) {
      return quantity::parse_or_zero(storage_of(spec.resources().requests()));
    };
    if (bound && amount(now.spec()) < amount(old) &&
        amount(now.spec()) <= quantity::parse_or_zero(storage_of(before.status().capacity())))
      add_forbidden(found, spec_path / "resources" / "requests" / "storage",
                    "field can not be less than status.capacity");
  }
  void print(const object& shown, int64_t wall_ns, table_row& row) const override {
    auto claim = shown.as<core::PersistentVolumeClaim>();
    auto& spec = claim->spec();
    std::string phase = claim->metadata().has_deletiontimestamp() ? "Terminating" : claim->status().phase();
    bool bound = !spec.volumename().empty();
    row.cells = {claim->metadata().name(),
                 phase,
                 spec.volumename(),
                 bound ? storage_of(claim->status().capacity()) : "",
                 bound ? modes_text(claim->status().accessmodes()) : "",
                 spec.storageclassname(),
                 spec.has_volumeattributesclassname() ? spec.volumeattributesclassname() : "<unset>",
                 age_of(*claim, wall_ns),
                 spec.has_volumemode() ? spec.volumemode() : "<unset>"};
  }

private:
  /// dataSource and dataSourceRef say the same where the reference stays in the namespace.
  static void same_sources(core::PersistentVolumeClaimSpec& spec) {
    if (spec.has_datasource() && !spec.has_datasourceref()) {
      auto& to = *spec.mutable_datasourceref();
      if (spec.datasource().has_apigroup()) to.set_apigroup(spec.datasource().apigroup());
      to.set_kind(spec.datasource().kind());
      to.set_name(spec.datasource().name());
    } else if (spec.has_datasourceref() && !spec.has_datasource() && !spec.datasourceref().has_namespace_()) {
      auto& to = *spec.mutable_datasource();
      if (spec.datasourceref().has_apigroup()) to.set_apigroup(spec.datasourceref().apigroup());
      to.set_kind(spec.datasourceref().kind());
      to.set_name(spec.datasourceref().name());
    }
  }
  /// The newest class that is marked as default.
  static std::string default_class(const verb_context& context) {
    std::vector<object_ptr> all;
    bool more = false;
    std::shared_ptr<const storage::StorageClass> chosen;
    if (!context.state.list({find_kind("storage.k8s.io", "v1", "storageclasses"), {}, {}, 0, 0}, all, more)) return {};
    for (auto& one : all) {
      auto found = one->as<storage::StorageClass>();
      auto* mark = find_entry(found->metadata().annotations(), "storageclass.kubernetes.io/is-default-class");
      if (!mark || mark->value() != "true") continue;
      if (!chosen || found->metadata().creationtimestamp().seconds() > chosen->metadata().creationtimestamp().seconds())
        chosen = found;
    }
    return chosen ? chosen->metadata().name() : "";
  }
};

}  // namespace

void add_volume_strategies(strategy_table& table) {
  enter<volume_strategy>(table, "k8s.io.api.core.v1.PersistentVolume");
  enter<claim_strategy>(table, "k8s.io.api.core.v1.PersistentVolumeClaim");
}

}  // namespace troupe::gateway
