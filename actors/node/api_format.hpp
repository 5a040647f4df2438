// The node's requests to the API and what comes back: protobuf in its envelope, watch frames. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include "actors/node/types.hpp"
#include "messages/actors/node.hpp"

namespace troupe {

/// "POST" or "PUT" of a message in its envelope.
node_request api_write(std::string method, std::string path, const google::protobuf::Message& body,
                       std::string_view api_version, std::string_view kind);
node_request api_read(std::string path, std::string query = {});
/// A delete with DeleteOptions.
node_request api_remove(std::string path, int64_t grace_seconds, const std::string& uid);

/// Takes the object out of its envelope. False: not a protobuf of this type.
bool api_open(std::string_view body, google::protobuf::Message& to);
/// metav1.Status.message of an error's body, or a text with the code.
std::string api_error(const node_response& response);

std::string pod_path(std::string_view space, std::string_view name);

/// The next whole watch frame in `bytes` (its front is used up): type "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"
/// and the object's bytes without envelope. False: none is whole.
bool next_watch_frame(std::string& bytes, std::string& type, std::string& object);

constexpr size_t watch_frame_bytes_max = 8u << 20;

} // namespace troupe
