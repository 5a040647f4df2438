// YAML (1.2, the subset that is JSON's model) from and to JSON text.
#pragma once
#include <string>
#include <string_view>
#include "messages/result.hpp"

namespace troupe::gateway {

/// Block style, keys in order of their bytes, as sigs.k8s.io/yaml writes.
std::string yaml_of(std::string_view json);
/// The first document as JSON text; 400 where it is malformed. A text that is JSON already comes back as it is.
result<std::string> json_of(std::string_view yaml);
/// JSON text indented by two blanks (?pretty=true).
std::string pretty_json(std::string_view json);

} // namespace troupe::gateway
