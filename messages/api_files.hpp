// The .proto files of the API. Calling api_files() is also what keeps their descriptors in a static link.
#pragma once
#include <span>
#include <string_view>

namespace troupe {

/// Paths as protobuf's descriptor pool knows them, e.g. "messages/api/core/v1/pod.proto".
std::span<const std::string_view> api_files();

} // namespace troupe
