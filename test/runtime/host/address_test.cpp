#include <catch2/catch_test_macros.hpp>
#include "runtime/host/address.hpp"

using namespace troupe;

TEST_CASE("addresses are read strictly and written back") {
  for (const char* text : {"0.0.0.0", "10.244.0.1", "255.255.255.255"}) CHECK(format_address(parse_address(text).value()) == text);
  for (const char* text : {"", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4 ", "1..2.3", "::1"})
    CHECK_FALSE(parse_address(text));
}

TEST_CASE("ranges clear the bits below their prefix") {
  CHECK(format_cidr(parse_cidr("10.244.7.9/16").value()) == "10.244.0.0/16");
  CHECK(format_cidr(parse_cidr("10.244.7.9").value()) == "10.244.7.9/32");
  CHECK(format_cidr(parse_cidr("1.2.3.4/0").value()) == "0.0.0.0/0");
  for (const char* text : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "/8"}) CHECK_FALSE(parse_cidr(text));
}

TEST_CASE("ranges overlap where one holds the other") {
  auto range = [](const char* text) { return parse_cidr(text).value(); };
  CHECK(overlap(range("10.0.0.0/8"), range("10.244.0.0/16")));
  CHECK(overlap(range("10.244.3.0/24"), range("10.244.0.0/16")));
  CHECK_FALSE(overlap(range("10.96.0.0/12"), range("10.112.0.0/12")));
  CHECK(overlap(range("0.0.0.0/0"), range("192.0.2.0/24")));
  CHECK(contains(range("10.96.0.0/12"), *parse_address("10.111.255.255")));
  CHECK_FALSE(contains(range("10.96.0.0/12"), *parse_address("10.112.0.0")));
}
