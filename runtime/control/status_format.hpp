// metav1.Status documents, as they come back from the API, into a `status`. Pure.
#pragma once
#include <string_view>
#include "messages/result.hpp"

namespace troupe {

/// `content_type` tells JSON from protobuf (with envelope). Where the body is no Status: `code` and the body as message.
status read_status(int code, std::string_view content_type, std::string_view body);

} // namespace troupe
