// Binding a pod to a node, and evicting a pod. The rules are the pod strategy's; here is the transaction.
#include "actors/gateway/format/answers.hpp"
#include "actors/gateway/format/decode.hpp"
#include "actors/gateway/verbs/deletion.hpp"
#include "actors/gateway/verbs/verbs.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/meta/v1.pb.h"
#include "messages/api/policy/v1.pb.h"
#include "messages/codec.hpp"

namespace policy = k8s::io::api::policy::v1;

namespace troupe::gateway {
namespace {

/// The pod of the path; of POST .../bindings, the one that the Binding names.
result<object_ptr> pod_of(const exchange& run, const std::string& name) {
  auto& pods = *find_kind("", "v1", "pods");
  auto found = run.state().get(pods, run.info.space, name);
  if (!found) return not_found("", "pods", name);
  return found;
}

} // namespace

step run_binding(const exchange_ptr& run) {
  run->warnings.clear();
  if (auto good = check_write_options(*run, "CreateOptions"); !good) return fail(*run, good.error());
  auto decoded = decode_request(*run, troupe::body_type_of("", "v1", "Binding"));
  if (!decoded) return fail(*run, decoded.error());
  auto& metadata = metadata_of(**decoded);
  if (auto good = settle_space(*run, metadata); !good) return fail(*run, good.error());
  std::string name = run->info.named ? run->info.name : metadata.name();
  if (metadata.name() != name) return fail(*run, bad_request("name in URL does not match name in Binding object"));
  auto found = pod_of(*run, name);
  write_context with(*run, run->info.space, name);
  message_ptr pod = found ? clone(*(*found)->message()) : message_ptr(std::make_unique<k8s::io::api::core::v1::Pod>());
  if (!found) return fail(*run, found.error());
  if (auto good = bind_pod(with.context, *pod, **decoded); !good) return fail(*run, good.error());
  if (run->dry_run()) return answer_success(*run, 201, true);
  txn write;
  write.operations.push_back({operation::verb::put, (*found)->key(), (*found)->revision(), stored_bytes(*pod)});
  for (auto& extra : with.also) write.operations.push_back(std::move(extra));
  return propose(run, std::move(write), [](exchange& home, const txn_outcome&) { return answer_success(home, 201, true); });
}

step run_eviction(const exchange_ptr& run) {
  run->warnings.clear();
  if (auto good = check_write_options(*run, "CreateOptions"); !good) return fail(*run, good.error());
  auto decoded = decode_request(*run, body_type_of(*run->part));
  if (!decoded) return fail(*run, decoded.error());
  auto& eviction = static_cast<policy::Eviction&>(**decoded);
  if (eviction.metadata().name() != run->info.name) return fail(*run, bad_request("name in URL does not match name in Eviction object"));
  auto options = delete_options_of(eviction.deleteoptions());
  if (!options) return fail(*run, options.error());
  auto found = pod_of(*run, run->info.name);
  if (!found) return fail(*run, found.error());
  auto stored = *found;
  if (auto good = admit_node(*run, nullptr, stored); !good) return fail(*run, good.error());
  write_context with(*run, run->info.space, run->info.name);
  auto allowed = plan_eviction(with.context, *stored->message(), eviction);
  if (!allowed) return fail(*run, allowed.error());
  auto plan = plan_deletion(*run, with, stored, *options);
  if (!plan) return fail(*run, plan.error());
  bool dry = options->dry_run || run->dry_run();
  if (dry || plan->what == deletion::outcome::unchanged) return answer_success(*run, 201, true);
  txn write;
  add_deletion(*run, with, stored, *plan, write);
  return propose(run, std::move(write), [](exchange& home, const txn_outcome&) { return answer_success(home, 201, true); });
}

} // namespace troupe::gateway
