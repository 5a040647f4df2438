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

} // namespace troupe::gateway
