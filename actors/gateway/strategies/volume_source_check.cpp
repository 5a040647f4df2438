#include "actors/gateway/strategies/volume_source_check.hpp"
#include "actors/gateway/strategies/pod_check.hpp"
#include "messages/api/core/v1/volume.pb.h"

namespace troupe::gateway {
namespace {

void check_host_path(causes& found, const field_path& path, const core::HostPathVolumeSource& source) {
  if (source.path().empty()) return add_required(found, path / "path");
  check_no_backsteps(found, path / "path", source.path());
  if (!is_one_of(source.type(),
                 {"", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"}))
    add_not_supported(
        found, path / "type", source.type(),
        {"", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"});
}

void check_nfs(causes& found, const field_path& path, const core::NFSVolumeSource& source) {
  if (source.server().empty()) add_required(found, path / "server");
  if (source.path().empty()) add_required(found, path / "path");
  if (!source.path().starts_with("/")) add_invalid(found, path / "path", source.path(), "must be an absolute path");
}

}  // namespace

std::vector<std::pair<std::string, const google::protobuf::Message*>> set_sources(
    const google::protobuf::Message& alternatives) {
  std::vector<std::pair<std::string, const google::protobuf::Message*>> set;
  auto* type = alternatives.GetDescriptor();
  auto* reflection = alternatives.GetReflection();
  for (int i = 0; i < type->field_count(); ++i)
    if (auto* field = type->field(i);
        field->message_type() && !field->is_repeated() && reflection->HasField(alternatives, field))
      set.emplace_back(field->name(), &reflection->GetMessage(alternatives, field));
  return set;
}

void check_volume_source(causes& found, const field_path& path, std::string_view name,
                         const google::protobuf::Message& source) {
  if (name == "hostPath") check_host_path(found, path, static_cast<const core::HostPathVolumeSource&>(source));
  if (name == "nfs") check_nfs(found, path, static_cast<const core::NFSVolumeSource&>(source));
  if (name == "local") {
    auto& local = static_cast<const core::LocalVolumeSource&>(source);
    if (local.path().empty())
      add_required(found, path / "path");
    else
      check_no_backsteps(found, path / "path", local.path());
  }
}

}  // namespace troupe::gateway
