// IPv4 addresses and ranges as numbers in host order. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

struct cidr {
  uint32_t address = 0; // with the bits below the prefix cleared
  int prefix = 0;       // 0..32
};

/// "10.0.0.1"; nothing for anything else (no leading zeros, no spaces).
std::optional<uint32_t> parse_address(std::string_view text);
/// "10.0.0.0/8"; an address alone is a /32.
std::optional<cidr> parse_cidr(std::string_view text);
std::string format_address(uint32_t address);
std::string format_cidr(const cidr& range);
bool overlap(const cidr& left, const cidr& right);
bool contains(const cidr& range, uint32_t address);
/// A locally administered address made from the IPv4 one, so that it is the same after every start.
std::string bridge_mac_of(uint32_t address);

} // namespace troupe
