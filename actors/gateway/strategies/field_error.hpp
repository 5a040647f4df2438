// What a validator says: a place in an object and what is wrong there, in the words of upstream's
// apimachinery/pkg/util/validation/field, because clients and people read them.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>
#include "messages/result.hpp"

namespace troupe::gateway {

/// Findings in the order in which they were found, which is the order clients see.
using causes = std::vector<status_cause>;

/// A place: "spec.containers[0].resources.limits[cpu]". A value; cheap enough to make for every field that is looked
/// at.
class field_path {
public:
  field_path() = default;
  field_path(std::string_view text) : text_(text) {}
  field_path(const char* text) : text_(text) {}
  field_path operator/(std::string_view child) const {
    std::string text;
    text.reserve(text_.size() + 1 + child.size());
    text = text_;
    if (!text.empty()) text += '.';
    return field_path{std::move(text.append(child)), made{}};
  }
  field_path operator[](size_t index) const { return field_path{text_ + '[' + std::to_string(index) + ']', made{}}; }
  field_path operator[](int index) const { return (*this)[static_cast<size_t>(index)]; }
  field_path at(std::string_view key) const {
    std::string text = text_;
    return field_path{std::move(text.append("[").append(key).append("]")), made{}};
  }
  const std::string& text() const { return text_; }

private:
  struct made {};
  field_path(std::string text, made) : text_(std::move(text)) {}
  std::string text_;
};

/// Text as Go's %q writes it: in double quotes, control characters escaped, other Unicode kept.
std::string quoted(std::string_view text);
/// Go's %q joined by ", ": `"a", "b"`.
std::string quoted_list(const std::vector<std::string>& values);

// Each appends one cause. A value is given as JSON text where it is no string or number.
void add_required(causes&, const field_path&, std::string_view detail = {});
void add_invalid(causes&, const field_path&, std::string_view text, std::string_view detail);
void add_invalid(causes&, const field_path&, int64_t number, std::string_view detail);
void add_invalid_json(causes&, const field_path&, std::string_view json, std::string_view detail);
void add_forbidden(causes&, const field_path&, std::string_view detail);
void add_duplicate(causes&, const field_path&, std::string_view text);
void add_duplicate_json(causes&, const field_path&, std::string_view json, std::string_view detail = {});
void add_not_found(causes&, const field_path&, std::string_view text);
void add_too_long(causes&, const field_path&, size_t bytes_max);
void add_too_many(causes&, const field_path&, size_t actual, size_t count_max);
/// `allowed` in the order in which it is shown.
void add_not_supported(causes&, const field_path&, std::string_view text,
                       std::initializer_list<std::string_view> allowed);
void add_not_supported_json(causes&, const field_path&, std::string_view json,
                            std::initializer_list<std::string_view> allowed);
/// One FieldValueInvalid for every problem that a name check returned.
void add_problems(causes&, const field_path&, std::string_view text, const std::vector<std::string>& problems);

// Checks that every kind needs.
void check_not_negative(causes&, const field_path&, int64_t value);
void check_positive(causes&, const field_path&, int64_t value);
void check_range(causes&, const field_path&, int64_t value, int64_t first, int64_t last);
bool is_one_of(std::string_view value, std::initializer_list<std::string_view> allowed);

}  // namespace troupe::gateway
