// Volumes of pods. Sources that no node of ours mounts are counted, and looked at no further.
#include <set>
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "actors/gateway/strategies/volume_source_check.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/core/v1/volume.pb.h"
#include "messages/api/options.pb.h"
#include "messages/quantity.hpp"

namespace troupe::gateway {
namespace {

constexpr std::string_view mode_text = "must be a number between 0 and 0777 (octal), both inclusive";

void check_mode(causes& found, const field_path& path, bool set, int32_t mode) {
  if (set && (mode < 0 || mode > 0777)) add_invalid(found, path, mode, mode_text);
}

template <class Items>
void check_items(causes& found, const field_path& path, const Items& items) {
  for (int i = 0; i < items.size(); ++i) {
    auto& item = items.Get(i);
    if (item.key().empty()) add_required(found, path[i] / "key");
    if (item.path().empty())
      add_required(found, path[i] / "path");
    else
      check_local_path(found, path[i] / "path", item.path());
    check_mode(found, path[i] / "mode", item.has_mode(), item.mode());
  }
}

template <class Items>
void check_downward_items(causes& found, const field_path& path, const Items& items) {
  for (int i = 0; i < items.size(); ++i) {
    auto& item = items.Get(i);
    if (item.path().empty())
      add_required(found, path[i] / "path");
    else
      check_local_path(found, path[i] / "path", item.path());
    if (item.has_fieldref()) {
      check_field_reference(found, path[i] / "fieldRef", item.fieldref(), true);
      if (item.has_resourcefieldref())
        add_invalid(found, path[i], "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
    } else if (item.has_resourcefieldref()) {
      check_resource_reference(found, path[i] / "resourceFieldRef", item.resourcefieldref(), true);
    } else {
      add_required(found, path[i], "one of fieldRef and resourceFieldRef is required");
    }
    check_mode(found, path[i] / "mode", item.has_mode(), item.mode());
  }
}

void check_projection(causes& found, const field_path& path, const core::VolumeProjection& source, int& count) {
  auto one = [&](std::string_view name) {
    if (count++ > 0) add_forbidden(found, path / name, "may not specify more than 1 volume type");
  };
  if (source.has_secret()) {
    one("secret");
    if (source.secret().localobjectreference().name().empty()) add_required(found, path / "secret" / "name");
    check_items(found, path / "secret" / "items", source.secret().items());
  }
  if (source.has_configmap()) {
    one("configMap");
    if (source.configmap().localobjectreference().name().empty()) add_required(found, path / "configMap" / "name");
    check_items(found, path / "configMap" / "items", source.configmap().items());
  }
  if (source.has_downwardapi()) {
    one("downwardAPI");
    check_downward_items(found, path / "downwardAPI", source.downwardapi().items());
  }
  if (source.has_serviceaccounttoken()) {
    one("serviceAccountToken");
    auto& token = source.serviceaccounttoken();
    field_path at = path / "serviceAccountToken";
    if (token.has_expirationseconds() && token.expirationseconds() < 600)
      add_invalid(found, at / "expirationSeconds", token.expirationseconds(),
                  "may not specify a duration less than 10 minutes");
    if (token.expirationseconds() > (int64_t{1} << 32))
      add_invalid(found, at / "expirationSeconds", token.expirationseconds(),
                  "may not specify a duration larger than 2^32 seconds");
    if (token.path().empty())
      add_required(found, at / "path");
    else
      check_local_path(found, at / "path", token.path());
  }
  if (source.has_clustertrustbundle()) one("clusterTrustBundle");
  if (source.has_podcertificate()) one("podCertificate");
}

void check_projected(causes& found, const field_path& path, const core::ProjectedVolumeSource& volume) {
  check_mode(found, path / "defaultMode", volume.has_defaultmode(), volume.defaultmode());
  for (int i = 0; i < volume.sources_size(); ++i) {
    int count = 0;
    check_projection(found, (path / "sources")[i], volume.sources(i), count);
  }
}

/// The sources whose content is looked at. Others: volume_source_check.
void check_known_source(causes& found, const field_path& path, std::string_view name,
                        const core::VolumeSource& source) {
  if (name == "emptyDir") {
    if (source.emptydir().has_sizelimit() && quantity::parse_or_zero(source.emptydir().sizelimit().string()).sign() < 0)
      add_forbidden(found, path / "sizeLimit", "SizeLimit field must be a valid resource quantity");
    if (!is_one_of(source.emptydir().medium(), {"", "Memory"}) && !source.emptydir().medium().starts_with("HugePages"))
      add_not_supported(found, path / "medium", source.emptydir().medium(), {"", "HugePages", "HugePages-", "Memory"});
  } else if (name == "secret") {
    if (source.secret().secretname().empty()) add_required(found, path / "secretName");
    check_mode(found, path / "defaultMode", source.secret().has_defaultmode(), source.secret().defaultmode());
    check_items(found, path / "items", source.secret().items());
  } else if (name == "configMap") {
    if (source.configmap().localobjectreference().name().empty()) add_required(found, path / "name");
    check_mode(found, path / "defaultMode", source.configmap().has_defaultmode(), source.configmap().defaultmode());
    check_items(found, path / "items", source.configmap().items());
  } else if (name == "downwardAPI") {
    check_mode(found, path / "defaultMode", source.downwardapi().has_defaultmode(), source.downwardapi().defaultmode());
    check_downward_items(found, path, source.downwardapi().items());
  } else if (name == "projected") {
    check_projected(found, path, source.projected());
  } else if (name == "persistentVolumeClaim") {
    if (source.persistentvolumeclaim().claimname().empty()) add_required(found, path / "claimName");
  } else if (name == "ephemeral") {
    if (!source.ephemeral().has_volumeclaimtemplate()) add_required(found, path / "volumeClaimTemplate");
  }
}

}  // namespace

std::vector<std::string> check_volumes(causes& found, const field_path& path, const core::PodSpec& spec) {
  std::vector<std::string> sound;
  std::set<std::string> known;
  for (int i = 0; i < spec.volumes_size(); ++i) {
    auto& volume = spec.volumes(i);
    causes own;
    int count = 0;
    for (auto& [name, message] : set_sources(volume.volumesource())) {
      field_path at = path[i] / name;
      if (count++ > 0) {
        add_forbidden(own, at, "may not specify more than 1 volume type");
        continue;
      }
      check_volume_source(own, at, name, *message);
      check_known_source(own, at, name, volume.volumesource());
    }
    if (count == 0) add_required(own, path[i], "must specify a volume type");
    if (volume.name().empty())
      add_required(own, path[i] / "name");
    else
      add_problems(own, path[i] / "name", volume.name(), dns_label_problems(volume.name()));
    if (!known.insert(volume.name()).second) add_duplicate(own, path[i] / "name", volume.name());
    if (own.empty()) sound.push_back(volume.name());
    found.insert(found.end(), own.begin(), own.end());
  }
  return sound;
}

}  // namespace troupe::gateway
