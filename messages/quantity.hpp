// Amounts of resources: "500m", "1.5Gi", "12e6" (apimachinery resource.Quantity). Exact down to a billionth; smaller
// parts round away from zero, and what is larger than 2^63 - 1 is that.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

class quantity {
public:
  /// How it was written, and so how it is shown: 1Ki, 1k, 1e3.
  enum class form : uint8_t { binary, decimal, exponent };

  constexpr quantity() = default;
  static quantity of(int64_t value, form shown = form::decimal);
  static quantity of_milli(int64_t value, form shown = form::decimal);
  /// On failure `error`, if given, is upstream's text.
  static std::optional<quantity> parse(std::string_view text, std::string* error = nullptr);
  /// Zero for what cannot be parsed: for texts that a decoder has accepted before.
  static quantity parse_or_zero(std::string_view text);

  /// In whole units and in thousandths, rounded up (away from zero); saturating.
  int64_t value() const;
  int64_t milli_value() const;
  double approximate() const;
  bool zero() const { return nanos_ == 0; }
  int sign() const { return nanos_ > 0 ? 1 : nanos_ < 0 ? -1 : 0; }
  form shown() const { return form_; }

  /// Canonical form: no trailing zeros, the largest suffix that keeps the number whole, the family of suffixes kept.
  std::string text() const;
  /// Rounded up to thousandths, as resource lists are stored.
  quantity rounded_to_milli() const;

  /// Sums take the form of the first that is not zero; both saturate.
  quantity& operator+=(const quantity& other);
  quantity& operator-=(const quantity& other);
  friend quantity operator+(quantity a, const quantity& b) { return a += b; }
  friend quantity operator-(quantity a, const quantity& b) { return a -= b; }
  /// By amount; the form does not count.
  friend bool operator==(const quantity& a, const quantity& b) { return a.nanos_ == b.nanos_; }
  friend std::strong_ordering operator<=>(const quantity& a, const quantity& b) { return a.nanos_ <=> b.nanos_; }

private:
  using wide = __int128;
  constexpr quantity(wide nanos, form shown) : nanos_(nanos), form_(shown) {}
  std::string decimal_text(bool exponent) const;
  std::string binary_text() const;
  wide nanos_ = 0;
  form form_ = form::decimal;
};

} // namespace troupe
