// Strategic merge patch (apimachinery/pkg/util/strategicpatch): objects merge field by field, lists by merge key or as sets
// where the schema says so; directives in the patch delete, replace, retain and order.
#include <algorithm>

#include "messages/limits.hpp"
#include "messages/patch.hpp"

namespace troupe {
namespace {

using type = value::type;

constexpr std::string_view patch_directive = "$patch";
constexpr std::string_view retain_directive = "$retainKeys";
constexpr std::string_view delete_prefix = "$deleteFromPrimitiveList/";
constexpr std::string_view order_prefix = "$setElementOrder/";

bool directive(std::string_view name) {
  return name == patch_directive || name == retain_directive || name.starts_with(delete_prefix) ||
         name.starts_with(order_prefix);
}

// What tells items of a list apart: the value of the merge key, or the item itself where there is no key.
const value* identity(const value& item, std::string_view key) { return key.empty() ? &item : item.find(key); }

bool same_item(const value& a, const value& b, std::string_view key) {
  const value *left = identity(a, key), *right = identity(b, key);
  return left && right && equal(*left, *right);
}

template <class Items>
int index_of(const Items& items, const value& wanted, std::string_view key) {
  for (size_t i = 0; i < items.size(); i++)
    if (same_item(*items[i], wanted, key)) return int(i);
  return -1;
}

class strategic_merger {
public:
  explicit strategic_merger(value_tree& tree) : tree_(tree) {}

  status error;
  bool failed = false;

  // `of` is null below what the schema knows.
  value* object(value* target, const value& patch, const schema* of) {
    if (const value* how = patch.find(patch_directive)) {
      if (how->text == "replace") return without_directives(patch);
      if (how->text == "delete") return tree_.make(type::object);
      fail(plain_error("unknown patch type: " + go_text(*how) + " in map: " + go_text(patch)));
      return target;
    }
    if (!target || !target->is(type::object)) target = tree_.make(type::object);
    retain(*target, patch);
    std::vector<std::string_view> ordered; // lists that are done
    member_editor members(*target);
    for (const value_member& member : patch.members) {
      if (failed || !member.name.starts_with(order_prefix)) continue;
      ordered_list(members, patch, member, of);
      ordered.push_back(member.name.substr(order_prefix.size()));
      if (ordered.size() > orders_max) fail(bad_request("invalid patch format of setElementOrder list"));
    }
    for (const value_member& member : patch.members) {
      if (failed) break;
      if (member.name.starts_with(delete_prefix))
        delete_from_list(members, member);
      else if (!directive(member.name) && std::find(ordered.begin(), ordered.end(), member.name) == ordered.end())
        merge_member(members, member, of);
    }
    return target;
  }

private:
  void fail(status why) {
    if (!failed) error = std::move(why);
    failed = true;
  }

  static constexpr size_t orders_max = 64; // lists of one object; no type has more

  void merge_member(member_editor& target, const value_member& member, const schema* of) {
    const value& patch = *member.content;
    if (patch.is(type::null)) {
      target.erase(member.name);
      return;
    }
    value* old = target.find(member.name);
    const schema* below = of ? of->field(member.name) : nullptr;
    bool both = old && old->what == patch.what;
    if (both && patch.is(type::object) && !(below && below->replaces()))
      target.set(member.name, object(old, patch, below));
    else if (both && patch.is(type::array) && below && below->merges())
      target.set(member.name, list(*old, patch, *below));
    else
      target.set(member.name, without_directives(patch));
  }

  // Removes what $retainKeys does not name; it must name all that the patch sets.
  void retain(value& target, const value& patch) {
    const value* keys = patch.find(retain_directive);
    if (!keys) return;
    auto named = [&](std::string_view name) {
      return std::any_of(keys->items.begin(), keys->items.end(), [&](const value* key) { return key->text == name; });
    };
    bool wrong = !keys->is(type::array);
    for (const value_member& member : patch.members)
      wrong |= !directive(member.name) && !member.content->is(type::null) && !named(member.name);
    if (wrong) return fail(bad_request("invalid patch format of retainKeys"));
    std::erase_if(target.members, [&](const value_member& member) { return !named(member.name); });
  }

  void delete_from_list(member_editor& target, const value_member& member) {
    value* items = target.find(member.name.substr(delete_prefix.size()));
    if (!items) return; // upstream looks at the directive only then
    if (!member.content->is(type::array) || !items->is(type::array))
      return fail(bad_request("invalid patch format of primitive list"));
    if (!affordable(items->items.size(), member.content->items.size())) return;
    std::erase_if(items->items, [&](const value* item) { return index_of(member.content->items, *item, {}) >= 0; });
  }

  // A list whose order the patch gives, with or without changes to it.
  void ordered_list(member_editor& target, const value& patch, const value_member& member, const schema* of) {
    std::string_view name = member.name.substr(order_prefix.size());
    const value* changes = patch.find(name);
    const value& order = *member.content;
    const schema* below = of ? of->field(name) : nullptr;
    std::string_view key = below ? below->merge_key() : std::string_view();
    if (changes && changes->is(type::null)) {
      target.erase(name);
      return;
    }
    if (!order.is(type::array) || (changes && !changes->is(type::array)))
      return fail(bad_request("invalid patch format of setElementOrder list"));
    if (changes && !in_order(*changes, order, key)) return;
    value* old = target.find(name);
    if (old && !old->is(type::array)) old = nullptr;
    if (!affordable((old ? old->items.size() : 0) + (changes ? changes->items.size() : 0), order.items.size())) return;
    if (!old && !changes) return;
    std::vector<value*> before;
    if (old) before.assign(old->items.begin(), old->items.end());
    value* merged = !changes ? old : old && below ? list(*old, *changes, *below) : without_directives(*changes);
    if (failed) return;
    sort_items(*merged, order.items, before, key);
    target.set(tree_.hold(name), merged);
  }

  // The patch's items must stand in $setElementOrder, in the same order.
  bool in_order(const value& changes, const value& order, std::string_view key) {
    size_t at = 0;
    for (const value* item : changes.items) {
      if (item->find(patch_directive)) continue;
      while (at < order.items.size() && !same_item(*item, *order.items[at], key)) at++;
      if (at++ < order.items.size()) continue;
      fail(plain_error("The order in patch list:\n" + go_text(changes) + "\n doesn't match $setElementOrder list:\n" +
                       go_text(order) + "\n"));
      return false;
    }
    return true;
  }

  // Lists are short: every item is compared with every other.
  bool affordable(size_t items, size_t changes) {
    if (items * (items + changes) > merge_comparisons_max && changes != 0)
      fail(invalid({}, {}, {}, {{"FieldValueTooMany", "a list is too long to be merged", "patch"}}));
    return !failed;
  }

  value* list(value& target, const value& patch, const schema& of) {
    std::string_view key = of.merge_key();
    if (!affordable(target.items.size() + patch.items.size(), patch.items.size())) return &target;
    std::vector<value*> before(target.items.begin(), target.items.end());
    if (key.empty()) {
      for (const value* item : patch.items)
        if (index_of(target.items, *item, {}) < 0) target.items.push_back(tree_.copy(*item));
      sort_items(target, patch.items, before, key);
      return &target;
    }
    std::vector<const value*> changes;
    if (!special_items(target, patch, key, changes)) return &target;
    for (const value* item : changes) {
      if (failed) return &target;
      int at = index_of(target.items, *item, key);
      if (at >= 0)
        target.items[size_t(at)] = object(target.items[size_t(at)], *item, of.item());
      else
        target.items.push_back(without_directives(*item));
    }
    sort_items(target, changes, before, key);
    return &target;
  }

  // Items with a $patch of their own; the others are left in `changes`. False: nothing is left to merge.
  bool special_items(value& target, const value& patch, std::string_view key, std::vector<const value*>& changes) {
    bool replace = false;
    for (const value* item : patch.items) {
      if (!item->is(type::object)) {
        fail(bad_request("invalid patch format of primitive list"));
        return false;
      }
      const value* how = item->find(patch_directive);
      bool keyed = item->find(key);
      if (how && how->text == "replace") {
        replace = true;
        continue;
      }
      if (how && how->text != "delete") {
        fail(plain_error("unknown patch type: " + go_text(*how) + " in map: " + go_text(*item)));
        return false;
      }
      if (!keyed) {
        fail(plain_error("map: " + go_text(*item) + " does not contain declared merge key: " + std::string(key)));
        return false;
      }
      if (how)
        std::erase_if(target.items, [&](const value* old) { return same_item(*old, *item, key); });
      else
        changes.push_back(item);
    }
    if (!replace) return true;
    target.items.clear();
    for (const value* item : changes) target.items.push_back(without_directives(*item));
    return false;
  }

  // Items that the order names come in that order, the others as they were; an item that the list had stands where the
  // list had it, a new one before what follows.
  template <class Order>
  static void sort_items(value& list, const Order& order, const std::vector<value*>& before, std::string_view key) {
    std::vector<value*> named, others;
    for (value* item : list.items) (index_of(order, *item, key) >= 0 ? named : others).push_back(item);
    std::stable_sort(named.begin(), named.end(),
                     [&](value* a, value* b) { return index_of(order, *a, key) < index_of(order, *b, key); });
    list.items.clear();
    size_t i = 0, j = 0;
    while (i < others.size() || j < named.size()) {
      bool other = j == named.size();
      if (!other && i < others.size()) {
        int left = index_of(before, *others[i], key), right = index_of(before, *named[j], key);
        other = left >= 0 && right >= 0 && left < right;
      }
      list.items.push_back(other ? others[i++] : named[j++]);
    }
  }

  // A copy of what is new: without directives, without nulls in objects, without items that only delete.
  value* without_directives(const value& patch) {
    value* made = tree_.make(patch.what);
    made->flag = patch.flag;
    made->text = patch.text;
    for (const value* item : patch.items) {
      const value* how = item->find(patch_directive);
      if (how && how->text == "delete") continue;
      bool only_directive = how && item->members.size() == 1;
      if (!only_directive) made->items.push_back(without_directives(*item));
    }
    for (const value_member& member : patch.members)
      if (!directive(member.name) && !member.content->is(type::null))
        made->members.push_back({member.name, without_directives(*member.content)});
    return made;
  }

  value_tree& tree_;
};

} // namespace

result<value*> strategic_merge(value_tree& tree, value* target, const value& patch, const schema& of) {
  strategic_merger merger(tree);
  value* merged = merger.object(target, patch, &of);
  if (merger.failed) return merger.error;
  return merged;
}

} // namespace troupe
