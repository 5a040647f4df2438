// Whether a text is JSON, and if not what Go's encoding/json says of it.
#pragma once
#include <string>
#include <string_view>

namespace troupe::gateway {

/// Empty: it is. Otherwise "invalid character 'x' looking for beginning of value" or "unexpected end of JSON input".
std::string json_error(std::string_view text);

}  // namespace troupe::gateway
