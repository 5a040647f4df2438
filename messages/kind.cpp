#include "messages/kind.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

namespace troupe {
namespace {

using name_key = std::tuple<std::string_view, std::string_view, std::string_view>;
using name_of = name_key (*)(const kind_row&);

name_key by_plural(const kind_row& row) { return {row.group, row.version, row.plural}; }
name_key by_kind(const kind_row& row) { return {row.group, row.version, row.kind}; }

std::vector<const kind_row*> sorted_by(name_of name) {
  std::vector<const kind_row*> rows;
  for (const kind_row& row : kinds()) rows.push_back(&row);
  std::sort(rows.begin(), rows.end(), [&](auto* a, auto* b) { return name(*a) < name(*b); });
  return rows;
}

const kind_row* find_in(const std::vector<const kind_row*>& rows, name_of name, const name_key& wanted) {
  auto at = std::lower_bound(rows.begin(), rows.end(), wanted, [&](auto* row, auto& key) { return name(*row) < key; });
  return at != rows.end() && name(**at) == wanted ? *at : nullptr;
}

// One text a row, in row order.
template <class Make>
std::vector<std::string> texts(Make&& make) {
  std::vector<std::string> all;
  for (const kind_row& row : kinds()) all.push_back(make(row));
  return all;
}

} // namespace

bool kind_row::can(std::string_view verb) const { return std::find(verbs.begin(), verbs.end(), verb) != verbs.end(); }

const kind_row* find_kind(std::string_view group, std::string_view version, std::string_view plural) {
  static const auto rows = sorted_by(by_plural);
  return find_in(rows, by_plural, {group, version, plural});
}

const kind_row* find_kind_of(std::string_view group, std::string_view version, std::string_view kind) {
  static const auto rows = sorted_by(by_kind);
  return find_in(rows, by_kind, {group, version, kind});
}

std::string_view api_version(const kind_row& row) {
  static const auto all = texts([](const kind_row& row) {
    return row.group.empty() ? std::string(row.version) : std::string(row.group) + "/" + std::string(row.version);
  });
  return all[row.index];
}

std::string_view group_resource(const kind_row& row) {
  static const auto all = texts([](const kind_row& row) {
    return row.group.empty() ? std::string(row.plural) : std::string(row.plural) + "." + std::string(row.group);
  });
  return all[row.index];
}

} // namespace troupe
