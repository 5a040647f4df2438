// Kubernetes' protobuf envelope: the magic "k8s\0" and runtime.Unknown {typeMeta, raw}
// (kubernetes.io/docs/reference/using-api/api-concepts, "Kubernetes Protobuf encoding"). Pure.
#pragma once
#include <string>
#include <string_view>
#include "messages/result.hpp"

namespace troupe {

struct enveloped {
  std::string_view api_version, kind, raw; // views into what was opened
};

std::string put_in_envelope(std::string_view api_version, std::string_view kind, std::string_view raw);
/// 400 where the magic or the message is broken.
result<enveloped> open_envelope(std::string_view bytes);

} // namespace troupe
