#include "actors/gateway/format/convert.hpp"
#include <google/protobuf/message.h>
#include "actors/gateway/strategies/strategy.hpp"
#include "messages/codec.hpp"

namespace troupe::gateway {

std::unique_ptr<google::protobuf::Message> as_version(std::unique_ptr<google::protobuf::Message> message, const kind_row& to) {
  auto converted = convert(*message, to);
  return converted ? std::move(converted) : std::move(message);
}

object_ptr shown_as(const kind_row& row, const object_ptr& stored) {
  if (!stored || own_form(row) || &stored->kind() == &row) return stored;
  auto converted = convert(*stored->message(), row);
  return converted ? object::make(row, stored->revision(), to_wire(*converted)) : stored;
}

} // namespace troupe::gateway
