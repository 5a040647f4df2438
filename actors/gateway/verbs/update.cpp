#include "actors/gateway/format/answers.hpp"
#include "actors/gateway/format/convert.hpp"
#include "actors/gateway/format/decode.hpp"
#include "actors/gateway/verbs/list_options.hpp"
#include "actors/gateway/verbs/verbs.hpp"
#include "actors/gateway/verbs/writing.hpp"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"

namespace troupe::gateway {
namespace {

using after_change = std::function<step(exchange&, const object_ptr&)>;

status precondition_conflict(const exchange& run, const std::string& wanted_uid, std::string_view real_uid) {
  std::string key = "/registry/" + run.info.plural + "/" + (run.info.space.empty() ? "" : run.info.space + "/") + run.info.name;
  return conflict(run.kind->group, run.kind->plural, run.info.name,
                  "StorageError: invalid object, Code: 4, Key: " + key + ", ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: " +
                      wanted_uid + ", UID in object meta: " + std::string(real_uid));
}

/// resourceVersion and uid that the client gave must be those of the object.
result<nothing> check_preconditions(const exchange& run, const object_meta_message& metadata, const object& before) {
  auto version = parse_version(metadata.resourceversion());
  if (!version) return version.error();
  if (*version == 0 && !run.kind->unconditional_update)
    return invalid(run.kind->group, run.kind->plural, metadata.name(),
                   {{"FieldValueInvalid", "Invalid value: 0: must be specified for an update", "metadata.resourceVersion"}});
  // A patch that changes the uid is told so by validation.
  if (run.info.verb == "update" && !metadata.uid().empty() && metadata.uid() != before.uid()) return precondition_conflict(run, metadata.uid(), before.uid());
  if (*version != 0 && *version != before.revision())
    return conflict(run.kind->group, run.kind->plural, run.info.name,
                    "the object has been modified; please apply your changes to the latest version and try again");
  return nothing{};
}

result<nothing> prepare(exchange& run, write_context& with, Message& object, const Message& before, const object_ptr& stored) {
  auto& rules = strategy_of(run.storage());
  auto& metadata = metadata_of(object);
  if (auto good = admit_node(run, &object, stored); !good) return good;
  if (run.info.subresource.empty())
    if (auto good = rules.admit(with.context, object, &before); !good) return good;
  if (auto good = admit_rules(run, object); !good) return good;
  restore_metadata(metadata, metadata_of(before));
  rules.prepare_for_update(with.context, object, before);
  if (run.kind->has_generation && run.info.subresource != "status" && specification_differs(object, stored->bytes()))
    metadata.set_generation(metadata_of(before).generation() + 1);
  std::vector<status_cause> causes;
  validate_metadata_update(run.storage(), object, before, causes);
  rules.validate_update(with.context, object, before, causes);
  if (!causes.empty()) return invalid(run.storage().group, run.kind->kind, metadata.name(), std::move(causes));
  if (auto good = rules.begin_update(with.context, object, before); !good) return good;
  if (run.info.subresource.empty())
    if (auto good = charge_quotas(with.context, run.storage(), object, &before); !good) return good;
  rules.warn(with.context, object, &before);
  if (run.info.subresource.empty()) warn_unenforced(run);
  rules.canonicalize(object);
  return nothing{};
}

/// A deleting object whose last finalizer has gone leaves.
bool leaves(const strategy& rules, const Message& object) {
  auto& metadata = metadata_of(object);
  return metadata.has_deletiontimestamp() && metadata.finalizers_size() == 0 && metadata.deletiongraceperiodseconds() == 0 && !rules.held(object);
}

step propose_change(const exchange_ptr& run, write_context& with, const object& before, std::string bytes, bool removed, after_change answer_with) {
  txn write;
  object_key key = before.key();
  if (removed) write.operations.push_back({operation::verb::remove, key, before.revision(), {}});
  else write.operations.push_back({operation::verb::put, key, before.revision(), bytes});
  for (auto& extra : with.also) write.operations.push_back(std::move(extra));
  return propose(run, std::move(write),
                 [removed, answer_with = std::move(answer_with), bytes = removed ? std::move(bytes) : std::string{}](exchange& home, const txn_outcome& outcome) {
                   auto now = outcome.objects[0];
                   if (removed) now = object::make(home.storage(), outcome.revision, bytes); // as the client left it
                   return answer_with(home, now);
                 });
}

/// The name of a new object is the path's, so what is missing there is created here.
step create_missing(const exchange_ptr& run, message_ptr object) {
  if (!run->kind->create_on_update || !run->info.subresource.empty() || !metadata_of(*object).resourceversion().empty())
    return fail(*run, not_found(run->kind->group, run->kind->plural, run->info.name));
  return create_object(run, std::move(object));
}

} // namespace

step change_object(const exchange_ptr& run, change with_change, after_change answer_with) {
  if (!answer_with) answer_with = [](exchange& home, const object_ptr& now) { return answer_object(home, 200, now); };
  auto& object = *with_change.object;
  auto& before = *with_change.before;
  auto stored = clone(*before.message());
  if (auto good = check_preconditions(*run, metadata_of(object), before); !good) return fail(*run, good.error());
  write_context with(*run, std::string(before.space()), std::string(before.name()));
  if (auto good = prepare(*run, with, object, *stored, with_change.before); !good) return fail(*run, good.error());
  auto bytes = stored_bytes(object);
  if (auto good = check_size(*run, run->info.name, bytes.size()); !good) return fail(*run, good.error());
  auto& rules = strategy_of(run->storage());
  bool removed = leaves(rules, object);
  if (!removed && bytes == before.bytes()) return answer_with(*run, with_change.before);
  if (run->dry_run()) return answer_with(*run, object::make(run->storage(), before.revision(), bytes));
  if (removed) rules.released(with.context, object);
  return propose_change(run, with, before, std::move(bytes), removed, std::move(answer_with));
}

step run_update(const exchange_ptr& run) {
  run->warnings.clear();
  if (auto good = check_write_options(*run, "UpdateOptions"); !good) return fail(*run, good.error());
  auto decoded = decode_request(*run, troupe::body_type_of(*run->kind));
  if (!decoded) return fail(*run, decoded.error());
  auto object = std::move(*decoded);
  if (auto good = check_name(*run, metadata_of(*object)); !good) return fail(*run, good.error());
  if (auto good = settle_space(*run, metadata_of(*object)); !good) return fail(*run, good.error());
  strategy_of(*run->kind).default_object(*object);
  object = as_version(std::move(object), run->storage());
  auto before = run->state().get(run->storage(), run->kind->namespaced ? run->info.space : "", run->info.name);
  if (!before) return create_missing(run, std::move(object));
  return change_object(run, {before, std::move(object)});
}

} // namespace troupe::gateway
