// DNS messages (RFC 1035, with EDNS(0) of RFC 6891): queries in, answers out. Pure; never reads beyond what it is given.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::dns {

// Types, classes and codes of IANA's "DNS Parameters".
constexpr uint16_t type_a = 1, type_ns = 2, type_cname = 5, type_soa = 6, type_ptr = 12, type_txt = 16, type_aaaa = 28, type_srv = 33,
                   type_opt = 41, type_any = 255;
constexpr uint16_t class_internet = 1;
enum class code : uint8_t { ok = 0, malformed = 1, failure = 2, no_such_name = 3, not_implemented = 4, refused = 5 };

constexpr size_t name_bytes_max = 255, label_bytes_max = 63;
constexpr size_t datagram_bytes_min = 512;    // what every client takes
constexpr size_t datagram_bytes_max = 1232;   // fits any path without fragments (DNS flag day 2020)
constexpr size_t stream_bytes_max = 65'535;

struct query {
  uint16_t id = 0;
  bool recursion_desired = false;
  std::string name;               // lower case, dots between labels, no dot at the end; the root is empty
  std::string question;           // as it came: name, type, class (echoed in the answer, letters' case included)
  uint16_t type = 0, of_class = 0;
  bool extended = false;          // has an OPT record
  size_t answer_bytes_max = datagram_bytes_min;
};

enum class read_outcome : uint8_t {
  good,
  refuse,  // a query, but not one that can be answered: send the code that read_query gave
  drop     // not a query at all: silence
};

/// `datagram`: the answer must fit a datagram of the size that the client names.
read_outcome read_query(std::string_view message, bool datagram, query& to, code& why);

struct record {
  std::string name;               // as query::name
  uint16_t type = 0;
  uint32_t ttl_seconds = 0;
  std::string data;               // as on the wire, names uncompressed
};

struct answer {
  code result = code::ok;
  bool authoritative = true;
  std::vector<record> answers, authorities, additionals;
};

/// Fits query.answer_bytes_max: additional records are left out first, then the answers with the truncation bit.
std::string write_answer(const query& to, const answer& what, bool recursion_available);

/// A query for the same question under another id, for an upstream server; `original` must have passed read_query.
std::string with_id(std::string_view original, uint16_t id);
/// An answer to the question of `original` under `id`; whatever else comes to a socket is not.
bool answers_question(std::string_view message, std::string_view original, uint16_t id);

// Record data.
std::string address_data(uint32_t address);
std::string name_data(std::string_view name);
std::string service_data(uint16_t priority, uint16_t weight, uint16_t port, std::string_view target);
std::string text_data(std::string_view text);

/// A name's labels in wire form; empty: the name has no such form.
std::string wire_name(std::string_view name);

} // namespace troupe::dns
