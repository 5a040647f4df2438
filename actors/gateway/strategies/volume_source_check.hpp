// The sources that a pod's volume and a PersistentVolume have in common.
#pragma once
#include <string>
#include <utility>
#include <vector>
#include "actors/gateway/strategies/field_error.hpp"

namespace google::protobuf {
class Message;
}

namespace troupe::gateway {

/// The members that are set of a message of alternatives: JSON name and value, in the API's order.
std::vector<std::pair<std::string, const google::protobuf::Message*>> set_sources(
    const google::protobuf::Message& alternatives);
/// `name` is the member's JSON name.
void check_volume_source(causes&, const field_path&, std::string_view name, const google::protobuf::Message&);

}  // namespace troupe::gateway
