#include "messages/patch.hpp"

#include <google/protobuf/message.h>

#include "messages/json_text.hpp"
#include "messages/limits.hpp"

namespace troupe {
namespace {

using type = value::type;

constexpr std::string_view malformed = "invalid JSON patch";

status wrong_patch_type(type what, std::string_view wanted) {
  return bad_request("error decoding patch: json: cannot unmarshal " + std::string(type_name(what)) +
                     " into Go value of type " + std::string(wanted));
}

status too_many(size_t count) {
  status error;
  error.code = 413;
  error.reason = "RequestEntityTooLarge";
  error.message = "Request entity too large: The allowed maximum operations in a JSON patch is " +
                  std::to_string(json_patch_operations_max) + ", got " + std::to_string(count);
  return error;
}

// The words of upstream's converter from maps, which strategic merge patches go through, for a decoder's error.
std::string converter_error(const std::string& error) {
  constexpr std::string_view before = "json: cannot unmarshal ", between = " into Go ", of_type = " of type ";
  size_t middle = error.find(between), last = error.rfind(of_type);
  if (!error.starts_with(before) || middle == std::string::npos || last == std::string::npos) return error;
  std::string from = error.substr(before.size(), middle - before.size());
  std::string to = error.substr(last + of_type.size());
  if (from == "object") from = "map";
  if (from == "array") from = "slice";
  if (from.starts_with("number")) from = from.find_first_of(".eE") == std::string::npos ? "int64" : "float64";
  if (to.starts_with("[]")) return "cannot restore slice from " + from;
  if (to.starts_with("map[")) return "cannot restore map from " + from;
  if (to.find('.') != std::string::npos) return "cannot restore struct from: " + from;
  return "unrecognized type: " + to;
}

} // namespace

value* merge_patch(value_tree& tree, value* target, const value& patch) {
  if (!patch.is(type::object)) return tree.copy(patch);
  if (!target || !target->is(type::object)) target = tree.make(type::object);
  target->edited = true;
  member_editor members(*target);
  for (const value_member& member : patch.members) {
    if (member.content->is(type::null))
      members.erase(member.name);
    else
      members.set(member.name, merge_patch(tree, members.find(member.name), *member.content));
  }
  return target;
}

status patch_result_error(std::string_view shown, std::string_view why) {
  return invalid({}, {}, {}, {{"FieldValueInvalid", "Invalid value: " + go_quoted(shown) + ": " + std::string(why), "patch"}});
}

result<patched> apply_patch(patch_form form, std::string_view patch, const google::protobuf::Message& current,
                            std::string_view api_version, std::string_view kind) {
  value_tree tree;
  value* changes = tree.parse(patch);
  if (!changes) return bad_request(std::string(malformed));
  if (form == patch_form::json && !changes->is(type::array))
    return wrong_patch_type(changes->what, "[]handlers.jsonPatchOp");
  if (form != patch_form::json && !changes->is(type::object))
    return wrong_patch_type(changes->what, "map[string]interface {}");
  if (form == patch_form::json && changes->items.size() > json_patch_operations_max) return too_many(changes->items.size());

  const type_table& table = table_of(current);
  value* document = tree.parse(to_json(current, api_version, kind));
  if (!document) return internal_error("an object does not parse");
  if (form == patch_form::json) {
    auto applied = apply_json_patch(tree, document, *changes);
    if (!applied) return applied.error();
  } else if (form == patch_form::merge) {
    document = merge_patch(tree, document, *changes);
  } else {
    auto merged = strategic_merge(tree, document, *changes, schema_of(table));
    if (!merged) return merged.error();
    document = *merged;
  }

  patched made;
  std::string text = to_json(*document);
  made.shown = form == patch_form::strategic ? go_text(*changes) : text;
  made.message = new_message(table);
  type_meta type;
  decode_error error = from_json(text, *made.message, &type, &made.problems);
  if (form != patch_form::strategic && error.what != decode_error::kind::unrecognized) {
    size_t slash = api_version.find('/');
    bool core = slash == std::string_view::npos;
    body_type expected{core ? "" : api_version.substr(0, slash), core ? api_version : api_version.substr(slash + 1), kind, &table};
    if (std::string why = type_mismatch(text, type, expected); !why.empty()) return patch_result_error(made.shown, why);
  }
  if (!error.ok())
    return patch_result_error(made.shown, form == patch_form::strategic ? converter_error(error.text) : error.text);
  return made;
}

} // namespace troupe
