// Limits on what is decoded. Sizes of whole requests and objects are in call.hpp and txn.hpp.
#pragma once
#include <cstddef>

namespace troupe {

constexpr int json_depth_max = 10'000;          // nested arrays and objects in a text; upstream's decoder has the same
constexpr int message_depth_max = 200;          // nested messages of the API (only JSON schemas nest without end)
constexpr int value_depth_max = 1'000;          // nesting of a value tree (patches, bodies): its algorithms recurse
constexpr size_t strict_problems_max = 100;     // unknown and duplicate fields reported of one body
constexpr size_t json_patch_operations_max = 10'000; // upstream's limit; 413 above
constexpr size_t merge_comparisons_max = 4'000'000;  // items of a list times items of a patch to it; 422 above
constexpr size_t selector_bytes_max = 64u << 10; // a label or field selector
constexpr size_t quantity_bytes_max = 256;      // text of one quantity

} // namespace troupe
