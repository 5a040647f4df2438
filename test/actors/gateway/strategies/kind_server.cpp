#include "test/actors/gateway/strategies/kind_server.hpp"
#include "actors/gateway/strategies/pod_state.hpp"
#include "actors/gateway/strategies/kind_strategy.hpp"
#include "messages/api/autoscaling/v1.pb.h"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/api/meta/v1.pb.h"
#include "messages/decode_body.hpp"

namespace troupe::test {
namespace {

using google::protobuf::Message;
using k8s::io::apimachinery::pkg::apis::meta::v1::ObjectMeta;

ObjectMeta& metadata_of(Message& message) {
  return static_cast<ObjectMeta&>(*object_meta(message));
}

const kind_row& storage_row(const kind_row& kind) {
  return kinds()[kind.storage];
}

outcome failure(const status& error) {
  return {error.code, error, {}, {}};
}

}  // namespace

place place_of(std::string_view path) {
  std::vector<std::string> parts;
  path = path.substr(0, path.find('?'));
  for (size_t from = 1; from <= path.size();) {
    size_t end = std::min(path.find('/', from), path.size());
    parts.emplace_back(path.substr(from, end - from));
    from = end + 1;
  }
  size_t at = 0;
  std::string group, version;
  if (parts.at(0) == "api")
    version = parts.at(1), at = 2;
  else
    group = parts.at(1), version = parts.at(2), at = 3;
  place made;
  if (parts.size() > at + 2 && parts[at] == "namespaces" && parts[at + 2] != "status" && parts[at + 2] != "finalize") {
    made.space = parts[at + 1];
    at += 2;
  }
  if (parts.size() > at) made.kind = find_kind(group, version, parts[at]);
  if (parts.size() > at + 1) made.name = parts[at + 1];
  if (parts.size() > at + 2) made.subresource = parts[at + 2];
  return made;
}

gateway::verb_context kind_server::context(const place& where, const std::string& name) {
  also_.clear();
  warnings_.clear();
  return {state_,   *where.kind, user,    addresses_, where.space, name, where.subresource,
          wall_ns_, false,       random_, also_,      warnings_};
}

outcome kind_server::shown(const place& where, const Message& message, int code) {
  auto other = gateway::convert(message, *where.kind);
  outcome made{code, {}, to_json(other ? *other : message, *where.kind), warnings_};
  return made;
}

outcome kind_server::commit(const place& where, gateway::verb_context& context, const Message& message, int code) {
  for (auto& operation : context.also) {
    if (operation.what == operation::verb::remove) {
      if (auto gone = state_.get(*operation.key.kind, operation.key.space, operation.key.name)) state_.remove(*gone);
      continue;
    }
    auto more = new_message(*operation.key.kind);
    (void)from_wire(operation.bytes, *more);
    state_.put(*operation.key.kind, *more);
  }
  auto change = state_.put(storage_row(*where.kind), message);
  return shown(where, *change.object->message(), code);
}

outcome kind_server::post(std::string_view path, std::string_view body) {
  place where = place_of(path);
  if (!where.kind) return failure(not_found("", "", ""));
  return where.subresource.empty() ? create(where, body) : post_to_pod(where, body);
}

outcome kind_server::create(const place& where, std::string_view body) {
  auto& kind = *where.kind;
  auto decoded = decode_body(body, body_form::json, body_type_of(kind));
  if (!decoded) return failure(decoded.error());
  auto object = std::move(*decoded);
  gateway::strategy_of(kind).default_object(*object);
  auto& row = storage_row(kind);
  if (&row != &kind)
    if (auto other = gateway::convert(*object, row)) object = std::move(other);
  auto& rules = gateway::strategy_of(row);
  auto& data = metadata_of(*object);
  if (!data.resourceversion().empty())
    return failure(plain_error("resourceVersion should not be set on objects to be created"));
  if (!data.namespace_().empty() && kind.namespaced && data.namespace_() != where.space)
    return failure(
        bad_request("the namespace of the provided object does not match the namespace sent on the request"));
  data.clear_namespace_();
  if (kind.namespaced) data.set_namespace_(where.space);
  data.clear_uid(), data.clear_deletiontimestamp(), data.clear_deletiongraceperiodseconds(), data.clear_selflink(),
      data.clear_managedfields();
  if (data.name().empty() && !data.generatename().empty())
    data.set_name(data.generatename().substr(0, 58) + gateway::uuid_of(random_).substr(0, 5));
  data.set_uid(gateway::uuid_of(random_));
  gateway::set_time(data.mutable_creationtimestamp(), wall_ns_);
  if (kind.has_generation) data.set_generation(1);
  std::string name = data.name();
  auto own = context(where, name);
  if (auto done = rules.admit(own, *object, nullptr); !done) return failure(done.error());
  rules.prepare_for_create(own, *object);
  std::vector<status_cause> causes;
  gateway::validate_metadata(row, *object, causes);
  rules.validate_create(own, *object, causes);
  if (!causes.empty()) return failure(invalid(kind.group, kind.kind, name, causes));
  if (auto done = rules.begin_create(own, *object); !done) return failure(done.error());
  if (auto done = gateway::charge_quotas(own, row, *object, nullptr); !done) return failure(done.error());
  rules.canonicalize(*object);
  rules.warn(own, *object, nullptr);
  if (state_.get(row, where.space, name)) return failure(already_exists(kind.group, kind.plural, name));
  return commit(where, own, *object, 201);
}

outcome kind_server::post_to_pod(const place& where, std::string_view body) {
  auto found = state_.get(*where.kind, where.space, where.name);
  if (!found) return failure(not_found("", where.kind->plural, where.name));
  bool binding = where.subresource == "binding";
  auto decoded = decode_body(body, body_form::json,
                             binding ? body_type_of("", "v1", "Binding") : body_type_of("policy", "v1", "Eviction"));
  if (!decoded) return failure(decoded.error());
  auto pod = clone(*found->message());
  auto own = context(where, where.name);
  if (binding) {
    if (auto done = gateway::bind_pod(own, *pod, **decoded); !done) return failure(done.error());
    (void)commit(where, own, *pod, 201);
  } else {
    auto plan = gateway::plan_eviction(own, *pod, **decoded);
    if (!plan) return failure(plan.error());
    state_.remove(*found);
  }
  return {201, {}, R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201})", {}};
}

outcome kind_server::update(const place& where, const object_ptr& before, message_ptr now) {
  auto& kind = *where.kind;
  gateway::strategy_of(kind).default_object(*now);
  auto& row = storage_row(kind);
  if (&row != &kind)
    if (auto other = gateway::convert(*now, row)) now = std::move(other);
  auto& rules = gateway::strategy_of(row);
  auto& data = metadata_of(*now);
  auto old = clone(*before->message());
  auto& old_data = metadata_of(*old);
  if (data.name().empty())
    return failure(bad_request("the name of the object (" + where.name +
                               " based on URL) was undeterminable: name must be provided"));
  if (data.name() != where.name)
    return failure(bad_request("the name of the object (" + data.name() + ") does not match the name on the URL (" +
                               where.name + ")"));
  if (!data.namespace_().empty() && data.namespace_() != where.space)
    return failure(
        bad_request("the namespace of the provided object does not match the namespace sent on the request"));
  if (kind.namespaced) data.set_namespace_(where.space);
  if (data.uid().empty()) data.set_uid(old_data.uid());
  *data.mutable_creationtimestamp() = old_data.creationtimestamp();
  data.clear_resourceversion(), old_data.clear_resourceversion();
  if (kind.has_generation) data.set_generation(old_data.generation());
  auto own = context(where, where.name);
  if (auto done = rules.admit(own, *now, old.get()); !done) return failure(done.error());
  rules.prepare_for_update(own, *now, *old);
  std::vector<status_cause> causes;
  gateway::validate_metadata_update(row, *now, *old, causes);
  rules.validate_update(own, *now, *old, causes);
  if (!causes.empty()) return failure(invalid(kind.group, kind.kind, where.name, causes));
  if (auto done = rules.begin_update(own, *now, *old); !done) return failure(done.error());
  if (auto done = gateway::charge_quotas(own, row, *now, old.get()); !done) return failure(done.error());
  rules.canonicalize(*now);
  rules.warn(own, *now, old.get());
  return commit(where, own, *now, 200);
}

outcome kind_server::put(std::string_view path, std::string_view body) {
  place where = place_of(path);
  auto before = state_.get(storage_row(*where.kind), where.space, where.name);
  if (!before) return failure(not_found(where.kind->group, where.kind->plural, where.name));
  auto decoded = decode_body(body, body_form::json, body_type_of(*where.kind));
  if (!decoded) return failure(decoded.error());
  return update(where, before, std::move(*decoded));
}

outcome kind_server::patch(std::string_view path, patch_form form, std::string_view text) {
  place where = place_of(path);
  auto& kind = *where.kind;
  auto before = state_.get(storage_row(kind), where.space, where.name);
  if (!before) return failure(not_found(kind.group, kind.plural, where.name));
  auto other = gateway::convert(*before->message(), kind);
  auto made = apply_patch(form, text, other ? *other : *before->message(), std::string(api_version(kind)), kind.kind);
  if (!made) return failure(made.error());
  return update(where, before, std::move(made->message));
}

outcome kind_server::get(std::string_view path) {
  place where = place_of(path);
  auto found = state_.get(storage_row(*where.kind), where.space, where.name);
  if (!found) return failure(not_found(where.kind->group, where.kind->plural, where.name));
  if (where.subresource != "scale") return shown(where, *found->message(), 200);
  auto view = gateway::strategy_of(*where.kind).scale_of(*found->message());
  k8s::io::api::autoscaling::v1::Scale scale;
  auto message = found->message();
  auto& data = static_cast<const ObjectMeta&>(*object_meta(*message));
  scale.mutable_metadata()->set_name(data.name());
  scale.mutable_metadata()->set_namespace_(data.namespace_());
  scale.mutable_metadata()->set_uid(data.uid());
  scale.mutable_metadata()->set_resourceversion(data.resourceversion());
  *scale.mutable_metadata()->mutable_creationtimestamp() = data.creationtimestamp();
  scale.mutable_spec()->set_replicas(view.replicas);
  scale.mutable_status()->set_replicas(view.status_replicas);
  scale.mutable_status()->set_selector(view.selector);
  return {200, {}, to_json(scale, "autoscaling/v1", "Scale"), {}};
}

outcome kind_server::remove(std::string_view path) {
  place where = place_of(path);
  auto found = state_.get(storage_row(*where.kind), where.space, where.name);
  if (!found) return failure(not_found(where.kind->group, where.kind->plural, where.name));
  auto own = context(where, where.name);
  gateway::strategy_of(storage_row(*where.kind)).released(own, *found->message());
  for (auto& operation : own.also)
    if (auto gone = state_.get(*operation.key.kind, operation.key.space, operation.key.name)) state_.remove(*gone);
  state_.remove(*found);
  return {200, {}, {}, {}};
}

void kind_server::begin_removal(std::string_view path) {
  place where = place_of(path);
  auto& row = storage_row(*where.kind);
  auto found = state_.get(row, where.space, where.name);
  auto going = clone(*found->message());
  gateway::set_time(metadata_of(*going).mutable_deletiontimestamp(), wall_ns_);
  auto own = context(where, where.name);
  gateway::strategy_of(row).mark_deleting(own, *going);
  state_.put(row, *going);
}

}  // namespace troupe::test
