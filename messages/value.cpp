#include "messages/value.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "messages/json_reader.hpp"
#include "messages/json_text.hpp"
#include "messages/limits.hpp"

namespace troupe {
namespace {

using type = value::type;

class tree_reader {
public:
  tree_reader(value_tree& tree, std::string_view json) : tree_(tree), reader_(json) {}

  value* read(std::string* error) {
    value* root = any(0);
    reader_.finish();
    if (!reader_.failed() && !too_deep_) return root;
    if (error) *error = too_deep_ ? "exceeded max depth" : reader_.error();
    return nullptr;
  }

private:
  value* any(int depth) {
    value* made = tree_.make();
    if (depth > value_depth_max) {
      too_deep_ = true;
      reader_.skip();
      return made;
    }
    switch (reader_.peek()) {
      case '{':
        made->what = type::object;
        object(*made, depth);
        return made;
      case '[':
        made->what = type::array;
        if (reader_.enter('[')) do made->items.push_back(any(depth + 1));
          while (reader_.more(']'));
        return made;
      case '"':
        made->what = type::string;
        made->text = tree_.hold(reader_.string());
        return made;
      case 't':
      case 'f':
        made->what = type::boolean;
        made->flag = reader_.boolean();
        return made;
      case 'n':
        reader_.null();
        return made;
      default:
        made->what = type::number;
        made->text = tree_.hold(reader_.number());
        return made;
    }
  }

  void object(value& made, int depth) {
    if (reader_.enter('{')) do {
        std::string_view name = tree_.hold(reader_.name());
        if (reader_.failed()) break;
        made.members.push_back({name, any(depth + 1)});
      } while (reader_.more('}'));
    if (made.members.size() > 1) drop_repeated(made);
  }

  // Of equal names the last value counts, in the place of the first.
  static void drop_repeated(value& made) {
    auto before = [](const value_member* a, const value_member* b) { return a->name < b->name; };
    std::vector<value_member*> order;
    for (value_member& member : made.members) order.push_back(&member);
    std::stable_sort(order.begin(), order.end(), before);
    bool repeated = false;
    for (size_t i = order.size() - 1; i > 0; i--) {
      if (order[i]->name != order[i - 1]->name) continue;
      order[i - 1]->content = order[i]->content;
      order[i]->content = nullptr;
      repeated = true;
    }
    if (repeated) std::erase_if(made.members, [](const value_member& member) { return !member.content; });
  }

  value_tree& tree_;
  json_reader reader_;
  bool too_deep_ = false;
};

std::vector<value_member> by_name(const value& object) {
  std::vector<value_member> members(object.members.begin(), object.members.end());
  std::sort(members.begin(), members.end(), [](auto& a, auto& b) { return a.name < b.name; });
  return members;
}

double number_of(std::string_view text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void append_go(std::string& out, const value& shown) {
  switch (shown.what) {
    case type::null: out += "<nil>"; return;
    case type::boolean: out += shown.flag ? "true" : "false"; return;
    case type::number:
    case type::string: out += shown.text; return;
    case type::array:
      out += "[";
      for (bool first = true; const value* item : shown.items) {
        if (!first) out += " ";
        first = false;
        append_go(out, *item);
      }
      out += "]";
      return;
    case type::object:
      out += "map[";
      for (bool first = true; const value_member& member : by_name(shown)) {
        if (!first) out += " ";
        first = false;
        out += member.name;
        out += ":";
        append_go(out, *member.content);
      }
      out += "]";
  }
}

template <class Members>
void append_members(std::string& out, const Members& members, bool sorted) {
  out.push_back('{');
  for (bool first = true; const value_member& member : members) {
    if (!first) out.push_back(',');
    first = false;
    append_json_string(out, member.name);
    out.push_back(':');
    append_json(out, *member.content, sorted);
  }
  out.push_back('}');
}

} // namespace

value* value::find(std::string_view name) const {
  for (const value_member& member : members)
    if (member.name == name) return member.content;
  return nullptr;
}

void value::set(std::string_view name, value* content) {
  for (value_member& member : members)
    if (member.name == name) {
      member.content = content;
      return;
    }
  members.push_back({name, content});
}

bool value::erase(std::string_view name) {
  return std::erase_if(members, [&](const value_member& member) { return member.name == name; }) != 0;
}

member_editor::member_editor(value& object) : object_(object) {
  if (object.members.size() <= linear_max) return;
  for (size_t i = 0; i < object.members.size(); i++) positions_.emplace(object.members[i].name, i);
}

member_editor::~member_editor() {
  if (erased_) std::erase_if(object_.members, [](const value_member& member) { return !member.content; });
}

value_member* member_editor::member(std::string_view name) const {
  if (positions_.empty()) {
    for (value_member& each : object_.members)
      if (each.name == name) return &each;
    return nullptr;
  }
  auto at = positions_.find(name);
  return at == positions_.end() ? nullptr : &object_.members[at->second];
}

value* member_editor::find(std::string_view name) const {
  const value_member* found = member(name);
  return found ? found->content : nullptr;
}

void member_editor::set(std::string_view name, value* content) {
  if (value_member* found = member(name)) {
    found->content = content;
    return;
  }
  object_.members.push_back({name, content});
  if (!positions_.empty()) {
    positions_.emplace(name, object_.members.size() - 1);
  } else if (object_.members.size() > linear_max) {
    for (size_t i = 0; i < object_.members.size(); i++) positions_.emplace(object_.members[i].name, i);
  }
}

bool member_editor::erase(std::string_view name) {
  value_member* found = member(name);
  if (!found || !found->content) return false;
  found->content = nullptr;
  erased_ = true;
  return true;
}

value* value_tree::make(value::type what) {
  auto* made = new (memory_.allocate(sizeof(value), alignof(value))) value(&memory_);
  made->what = what;
  return made;
}

value* value_tree::make_number(int64_t number) {
  value* made = make(value::type::number);
  made->text = hold(std::to_string(number));
  return made;
}

std::string_view value_tree::hold(std::string_view text) {
  if (text.empty()) return {"", 0};
  auto* copy = static_cast<char*>(memory_.allocate(text.size(), 1));
  memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

value* value_tree::parse(std::string_view json, std::string* error) { return tree_reader(*this, json).read(error); }

value* value_tree::copy(const value& original) {
  value* made = make(original.what);
  made->flag = original.flag;
  made->edited = original.edited;
  made->text = original.text;
  made->items.reserve(original.items.size());
  made->members.reserve(original.members.size());
  for (const value* item : original.items) made->items.push_back(copy(*item));
  for (const value_member& member : original.members) made->members.push_back({member.name, copy(*member.content)});
  return made;
}

bool equal(const value& a, const value& b) {
  if (a.what != b.what) return false;
  switch (a.what) {
    case type::null: return true;
    case type::boolean: return a.flag == b.flag;
    case type::string: return a.text == b.text;
    case type::number: return a.text == b.text || number_of(a.text) == number_of(b.text);
    case type::array:
      return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(),
                        [](const value* left, const value* right) { return equal(*left, *right); });
    case type::object: break;
  }
  auto left = by_name(a), right = by_name(b);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const value_member& x, const value_member& y) {
    return x.name == y.name && equal(*x.content, *y.content);
  });
}

void append_json(std::string& out, const value& shown, bool sorted) {
  switch (shown.what) {
    case type::null: out += "null"; return;
    case type::boolean: out += shown.flag ? "true" : "false"; return;
    case type::number: out += shown.text; return;
    case type::string: return append_json_string(out, shown.text);
    case type::array:
      out.push_back('[');
      for (bool first = true; const value* item : shown.items) {
        if (!first) out.push_back(',');
        first = false;
        append_json(out, *item, sorted);
      }
      out.push_back(']');
      return;
    case type::object:
      if (sorted || shown.edited) return append_members(out, by_name(shown), sorted);
      return append_members(out, shown.members, sorted);
  }
}

std::string to_json(const value& shown, bool sorted) {
  std::string out;
  append_json(out, shown, sorted);
  return out;
}

std::string go_text(const value& shown) {
  std::string out;
  append_go(out, shown);
  return out;
}

std::string_view type_name(value::type what) {
  constexpr std::string_view names[] = {"null", "bool", "number", "string", "array", "object"};
  return names[size_t(what)];
}

} // namespace troupe
