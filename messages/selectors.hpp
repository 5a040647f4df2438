// Label and field selectors: their texts as in a query, parsed with upstream's error texts, and matched.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace troupe {

class object;

/// A conjunction of requirements on labels (apimachinery/pkg/labels).
class label_selector {
public:
  enum class verb : uint8_t { in, not_in, equals, not_equals, exists, absent, greater, less };
  struct requirement {
    std::string key;
    verb what = verb::exists;
    std::vector<std::string> values; // sorted, no duplicates
    /// `value.data() == nullptr`: the label is not there.
    bool matches(std::string_view value) const;
    bool operator==(const requirement&) const = default;
  };

  /// `error`, if given, is upstream's text, without the "unable to parse" that a request's error has around it.
  static std::optional<label_selector> parse(std::string_view text, std::string* error = nullptr);
  /// From a meta.v1.LabelSelector: empty selects all. Errors as LabelSelectorAsSelector.
  static std::optional<label_selector> of(const google::protobuf::Message& selector, std::string* error = nullptr);
  /// Equality with every entry of a map (a Service's selector): (key, value) pairs.
  static label_selector of_pairs(std::vector<std::pair<std::string, std::string>> pairs);
  static label_selector nothing();

  bool empty() const { return requirements_.empty() && !nothing_; } // selects everything
  bool selects_nothing() const { return nothing_; }
  const std::vector<requirement>& requirements() const { return requirements_; }
  /// `find(key)` returns a label's value, with data() == nullptr where there is none.
  template <class Find>
  bool matches(Find&& find) const {
    if (nothing_) return false;
    for (const requirement& each : requirements_)
      if (!each.matches(find(std::string_view(each.key)))) return false;
    return true;
  }
  bool matches(const object& candidate) const;
  /// The labels of a typed message's ObjectMeta.
  bool matches_meta(const google::protobuf::Message& object_meta) const;
  std::string text() const;
  bool operator==(const label_selector&) const = default;

private:
  std::vector<requirement> requirements_; // by key
  bool nothing_ = false;
};

/// A conjunction of equalities on fields (apimachinery/pkg/fields). Which fields a kind has is the caller's knowledge.
struct field_selector {
  struct term {
    std::string field, value;
    bool negated = false;
  };
  std::vector<term> terms; // sorted as upstream sorts them
  bool empty() const { return terms.empty(); }
  static std::optional<field_selector> parse(std::string_view text, std::string* error = nullptr);
  /// `find(field)` returns the field's value as text.
  template <class Find>
  bool matches(Find&& find) const {
    for (const term& each : terms)
      if ((find(std::string_view(each.field)) == each.value) == each.negated) return false;
    return true;
  }
  std::string text() const;
};

} // namespace troupe
