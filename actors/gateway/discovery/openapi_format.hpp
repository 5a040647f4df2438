// OpenAPI 3.0 documents from the kind rows and the messages' type tables: what kubectl needs to explain kinds and to let the
// server validate fields. Without descriptions.
#pragma once
#include <string>
#include <string_view>

namespace troupe::gateway {

/// /openapi/v3: the documents and where they are.
std::string openapi_index();
/// One document by its key in the index ("api/v1", "apis/apps/v1"); "" where there is none.
std::string openapi_document(std::string_view key);

} // namespace troupe::gateway
