// The subresource scale: autoscaling/v1 Scale over what the kind's strategy knows of replicas.
#include "actors/gateway/format/answers.hpp"
#include "actors/gateway/format/decode.hpp"
#include "actors/gateway/verbs/patching.hpp"
#include "actors/gateway/verbs/verbs.hpp"
#include "actors/gateway/verbs/writing.hpp"
#include "messages/api/autoscaling/v1.pb.h"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"

namespace scaling = k8s::io::api::autoscaling::v1;

namespace troupe::gateway {
namespace {

std::unique_ptr<scaling::Scale> scale_of(const exchange& run, const object& stored) {
  auto made = std::make_unique<scaling::Scale>();
  auto message = stored.message();
  auto& from = metadata_of(*message);
  auto& to = *made->mutable_metadata();
  to.set_name(from.name());
  to.set_namespace_(from.namespace_());
  to.set_uid(from.uid());
  to.set_resourceversion(std::to_string(stored.revision()));
  *to.mutable_creationtimestamp() = from.creationtimestamp();
  auto shown = strategy_of(run.storage()).scale_of(*message);
  made->mutable_spec()->set_replicas(shown.replicas);
  made->mutable_status()->set_replicas(shown.status_replicas);
  made->mutable_status()->set_selector(shown.selector);
  return made;
}

step answer_scale(exchange& run, const object_ptr& now) {
  return answer_message(run, 200, *scale_of(run, *now), "autoscaling/v1", "Scale");
}

result<message_ptr> wanted_scale(exchange& run, const object& stored) {
  auto type = body_type_of(*run.part);
  if (run.info.verb == "patch") {
    if (auto good = check_patch_type(run); !good) return good.error();
    return patch_message(run, *scale_of(run, stored), type);
  }
  auto decoded = decode_request(run, type);
  if (!decoded) return decoded;
  auto& metadata = metadata_of(**decoded);
  if (auto good = check_name(run, metadata); !good) return good.error();
  if (auto good = settle_space(run, metadata); !good) return good.error();
  return decoded;
}

} // namespace

step run_scale(const exchange_ptr& run) {
  run->warnings.clear();
  auto found = existing(*run);
  if (run->info.verb == "get") return found ? answer_scale(*run, *found) : fail(*run, found.error());
  if (auto good = check_write_options(*run, run->info.verb == "patch" ? "PatchOptions" : "UpdateOptions"); !good) return fail(*run, good.error());
  if (!found) return fail(*run, found.error());
  auto stored = *found;
  auto wanted = wanted_scale(*run, *stored);
  if (!wanted) return fail(*run, wanted.error());
  auto& scale = static_cast<scaling::Scale&>(**wanted);
  if (scale.spec().replicas() < 0)
    return fail(*run, invalid("autoscaling", "Scale", run->info.name,
                              {{"FieldValueInvalid", "Invalid value: " + std::to_string(scale.spec().replicas()) + ": must be greater than or equal to 0", "spec.replicas"}}));
  auto object = clone(*stored->message());
  strategy_of(run->storage()).set_replicas(*object, scale.spec().replicas());
  metadata_of(*object).set_resourceversion(scale.metadata().resourceversion());
  metadata_of(*object).set_uid(scale.metadata().uid());
  run->info.subresource = ""; // what is written is the object's own specification
  return change_object(run, {stored, std::move(object)}, answer_scale);
}

} // namespace troupe::gateway
