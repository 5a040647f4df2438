// The parts of metadata that the server gives (apiserver/pkg/registry/rest): names, uids, times, generations.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include "actors/gateway/strategies/strategy.hpp"

namespace k8s::io::apimachinery::pkg::apis::meta::v1 {
class ObjectMeta;
}

namespace troupe::gateway {

using object_meta_message = k8s::io::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// Every stored kind has one.
object_meta_message& metadata_of(google::protobuf::Message&);
const object_meta_message& metadata_of(const google::protobuf::Message&);

/// uid, creationTimestamp, a name from generateName; clears deletion times and selfLink, which no client may give.
void fill_metadata(object_meta_message&, int64_t wall_ns, random_stream&);
/// What a client may leave out of an update, from what is stored: uid, creation and deletion times, generation.
void restore_metadata(object_meta_message&, const object_meta_message& before);
/// A random uuid (RFC 9562 version 4).
std::string random_uid(random_stream&);
/// Whether anything but metadata and status differs from what is stored.
bool specification_differs(const google::protobuf::Message&, std::string_view before);
/// The bytes to store: without resourceVersion.
std::string stored_bytes(google::protobuf::Message&);

} // namespace troupe::gateway
