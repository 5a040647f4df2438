// RFC 6902 as upstream's library has it: an index may be negative, `replace` of a missing member adds it.
#include <charconv>
#include <optional>

#include "messages/patch.hpp"

namespace troupe {
namespace {

using type = value::type;

status rejected() {
  status error;
  error.code = 422;
  error.reason = "Invalid";
  error.message = "the server rejected our request due to an error in our request";
  error.bare_details = true;
  return error;
}

std::string unescape(std::string_view part) {
  std::string name;
  for (size_t at = 0; at < part.size(); at++) {
    bool escaped = part[at] == '~' && at + 1 < part.size() && (part[at + 1] == '0' || part[at + 1] == '1');
    name.push_back(!escaped ? part[at] : part[++at] == '0' ? '~' : '/');
  }
  return name;
}

// Index into an array of this size; negative ones count from the end.
std::optional<size_t> index_in(std::string_view name, size_t size) {
  int64_t index = 0;
  auto read = std::from_chars(name.data(), name.data() + name.size(), index);
  if (name.empty() || read.ec != std::errc() || read.ptr != name.data() + name.size()) return std::nullopt;
  if (index < 0) index += int64_t(size);
  if (index < 0 || index >= int64_t(size)) return std::nullopt;
  return size_t(index);
}

class json_patcher {
public:
  json_patcher(value_tree& tree, value*& root) : tree_(tree), root_(root) {}

  bool apply(const value& operation) {
    if (!operation.is(type::object)) return false;
    const value *verb = operation.find("op"), *path = operation.find("path");
    if (!verb || !verb->is(type::string) || !path || !path->is(type::string)) return false;
    const value* content = operation.find("value");
    if (verb->text == "add") return add(path->text, copy_of(content));
    if (verb->text == "remove") return remove(path->text);
    if (verb->text == "replace") return replace(path->text, copy_of(content));
    if (verb->text == "test") return test(path->text, content);
    const value* from = operation.find("from");
    if (!from || !from->is(type::string)) return false;
    value* found = get(from->text);
    if (verb->text == "move") return found && remove(from->text) && add(path->text, found);
    return verb->text == "copy" && add(path->text, copy_of(found)); // a copy of what is missing is null
  }

private:
  // The container of a path's last part. What stands before the first slash is ignored, as upstream does.
  struct place {
    value* container = nullptr;
    std::string name;
  };

  value* copy_of(const value* content) { return content ? tree_.copy(*content) : tree_.make(); }

  static value* member(const value& container, std::string_view name) {
    if (container.is(type::object)) return container.find(name);
    if (!container.is(type::array)) return nullptr;
    auto index = index_in(name, container.items.size());
    return index ? container.items[*index] : nullptr;
  }

  bool find(std::string_view path, place& to) {
    size_t slash = path.find('/');
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
    to.container = root_;
    for (;;) {
      if (!to.container || !(to.container->is(type::object) || to.container->is(type::array))) return false;
      to.container->edited = true;
      size_t end = path.find('/');
      to.name = unescape(path.substr(0, end));
      if (end == std::string_view::npos) return true;
      to.container = member(*to.container, to.name);
      path.remove_prefix(end + 1);
    }
  }

  value* get(std::string_view path) {
    if (path.empty()) return root_;
    place at;
    return find(path, at) ? member(*at.container, at.name) : nullptr;
  }

  bool add(std::string_view path, value* content) {
    place at;
    if (!find(path, at)) return false;
    if (at.container->is(type::object)) {
      at.container->set(tree_.hold(at.name), content);
      return true;
    }
    auto& items = at.container->items;
    auto index = at.name == "-" ? items.size() : index_in(at.name, items.size() + 1);
    if (!index) return false;
    items.insert(items.begin() + std::ptrdiff_t(*index), content);
    return true;
  }

  bool remove(std::string_view path) {
    place at;
    if (!find(path, at)) return false;
    if (at.container->is(type::object)) return at.container->erase(at.name);
    auto index = index_in(at.name, at.container->items.size());
    if (index) at.container->items.erase(at.container->items.begin() + std::ptrdiff_t(*index));
    return index.has_value();
  }

  bool replace(std::string_view path, value* content) {
    if (path.empty()) {
      root_ = content;
      return content->is(type::object) || content->is(type::array);
    }
    place at;
    if (!find(path, at)) return false;
    if (at.container->is(type::object)) {
      at.container->set(tree_.hold(at.name), content);
      return true;
    }
    auto index = index_in(at.name, at.container->items.size());
    if (index) at.container->items[*index] = content;
    return index.has_value();
  }

  // A missing member equals null.
  bool test(std::string_view path, const value* wanted) {
    place at;
    if (!path.empty() && !find(path, at)) return false;
    const value* found = path.empty() ? root_ : member(*at.container, at.name);
    bool none = !found || found->is(type::null), wants_none = !wanted || wanted->is(type::null);
    if (none || wants_none) return none && wants_none;
    return equal(*found, *wanted);
  }

  value_tree& tree_;
  value*& root_;
};

} // namespace

result<nothing> apply_json_patch(value_tree& tree, value*& document, const value& operations) {
  json_patcher patcher(tree, document);
  for (const value* operation : operations.items)
    if (!patcher.apply(*operation)) return rejected();
  return nothing{};
}

} // namespace troupe
