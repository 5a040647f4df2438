#include "runtime/host/address.hpp"
#include <algorithm>
#include <cstdio>

namespace troupe {

namespace {

/// Up to `limit` from decimal digits at the start of `text`, which is shortened; no leading zeros.
std::optional<uint32_t> take_number(std::string_view& text, uint32_t limit) {
  size_t size = 0;
  uint32_t value = 0;
  while (size < text.size() && size < 3 && text[size] >= '0' && text[size] <= '9') value = value * 10 + uint32_t(text[size++] - '0');
  if (!size || value > limit || (size > 1 && text[0] == '0')) return {};
  text.remove_prefix(size);
  return value;
}

uint32_t mask_of(int prefix) { return prefix == 0 ? 0 : ~uint32_t{0} << (32 - prefix); }

} // namespace

std::optional<uint32_t> parse_address(std::string_view text) {
  uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    if (part && !text.starts_with('.')) return {};
    if (part) text.remove_prefix(1);
    auto value = take_number(text, 255);
    if (!value) return {};
    address = address << 8 | *value;
  }
  if (!text.empty()) return {};
  return address;
}

std::optional<cidr> parse_cidr(std::string_view text) {
  auto slash = text.find('/');
  auto address = parse_address(text.substr(0, slash));
  if (!address) return {};
  if (slash == text.npos) return cidr{*address, 32};
  text.remove_prefix(slash + 1);
  auto prefix = take_number(text, 32);
  if (!prefix || !text.empty()) return {};
  return cidr{*address & mask_of(int(*prefix)), int(*prefix)};
}

std::string format_address(uint32_t address) {
  return std::to_string(address >> 24) + "." + std::to_string(address >> 16 & 255) + "." + std::to_string(address >> 8 & 255) + "." +
         std::to_string(address & 255);
}

std::string format_cidr(const cidr& range) { return format_address(range.address) + "/" + std::to_string(range.prefix); }

bool overlap(const cidr& left, const cidr& right) {
  uint32_t mask = mask_of(std::min(left.prefix, right.prefix));
  return (left.address & mask) == (right.address & mask);
}

bool contains(const cidr& range, uint32_t address) { return (address & mask_of(range.prefix)) == range.address; }

std::string bridge_mac_of(uint32_t address) {
  char text[18];
  std::snprintf(text, sizeof text, "0a:58:%02x:%02x:%02x:%02x", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
  return text;
}

} // namespace troupe
