// A request's body to a typed message, with the server's own error texts around the decoder's.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "messages/codec.hpp"

namespace troupe {

/// What a place accepts: a resource, or a kind without one (Binding, Eviction, Scale, TokenRequest, DeleteOptions).
struct body_type {
  std::string_view group, version, kind;
  const type_table* table = nullptr;
};
body_type body_type_of(const kind_row& row);
/// `table` is null for a kind that does not exist.
body_type body_type_of(std::string_view group, std::string_view version, std::string_view kind);

enum class body_form : uint8_t { json, protobuf };

using message_ptr = std::unique_ptr<google::protobuf::Message>;

/// Decodes `body`, whose apiVersion and kind may be missing but not be others. All errors are 400 BadRequest. `problems`
/// receives unknown and duplicate fields (JSON): the caller refuses (strict_decoding_error), warns or ignores.
result<message_ptr> decode_body(std::string_view body, body_form form, const body_type& expected,
                                std::vector<decode_problem>* problems = nullptr);

/// Why a JSON body that says to be of another type is refused; empty: it is of the expected one.
std::string type_mismatch(std::string_view body, const type_meta& said, const body_type& expected);

/// 400: `ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "a", ...`.
status strict_decoding_error(const body_type& expected, const std::vector<decode_problem>& problems);
/// `unknown field "a", duplicate field "b"`.
std::string join_problems(const std::vector<decode_problem>& problems);

} // namespace troupe
