// The defaults of the API's versions: pieces that several kinds share. Each is idempotent and touches only what is
// unset.
#pragma once
#include <string_view>
#include "actors/gateway/strategies/api_names.hpp"

namespace google::protobuf {
class Message;
}
namespace k8s::io::api::core::v1 {
class Pod;
class PodTemplateSpec;
class PodSpec;
class Volume;
class PersistentVolume;
class PersistentVolumeClaimSpec;
}  // namespace k8s::io::api::core::v1

namespace troupe::gateway {

/// What the API says of a field itself: quantities in canonical form, and the `default` marks of the field options.
void default_marked_fields(google::protobuf::Message&);

void default_pod(core::Pod&);
/// What templates share with pods; not what only a running pod needs (enableServiceLinks, requests from limits).
void default_template(core::PodTemplateSpec&);
void default_volume(core::Volume&);
void default_claim(core::PersistentVolumeClaimSpec&);
void default_persistent_volume(core::PersistentVolume&);

/// "Always" for an image without tag or with `latest`, else "IfNotPresent".
std::string_view pull_policy_of(std::string_view image);

// The way every default is set: only where nothing is.
void set_int(IntOrString*, int32_t);
void set_text(IntOrString*, std::string_view);
bool is_zero(const IntOrString&);

}  // namespace troupe::gateway
