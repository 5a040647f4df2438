#include <algorithm>
#include "actors/gateway/verbs/reading.hpp"
#include "actors/gateway/verbs/verbs.hpp"

namespace troupe::gateway {
namespace {

constexpr size_t unselective_page = 500; // objects looked at in one go where a selector and a limit meet

/// "GROUP_RESOURCE/SPACE": what a position in a list is relative to. Of a list over all namespaces, without the space.
std::string prefix_of(const exchange& run) {
  std::string text(group_resource(run.storage()));
  auto space = listed_space(run);
  if (!run.kind->namespaced) text += "/";
  else if (!space.empty()) text += "/" + std::string(space);
  return text;
}

status expired(const list_options& options) {
  if (options.continuation.empty()) return gone("The resourceVersion for the provided list is too old.");
  return gone("The provided continue parameter is too old to display a consistent list result. You can start a new list without "
              "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
              "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
              "deleted between the time the first chunk was returned and now may show up in the list.");
}

/// What a page begins at.
struct page_start {
  list_range range;
  std::string after;  // owns range.after's text
  int64_t seen = 0;
};

result<page_start> start_of(const exchange& run, const list_options& options, const roots& state) {
  page_start start;
  start.range.kind = &run.storage();
  start.range.space = listed_space(run);
  if (!options.continuation.empty()) {
    auto position = read_position(options.continuation);
    if (!position) return position.error();
    if (options.resource_version.value_or(0) != 0) return bad_request("specifying resource version is not allowed when using continue");
    start.after = prefix_of(run) + position->after;
    start.seen = position->seen;
    if (position->revision > 0) start.range.revision = static_cast<uint64_t>(position->revision);
  } else if (options.match == "Exact") {
    start.range.revision = options.resource_version.value_or(0);
  }
  uint64_t asked = std::max(start.range.revision, options.resource_version.value_or(0));
  if (asked > state.revision()) return too_large_version(asked, state.revision());
  return start;
}

} // namespace

status too_large_version(uint64_t wanted, uint64_t now) {
  auto error = timeout_error("Too large resource version: " + std::to_string(wanted) + ", current: " + std::to_string(now), 1);
  error.causes.push_back({"ResourceVersionTooLarge", "Too large resource version", ""});
  return error;
}

result<list_page> read_page(const exchange& run, const list_options& options) {
  auto* state = run.shared.state_of(*run.kind, run.state());
  if (!state) return list_page{};
  auto start = start_of(run, options, *state);
  if (!start) return start.error();
  auto range = start->range;
  std::string after = start->after;
  size_t limit = options.limit > 0 ? static_cast<size_t>(options.limit) : 0;
  list_page page;
  bool more = false;
  do {
    std::vector<object_ptr> found;
    range.after = after;
    range.limit = limit == 0 || options.wanted.empty() ? limit : std::max(limit, unselective_page);
    auto shown = state->list(range, found, more);
    if (!shown) return shown.error().code == 410 ? expired(options) : shown.error();
    page.revision = range.revision = *shown;
    for (size_t at = 0; at < found.size(); ++at) {
      if (limit && page.items.size() == limit) {
        more = true;
        break;
      }
      after = found[at]->key().text();
      if (options.wanted.matches(*found[at])) page.items.push_back(std::move(found[at]));
    }
    // Looking on would not add to a full page.
  } while (more && limit && page.items.size() < limit);
  if (!more || !limit) return page;
  int64_t seen = start->seen + static_cast<int64_t>(page.items.size());
  page.continuation = write_position({static_cast<int64_t>(page.revision), after.substr(prefix_of(run).size()), seen});
  int64_t all = static_cast<int64_t>(state->count(run.storage(), listed_space(run)));
  if (options.wanted.empty() && all > seen) page.remaining = all - seen;
  return page;
}

step run_list(const exchange_ptr& run) {
  auto options = read_list_options(*run, false);
  if (!options) return fail(*run, options.error());
  auto page = read_page(*run, *options);
  if (!page && page.error().code == 410 && !options->continuation.empty()) {
    auto position = read_position(options->continuation);
    position->revision = -1;
    return fail_expired(*run, page.error(), write_position(*position));
  }
  if (!page) return fail(*run, page.error());
  return answer_list(*run, std::move(*page));
}

} // namespace troupe::gateway
