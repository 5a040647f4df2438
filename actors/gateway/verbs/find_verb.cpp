#include <algorithm>
#include "actors/gateway/verbs/verbs.hpp"

namespace troupe::gateway {
namespace {

status not_served() {
  status error;
  error.code = 404;
  error.reason = "NotFound";
  error.message = "the server could not find the requested resource";
  error.bare_details = true;
  return error;
}

bool has(std::span<const std::string_view> verbs, std::string_view wanted) {
  return std::find(verbs.begin(), verbs.end(), wanted) != verbs.end();
}

/// The path must say a namespace for namespaced kinds (lists over all aside), and none for others.
bool placed_right(const request_info& info, const kind_row& kind) {
  if (kind.plural == "namespaces" && kind.group.empty()) return true;
  if (!kind.namespaced) return info.space.empty();
  if (!info.space.empty()) return true;
  return !info.named && info.verb != "create" && info.verb != "deletecollection";
}

verb verb_of(std::string_view name) {
  if (name == "get") return run_get;
  if (name == "list") return run_list;
  if (name == "watch") return run_watch;
  if (name == "create") return run_create;
  if (name == "update") return run_update;
  if (name == "patch") return run_patch;
  if (name == "delete") return run_delete;
  if (name == "deletecollection") return run_delete_collection;
  return nullptr;
}

verb part_verb(const kind_row& kind, const subresource& part, std::string_view name) {
  constexpr std::string_view streams[] = {"exec", "attach", "portforward", "log"};
  if (std::find(std::begin(streams), std::end(streams), part.name) != std::end(streams)) return run_stream;
  if (part.name == "proxy") return run_proxy;
  if (part.name == "scale") return run_scale;
  if (part.name == "binding") return run_binding;
  if (part.name == "eviction") return run_eviction;
  if (part.name == "token") return run_token_request;
  if (part.kind != kind.kind) return nullptr;
  return verb_of(name);
}

} // namespace

result<verb> find_verb(exchange& run) {
  auto& info = run.info;
  run.kind = info.malformed ? nullptr : find_kind(info.group, info.version, info.plural);
  if (!run.kind || !placed_right(info, *run.kind)) return not_served();
  auto& kind = *run.kind;
  auto refused = method_not_allowed("", "", info.verb);
  if (!info.subresource.empty()) {
    auto part = std::find_if(kind.subresources.begin(), kind.subresources.end(), [&](auto& row) { return row.name == info.subresource; });
    if (part == kind.subresources.end()) return not_served();
    if (!info.rest.empty() && part->name != "proxy") return not_served();
    run.part = &*part;
    bool listed = has(part->verbs, info.verb) || (part->name == "exec" && info.verb == "get");
    auto found = part_verb(kind, *part, info.verb);
    return listed && found ? result<verb>(found) : result<verb>(refused);
  }
  if (info.named && (info.verb == "create" || info.verb == "list")) return refused;
  if (!info.named && (info.verb == "update" || info.verb == "patch" || info.verb == "get")) return refused;
  if (!kind.can(info.verb)) return refused;
  if (is_actor_kind(kind)) return info.verb == "delete" ? run_actor : verb_of(info.verb);
  if (!kind.stored) {
    if (kind.plural == "bindings") return run_binding;
    if (kind.plural == "componentstatuses") return verb_of(info.verb);
    return run_review;
  }
  auto found = verb_of(info.verb);
  return found ? result<verb>(found) : result<verb>(refused);
}

} // namespace troupe::gateway
