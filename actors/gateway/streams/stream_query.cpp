#include <charconv>

#include "actors/gateway/streams/streams.hpp"

namespace troupe {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// application/x-www-form-urlencoded; what is no escape stays as it is.
std::string unescape(std::string_view text) {
  std::string made;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      made += char(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      made += text[i] == '+' ? ' ' : text[i];
    }
  }
  return made;
}

void read_ports(std::string_view list, std::vector<uint16_t>& to) {
  while (!list.empty()) {
    auto one = list.substr(0, list.find(','));
    uint16_t port = 0;
    auto [end, error] = std::from_chars(one.data(), one.data() + one.size(), port);
    if (error == std::errc() && end == one.data() + one.size() && port != 0) to.push_back(port);
    list.remove_prefix(std::min(one.size() + 1, list.size()));
  }
}

} // namespace

stream_query read_stream_query(std::string_view query) {
  stream_query made;
  while (!query.empty()) {
    auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    auto equals = pair.find('=');
    auto name = unescape(pair.substr(0, equals));
    auto value = equals == pair.npos ? std::string() : unescape(pair.substr(equals + 1));
    bool yes = value == "true" || value == "1";
    if (name == "command") made.arguments.push_back(std::move(value));
    else if (name == "container") made.container = std::move(value);
    else if (name == "stdin") made.in = yes;
    else if (name == "stdout") made.out = yes;
    else if (name == "stderr") made.err = yes;
    else if (name == "tty") made.tty = yes;
    else if (name == "ports") read_ports(value, made.ports);
  }
  if (made.tty) made.err = false; // a terminal has one output
  return made;
}

} // namespace troupe
