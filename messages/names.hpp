// Rules for names, with upstream's messages (apimachinery/pkg/util/validation and pkg/api/validate/content). A function
// returns what is wrong, empty if nothing is; a field's error joins or lists them as the caller's field wants.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

using name_errors = std::vector<std::string>;

constexpr size_t dns_label_bytes_max = 63;
constexpr size_t dns_subdomain_bytes_max = 253;
constexpr size_t label_value_bytes_max = 63;
constexpr size_t qualified_name_bytes_max = 63; // of the part after the slash

name_errors dns_label_errors(std::string_view name);       // RFC 1123 label: namespaces, containers
name_errors dns_subdomain_errors(std::string_view name);   // RFC 1123 subdomain: most objects
name_errors dns_1035_label_errors(std::string_view name);  // Services
name_errors wildcard_subdomain_errors(std::string_view name); // "*.example.com"
name_errors qualified_name_errors(std::string_view name);  // "example.com/MyName": resources, conditions, finalizers
name_errors label_key_errors(std::string_view key);        // the same for labels and annotations
name_errors label_value_errors(std::string_view value);
name_errors config_key_errors(std::string_view key);       // keys of ConfigMaps and Secrets
name_errors path_segment_errors(std::string_view name);    // RBAC names and whatever else stands in a path
name_errors port_name_errors(std::string_view name);       // IANA service name
name_errors port_number_errors(int64_t port);
name_errors environment_name_errors(std::string_view name);

/// Messages: "must be no more than 63 characters"; "must be between 1 and 65535, inclusive".
std::string max_length_error(size_t length);
std::string range_error(int64_t low, int64_t high);

/// `count` characters of the alphabet of generated names (no vowels), from random words of 64 bits.
std::string name_suffix(uint64_t random, size_t count = 5);
/// metadata.generateName with a suffix, cut so that the whole fits 63 bytes.
std::string generated_name(std::string_view base, uint64_t random);
/// A version 4 UUID (RFC 9562) of 128 random bits.
std::string format_uuid(uint64_t high, uint64_t low);

} // namespace troupe
