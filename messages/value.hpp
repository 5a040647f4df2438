// A JSON document as a tree that can be edited: what patches, apply and bodies of custom resources work on. All values of
// one tree live in one bump allocator, for the time of one request.
#pragma once
#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe {

struct value;

struct value_member {
  std::string_view name;
  value* content;
};

struct value {
  enum class type : uint8_t { null, boolean, number, string, array, object } what = type::null;
  bool flag = false;   // of a boolean
  bool edited = false; // an object that a patch went into: shown with sorted names, as upstream shows it
  std::string_view text; // of a string: decoded; of a number: as written
  std::pmr::vector<value*> items;
  std::pmr::vector<value_member> members; // in order; names are distinct

  explicit value(std::pmr::memory_resource* memory) : items(memory), members(memory) {}
  bool is(type wanted) const { return what == wanted; }
  value* find(std::string_view name) const;
  /// Replaces or appends a member.
  void set(std::string_view name, value* content);
  bool erase(std::string_view name);
};

/// Many edits of one object's members: each takes constant time however many there are, so that no patch can take hours.
class member_editor {
public:
  explicit member_editor(value& object);
  ~member_editor(); // removes what was erased
  member_editor(const member_editor&) = delete;
  member_editor& operator=(const member_editor&) = delete;
  value* find(std::string_view name) const;
  void set(std::string_view name, value* content);
  bool erase(std::string_view name);

private:
  static constexpr size_t linear_max = 32; // up to here looking through is faster than a table
  value_member* member(std::string_view name) const;
  value& object_;
  std::unordered_map<std::string_view, size_t> positions_; // empty: look through
  bool erased_ = false;
};

/// Owns the values of one request.
class value_tree {
public:
  value* make(value::type what = value::type::null);
  value* make_string(std::string_view text) { // copied
    value* made = make(value::type::string);
    made->text = hold(text);
    return made;
  }
  value* make_number(int64_t number);
  value* make_boolean(bool flag) {
    value* made = make(value::type::boolean);
    made->flag = flag;
    return made;
  }
  /// A copy of the text that lives as long as the tree.
  std::string_view hold(std::string_view text);
  /// Null on a syntax error or a nesting beyond value_depth_max; `error` is Go's text. Of equal names the last counts.
  value* parse(std::string_view json, std::string* error = nullptr);
  value* copy(const value& original);

private:
  static constexpr size_t first_block_bytes = 16u << 10;
  std::pmr::monotonic_buffer_resource memory_{first_block_bytes};
};

/// Equal as JSON: order of members does not count; numbers by text, else by value.
bool equal(const value& a, const value& b);
/// Appends compact JSON. Edited objects are written in name order, or all of them with `sorted`.
void append_json(std::string& out, const value& shown, bool sorted = false);
std::string to_json(const value& shown, bool sorted = false);
/// As Go's %v prints decoded JSON: map[a:1 b:[x y]], names sorted.
std::string go_text(const value& shown);
/// "object", "array", "string", "number", "bool", "null".
std::string_view type_name(value::type what);

} // namespace troupe
