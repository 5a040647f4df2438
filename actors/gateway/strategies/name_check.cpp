#include "actors/gateway/strategies/name_check.hpp"
#include <algorithm>

namespace troupe::gateway {
namespace {

constexpr std::string_view label_text =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an "
    "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr std::string_view subdomain_text =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end "
    "with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr std::string_view label_1035_text =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and "
    "end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')";
constexpr std::string_view wildcard_text =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower "
    "case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used "
    "for "
    "validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr std::string_view label_value_text =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end "
    "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
constexpr std::string_view qualified_tail =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    "(e.g. "
    "'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
constexpr std::string_view config_key_text =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
constexpr std::string_view percent_text =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
    "validation is '[0-9]+%')";
constexpr std::string_view header_text =
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for "
    "validation is "
    "'[-A-Za-z0-9]+')";

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c);
}
bool is_lower_alphanumeric(char c) {
  return is_lower(c) || is_digit(c);
}

std::string at_most(size_t count, const char* unit) {
  return "must be no more than " + std::to_string(count) + " " + unit;
}

bool is_label(std::string_view text) {
  if (text.empty() || !is_lower_alphanumeric(text.front()) || !is_lower_alphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower_alphanumeric(c) || c == '-'; });
}

bool is_subdomain(std::string_view text) {
  for (size_t from = 0;;) {
    size_t dot = text.find('.', from);
    if (!is_label(text.substr(from, dot == text.npos ? text.npos : dot - from))) return false;
    if (dot == text.npos) return true;
    from = dot + 1;
  }
}

bool is_qualified_part(std::string_view text) {
  if (text.empty() || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace

problems dns_subdomain_problems(std::string_view text) {
  problems found;
  if (text.size() > 253) found.push_back(at_most(253, "characters"));
  if (!is_subdomain(text)) found.emplace_back(subdomain_text);
  return found;
}

problems dns_label_problems(std::string_view text) {
  problems found;
  if (text.size() > 63) found.push_back(at_most(63, "characters"));
  if (!is_label(text)) {
    if (is_subdomain(text))
      found.emplace_back("must not contain dots");
    else
      found.emplace_back(label_text);
  }
  return found;
}

problems dns_label_1035_problems(std::string_view text) {
  problems found;
  if (text.size() > 63) found.push_back(at_most(63, "characters"));
  if (!is_label(text) || !is_lower(text.front())) found.emplace_back(label_1035_text);
  return found;
}

problems wildcard_subdomain_problems(std::string_view text) {
  problems found;
  if (text.size() > 253) found.push_back(at_most(253, "characters"));
  if (!text.starts_with("*.") || !is_subdomain(text.substr(2))) found.emplace_back(wildcard_text);
  return found;
}

problems path_segment_problems(std::string_view text) {
  if (text == "." || text == "..") return {"may not be '" + std::string(text) + "'"};
  problems found;
  for (char bad : {'/', '%'})
    if (text.find(bad) != text.npos) found.push_back(std::string("may not contain '") + bad + "'");
  return found;
}

problems label_value_problems(std::string_view text) {
  problems found;
  if (text.size() > 63) found.push_back(at_most(63, "bytes"));
  if (!text.empty() && !is_qualified_part(text)) found.emplace_back(label_value_text);
  return found;
}

problems qualified_name_problems(std::string_view text) {
  problems found;
  std::string_view name = text;
  if (size_t slash = text.find('/'); slash != text.npos) {
    if (text.find('/', slash + 1) != text.npos)
      return {"a valid label key " + std::string(qualified_tail) +
              " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"};
    std::string_view prefix = text.substr(0, slash);
    name = text.substr(slash + 1);
    if (prefix.empty())
      found.emplace_back("prefix part must be non-empty");
    else
      for (auto& problem : dns_subdomain_problems(prefix)) found.push_back("prefix part " + problem);
  }
  if (name.empty())
    found.emplace_back("name part must be non-empty");
  else if (name.size() > 63)
    found.push_back("name part " + at_most(63, "bytes"));
  if (!is_qualified_part(name)) found.push_back("name part " + std::string(qualified_tail));
  return found;
}

problems config_key_problems(std::string_view text) {
  problems found;
  if (text.size() > 253) found.push_back(at_most(253, "characters"));
  bool good = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
  });
  if (!good) found.emplace_back(config_key_text);
  if (text == ".")
    found.emplace_back("must not be '.'");
  else if (text == "..")
    found.emplace_back("must not be '..'");
  else if (text.starts_with(".."))
    found.emplace_back("must not start with '..'");
  return found;
}

problems env_name_problems(std::string_view text) {
  problems found;
  bool good =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '='; });
  if (!good)
    found.emplace_back(
        "a valid environment variable name must consist only of printable ASCII characters other than '='");
  if (text == ".")
    found.emplace_back("must not be '.'");
  else if (text == "..")
    found.emplace_back("must not be '..'");
  else if (text.starts_with(".."))
    found.emplace_back("must not start with '..'");
  return found;
}

problems port_name_problems(std::string_view text) {
  problems found;
  if (text.size() > 15) found.push_back(at_most(15, "characters"));
  if (!std::all_of(text.begin(), text.end(), [](char c) { return is_lower_alphanumeric(c) || c == '-'; }))
    found.emplace_back("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!std::any_of(text.begin(), text.end(), is_lower)) found.emplace_back("must contain at least one letter (a-z)");
  if (text.find("--") != text.npos) found.emplace_back("must not contain consecutive hyphens");
  if (!text.empty() && (text.front() == '-' || text.back() == '-'))
    found.emplace_back("must not begin or end with a hyphen");
  return found;
}

problems percent_problems(std::string_view text) {
  if (text.size() > 1 && text.back() == '%' && std::all_of(text.begin(), text.end() - 1, is_digit)) return {};
  return {std::string(percent_text)};
}

problems domain_path_problems(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == text.npos || slash == 0 || slash + 1 == text.size())
    return {"must be a domain-prefixed path (such as \"acme.io/foo\")"};
  problems found;
  for (auto& problem : dns_subdomain_problems(text.substr(0, slash))) found.push_back(problem);
  std::string_view rest = text.substr(slash + 1);
  bool good = std::all_of(rest.begin(), rest.end(), [](char c) {
    return is_alphanumeric(c) || std::string_view("/-._~%!$&'()*+,;=:").find(c) != std::string_view::npos;
  });
  if (!good) found.emplace_back("Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
  return found;
}

problems fully_qualified_domain_problems(std::string_view text) {
  if (text.empty()) return {"Required value"};
  if (text.back() == '.') text.remove_suffix(1);
  if (auto found = dns_subdomain_problems(text); !found.empty()) return found;
  if (std::count(text.begin(), text.end(), '.') < 1)
    return {"should be a domain with at least two segments separated by dots"};
  return {};
}

problems http_header_name_problems(std::string_view text) {
  bool good =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
  return good ? problems{} : problems{std::string(header_text)};
}

std::string masked_prefix(std::string_view name) {
  std::string masked(name);
  if (masked.size() > 1 && masked.back() == '-') masked[masked.size() - 2] = 'a', masked.pop_back();
  return masked;
}

bool looks_like_time_zone(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  static constexpr std::string_view areas[] = {"Africa/",    "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/",
                                               "Australia/", "Brazil/",  "Canada/",     "Chile/",  "Etc/",  "Europe/",
                                               "Indian/",    "Mexico/",  "Pacific/",    "US/"};
  for (auto area : areas)
    if (text.starts_with(area)) return text.size() > area.size();
  static constexpr std::string_view alone[] = {
      "CET",       "CST6CDT", "Cuba",    "EET",   "EST",       "EST5EDT",   "Egypt",    "Eire",     "GB",
      "GB-Eire",   "GMT",     "GMT+0",   "GMT-0", "GMT0",      "Greenwich", "HST",      "Hongkong", "Iceland",
      "Iran",      "Israel",  "Jamaica", "Japan", "Kwajalein", "Libya",     "MET",      "MST",      "MST7MDT",
      "NZ",        "NZ-CHAT", "Navajo",  "PRC",   "PST8PDT",   "Poland",    "Portugal", "ROC",      "ROK",
      "Singapore", "Turkey",  "UCT",     "UTC",   "Universal", "W-SU",      "WET",      "Zulu"};
  return std::find(std::begin(alone), std::end(alone), text) != std::end(alone);
}

}  // namespace troupe::gateway
