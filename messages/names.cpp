#include "messages/names.hpp"

#include <algorithm>

namespace troupe {
namespace {

constexpr size_t port_name_bytes_max = 15;
constexpr int64_t port_most = 65'535;

bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool lower_or_digit(char c) { return lower(c) || digit(c); }
bool letter_or_digit(char c) { return lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }
bool word(char c) { return letter_or_digit(c) || c == '-' || c == '_' || c == '.'; }

// [a-z0-9]([-a-z0-9]*[a-z0-9])?
bool is_label(std::string_view name) {
  return !name.empty() && lower_or_digit(name.front()) && lower_or_digit(name.back()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return lower_or_digit(c) || c == '-'; });
}

// Labels with dots between.
bool is_subdomain(std::string_view name) {
  for (;;) {
    size_t dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

// ([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]
bool is_word(std::string_view name) {
  return !name.empty() && letter_or_digit(name.front()) && letter_or_digit(name.back()) &&
         std::all_of(name.begin(), name.end(), word);
}

constexpr std::string_view label_format = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
constexpr std::string_view subdomain_format = R"([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)";
constexpr std::string_view word_format = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
constexpr std::string_view label_message =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character";
constexpr std::string_view subdomain_message =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character";
constexpr std::string_view word_message =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

// The message with examples and the expression, as upstream joins them (its commas included).
std::string expression_error(std::string_view message, std::string_view format,
                             std::initializer_list<std::string_view> examples) {
  std::string text(message);
  text += " (e.g. ";
  for (bool first = true; std::string_view example : examples) {
    if (!first) text += " or ";
    first = false;
    text.append("'").append(example).append("', ");
  }
  return text.append("regex used for validation is '").append(format).append("')");
}

std::string max_bytes_error(size_t length) { return "must be no more than " + std::to_string(length) + " bytes"; }

std::string word_error(std::string_view prefix) {
  return std::string(prefix) + expression_error(word_message, word_format, {"MyName", "my.name", "123-abc"});
}

name_errors prefixed_name_errors(std::string_view name, std::string_view what) {
  name_errors errors;
  std::string_view part = name;
  if (size_t slash = name.find('/'); slash != std::string_view::npos) {
    std::string_view prefix = name.substr(0, slash);
    part = name.substr(slash + 1);
    if (part.find('/') != std::string_view::npos)
      return {word_error(std::string(what) + " ") +
              " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"};
    if (prefix.empty())
      errors.push_back("prefix part must be non-empty");
    else
      for (const std::string& error : dns_subdomain_errors(prefix)) errors.push_back("prefix part " + error);
  }
  if (part.empty())
    errors.push_back("name part must be non-empty");
  else if (part.size() > qualified_name_bytes_max)
    errors.push_back("name part " + max_bytes_error(qualified_name_bytes_max));
  if (!part.empty() && !is_word(part)) errors.push_back(word_error("name part "));
  return errors;
}

} // namespace

std::string max_length_error(size_t length) { return "must be no more than " + std::to_string(length) + " characters"; }

std::string range_error(int64_t low, int64_t high) {
  return "must be between " + std::to_string(low) + " and " + std::to_string(high) + ", inclusive";
}

name_errors dns_label_errors(std::string_view name) {
  name_errors errors;
  if (name.size() > dns_label_bytes_max) errors.push_back(max_length_error(dns_label_bytes_max));
  if (is_label(name)) return errors;
  if (is_subdomain(name))
    errors.push_back("must not contain dots");
  else
    errors.push_back(expression_error(label_message, label_format, {"my-name", "123-abc"}));
  return errors;
}

name_errors dns_subdomain_errors(std::string_view name) {
  name_errors errors;
  if (name.size() > dns_subdomain_bytes_max) errors.push_back(max_length_error(dns_subdomain_bytes_max));
  if (!is_subdomain(name)) errors.push_back(expression_error(subdomain_message, subdomain_format, {"example.com"}));
  return errors;
}

name_errors dns_1035_label_errors(std::string_view name) {
  name_errors errors;
  if (name.size() > dns_label_bytes_max) errors.push_back(max_length_error(dns_label_bytes_max));
  if (!is_label(name) || !lower(name.front()))
    errors.push_back(expression_error("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start "
                                      "with an alphabetic character, and end with an alphanumeric character",
                                      "[a-z]([-a-z0-9]*[a-z0-9])?", {"my-name", "abc-123"}));
  return errors;
}

name_errors wildcard_subdomain_errors(std::string_view name) {
  name_errors errors;
  if (name.size() > dns_subdomain_bytes_max) errors.push_back(max_length_error(dns_subdomain_bytes_max));
  if (!name.starts_with("*.") || !is_subdomain(name.substr(2)))
    errors.push_back(expression_error("a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS "
                                      "subdomain, which must consist of lower case alphanumeric characters, '-' or '.' "
                                      "and end with an alphanumeric character",
                                      "\\*\\." + std::string(subdomain_format), {"*.example.com"}));
  return errors;
}

name_errors qualified_name_errors(std::string_view name) { return prefixed_name_errors(name, "a qualified name"); }
name_errors label_key_errors(std::string_view key) { return prefixed_name_errors(key, "a valid label key"); }

name_errors label_value_errors(std::string_view value) {
  name_errors errors;
  if (value.size() > label_value_bytes_max) errors.push_back(max_bytes_error(label_value_bytes_max));
  if (!value.empty() && !is_word(value))
    errors.push_back(expression_error("a valid label must be an empty string or consist of alphanumeric characters, '-', "
                                      "'_' or '.', and must start and end with an alphanumeric character",
                                      "(" + std::string(word_format) + ")?", {"MyValue", "my_value", "12345"}));
  return errors;
}

name_errors config_key_errors(std::string_view key) {
  name_errors errors;
  if (key.size() > dns_subdomain_bytes_max) errors.push_back(max_length_error(dns_subdomain_bytes_max));
  if (key.empty() || !std::all_of(key.begin(), key.end(), word))
    errors.push_back(expression_error("a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
                                      "[-._a-zA-Z0-9]+", {"key.name", "KEY_NAME", "key-name"}));
  if (key == ".")
    errors.push_back("must not be '.'");
  else if (key == "..")
    errors.push_back("must not be '..'");
  else if (key.starts_with(".."))
    errors.push_back("must not start with '..'");
  return errors;
}

name_errors path_segment_errors(std::string_view name) {
  if (name == "." || name == "..") return {"may not be '" + std::string(name) + "'"};
  name_errors errors;
  for (char c : {'/', '%'})
    if (name.find(c) != std::string_view::npos) errors.push_back(std::string("may not contain '") + c + "'");
  return errors;
}

name_errors port_name_errors(std::string_view name) {
  name_errors errors;
  if (name.size() > port_name_bytes_max) errors.push_back(max_length_error(port_name_bytes_max));
  bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return lower_or_digit(c) || c == '-'; });
  if (!plain) errors.push_back("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!std::any_of(name.begin(), name.end(), lower)) errors.push_back("must contain at least one letter (a-z)");
  if (name.find("--") != std::string_view::npos) errors.push_back("must not contain consecutive hyphens");
  if (!name.empty() && (name.front() == '-' || name.back() == '-'))
    errors.push_back("must not begin or end with a hyphen");
  return errors;
}

name_errors port_number_errors(int64_t port) {
  if (port >= 1 && port <= port_most) return {};
  return {range_error(1, port_most)};
}

name_errors environment_name_errors(std::string_view name) {
  auto printable = [](char c) { return c >= ' ' && c <= '~' && c != '='; };
  if (!name.empty() && std::all_of(name.begin(), name.end(), printable)) return {};
  return {expression_error("a valid environment variable name must consist only of printable ASCII characters other than '='",
                           "[ -<>-~]+", {"my.env-name", "MY_ENV.NAME", "MyEnvName1"})};
}

std::string name_suffix(uint64_t random, size_t count) {
  constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
  std::string text;
  for (size_t i = 0; i < count; i++) {
    text.push_back(alphabet[random % alphabet.size()]);
    random /= alphabet.size();
  }
  return text;
}

std::string generated_name(std::string_view base, uint64_t random) {
  constexpr size_t suffix_size = 5, base_size_max = dns_label_bytes_max - suffix_size;
  return std::string(base.substr(0, base_size_max)) + name_suffix(random, suffix_size);
}

std::string format_uuid(uint64_t high, uint64_t low) {
  high = (high & ~uint64_t(0xF000)) | 0x4000;                             // version 4
  low = (low & ~(uint64_t(3) << 62)) | (uint64_t(2) << 62);               // variant 10
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < 32; i++) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text.push_back('-');
    uint64_t word_of = i < 16 ? high : low;
    text.push_back(digits[word_of >> (60 - 4 * (i % 16)) & 15]);
  }
  return text;
}

} // namespace troupe
