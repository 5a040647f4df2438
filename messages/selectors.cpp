#include "messages/selectors.hpp"

#include <algorithm>
#include <charconv>

#include "messages/api/meta/v1.pb.h"
#include "messages/json_text.hpp"
#include "messages/limits.hpp"
#include "messages/names.hpp"
#include "messages/object.hpp"

namespace troupe {
namespace {

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;
using verb = label_selector::verb;
using requirement = label_selector::requirement;

std::optional<int64_t> integer(std::string_view text) {
  int64_t value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
  std::string all;
  for (size_t i = 0; i < texts.size(); i++) all += (i == 0 ? "" : std::string(between)) + texts[i];
  return all;
}

std::string invalid_value(std::string_view path, std::string_view value, std::string_view why) {
  return std::string(path) + ": Invalid value: " + go_quoted(value) + ": " + std::string(why);
}

// Checks a requirement as NewRequirement does; several errors are put in brackets.
std::string requirement_error(const requirement& checked) {
  std::vector<std::string> errors;
  if (auto wrong = label_key_errors(checked.key); !wrong.empty())
    errors.push_back(invalid_value("key", checked.key, joined(wrong, "; ")));
  bool comparison = checked.what == verb::greater || checked.what == verb::less;
  bool set = checked.what == verb::in || checked.what == verb::not_in;
  if (set && checked.values.empty())
    errors.push_back("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
  for (size_t i = 0; i < checked.values.size(); i++) {
    const std::string& value = checked.values[i];
    std::string path = "values[" + std::to_string(i) + "]";
    if (comparison && !integer(value))
      errors.push_back(invalid_value(path, value, "for 'Gt', 'Lt' operators, the value must be an integer"));
    if (auto wrong = label_value_errors(value); !wrong.empty())
      errors.push_back(invalid_value(path + "[" + checked.key + "]", value, joined(wrong, "; ")));
  }
  if (errors.size() <= 1) return errors.empty() ? "" : errors[0];
  return "[" + joined(errors, ", ") + "]";
}

void sort_values(std::vector<std::string>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

// The grammar of labels.Parse: tokens are words and the longest special symbols; `in` and `notin` are words where a value
// or key may stand.
class label_parser {
public:
  explicit label_parser(std::string_view text) : text_(text) { advance(); }

  std::string error;

  bool parse(std::vector<requirement>& to) {
    for (;;) {
      if (kind_ == token::end) return true;
      if (kind_ != token::word && kind_ != token::bang)
        return fail("found '" + literal_ + "', expected: !, identifier, or 'end of string'");
      requirement parsed;
      if (!parse_requirement(parsed)) {
        error = "unable to parse requirement: " + error;
        return false;
      }
      to.push_back(std::move(parsed));
      if (kind_ == token::end) return true;
      if (kind_ != token::comma) return fail("found '" + literal_ + "', expected: ',' or 'end of string'");
      advance();
      if (kind_ != token::word && kind_ != token::bang)
        return fail("found '" + literal_ + "', expected: identifier after ','");
    }
  }

private:
  enum class token : uint8_t { end, word, bang, comma, open, close, operation, error };

  bool fail(std::string text) {
    error = std::move(text);
    return false;
  }

  static bool special(char c) { return std::string_view("=!(),><").find(c) != std::string_view::npos; }
  static bool space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

  void advance() {
    while (at_ < text_.size() && space(text_[at_])) at_++;
    if (at_ == text_.size()) {
      kind_ = token::end;
      literal_.clear();
      return;
    }
    size_t start = at_;
    if (!special(text_[at_])) {
      while (at_ < text_.size() && !special(text_[at_]) && !space(text_[at_])) at_++;
      kind_ = token::word;
      literal_ = text_.substr(start, at_ - start);
      return;
    }
    bool two = at_ + 1 < text_.size() && text_[at_ + 1] == '=' && (text_[at_] == '=' || text_[at_] == '!');
    at_ += two ? 2 : 1;
    literal_ = text_.substr(start, at_ - start);
    switch (literal_.size() == 2 ? '=' : literal_[0]) {
      case '!': kind_ = token::bang; break;
      case ',': kind_ = token::comma; break;
      case '(': kind_ = token::open; break;
      case ')': kind_ = token::close; break;
      default: kind_ = token::operation;
    }
  }

  bool parse_requirement(requirement& to) {
    bool absent = kind_ == token::bang;
    if (absent) advance();
    if (kind_ != token::word) return fail("found '" + literal_ + "', expected: identifier");
    to.key = literal_;
    advance();
    if (auto wrong = label_key_errors(to.key); !wrong.empty())
      return fail(invalid_value("<nil>", to.key, joined(wrong, "; ")));
    if (absent || kind_ == token::end || kind_ == token::comma) {
      to.what = absent ? verb::absent : verb::exists;
      return checked(to);
    }
    if (!parse_operation(to.what)) return false;
    bool set = to.what == verb::in || to.what == verb::not_in;
    if (!(set ? parse_set(to.values) : parse_value(to.values))) return false;
    sort_values(to.values);
    return checked(to);
  }

  bool checked(const requirement& to) {
    error = requirement_error(to);
    return error.empty();
  }

  bool parse_operation(verb& what) {
    if (kind_ == token::word && literal_ == "in")
      what = verb::in;
    else if (kind_ == token::word && literal_ == "notin")
      what = verb::not_in;
    else if (kind_ == token::operation && (literal_ == "=" || literal_ == "=="))
      what = verb::equals;
    else if (kind_ == token::operation && literal_ == "!=")
      what = verb::not_equals;
    else if (kind_ == token::operation)
      what = literal_ == ">" ? verb::greater : verb::less;
    else
      return fail("found '" + literal_ + "', expected: in, notin, =, ==, !=, gt, lt");
    advance();
    return true;
  }

  // One value; at the end or before a comma it is empty.
  bool parse_value(std::vector<std::string>& values) {
    if (kind_ == token::end || kind_ == token::comma) {
      values.emplace_back();
      return true;
    }
    if (kind_ != token::word) return fail("found '" + literal_ + "', expected: identifier");
    values.push_back(literal_);
    advance();
    return true;
  }

  // "(a,b)"; nothing before or after a comma is the empty value.
  bool parse_set(std::vector<std::string>& values) {
    if (kind_ != token::open) return fail("found '" + literal_ + "' expected: '('");
    advance();
    if (kind_ != token::word && kind_ != token::comma && kind_ != token::close)
      return fail("found '" + literal_ + "', expected: ',', ')' or identifier");
    bool after_comma = true;
    for (;; advance()) {
      if (kind_ == token::word) {
        if (!after_comma) return fail("found '" + literal_ + "', expected: ',' or ')'");
        values.push_back(literal_);
        after_comma = false;
      } else if (kind_ == token::comma || kind_ == token::close) {
        if (after_comma) values.emplace_back();
        after_comma = true;
        if (kind_ == token::comma) continue;
        advance();
        return true;
      } else {
        return fail("found '" + literal_ + (after_comma ? "', expected: ',', or identifier" : "', expected: ',' or ')'"));
      }
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  token kind_ = token::end;
  std::string literal_;
};

void sort_requirements(std::vector<requirement>& all) {
  std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.key < b.key; });
}

} // namespace

bool label_selector::requirement::matches(std::string_view value) const {
  bool there = value.data() != nullptr;
  auto has = [&] { return std::binary_search(values.begin(), values.end(), value, std::less<>()); };
  switch (what) {
    case verb::in:
    case verb::equals: return there && has();
    case verb::not_in:
    case verb::not_equals: return !there || !has();
    case verb::exists: return there;
    case verb::absent: return !there;
    default: break;
  }
  auto left = integer(value), right = integer(values[0]);
  if (!there || !left || !right) return false;
  return what == verb::greater ? *left > *right : *left < *right;
}

std::optional<label_selector> label_selector::parse(std::string_view text, std::string* error) {
  label_selector selector;
  if (text.size() > selector_bytes_max) {
    if (error) *error = "selector is longer than " + std::to_string(selector_bytes_max) + " bytes";
    return std::nullopt;
  }
  label_parser parser(text);
  if (!parser.parse(selector.requirements_)) {
    if (error) *error = parser.error;
    return std::nullopt;
  }
  sort_requirements(selector.requirements_);
  return selector;
}

std::optional<label_selector> label_selector::of(const google::protobuf::Message& message, std::string* error) {
  const auto& structured = static_cast<const meta::LabelSelector&>(message);
  label_selector selector;
  for (const auto& entry : structured.matchlabels())
    selector.requirements_.push_back({entry.key(), verb::in, {entry.value()}});
  for (const auto& expression : structured.matchexpressions()) {
    requirement made;
    made.key = expression.key();
    const std::string& operation = expression.operator_();
    if (operation == "In")
      made.what = verb::in;
    else if (operation == "NotIn")
      made.what = verb::not_in;
    else if (operation == "Exists")
      made.what = verb::exists;
    else if (operation == "DoesNotExist")
      made.what = verb::absent;
    else {
      if (error) *error = go_quoted(operation) + " is not a valid label selector operator";
      return std::nullopt;
    }
    made.values.assign(expression.values().begin(), expression.values().end());
    sort_values(made.values);
    selector.requirements_.push_back(std::move(made));
  }
  for (const requirement& each : selector.requirements_) {
    std::string wrong = requirement_error(each);
    if (wrong.empty()) continue;
    if (error) *error = wrong;
    return std::nullopt;
  }
  sort_requirements(selector.requirements_);
  return selector;
}

label_selector label_selector::of_pairs(std::vector<std::pair<std::string, std::string>> pairs) {
  label_selector selector;
  for (auto& [key, value] : pairs) selector.requirements_.push_back({std::move(key), verb::equals, {std::move(value)}});
  sort_requirements(selector.requirements_);
  return selector;
}

label_selector label_selector::nothing() {
  label_selector selector;
  selector.nothing_ = true;
  return selector;
}

bool label_selector::matches(const object& candidate) const {
  return matches([&](std::string_view key) { return candidate.label(key); });
}

bool label_selector::matches_meta(const google::protobuf::Message& object_meta) const {
  const auto& labels = static_cast<const meta::ObjectMeta&>(object_meta).labels();
  return matches([&](std::string_view key) {
    for (const auto& label : labels)
      if (label.key() == key) return std::string_view(label.value());
    return std::string_view();
  });
}

std::string label_selector::text() const {
  std::string all;
  for (const requirement& each : requirements_) {
    if (!all.empty()) all += ",";
    std::string values = joined(each.values, ",");
    switch (each.what) {
      case verb::in: all += each.key + " in (" + values + ")"; break;
      case verb::not_in: all += each.key + " notin (" + values + ")"; break;
      case verb::equals: all += each.key + "=" + values; break;
      case verb::not_equals: all += each.key + "!=" + values; break;
      case verb::exists: all += each.key; break;
      case verb::absent: all += "!" + each.key; break;
      case verb::greater: all += each.key + ">" + values; break;
      case verb::less: all += each.key + "<" + values; break;
    }
  }
  return all;
}

namespace {

// Parts between commas that no backslash escapes.
std::vector<std::string_view> split_terms(std::string_view text) {
  std::vector<std::string_view> parts;
  size_t start = 0;
  for (size_t at = 0; at < text.size(); at++) {
    if (text[at] == '\\') {
      at++;
    } else if (text[at] == ',') {
      parts.push_back(text.substr(start, at - start));
      start = at + 1;
    }
  }
  parts.push_back(text.substr(std::min(start, text.size())));
  return parts;
}

bool unescape(std::string_view text, std::string& to, std::string& error) {
  for (size_t at = 0; at < text.size(); at++) {
    char c = text[at];
    if (c == ',' || c == '=') {
      error = std::string("invalid field selector: unescaped character in value: ") + c;
      return false;
    }
    if (c == '\\') {
      std::string_view sequence = text.substr(at, 2);
      c = sequence.size() == 2 ? sequence[1] : 0;
      if (c != '\\' && c != ',' && c != '=') {
        error = "invalid field selector: invalid escape sequence: " + std::string(sequence);
        return false;
      }
      at++;
    }
    to.push_back(c);
  }
  return true;
}

} // namespace

std::optional<field_selector> field_selector::parse(std::string_view text, std::string* error) {
  auto wrong = [&](std::string why) -> std::optional<field_selector> {
    if (error) *error = std::move(why);
    return std::nullopt;
  };
  if (text.size() > selector_bytes_max)
    return wrong("selector is longer than " + std::to_string(selector_bytes_max) + " bytes");
  field_selector selector;
  auto parts = split_terms(text);
  std::sort(parts.begin(), parts.end());
  for (std::string_view part : parts) {
    if (part.empty()) continue;
    size_t at = part.find_first_of("=!");
    while (at != std::string_view::npos && part[at] == '!' && !part.substr(at).starts_with("!="))
      at = part.find_first_of("=!", at + 1);
    if (at == std::string_view::npos)
      return wrong("invalid selector: '" + std::string(text) + "'; can't understand '" + std::string(part) + "'");
    term made;
    made.field = part.substr(0, at);
    made.negated = part[at] == '!';
    size_t operation = made.negated || part.substr(at).starts_with("==") ? 2 : 1;
    std::string why;
    if (!unescape(part.substr(at + operation), made.value, why)) return wrong(why);
    selector.terms.push_back(std::move(made));
  }
  return selector;
}

std::string field_selector::text() const {
  std::string all;
  for (const term& each : terms) {
    if (!all.empty()) all += ",";
    all += each.field + (each.negated ? "!=" : "=");
    for (char c : each.value) {
      if (c == '\\' || c == ',' || c == '=') all.push_back('\\');
      all.push_back(c);
    }
  }
  return all;
}

} // namespace troupe
