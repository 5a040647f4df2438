#include <catch2/catch_test_macros.hpp>
#include <random>
#include "actors/dns/dns_message.hpp"

using namespace troupe::dns;

namespace {

/// Header and question as a resolver sends them.
std::string question(const std::string& name, uint16_t type, uint16_t id = 0x1234, const std::string& rest = "", uint8_t more = 0) {
  std::string message{char(id >> 8), char(id), 1, 0, 0, 1, 0, 0, 0, 0, 0, char(more)};
  return message + wire_name(name) + std::string{char(type >> 8), char(type), 0, 1} + rest;
}

std::string options(uint16_t size) { return std::string{0, 0, 41, char(size >> 8), char(size), 0, 0, 0, 0, 0, 0}; }

query read(const std::string& message, bool datagram = true) {
  query to;
  code why{};
  REQUIRE(read_query(message, datagram, to, why) == read_outcome::good);
  return to;
}

uint16_t at(const std::string& message, size_t place) { return uint16_t(uint8_t(message[place]) << 8 | uint8_t(message[place + 1])); }

} // namespace

TEST_CASE("a query is read: name in lower case, question as it came") {
  auto asked = read(question("Hello.Default.svc.cluster.local", type_a));
  CHECK(asked.id == 0x1234);
  CHECK(asked.recursion_desired);
  CHECK(asked.name == "hello.default.svc.cluster.local");
  CHECK(asked.question.find("Hello") != std::string::npos);
  CHECK(asked.type == type_a);
  CHECK(asked.of_class == class_internet);
  CHECK_FALSE(asked.extended);
  CHECK(asked.answer_bytes_max == 512);
  CHECK(read(question("", type_ns)).name.empty());
}

TEST_CASE("EDNS raises the size, within bounds; streams have their own") {
  CHECK(read(question("a", type_a, 1, options(4096), 1)).answer_bytes_max == datagram_bytes_max);
  CHECK(read(question("a", type_a, 1, options(100), 1)).answer_bytes_max == datagram_bytes_min);
  CHECK(read(question("a", type_a, 1, options(900), 1)).answer_bytes_max == 900);
  CHECK(read(question("a", type_a, 1, options(900), 1)).extended);
  CHECK(read(question("a", type_a), false).answer_bytes_max == stream_bytes_max);
}

TEST_CASE("what is no query is dropped, what cannot be answered refused with a code") {
  query to;
  code why{};
  std::string good = question("a.b", type_a);
  CHECK(read_query("", true, to, why) == read_outcome::drop);
  CHECK(read_query(good.substr(0, 11), true, to, why) == read_outcome::drop);
  std::string response = good;
  response[2] = char(0x81);
  CHECK(read_query(response, true, to, why) == read_outcome::drop); // never answer an answer
  for (size_t size = 12; size < good.size(); ++size) {
    CHECK(read_query(good.substr(0, size), true, to, why) == read_outcome::refuse);
    CHECK(why == code::malformed);
  }
  std::string update = good;
  update[2] = char(0x28);
  CHECK(read_query(update, true, to, why) == read_outcome::refuse);
  CHECK(why == code::not_implemented);
  std::string two = good;
  two[5] = 2;
  CHECK(read_query(two, true, to, why) == read_outcome::refuse);
  std::string pointer = good.substr(0, 12) + std::string("\xc0\x0c\0\1\0\1", 6); // points to itself
  CHECK(read_query(pointer, true, to, why) == read_outcome::refuse);
  std::string long_name;
  for (int label = 0; label < 5; ++label) long_name += std::string(1, 63) + std::string(63, 'x');
  CHECK(read_query(good.substr(0, 12) + long_name + std::string("\0\0\1\0\1", 5), true, to, why) == read_outcome::refuse);
}

TEST_CASE("an answer, byte for byte") {
  auto asked = read(question("web.x", type_a, 7));
  answer what;
  what.answers = {{"web.x", type_a, 5, address_data(0x0a60000a)}};
  std::string expected = std::string("\x00\x07\x85\x80\x00\x01\x00\x01\x00\x00\x00\x00", 12) + std::string("\3web\1x\0\0\1\0\1", 11) +
                         std::string("\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x0a\x60\0\x0a", 16);
  CHECK(write_answer(asked, what, true) == expected);
}

TEST_CASE("too long for a datagram: additional records go first, then it is truncated") {
  auto asked = read(question("web.x", type_a));
  answer what;
  for (uint32_t number = 0; number < 20; ++number) what.answers.push_back({"web.x", type_a, 5, address_data(number)});
  for (int number = 0; number < 20; ++number) what.additionals.push_back({"other.x", type_a, 5, address_data(1)});
  auto message = write_answer(asked, what, true);
  CHECK(message.size() <= 512);
  CHECK(at(message, 6) == 20);
  CHECK(at(message, 10) == 0);
  CHECK_FALSE(message[2] & 2);
  for (uint32_t number = 0; number < 20; ++number) what.answers.push_back({"web.x", type_a, 5, address_data(number)});
  message = write_answer(asked, what, true);
  CHECK(message.size() <= 512);
  CHECK(at(message, 6) == 0);
  CHECK(message[2] & 2);
  auto stream = read(question("web.x", type_a), false);
  CHECK(at(write_answer(stream, what, true), 6) == 40);
}

TEST_CASE("only the answer to the same question under the same id is one") {
  auto asked = question("web.x", type_a, 9);
  std::string answered = with_id(asked, 77);
  answered[2] = char(0x81);
  CHECK(answers_question(answered, asked, 77));
  CHECK_FALSE(answers_question(answered, asked, 78));
  CHECK_FALSE(answers_question(asked, asked, 9)); // a query
  CHECK_FALSE(answers_question(answered, question("web.y", type_a), 77));
  CHECK_FALSE(answers_question(answered, question("web.x", type_aaaa), 77));
  CHECK_FALSE(answers_question(answered.substr(0, 14), asked, 77));
  std::string upper = answered;
  upper[13] = 'W';
  CHECK(answers_question(upper, asked, 77)); // names have no case
}

TEST_CASE("names that have no wire form have none") {
  CHECK(wire_name("a..b").empty());
  CHECK(wire_name(std::string(64, 'x')).empty());
  CHECK(wire_name("") == std::string(1, '\0'));
  std::string many;
  for (int label = 0; label < 130; ++label) many += "a.";
  CHECK(wire_name(many + "a").empty());
  CHECK(text_data(std::string(300, 'x')).size() == 256);
}

TEST_CASE("random and damaged bytes: no crash, and every refusal can be written") {
  std::mt19937 random(42);
  std::string good = question("hello.default.svc.cluster.local", type_srv, 5, options(1232), 1);
  size_t kept = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string message = good;
    if (round % 3 == 0) {
      message.resize(random() % 80);
      for (auto& letter : message) letter = char(random());
    } else {
      for (unsigned count = 1 + random() % 4; count; --count) message[random() % message.size()] = char(random());
      if (random() % 4 == 0) message.resize(random() % (message.size() + 1));
    }
    query to;
    code why{};
    auto outcome = read_query(message, random() % 2, to, why);
    answers_question(message, good, 5);
    answers_question(good, message, 5);
    if (outcome == read_outcome::drop) continue;
    ++kept;
    answer failure;
    failure.result = why;
    auto written = write_answer(to, failure, true);
    CHECK(written.size() >= 12);
    CHECK(written.size() <= to.answer_bytes_max);
    if (outcome == read_outcome::good) CHECK(to.name.size() <= name_bytes_max);
  }
  CHECK(kept > 1000);
}
