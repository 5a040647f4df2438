// Label selectors: their rules, their text, and whether they select a set of labels.
#include <algorithm>
#include "actors/gateway/strategies/meta_check.hpp"
#include "actors/gateway/strategies/name_check.hpp"
#include "actors/gateway/strategies/value_format.hpp"
#include "messages/api/meta/v1.pb.h"

namespace troupe::gateway {
namespace {

void check_requirement(causes& found, const field_path& path, const meta::LabelSelectorRequirement& one) {
  if (is_one_of(one.operator_(), {"In", "NotIn"})) {
    if (one.values().empty())
      add_required(found, path / "values", "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (is_one_of(one.operator_(), {"Exists", "DoesNotExist"})) {
    if (!one.values().empty())
      add_forbidden(found, path / "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else {
    add_invalid(found, path / "operator", one.operator_(), "not a valid selector operator");
  }
  add_problems(found, path / "key", one.key(), qualified_name_problems(one.key()));
  for (int i = 0; i < one.values_size(); ++i)
    add_problems(found, (path / "values")[i], one.values(i), label_value_problems(one.values(i)));
}

bool holds(const meta::LabelSelectorRequirement& one, const google::protobuf::RepeatedPtrField<StringEntry>& labels) {
  auto* label = find_entry(labels, one.key());
  bool listed = label && std::find(one.values().begin(), one.values().end(), label->value()) != one.values().end();
  if (one.operator_() == "In") return listed;
  if (one.operator_() == "NotIn") return !listed;
  return one.operator_() == "Exists" ? label != nullptr : label == nullptr;
}

std::string text_of(const meta::LabelSelectorRequirement& one) {
  if (one.operator_() == "Exists") return one.key();
  if (one.operator_() == "DoesNotExist") return "!" + one.key();
  std::vector<std::string> values(one.values().begin(), one.values().end());
  std::sort(values.begin(), values.end());
  std::string list;
  for (auto& value : values) list.append(list.empty() ? "" : ",").append(value);
  return one.key() + (one.operator_() == "In" ? " in (" : " notin (") + list + ")";
}

}  // namespace

void check_selector(causes& found, const field_path& path, const meta::LabelSelector& selector) {
  for (auto& entry : selector.matchlabels()) {
    add_problems(found, path / "matchLabels", entry.key(), qualified_name_problems(entry.key()));
    for (auto& problem : label_value_problems(entry.value()))
      add_invalid(found, (path / "matchLabels").at(entry.key()), entry.value(), problem);
  }
  for (int i = 0; i < selector.matchexpressions_size(); ++i)
    check_requirement(found, (path / "matchExpressions")[i], selector.matchexpressions(i));
}

bool is_empty(const meta::LabelSelector& selector) {
  return selector.matchlabels().empty() && selector.matchexpressions().empty();
}

bool selects(const meta::LabelSelector& selector, const google::protobuf::RepeatedPtrField<StringEntry>& labels) {
  for (auto& wanted : selector.matchlabels()) {
    auto* label = find_entry(labels, wanted.key());
    if (!label || label->value() != wanted.value()) return false;
  }
  for (auto& one : selector.matchexpressions())
    if (!holds(one, labels)) return false;
  return true;
}

std::string selector_text(const meta::LabelSelector& selector) {
  std::vector<std::pair<std::string, std::string>> parts;  // by key
  for (auto& entry : selector.matchlabels()) parts.emplace_back(entry.key(), entry.key() + "=" + entry.value());
  for (auto& one : selector.matchexpressions()) parts.emplace_back(one.key(), text_of(one));
  std::stable_sort(parts.begin(), parts.end(), [](auto& left, auto& right) { return left.first < right.first; });
  std::string out;
  for (auto& [key, text] : parts) out.append(out.empty() ? "" : ",").append(text);
  return out;
}

}  // namespace troupe::gateway
