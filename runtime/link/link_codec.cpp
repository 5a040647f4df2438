#include "runtime/link/link_codec.hpp"
#include <map>
#include <caf/make_message.hpp>
#include "messages/actors/node.hpp"
#include "runtime/link/frame.pb.h"

namespace troupe {
namespace {

struct row {
  bool (*save)(const caf::message&, std::string&);
  caf::message (*load)(std::string_view);
};

// For each message: how it becomes its protobuf twin and back.
void put(const node_request& from, link::NodeRequest& to) {
  to.set_method(from.method);
  to.set_path(from.path);
  to.set_query(from.query);
  to.set_content_type(from.content_type);
  to.set_body(from.body);
}
void take(const link::NodeRequest& from, node_request& to) {
  to = {from.method(), from.path(), from.query(), from.content_type(), from.body()};
}
void put(const node_response& from, link::NodeResponse& to) {
  to.set_code(from.code);
  to.set_body(from.body);
}
void take(const link::NodeResponse& from, node_response& to) { to = {from.code(), from.body()}; }
void put(const node_watch& from, link::NodeWatch& to) {
  to.set_id(from.id);
  to.set_path(from.path);
  to.set_query(from.query);
}
void take(const link::NodeWatch& from, node_watch& to) { to = {from.id(), from.path(), from.query()}; }
void put(const node_watch_news& from, link::NodeWatchNews& to) {
  to.set_id(from.id);
  to.set_frames(from.frames);
}
void take(const link::NodeWatchNews& from, node_watch_news& to) { to = {from.id(), from.frames()}; }
void put(const node_unwatch& from, link::NodeWatchId& to) { to.set_id(from.id); }
void take(const link::NodeWatchId& from, node_unwatch& to) { to = {from.id()}; }
void put(const node_watch_end& from, link::NodeWatchId& to) { to.set_id(from.id); }
void take(const link::NodeWatchId& from, node_watch_end& to) { to = {from.id()}; }

template <class Message, class Twin> row row_of() {
  return {[](const caf::message& content, std::string& body) {
            if (!content.match_elements<Message>())
              return false;
            Twin twin;
            put(content.get_as<Message>(0), twin);
            return twin.SerializeToString(&body);
          },
          [](std::string_view body) {
            Twin twin;
            Message made;
            if (!twin.ParseFromArray(body.data(), static_cast<int>(body.size())))
              return caf::message{};
            take(twin, made);
            return caf::make_message(std::move(made));
          }};
}

const std::map<std::string, row, std::less<>>& rows() {
  static const std::map<std::string, row, std::less<>> all = {
    {"node_request", row_of<node_request, link::NodeRequest>()},
    {"node_response", row_of<node_response, link::NodeResponse>()},
    {"node_watch", row_of<node_watch, link::NodeWatch>()},
    {"node_unwatch", row_of<node_unwatch, link::NodeWatchId>()},
    {"node_watch_news", row_of<node_watch_news, link::NodeWatchNews>()},
    {"node_watch_end", row_of<node_watch_end, link::NodeWatchId>()},
  };
  return all;
}

} // namespace

bool encode_message(const caf::message& content, std::string& type, std::string& body) {
  if (content.size() != 1)
    return false;
  for (auto& [name, one] : rows())
    if (one.save(content, body)) {
      type = name;
      return true;
    }
  return false;
}

caf::message decode_message(std::string_view type, std::string_view body) {
  auto found = rows().find(type);
  return found == rows().end() ? caf::message{} : found->second.load(body);
}

} // namespace troupe
