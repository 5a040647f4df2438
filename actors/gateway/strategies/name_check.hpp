// What names, label keys, addresses and the like must look like, in upstream's words
// (apimachinery/pkg/util/validation). Each returns what is wrong, in order; empty: nothing.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::gateway {

using problems = std::vector<std::string>;

problems dns_subdomain_problems(std::string_view);       // RFC 1123, at most 253 bytes
problems dns_label_problems(std::string_view);           // RFC 1123, at most 63 bytes
problems dns_label_1035_problems(std::string_view);      // RFC 1035: begins with a letter
problems wildcard_subdomain_problems(std::string_view);  // "*.example.com"
/// No '/', no '%', not "." and not "..".
problems path_segment_problems(std::string_view);
/// As a label value (its own text for people).
problems label_value_problems(std::string_view);
/// "app", "example.com/app": label and annotation keys, condition types, resource names.
problems qualified_name_problems(std::string_view);
problems config_key_problems(std::string_view);  // keys of ConfigMaps and Secrets
problems env_name_problems(std::string_view);
problems port_name_problems(std::string_view);
problems percent_problems(std::string_view);
problems domain_path_problems(std::string_view);  // "acme.io/foo"
problems fully_qualified_domain_problems(std::string_view);
problems http_header_name_problems(std::string_view);

/// A name for use as a generateName: a trailing '-' stands for the random part that follows.
std::string masked_prefix(std::string_view);

struct ip_address {
  bool v6 = false;
  uint8_t bytes[16] = {};  // v4: the first four
};
/// Strict: no leading zeros, no zone.
std::optional<ip_address> parse_ip(std::string_view);
struct ip_network {
  ip_address address;  // as written, host bits included
  int prefix_bits = 0;
  bool contains(const ip_address&) const;
};
std::optional<ip_network> parse_network(std::string_view);
std::string ip_text(const ip_address&);
problems ip_problems(std::string_view);
problems network_problems(std::string_view);

/// Time zone names are checked for their form only: what zones exist is the machine's business.
bool looks_like_time_zone(std::string_view);

}  // namespace troupe::gateway
