// The three patches of the API: JSON patch (RFC 6902), JSON merge patch (RFC 7396), strategic merge patch. On trees, and
// whole: from a typed object and the patch's text to the patched object, with the server's errors.
#pragma once
#include <string>
#include <string_view>

#include "messages/decode_body.hpp"
#include "messages/schema.hpp"
#include "messages/value.hpp"

namespace troupe {

/// JSON patch: changes `*document`; the operations so far stay when one fails. `operations` must be an array. Errors: 422
/// for what does not apply, as upstream hides the cause.
result<nothing> apply_json_patch(value_tree& tree, value*& document, const value& operations);

/// JSON merge patch: returns the merged value; `target` may be null.
value* merge_patch(value_tree& tree, value* target, const value& patch);

/// Strategic merge patch with its directives ($patch, $retainKeys, $setElementOrder, $deleteFromPrimitiveList); changes
/// `target`, an object. Errors: 400 or 500 with upstream's texts.
result<value*> strategic_merge(value_tree& tree, value* target, const value& patch, const schema& of);

enum class patch_form : uint8_t { json, merge, strategic };

struct patched {
  message_ptr message;
  std::vector<decode_problem> problems; // unknown and duplicate fields of the result
  std::string shown;                    // what an error about the result shows (patch_result_error)
};

/// Applies a patch to a typed object. Errors: 400 malformed, 413 too many operations, 422 does not apply or the result does
/// not decode, 500 as upstream.
result<patched> apply_patch(patch_form form, std::string_view patch, const google::protobuf::Message& current,
                            std::string_view api_version, std::string_view kind);

/// 422: ` "" is invalid: patch: Invalid value: "...": WHY`.
status patch_result_error(std::string_view shown, std::string_view why);

} // namespace troupe
