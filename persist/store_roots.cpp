#include "persist/store_roots.hpp"

#include <map>

namespace troupe {
namespace {

constexpr std::string_view above_all_names = "\xff";  // names are ASCII

/// Orders by value what key_view orders by reference.
struct owned_key {
  std::string space, name;
};
struct key_order {
  bool operator()(const owned_key& a, const owned_key& b) const {
    return compare({0, a.space, a.name}, {0, b.space, b.name}) < 0;
  }
};
/// What differed at the asked revision from what is published: the object there was then, or null.
using differences = std::map<owned_key, object_ptr, key_order>;

/// "GROUP_RESOURCE/NAMESPACE/NAME" without its first label; a cluster-scoped key has an empty namespace or none at all.
owned_key parse_key(std::string_view text) {
  auto rest = text.substr(std::min(text.size(), text.find('/') + 1));
  auto slash = rest.find('/');
  if (slash == std::string_view::npos) return {"", std::string{rest}};
  return {std::string{rest.substr(0, slash)}, std::string{rest.substr(slash + 1)}};
}

class collector {
 public:
  collector(const list_range& range, std::vector<object_ptr>& to, bool& more) : range_(range), to_(to), more_(more) {}
  /// False: full.
  bool take(const object_ptr& one) {
    if (range_.limit != 0 && taken_ == range_.limit) {
      more_ = true;
      return false;
    }
    to_.push_back(one);
    ++taken_;
    return true;
  }

 private:
  const list_range& range_;
  std::vector<object_ptr>& to_;
  bool& more_;
  size_t taken_ = 0;
};

void list_published(const keyspace::view& view, const list_range& range, const key_view& from, bool past,
                    collector& result) {
  view.each(from, past, [&](const object& look, const object_ptr& held) {
    if (look.kind().storage != from.kind || (!range.space.empty() && look.space() != range.space)) return false;
    return result.take(held);
  });
}

/// Both in order: the published objects and those that differed; of the same key the second one counts.
void list_with(const keyspace::view& view, const list_range& range, const key_view& from, bool past,
               const differences& then, collector& result) {
  auto at = then.begin();
  auto relevant = [&](const owned_key& key) { return range.space.empty() || key.space == range.space; };
  auto before_start = [&](const owned_key& key) {
    int order = compare({from.kind, key.space, key.name}, from);
    return order < 0 || (past && order == 0);
  };
  while (at != then.end() && before_start(at->first)) ++at;
  bool room = true;
  view.each(from, past, [&](const object& look, const object_ptr& held) {
    if (look.kind().storage != from.kind || (!range.space.empty() && look.space() != range.space)) return false;
    for (; at != then.end(); ++at) {
      int order = compare({from.kind, at->first.space, at->first.name}, key_of(look));
      if (order > 0) break;
      if (relevant(at->first) && at->second && !(room = result.take(at->second))) return false;
      if (order == 0) {
        ++at;
        return true;
      }
    }
    return room = result.take(held);
  });
  for (; room && at != then.end(); ++at)
    if (relevant(at->first) && at->second) room = result.take(at->second);
}

}  // namespace

object_ptr store_roots::get(const kind_row& kind, std::string_view space, std::string_view name) const {
  return keyspace::view{state_}.find({kind.storage, space, name});
}

size_t store_roots::count(const kind_row& kind, std::string_view space) const {
  keyspace::view view{state_};
  if (space.empty()) return view.count({kind.storage, "", ""}, {static_cast<uint16_t>(kind.storage + 1), "", ""});
  return view.count({kind.storage, space, ""}, {kind.storage, space, above_all_names});
}

result<uint64_t> store_roots::list(const list_range& range, std::vector<object_ptr>& to, bool& more) const {
  more = false;
  keyspace::view view{state_};
  uint64_t now = view.revision();
  if (range.revision > now)
    return timeout_error(
        "Too large resource version: " + std::to_string(range.revision) + ", current: " + std::to_string(now), 1);
  owned_key after = range.after.empty() ? owned_key{std::string{range.space}, ""} : parse_key(range.after);
  bool past = !range.after.empty();
  key_view from{range.kind->storage, after.space, after.name};
  collector result{range, to, more};
  if (range.revision == 0 || range.revision == now) {
    list_published(view, range, from, past, result);
    return now;
  }
  std::vector<event_ptr> changes;
  if (!recent_.changes(*range.kind, range.revision, now, changes)) return gone("the revision is no longer kept");
  differences then;
  for (auto& change : changes)  // the first change of a key after that revision says what was there at it
    then.try_emplace({std::string{change->object->space()}, std::string{change->object->name()}}, change->previous);
  list_with(view, range, from, past, then, result);
  return range.revision;
}

}  // namespace troupe
