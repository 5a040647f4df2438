#include "actors/gateway/format/convert.hpp"
#include "actors/gateway/format/decode.hpp"
#include "actors/gateway/verbs/patching.hpp"
#include "actors/gateway/verbs/verbs.hpp"
#include "actors/gateway/verbs/writing.hpp"
#include "messages/codec.hpp"
#include "messages/patch.hpp"

namespace troupe::gateway {
namespace {

std::optional<patch_form> form_of(const exchange& run) {
  auto type = run.request.in.header("content-type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (type == "application/json-patch+json") return patch_form::json;
  if (type == "application/merge-patch+json") return patch_form::merge;
  if (type == "application/strategic-merge-patch+json") return patch_form::strategic;
  return std::nullopt;
}

std::string group_version(const body_type& type) {
  return type.group.empty() ? std::string(type.version) : std::string(type.group) + "/" + std::string(type.version);
}

} // namespace

result<nothing> check_patch_type(const exchange& run) {
  if (form_of(run)) return nothing{};
  auto type = run.request.in.header("content-type");
  if (type.starts_with("application/apply-patch+yaml"))
    return unsupported_media_type("the body of the request was in an unknown format - accepted media types include: "
                                  "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json");
  auto error = unsupported_media_type("415: Unsupported Media Type");
  error.bare_details = true;
  return error;
}

result<message_ptr> patch_message(exchange& run, const google::protobuf::Message& current, const body_type& type) {
  auto patched = apply_patch(*form_of(run), run.request.in.body, current, group_version(type), type.kind);
  if (!patched) return patched.error();
  auto mode = field_validation(run);
  if (!patched->problems.empty() && mode == "Strict")
    return patch_result_error(patched->shown, "strict decoding error: " + join_problems(patched->problems));
  if (mode == "Warn")
    for (auto& problem : patched->problems) run.warnings.push_back(problem.text());
  return std::move(patched->message);
}

step run_patch(const exchange_ptr& run) {
  run->warnings.clear();
  if (auto good = check_patch_type(*run); !good) return fail(*run, good.error());
  if (auto good = check_write_options(*run, "PatchOptions"); !good) return fail(*run, good.error());
  auto found = existing(*run);
  if (!found) return fail(*run, found.error());
  auto before = shown_as(*run->kind, *found);
  auto object = patch_message(*run, *before->message(), troupe::body_type_of(*run->kind));
  if (!object) return fail(*run, object.error());
  if (auto good = check_name(*run, metadata_of(**object)); !good) return fail(*run, good.error());
  if (auto good = settle_space(*run, metadata_of(**object)); !good) return fail(*run, good.error());
  strategy_of(*run->kind).default_object(**object);
  return change_object(run, {*found, as_version(std::move(*object), run->storage())});
}

} // namespace troupe::gateway
