#include "actors/node/api_format.hpp"
#include "messages/api/meta/runtime.pb.h"
#include "runtime/control/envelope.hpp"

namespace troupe {

node_request api_write(std::string method, std::string path, const google::protobuf::Message& body,
                       std::string_view api_version, std::string_view kind) {
  node_request request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.query = "fieldManager=kubelet";
  request.content_type = "application/vnd.kubernetes.protobuf";
  request.body = put_in_envelope(api_version, kind, body.SerializeAsString());
  return request;
}

node_request api_read(std::string path, std::string query) {
  node_request request;
  request.method = "GET";
  request.path = std::move(path);
  request.query = std::move(query);
  return request;
}

node_request api_remove(std::string path, int64_t grace_seconds, const std::string& uid) {
  node_request request;
  request.method = "DELETE";
  request.path = std::move(path);
  request.content_type = "application/json";
  request.body = R"({"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":)" + std::to_string(grace_seconds) +
                 R"(,"preconditions":{"uid":")" + uid + "\"}}";
  return request;
}

bool api_open(std::string_view body, google::protobuf::Message& to) {
  auto opened = open_envelope(body);
  return opened.ok() && to.ParseFromArray(opened->raw.data(), static_cast<int>(opened->raw.size()));
}

std::string api_error(const node_response& response) {
  meta::Status status;
  if (api_open(response.body, status) && !status.message().empty()) return status.message();
  if (response.code == 0) return "the API cannot be asked just now";
  return "the API answered " + std::to_string(response.code);
}

std::string pod_path(std::string_view space, std::string_view name) {
  return "/api/v1/namespaces/" + std::string(space) + "/pods/" + std::string(name);
}

bool next_watch_frame(std::string& bytes, std::string& type, std::string& object) {
  if (bytes.size() < 4) return false;
  size_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[static_cast<size_t>(i)]);
  if (size > watch_frame_bytes_max || bytes.size() < 4 + size) return false;
  meta::WatchEvent event;
  type.clear();
  object.clear();
  if (event.ParseFromArray(bytes.data() + 4, static_cast<int>(size))) {
    type = event.type();
    if (auto opened = open_envelope(event.object().raw()); opened.ok()) object = std::string(opened->raw);
  }
  bytes.erase(0, 4 + size);
  return true;
}

} // namespace troupe
