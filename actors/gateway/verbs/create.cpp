#include "actors/gateway/format/answers.hpp"
#include "actors/gateway/format/convert.hpp"
#include "actors/gateway/format/decode.hpp"
#include "actors/gateway/verbs/verbs.hpp"
#include "actors/gateway/verbs/writing.hpp"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"

namespace troupe::gateway {
namespace {

constexpr uint64_t event_ttl_seconds = 3'600; // kube-apiserver --event-ttl

result<nothing> admit(exchange& run, write_context& with, Message& object) {
  if (auto good = admit_space(run, with.space_text); !good) return good;
  if (auto good = admit_node(run, &object, nullptr); !good) return good;
  auto& rules = strategy_of(run.storage());
  if (auto good = rules.admit(with.context, object, nullptr); !good) return good;
  return admit_rules(run, object);
}

result<nothing> prepare(exchange& run, write_context& with, Message& object) {
  auto& rules = strategy_of(run.storage());
  auto& metadata = metadata_of(object);
  rules.prepare_for_create(with.context, object);
  if (run.kind->has_generation) metadata.set_generation(1);
  std::vector<status_cause> causes;
  validate_metadata(run.storage(), object, causes);
  rules.validate_create(with.context, object, causes);
  if (!causes.empty()) return invalid(run.storage().group, run.kind->kind, metadata.name(), std::move(causes));
  if (auto good = rules.begin_create(with.context, object); !good) return good;
  if (auto good = charge_quotas(with.context, run.storage(), object, nullptr); !good) return good;
  rules.warn(with.context, object, nullptr);
  warn_unenforced(run);
  rules.canonicalize(object);
  return nothing{};
}

step propose_create(const exchange_ptr& run, write_context& with, const std::string& name, std::string bytes) {
  txn write;
  write.operations.push_back({operation::verb::put, key_of(*run, run->info.space, name), absent_revision, std::move(bytes)});
  for (auto& extra : with.also) write.operations.push_back(std::move(extra));
  if (run->storage().plural == "events") write.ttl_seconds = event_ttl_seconds;
  return propose(run, std::move(write), [](exchange& home, const txn_outcome& outcome) { return answer_object(home, 201, outcome.objects[0]); });
}

status taken(const exchange& run, const object_ptr& there, bool generated) {
  auto error = already_exists(run.kind->group, run.kind->plural, there->name());
  if (there->deleting()) error.message = "object is being deleted: " + error.message;
  if (generated) error.retry_after_seconds = 1;
  return error;
}

} // namespace

step create_object(const exchange_ptr& run, message_ptr object) {
  auto& metadata = metadata_of(*object);
  if (!metadata.resourceversion().empty()) return fail(*run, plain_error("resourceVersion should not be set on objects to be created"));
  write_context with(*run, metadata.namespace_(), metadata.name());
  fill_metadata(metadata, run->request.wall_ns, with.random);
  with.name_text = metadata.name();
  with.context.name = with.name_text;
  if (auto good = admit(*run, with, *object); !good) return fail(*run, good.error());
  if (auto good = prepare(*run, with, *object); !good) return fail(*run, good.error());
  std::string name = metadata.name();
  if (auto there = run->state().get(run->storage(), metadata.namespace_(), name)) {
    bool generated = !metadata.generatename().empty();
    bool again = generated && ++run->request.attempts < conflict_attempts_max;
    return again ? run->run(run) : fail(*run, taken(*run, there, generated));
  }
  if (run->dry_run()) return answer_draft(*run, 201, *object, 0);
  auto bytes = stored_bytes(*object);
  if (auto good = check_size(*run, name, bytes.size()); !good) return fail(*run, good.error());
  return propose_create(run, with, name, std::move(bytes));
}

step run_create(const exchange_ptr& run) {
  run->warnings.clear();
  if (auto good = check_write_options(*run, "CreateOptions"); !good) return fail(*run, good.error());
  auto decoded = decode_request(*run, troupe::body_type_of(*run->kind));
  if (!decoded) return fail(*run, decoded.error());
  auto object = std::move(*decoded);
  if (auto good = settle_space(*run, metadata_of(*object)); !good) return fail(*run, good.error());
  strategy_of(*run->kind).default_object(*object);
  return create_object(run, as_version(std::move(object), run->storage()));
}

} // namespace troupe::gateway
