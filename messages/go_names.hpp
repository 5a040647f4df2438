// Types as Go prints them, for the error texts of the decoder. Internal to the codec.
#pragma once
#include <string>
#include <string_view>

#include "messages/type_table.hpp"

namespace troupe {

/// Type of a field, or (`item`) of an item of a list or a value of a map: "string", "v1.PullPolicy", "[]v1.Container".
std::string go_type(const field_table& field, bool item);
/// What Go calls the JSON value that begins with this byte: "object", "string", "bool", "number", "array".
std::string_view json_type(char first);

} // namespace troupe
