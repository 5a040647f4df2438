// The body of a list: encoded as it is pulled, so an unsent list costs references and one object's text.
#pragma once
#include <memory>
#include <string>
#include <vector>
#include "messages/body.hpp"
#include "messages/object.hpp"

namespace troupe::gateway {

/// JSON: `head`, the objects without kind and apiVersion, with commas, and `tail`.
std::unique_ptr<body> make_list_body(std::string head, std::vector<object_ptr> items, std::string tail);
/// Where a list item's JSON begins: behind kind and apiVersion. The byte before is to be '{'.
size_t item_start(const kind_row&);

} // namespace troupe::gateway
