#include "actors/gateway/format/answers.hpp"
#include "actors/gateway/format/convert.hpp"
#include "actors/gateway/verbs/deletion.hpp"
#include "actors/gateway/verbs/reading.hpp"
#include "actors/gateway/verbs/verbs.hpp"

namespace troupe::gateway {
namespace {

/// A kind answers with the object, or with a Status about it. What is still there is always shown.
step answer_deleted(exchange& run, const object_ptr& last, deletion::outcome what) {
  if (what == deletion::outcome::removed && !run.kind->delete_returns_object) return answer_gone(run, last->name(), last->uid());
  return answer_object(run, 200, last);
}

void warn_orphans(exchange& run, const delete_options& options) {
  if (options.propagation.empty() && run.kind->group == "batch" && run.kind->plural == "jobs")
    run.warnings.push_back("child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove "
                           "them or set propagationPolicy=Orphan to suppress this warning");
}

// A collection is deleted in transactions of bounded size, each from the state of then.
constexpr size_t sweep_objects_max = 500;
constexpr size_t sweep_bytes_max = 1u << 20;

struct sweep {
  list_page page;
  delete_options options;
  size_t next = 0;
};

step sweep_on(const exchange_ptr& run, const std::shared_ptr<sweep>& all) {
  txn write;
  size_t bytes = 0;
  while (all->next < all->page.items.size() && write.operations.size() < sweep_objects_max && bytes < sweep_bytes_max) {
    auto& listed = all->page.items[all->next++];
    auto stored = run->state().get(run->storage(), listed->space(), listed->name());
    if (!stored || stored->uid() != listed->uid()) continue; // gone meanwhile
    write_context with(*run, std::string(stored->space()), std::string(stored->name()));
    auto plan = plan_deletion(*run, with, stored, all->options);
    if (!plan) return fail(*run, plan.error());
    bytes += plan->bytes.size();
    add_deletion(*run, with, stored, *plan, write);
  }
  if (write.operations.empty()) return answer_list(*run, std::move(all->page));
  return propose(run, std::move(write), [run, all](exchange& home, const txn_outcome& outcome) {
    if (all->page.continuation.empty()) all->page.revision = outcome.revision;
    if (all->next < all->page.items.size()) return sweep_on(run, all);
    return answer_list(home, std::move(all->page));
  });
}

} // namespace

step run_delete(const exchange_ptr& run) {
  run->warnings.clear();
  auto options = read_delete_options(*run);
  if (!options) return fail(*run, options.error());
  auto found = existing(*run);
  if (!found) return fail(*run, found.error());
  auto stored = *found;
  if (auto good = check_deletable(*run, stored); !good) return fail(*run, good.error());
  if (auto good = admit_node(*run, nullptr, stored); !good) return fail(*run, good.error());
  warn_orphans(*run, *options);
  write_context with(*run, std::string(stored->space()), std::string(stored->name()));
  auto plan = plan_deletion(*run, with, stored, *options);
  if (!plan) return fail(*run, plan.error());
  if (plan->what == deletion::outcome::unchanged) return answer_deleted(*run, stored, plan->what);
  auto what = plan->what;
  auto bytes = what == deletion::outcome::marked ? plan->bytes : stored_bytes(*plan->object);
  if (options->dry_run) return answer_deleted(*run, object::make(run->storage(), stored->revision(), bytes), what);
  txn write;
  add_deletion(*run, with, stored, *plan, write);
  return propose(run, std::move(write), [what, bytes](exchange& home, const txn_outcome& outcome) {
    // A removed object is shown as it would have been stored last (a pod with its deletion time).
    return answer_deleted(home, object::make(home.storage(), outcome.revision, bytes), what);
  });
}

step run_delete_collection(const exchange_ptr& run) {
  run->warnings.clear();
  auto options = read_delete_options(*run);
  if (!options) return fail(*run, options.error());
  auto listed = read_list_options(*run, false);
  if (!listed) return fail(*run, listed.error());
  auto page = read_page(*run, *listed);
  if (!page) return fail(*run, page.error());
  for (auto& stored : page->items)
    if (auto good = check_deletable(*run, stored); !good) return fail(*run, good.error());
  if (options->dry_run || page->items.empty()) return answer_list(*run, std::move(*page));
  return sweep_on(run, std::make_shared<sweep>(sweep{std::move(*page), *options}));
}

step run_actor(const exchange_ptr& run) {
  auto& options = run->shared.options;
  auto* state = options.actor_state;
  auto found = state ? state->get(*run->kind, "", run->info.name) : nullptr;
  if (!found) return fail(*run, not_found(run->kind->group, run->kind->plural, run->info.name));
  if (!run->dry_run() && options.kill_actor) {
    auto outcome = options.kill_actor(run->info.name);
    if (!outcome) return fail(*run, outcome.error());
  }
  return answer_gone(*run, found->name(), found->uid());
}

} // namespace troupe::gateway
