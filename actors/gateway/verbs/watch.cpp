#include "actors/gateway/verbs/reading.hpp"
#include "actors/gateway/verbs/verbs.hpp"
#include "actors/gateway/verbs/watch_hub.hpp"

namespace troupe::gateway {
namespace {

constexpr int64_t watch_seconds_min = 1'800; // a watch without timeoutSeconds lasts this long and up to as much again

status wrong_stream_type() {
  return not_acceptable("only the following media types are accepted: application/json;stream=watch, "
                        "application/vnd.kubernetes.protobuf;stream=watch");
}

int64_t end_of(const exchange& run, const list_options& options) {
  int64_t seconds = options.timeout_seconds.value_or(0);
  if (seconds == 0) {
    random_stream random(run.request.random);
    seconds = watch_seconds_min + static_cast<int64_t>(random.below(watch_seconds_min));
  }
  return run.request.steady_ms + seconds * 1'000;
}

/// What a watch sends before its events: everything there is, where the client names no revision.
result<nothing> add_initial(const exchange& run, const list_options& options, const roots& state, watch_wish& wish) {
  uint64_t asked = options.resource_version.value_or(0);
  bool wants = options.initial_events.value_or(asked == 0);
  wish.after = asked ? asked : state.revision();
  if (!wants) return nothing{};
  if (asked > state.revision()) return too_large_version(asked, state.revision());
  list_range range;
  range.kind = &run.storage();
  range.space = listed_space(run);
  bool more = false;
  std::vector<object_ptr> found;
  auto shown = state.list(range, found, more);
  if (!shown) return shown.error();
  for (auto& object : found)
    if (options.wanted.matches(*object) && (wish.name.empty() || object->name() == wish.name)) wish.initial.push_back(std::move(object));
  wish.after = *shown;
  wish.initial_ends = options.initial_events.value_or(false) && options.bookmarks;
  return nothing{};
}

} // namespace

step run_watch(const exchange_ptr& run) {
  if (run->wanted.form == encoding::yaml) return fail(*run, wrong_stream_type());
  auto options = read_list_options(*run, true);
  if (!options) return fail(*run, options.error());
  auto* state = run->shared.state_of(*run->kind, run->state());
  auto* source = run->shared.events_of(*run->kind);
  if (!state || !source) return fail(*run, service_unavailable("this server has no events of " + std::string(run->kind->plural), 1));
  watch_wish wish;
  wish.format = {run->wanted, run->kind, run->query.text("includeObject"), run->request.wall_ns};
  wish.space = listed_space(*run);
  if (run->info.named) wish.name = run->info.name; // the deprecated path /watch/.../NAME
  wish.bookmarks = options->bookmarks;
  wish.begins_ms = run->request.steady_ms;
  wish.ends_ms = end_of(*run, *options);
  if (auto good = add_initial(*run, *options, *state, wish); !good) return fail(*run, good.error());
  wish.wanted = std::move(options->wanted);
  auto stream = std::make_shared<watch_stream>(std::move(wish), *source, run->storage(), run->local.home);
  auto& out = run->request.out;
  out.code = 200;
  out.content_type = content_type_of(run->wanted, true);
  out.stream = make_watch_body(run->local.hub, std::move(stream), *source, run->storage());
  return step::ready;
}

} // namespace troupe::gateway
