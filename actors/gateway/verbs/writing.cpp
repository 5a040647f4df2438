#include "actors/gateway/verbs/writing.hpp"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"

namespace troupe::gateway {
namespace {

/// Each run of a verb has a stream of its own: a generated name that was taken is not tried again.
uint64_t seed_of(const call& from) { return from.random + static_cast<uint64_t>(from.attempts) * 0x9e3779b97f4a7c15u; }

} // namespace

write_context::write_context(exchange& run, std::string space, std::string name)
    : space_text(std::move(space)), name_text(std::move(name)), random(seed_of(run.request)),
      context{run.state(), *run.kind, run.request.user, run.shared.addresses, space_text, name_text, run.info.subresource,
              run.request.wall_ns, run.dry_run(), random, also, run.warnings} {}

result<nothing> settle_space(const exchange& run, object_meta_message& metadata) {
  if (!run.kind->namespaced) {
    metadata.clear_namespace_();
    return nothing{};
  }
  if (!metadata.namespace_().empty() && metadata.namespace_() != run.info.space)
    return bad_request("the namespace of the provided object does not match the namespace sent on the request");
  metadata.set_namespace_(run.info.space);
  return nothing{};
}

result<nothing> check_name(const exchange& run, const object_meta_message& metadata) {
  if (metadata.name().empty())
    return bad_request("the name of the object (" + run.info.name + " based on URL) was undeterminable: name must be provided");
  if (metadata.name() != run.info.name)
    return bad_request("the name of the object (" + metadata.name() + ") does not match the name on the URL (" + run.info.name + ")");
  return nothing{};
}

object_key key_of(const exchange& run, std::string_view space, std::string_view name) {
  return {&run.storage(), run.kind->namespaced ? std::string(space) : std::string{}, std::string(name)};
}

result<object_ptr> existing(const exchange& run) {
  auto found = run.state().get(run.storage(), run.kind->namespaced ? run.info.space : "", run.info.name);
  if (!found) return not_found(run.kind->group, run.kind->plural, run.info.name);
  return found;
}

result<nothing> check_size(const exchange& run, const std::string& name, size_t bytes) {
  if (bytes <= object_bytes_max) return nothing{};
  return plain_error("etcdserver: request is too large (" + std::string(group_resource(*run.kind)) + " \"" + name + "\": " +
                     std::to_string(bytes) + " bytes)");
}

} // namespace troupe::gateway
