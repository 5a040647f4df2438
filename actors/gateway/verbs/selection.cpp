#include "actors/gateway/verbs/selection.hpp"
#include <algorithm>
#include "actors/gateway/strategies/strategy.hpp"
#include "messages/limits.hpp"

namespace troupe::gateway {
namespace {

result<nothing> check_fields(const field_selector& fields, const kind_row& kind) {
  auto& rules = strategy_of(kind);
  auto known = rules.field_labels();
  for (auto& term : fields.terms) {
    bool general = term.field == "metadata.name" || (term.field == "metadata.namespace" && kind.namespaced);
    if (general || std::find(known.begin(), known.end(), term.field) != known.end()) continue;
    auto wording = rules.unknown_field_label(term.field);
    return bad_request(wording.empty() ? "field label not supported: " + term.field : wording);
  }
  return nothing{};
}

} // namespace

result<selection> selection::read(const query_values& query, const kind_row& kind) {
  selection read;
  read.kind_ = &kind;
  auto labels = query.text("labelSelector"), fields = query.text("fieldSelector");
  if (labels.size() > selector_bytes_max || fields.size() > selector_bytes_max) return bad_request("the selector is too long");
  std::string why;
  if (!labels.empty()) {
    auto parsed = label_selector::parse(labels, &why);
    if (!parsed) return bad_request(why);
    read.labels_ = std::move(*parsed);
  }
  if (!fields.empty()) {
    auto parsed = field_selector::parse(fields, &why);
    if (!parsed) return bad_request(why);
    if (auto good = check_fields(*parsed, kind); !good) return good.error();
    read.fields_ = std::move(*parsed);
  }
  return read;
}

bool selection::matches(const object& stored) const {
  if (!labels_.empty() && !labels_.matches(stored)) return false;
  for (auto& term : fields_.terms) {
    bool same = false;
    if (term.field == "metadata.name") same = stored.name() == term.value;
    else if (term.field == "metadata.namespace") same = stored.space() == term.value;
    else same = strategy_of(*kind_).field_value(stored, term.field) == term.value;
    if (same == term.negated) return false;
  }
  return true;
}

std::string selection::only_name() const {
  for (auto& term : fields_.terms)
    if (term.field == "metadata.name" && !term.negated) return term.value;
  return {};
}

} // namespace troupe::gateway
