#include "actors/gateway/verbs/watch_frames.hpp"
#include "actors/gateway/format/convert.hpp"
#include "actors/gateway/format/shapes.hpp"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"
#include "messages/envelope.hpp"
#include "messages/wire_writer.hpp"

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

namespace troupe::gateway {
namespace {

std::string_view type_text(watch_type type) {
  switch (type) {
  case watch_type::added: return "ADDED";
  case watch_type::modified: return "MODIFIED";
  case watch_type::deleted: return "DELETED";
  case watch_type::bookmark: return "BOOKMARK";
  case watch_type::error: return "ERROR";
  }
  return {};
}

std::string table_text(const watch_format& format, const object_ptr& shown, bool columns) {
  auto with = read_include(format.include_object);
  table_head head{format.row, format.wanted.view_version, with ? *with : include::metadata, format.wall_ns};
  return table_json(head, {shown}, shown->revision(), {}, -1, columns);
}

text_ptr json_frame(std::string_view type, std::string_view object_json) {
  auto frame = std::make_shared<std::string>();
  append_watch_json(*frame, type, object_json);
  return frame;
}

text_ptr protobuf_frame(std::string_view type, std::string_view version, std::string_view kind, std::string_view bytes) {
  auto frame = std::make_shared<std::string>();
  append_watch_protobuf(*frame, type, version, kind, bytes);
  return frame;
}

} // namespace

bool watch_format::plain() const { return wanted.shape == view::object && own_form(*row); }

text_ptr make_frame(const watch_format& format, watch_type type, const object_ptr& stored, bool columns) {
  auto shown = shown_as(*format.row, stored);
  auto word = type_text(type);
  std::string meta_version = "meta.k8s.io/" + std::string(format.wanted.view_version);
  bool protobuf = format.wanted.form == encoding::protobuf;
  switch (format.wanted.shape) {
  case view::table: return json_frame(word, table_text(format, shown, columns));
  case view::partial:
  case view::partial_list: {
    if (protobuf) return protobuf_frame(word, meta_version, "PartialObjectMetadata", partial_bytes(*shown));
    std::string text;
    append_partial_json(text, *shown, format.wanted.view_version, true);
    return json_frame(word, text);
  }
  case view::object: break;
  }
  if (protobuf) return protobuf_frame(word, api_version(*format.row), format.row->kind, shown->protobuf());
  return json_frame(word, *shown->json());
}

text_ptr make_error_frame(const watch_format& format, const status& error) {
  if (format.wanted.form != encoding::protobuf) return json_frame("ERROR", to_json(error));
  meta::Status document;
  document.mutable_metadata();
  document.set_status("Failure");
  document.set_message(error.message);
  document.set_reason(error.reason);
  document.set_code(error.code);
  return protobuf_frame("ERROR", "v1", "Status", to_wire(document));
}

object_ptr bookmark_object(const kind_row& storage, uint64_t revision, bool ends_initial) {
  auto message = new_message(storage);
  auto& metadata = static_cast<meta::ObjectMeta&>(*object_meta(*message));
  if (ends_initial) {
    auto* entry = metadata.add_annotations();
    entry->set_key("k8s.io/initial-events-end");
    entry->set_value("true");
  }
  return object::make(storage, revision, to_wire(*message));
}

text_ptr event_frames::plain(const watch_format& format, watch_type type, const object_ptr& shown) {
  size_t at = static_cast<size_t>(type) + (format.wanted.form == encoding::protobuf ? 3 : 0);
  auto& made = made_[at];
  if (!made) made = make_frame(format, type, shown, false);
  return made;
}

} // namespace troupe::gateway
