// Random messages of any type of the API, in the form that the decoder makes: maps sorted, zeros of fields without presence
// unset, quantities canonical, raw fields compact JSON.
#pragma once
#include <google/protobuf/message.h>

#include <cstdint>
#include <random>
#include <string>

#include "messages/codec.hpp"

namespace troupe::test {

class random_messages {
public:
  explicit random_messages(uint64_t seed) : engine_(seed) {}
  void fill(google::protobuf::Message& message);
  uint64_t next() { return engine_(); }
  size_t below(size_t bound) { return size_t(engine_() % bound); }

private:
  void fill(google::protobuf::Message& message, const type_table& table, int depth);
  void fill_field(google::protobuf::Message& message, const type_table& table, const field_table& field, int depth);
  void fill_special(google::protobuf::Message& message, const type_table& table, int depth);
  void fill_map(google::protobuf::Message& message, const field_table& field, int depth);
  std::string text();
  std::string raw_json(int depth);
  int64_t integer();
  std::mt19937_64 engine_;
  int budget_ = 0; // messages that may still be made
};

} // namespace troupe::test
