#include "actors/gateway/format/answers.hpp"
#include "actors/gateway/verbs/list_options.hpp"
#include "actors/gateway/verbs/reading.hpp"
#include "actors/gateway/verbs/verbs.hpp"

namespace troupe::gateway {

step run_get(const exchange_ptr& run) {
  auto* state = run->shared.state_of(*run->kind, run->state());
  if (!state) return fail(*run, not_found(run->kind->group, run->kind->plural, run->info.name));
  auto version = parse_version(run->query.text("resourceVersion"));
  if (!version) return fail(*run, version.error());
  if (*version > state->revision()) return fail(*run, too_large_version(*version, state->revision()));
  auto found = state->get(run->storage(), run->kind->namespaced ? run->info.space : "", run->info.name);
  if (!found) return fail(*run, not_found(run->kind->group, run->kind->plural, run->info.name));
  return answer_object(*run, 200, found);
}

step run_proxy(const exchange_ptr& run) {
  // The name may be "scheme:name:port".
  std::string name = run->info.name;
  if (size_t colon = name.find(':'); colon != std::string::npos) name = name.substr(colon + 1, name.find(':', colon + 1) - colon - 1);
  auto found = run->state().get(run->storage(), run->kind->namespaced ? run->info.space : "", name);
  bool service = run->kind->plural == "services";
  if (!found && !service) return fail(*run, not_found(run->kind->group, run->kind->plural, name));
  if (!found) return fail(*run, service_unavailable("no endpoints available for service \"" + name + "\"", 0));
  return fail(*run, service_unavailable("this server does not proxy requests yet", 0));
}

} // namespace troupe::gateway
