#include "actors/gateway/strategies/defaults.hpp"
#include "messages/api/core/v1/volume.pb.h"

namespace troupe::gateway {
namespace {

constexpr int32_t file_mode = 0644;
constexpr int64_t token_seconds = 3600;

template <class Items>
void default_downward_items(Items* items) {
  for (auto& item : *items)
    if (item.has_fieldref() && item.fieldref().apiversion().empty()) item.mutable_fieldref()->set_apiversion("v1");
}

void default_projection(core::VolumeProjection& source) {
  if (source.has_serviceaccounttoken() && !source.serviceaccounttoken().has_expirationseconds())
    source.mutable_serviceaccounttoken()->set_expirationseconds(token_seconds);
  if (source.has_downwardapi()) default_downward_items(source.mutable_downwardapi()->mutable_items());
}

template <class Source>
void default_host_path(Source& source) {
  if (source.has_hostpath() && !source.hostpath().has_type()) source.mutable_hostpath()->set_type("");
}

bool says_nothing(const core::VolumeSource& source) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  source.GetReflection()->ListFields(source, &fields);
  return fields.empty();
}

}  // namespace

void default_volume(core::Volume& volume) {
  auto& source = *volume.mutable_volumesource();
  if (says_nothing(source)) source.mutable_emptydir();
  default_host_path(source);
  if (source.has_secret() && !source.secret().has_defaultmode()) source.mutable_secret()->set_defaultmode(file_mode);
  if (source.has_configmap() && !source.configmap().has_defaultmode())
    source.mutable_configmap()->set_defaultmode(file_mode);
  if (source.has_downwardapi()) {
    if (!source.downwardapi().has_defaultmode()) source.mutable_downwardapi()->set_defaultmode(file_mode);
    default_downward_items(source.mutable_downwardapi()->mutable_items());
  }
  if (source.has_projected()) {
    if (!source.projected().has_defaultmode()) source.mutable_projected()->set_defaultmode(file_mode);
    for (auto& part : *source.mutable_projected()->mutable_sources()) default_projection(part);
  }
  if (source.has_ephemeral() && source.ephemeral().has_volumeclaimtemplate())
    default_claim(*source.mutable_ephemeral()->mutable_volumeclaimtemplate()->mutable_spec());
  if (source.has_image() && source.image().pullpolicy().empty())
    source.mutable_image()->set_pullpolicy(std::string(pull_policy_of(source.image().reference())));
}

void default_claim(core::PersistentVolumeClaimSpec& spec) {
  if (!spec.has_volumemode()) spec.set_volumemode("Filesystem");
}

void default_persistent_volume(core::PersistentVolume& volume) {
  auto& spec = *volume.mutable_spec();
  if (spec.persistentvolumereclaimpolicy().empty()) spec.set_persistentvolumereclaimpolicy("Retain");
  if (!spec.has_volumemode()) spec.set_volumemode("Filesystem");
  if (volume.status().phase().empty()) volume.mutable_status()->set_phase("Pending");
  default_host_path(*spec.mutable_persistentvolumesource());
}

}  // namespace troupe::gateway
