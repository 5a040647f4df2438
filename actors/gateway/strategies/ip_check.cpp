// Addresses and networks, parsed strictly as Go's netip does (RFC 4291, RFC 4632), without the C library's leniency.
#include <algorithm>
#include <charconv>
#include "actors/gateway/strategies/name_check.hpp"

namespace troupe::gateway {
namespace {

bool parse_v4(std::string_view text, uint8_t* to) {
  for (int part = 0; part < 4; ++part) {
    size_t dot = part < 3 ? text.find('.') : text.size();
    if (dot == text.npos) return false;
    std::string_view digits = text.substr(0, dot);
    if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits[0] == '0')) return false;
    unsigned value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value > 255) return false;
    to[part] = static_cast<uint8_t>(value);
    text.remove_prefix(part < 3 ? dot + 1 : dot);
  }
  return text.empty();
}

/// Up to eight groups of hexadecimal digits, the last two possibly as a v4 address; false: not that.
bool parse_groups(std::string_view text, std::vector<uint16_t>& groups) {
  if (text.empty()) return true;
  for (;;) {
    size_t colon = text.find(':');
    std::string_view part = text.substr(0, colon);
    if (colon == text.npos && part.find('.') != part.npos) {
      uint8_t v4[4];
      if (!parse_v4(part, v4)) return false;
      groups.push_back(static_cast<uint16_t>(v4[0] << 8 | v4[1]));
      groups.push_back(static_cast<uint16_t>(v4[2] << 8 | v4[3]));
      return true;
    }
    unsigned value = 0;
    auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value, 16);
    if (part.empty() || part.size() > 4 || error != std::errc{} || end != part.data() + part.size()) return false;
    groups.push_back(static_cast<uint16_t>(value));
    if (colon == text.npos) return true;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

std::optional<ip_address> parse_ip(std::string_view text) {
  ip_address address;
  if (text.find(':') == text.npos) {
    if (!parse_v4(text, address.bytes)) return std::nullopt;
    return address;
  }
  address.v6 = true;
  std::vector<uint16_t> head, tail;
  size_t gap = text.find("::");
  if (gap == text.npos) {
    if (!parse_groups(text, head) || head.size() != 8) return std::nullopt;
  } else {
    if (!parse_groups(text.substr(0, gap), head) || !parse_groups(text.substr(gap + 2), tail)) return std::nullopt;
    if (head.size() + tail.size() > 7) return std::nullopt;
  }
  for (size_t i = 0; i < head.size(); ++i)
    address.bytes[2 * i] = static_cast<uint8_t>(head[i] >> 8), address.bytes[2 * i + 1] = static_cast<uint8_t>(head[i]);
  for (size_t i = 0; i < tail.size(); ++i) {
    size_t at = 16 - 2 * (tail.size() - i);
    address.bytes[at] = static_cast<uint8_t>(tail[i] >> 8), address.bytes[at + 1] = static_cast<uint8_t>(tail[i]);
  }
  return address;
}

bool ip_network::contains(const ip_address& other) const {
  if (address.v6 != other.v6) return false;
  for (int bit = 0; bit < prefix_bits; bit += 8) {
    int width = std::min(8, prefix_bits - bit);
    uint8_t mask = static_cast<uint8_t>(0xff << (8 - width));
    if ((address.bytes[bit / 8] ^ other.bytes[bit / 8]) & mask) return false;
  }
  return true;
}

std::optional<ip_network> parse_network(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  auto address = parse_ip(text.substr(0, slash));
  std::string_view digits = text.substr(slash + 1);
  if (!address || digits.empty() || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  int bits = -1;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || bits < 0 || bits > (address->v6 ? 128 : 32))
    return std::nullopt;
  return ip_network{*address, bits};
}

std::string ip_text(const ip_address& address) {
  if (!address.v6) {
    std::string text;
    for (int i = 0; i < 4; ++i) text.append(i ? "." : "").append(std::to_string(address.bytes[i]));
    return text;
  }
  int best = -1, best_size = 1;
  auto group = [&](int i) { return address.bytes[2 * i] << 8 | address.bytes[2 * i + 1]; };
  for (int from = 0; from < 8; ++from) {
    int size = 0;
    while (from + size < 8 && group(from + size) == 0) ++size;
    if (size > best_size) best = from, best_size = size;
  }
  std::string text;
  for (int i = 0; i < 8; ++i) {
    if (i == best) {
      text += "::";
      i += best_size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    char digits[5];
    auto end = std::to_chars(digits, digits + 5, group(i), 16).ptr;
    text.append(digits, end);
  }
  return text;
}

problems ip_problems(std::string_view text) {
  return parse_ip(text) ? problems{} : problems{"must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"};
}
problems network_problems(std::string_view text) {
  return parse_network(text) ? problems{} : problems{"must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"};
}

}  // namespace troupe::gateway
