#include "actors/dns/dns_message.hpp"
#include <algorithm>

namespace troupe::dns {

namespace {

constexpr size_t header_bytes = 12;
constexpr uint16_t flag_response = 0x8000, flag_authoritative = 0x0400, flag_truncated = 0x0200, flag_recursion_desired = 0x0100,
                   flag_recursion_available = 0x0080, mask_operation = 0x7800;
constexpr uint16_t question_pointer = 0xc00c; // compression: the name at offset 12
constexpr size_t option_bytes = 11;

uint16_t number_at(std::string_view message, size_t at) { return uint16_t(uint8_t(message[at]) << 8 | uint8_t(message[at + 1])); }

void add16(std::string& to, uint16_t value) {
  to += char(value >> 8);
  to += char(value);
}

void add32(std::string& to, uint32_t value) {
  add16(to, uint16_t(value >> 16));
  add16(to, uint16_t(value));
}

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? char(letter + 32) : letter; }

/// Reads labels at `at`, which moves behind them. Compression has no place in a question: refused, so nothing can loop.
bool read_name(std::string_view message, size_t& at, std::string& name) {
  name.clear();
  size_t start = at;
  while (at < message.size()) {
    auto size = uint8_t(message[at++]);
    if (size == 0) return at - start <= name_bytes_max;
    if (size > label_bytes_max || at + size > message.size() || at + size - start > name_bytes_max) return false;
    if (!name.empty()) name += '.';
    for (size_t letter = 0; letter < size; ++letter) {
      char value = message[at + letter];
      if (value == '.') return false; // cannot be told from a separator, and no name of ours has one
      name += lower(value);
    }
    at += size;
  }
  return false;
}

/// Behind a record's name, which may end in a pointer.
bool skip_name(std::string_view message, size_t& at) {
  while (at < message.size()) {
    auto size = uint8_t(message[at++]);
    if (size == 0) return true;
    if (size >= 192) return ++at <= message.size();
    if (size > label_bytes_max) return false;
    at += size;
  }
  return false;
}

/// Looks for the OPT record among the `count` records at `at`. False: they are broken.
bool read_options(std::string_view message, size_t at, size_t count, query& to, size_t& advertised) {
  for (; count; --count) {
    if (!skip_name(message, at) || at + 10 > message.size()) return false;
    if (number_at(message, at) == type_opt) {
      to.extended = true;
      advertised = number_at(message, at + 2);
    }
    at += 10 + size_t(number_at(message, at + 8));
    if (at > message.size()) return false;
  }
  return true;
}

void add_record(std::string& to, const record& what, const query& asked) {
  if (what.name == asked.name) add16(to, question_pointer);
  else to += wire_name(what.name);
  add16(to, what.type);
  add16(to, class_internet);
  add32(to, what.ttl_seconds);
  add16(to, uint16_t(what.data.size()));
  to += what.data;
}

void add_options(std::string& to) {
  to += '\0';
  add16(to, type_opt);
  add16(to, uint16_t(datagram_bytes_max));
  add32(to, 0);
  add16(to, 0);
}

std::string section(const std::vector<record>& records, const query& asked) {
  std::string text;
  for (auto& one : records) add_record(text, one, asked);
  return text;
}

} // namespace

read_outcome read_query(std::string_view message, bool datagram, query& to, code& why) {
  if (message.size() < header_bytes || message.size() > stream_bytes_max) return read_outcome::drop;
  uint16_t flags = number_at(message, 2);
  if (flags & flag_response) return read_outcome::drop;
  to = query{};
  to.id = number_at(message, 0);
  to.recursion_desired = flags & flag_recursion_desired;
  to.answer_bytes_max = datagram ? datagram_bytes_min : stream_bytes_max;
  why = code::not_implemented;
  if (flags & mask_operation) return read_outcome::refuse;
  why = code::malformed;
  size_t at = header_bytes, advertised = datagram_bytes_min;
  if (number_at(message, 4) != 1 || !read_name(message, at, to.name) || at + 4 > message.size()) return read_outcome::refuse;
  to.type = number_at(message, at);
  to.of_class = number_at(message, at + 2);
  to.question = message.substr(header_bytes, at + 4 - header_bytes);
  size_t records = size_t(number_at(message, 6)) + number_at(message, 8) + number_at(message, 10);
  if (!read_options(message, at + 4, records, to, advertised)) return read_outcome::refuse;
  if (datagram) to.answer_bytes_max = std::clamp(advertised, datagram_bytes_min, datagram_bytes_max);
  return read_outcome::good;
}

std::string write_answer(const query& to, const answer& what, bool recursion_available) {
  std::string answers = section(what.answers, to), authorities = section(what.authorities, to), additionals = section(what.additionals, to);
  size_t fixed = header_bytes + to.question.size() + (to.extended ? option_bytes : 0);
  size_t additional_count = what.additionals.size(), authority_count = what.authorities.size(), answer_count = what.answers.size();
  bool truncated = false;
  if (fixed + answers.size() + authorities.size() + additionals.size() > to.answer_bytes_max) {
    additionals.clear();
    additional_count = 0;
  }
  if (fixed + answers.size() + authorities.size() > to.answer_bytes_max) {
    answers.clear();
    authorities.clear();
    answer_count = authority_count = 0;
    truncated = true;
  }
  uint16_t flags = flag_response | uint16_t(what.result);
  if (what.authoritative) flags |= flag_authoritative;
  if (truncated) flags |= flag_truncated;
  if (to.recursion_desired) flags |= flag_recursion_desired;
  if (recursion_available) flags |= flag_recursion_available;
  std::string message;
  add16(message, to.id);
  add16(message, flags);
  add16(message, to.question.empty() ? 0 : 1);
  add16(message, uint16_t(answer_count));
  add16(message, uint16_t(authority_count));
  add16(message, uint16_t(additional_count + (to.extended ? 1 : 0)));
  message += to.question + answers + authorities + additionals;
  if (to.extended) add_options(message);
  return message;
}

std::string with_id(std::string_view original, uint16_t id) {
  std::string message(original);
  message[0] = char(id >> 8);
  message[1] = char(id);
  return message;
}

bool answers_question(std::string_view message, std::string_view original, uint16_t id) {
  if (message.size() < header_bytes || original.size() < header_bytes) return false;
  if (number_at(message, 0) != id || !(number_at(message, 2) & flag_response) || number_at(message, 4) != 1) return false;
  size_t at = header_bytes, from = header_bytes;
  std::string answered, asked;
  if (!read_name(message, at, answered) || !read_name(original, from, asked) || answered != asked) return false;
  return at + 4 <= message.size() && from + 4 <= original.size() && message.substr(at, 4) == original.substr(from, 4);
}

std::string address_data(uint32_t address) {
  std::string data;
  add32(data, address);
  return data;
}

std::string wire_name(std::string_view name) {
  std::string data;
  while (!name.empty()) {
    auto label = name.substr(0, name.find('.'));
    if (label.empty() || label.size() > label_bytes_max) return "";
    data += char(label.size());
    data += label;
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  data += '\0';
  return data.size() <= name_bytes_max ? data : "";
}

std::string name_data(std::string_view name) { return wire_name(name); }

std::string service_data(uint16_t priority, uint16_t weight, uint16_t port, std::string_view target) {
  std::string data;
  add16(data, priority);
  add16(data, weight);
  add16(data, port);
  return data + wire_name(target);
}

std::string text_data(std::string_view text) {
  text = text.substr(0, 255);
  return char(text.size()) + std::string(text);
}

} // namespace troupe::dns
