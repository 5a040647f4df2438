#include "actors/gateway/format/answers.hpp"
#include <google/protobuf/message.h>
#include "actors/gateway/format/convert.hpp"
#include "actors/gateway/format/list_body.hpp"
#include "actors/gateway/format/shapes.hpp"
#include "actors/gateway/format/yaml_format.hpp"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"
#include "messages/envelope.hpp"
#include "messages/wire_writer.hpp"
#include "messages/json_text.hpp"

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

namespace troupe::gateway {
namespace {

constexpr size_t whole_list_bytes_max = 64u << 10; // a JSON list up to about this size is one text

const text_ptr& newline() {
  static const text_ptr text = std::make_shared<const std::string>("\n");
  return text;
}

void begin(exchange& run, int code) {
  auto& out = run.request.out;
  out.code = code;
  out.content_type = content_type_of(run.wanted, false);
  add_warnings(run);
}

/// JSON text in the encoding that is wanted; protobuf is not asked of it.
step send_json(exchange& run, int code, std::string text) {
  begin(run, code);
  auto& out = run.request.out;
  if (run.wanted.form == encoding::yaml) {
    out.text = yaml_of(text);
    return step::ready;
  }
  out.content_type = "application/json";
  out.text = run.wanted.pretty ? pretty_json(text) : std::move(text);
  out.text += '\n';
  return step::ready;
}

step send_bytes(exchange& run, int code, std::string_view api_version, std::string_view kind, std::string_view raw) {
  begin(run, code);
  wrap_protobuf(run.request.out.text, api_version, kind, raw);
  return step::ready;
}

step send_shape(exchange& run, int code, const object_ptr& shown) {
  std::string version = "meta.k8s.io/" + std::string(run.wanted.view_version);
  if (run.wanted.shape == view::partial) {
    if (run.wanted.form == encoding::protobuf) return send_bytes(run, code, version, "PartialObjectMetadata", partial_bytes(*shown));
    std::string text;
    append_partial_json(text, *shown, run.wanted.view_version, true);
    return send_json(run, code, std::move(text));
  }
  auto with = read_include(run.query.text("includeObject"));
  if (!with) return fail(run, with.error());
  table_head head{run.kind, run.wanted.view_version, *with, run.request.wall_ns};
  return send_json(run, code, table_json(head, {shown}, shown->revision(), {}, -1, true));
}

std::string status_bytes(const status& error, const std::string& continuation) {
  meta::Status document;
  document.mutable_metadata()->set_continue_(continuation);
  document.set_status("Failure");
  document.set_message(error.message);
  document.set_reason(error.reason);
  document.set_code(error.code);
  bool details = !error.name.empty() || !error.group.empty() || !error.kind.empty() || !error.uid.empty() || !error.causes.empty() ||
                 error.retry_after_seconds || error.bare_details;
  if (details) {
    auto* to = document.mutable_details();
    to->set_name(error.name);
    to->set_group(error.group);
    to->set_kind(error.kind);
    to->set_uid(error.uid);
    to->set_retryafterseconds(error.retry_after_seconds);
    for (auto& cause : error.causes) {
      auto* added = to->add_causes();
      added->set_reason(cause.reason);
      added->set_message(cause.message);
      added->set_field(cause.field);
    }
  }
  return to_wire(document);
}

void write_status(reply& out, const media& wanted, const status& error, const std::string& continuation = {}) {
  set_error(out, error);
  constexpr std::string_view empty = "\"metadata\":{}";
  if (!continuation.empty())
    if (size_t at = out.text.find(empty); at != std::string::npos) out.text.replace(at, empty.size(), "\"metadata\":{\"continue\":\"" + continuation + "\"}");
  if (wanted.form == encoding::protobuf) {
    out.text.clear();
    wrap_protobuf(out.text, "v1", "Status", status_bytes(error, continuation));
    out.content_type = "application/vnd.kubernetes.protobuf";
  } else if (wanted.form == encoding::yaml) {
    out.text = yaml_of(out.text);
    out.content_type = "application/yaml";
  } else {
    if (wanted.pretty) out.text = pretty_json(out.text);
    out.text += '\n';
  }
}

step send_status_document(exchange& run, int code, const meta::Status& document) {
  if (run.wanted.form == encoding::protobuf) return send_bytes(run, code, "v1", "Status", to_wire(document));
  return send_json(run, code, to_json(document, "v1", "Status"));
}

std::string list_kind(const kind_row& kind) { return std::string(kind.kind) + "List"; }

step send_json_list(exchange& run, list_page page) {
  std::string head = "{\"kind\":\"" + list_kind(*run.kind) + "\",\"apiVersion\":\"" + std::string(api_version(*run.kind)) +
                     "\",\"metadata\":" + list_meta_json(page.revision, page.continuation, page.remaining) + ",\"items\":[";
  size_t size = 0;
  for (auto& item : page.items) size += 2 * item->bytes().size();
  bool whole = size <= whole_list_bytes_max || run.wanted.form == encoding::yaml || run.wanted.pretty;
  if (!whole) {
    begin(run, 200);
    run.request.out.stream = make_list_body(std::move(head), std::move(page.items), "]}\n");
    return step::ready;
  }
  for (auto& item : page.items) {
    if (head.back() != '[') head += ',';
    head += '{';
    head += std::string_view(*item->json()).substr(item_start(item->kind()));
  }
  return send_json(run, 200, head + "]}");
}

step send_protobuf_list(exchange& run, const list_page& page) {
  bool partial = run.wanted.shape == view::partial_list;
  std::string raw;
  wire::put_text(raw, 1, list_meta_bytes(page.revision, page.continuation, page.remaining));
  for (auto& item : page.items) wire::put_text(raw, 2, partial ? partial_bytes(*item) : item->protobuf());
  if (partial) return send_bytes(run, 200, "meta.k8s.io/" + std::string(run.wanted.view_version), "PartialObjectMetadataList", raw);
  return send_bytes(run, 200, api_version(*run.kind), list_kind(*run.kind), raw);
}

step send_partial_list(exchange& run, const list_page& page) {
  std::string text = "{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/" + std::string(run.wanted.view_version) +
                     "\",\"metadata\":" + list_meta_json(page.revision, page.continuation, page.remaining) + ",\"items\":[";
  for (auto& item : page.items) {
    if (text.back() != '[') text += ',';
    append_partial_json(text, *item, run.wanted.view_version, true);
  }
  return send_json(run, 200, text + "]}");
}

} // namespace

void add_warnings(exchange& run) {
  auto warnings = std::exchange(run.warnings, {});
  for (auto& warning : warnings) {
    std::string text;
    for (char letter : warning) {
      if (letter == '"' || letter == '\\') text += '\\';
      text += letter == '\n' || letter == '\r' ? ' ' : letter;
    }
    run.request.out.headers.emplace_back("Warning", "299 - \"" + text + "\"");
  }
}

step fail(exchange& run, const status& error) {
  run.request.out = {};
  add_warnings(run);
  write_status(run.request.out, run.wanted, error);
  return step::ready;
}

step fail_expired(exchange& run, const status& error, const std::string& continuation) {
  run.request.out = {};
  write_status(run.request.out, run.wanted, error, continuation);
  return step::ready;
}

step refuse(call& call, const status& error, std::vector<std::string>) {
  call.out = {};
  write_status(call.out, error_media(call.in), error);
  return step::ready;
}

step answer_object(exchange& run, int code, const object_ptr& stored) {
  if (auto right = check_shape(run.wanted, *run.kind, false); !right) return fail(run, right.error());
  auto shown = shown_as(*run.kind, stored);
  if (run.wanted.shape != view::object) return send_shape(run, code, shown);
  if (run.wanted.form == encoding::protobuf) return send_bytes(run, code, api_version(*run.kind), run.kind->kind, shown->protobuf());
  auto text = shown->json();
  if (run.wanted.form != encoding::json || run.wanted.pretty) return send_json(run, code, *text);
  begin(run, code);
  run.request.out.parts = {text, newline()};
  return step::ready;
}

step answer_message(exchange& run, int code, const google::protobuf::Message& message, std::string_view version, std::string_view kind) {
  if (run.wanted.shape != view::object)
    return fail(run, not_acceptable("only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf"));
  if (run.wanted.form == encoding::protobuf) return send_bytes(run, code, version, kind, to_wire(message));
  return send_json(run, code, to_json(message, version, kind));
}

step answer_draft(exchange& run, int code, const google::protobuf::Message& storage_form, uint64_t revision) {
  if (own_form(*run.kind) && run.wanted.shape == view::object && revision == 0)
    return answer_message(run, code, storage_form, api_version(*run.kind), run.kind->kind);
  return answer_object(run, code, object::make(run.storage(), revision, to_wire(storage_form)));
}

step answer_gone(exchange& run, std::string_view name, std::string_view uid) {
  meta::Status document;
  document.mutable_metadata();
  document.set_status("Success");
  auto* details = document.mutable_details();
  details->set_name(std::string(name));
  details->set_group(std::string(run.kind->group));
  details->set_kind(std::string(run.kind->plural));
  details->set_uid(std::string(uid));
  return send_status_document(run, 200, document);
}

step answer_success(exchange& run, int code, bool shown) {
  meta::Status document;
  document.mutable_metadata();
  document.set_status("Success");
  if (shown) document.set_code(code);
  return send_status_document(run, code, document);
}

step answer_text(exchange& run, int code, std::string_view content_type, text_ptr text) {
  begin(run, code);
  run.request.out.content_type = std::string(content_type);
  run.request.out.parts = {std::move(text)};
  return step::ready;
}

step answer_list(exchange& run, list_page page) {
  if (auto right = check_shape(run.wanted, *run.kind, true); !right) return fail(run, right.error());
  if (!own_form(*run.kind))
    for (auto& item : page.items) item = shown_as(*run.kind, item);
  if (run.wanted.shape == view::table) {
    auto with = read_include(run.query.text("includeObject"));
    if (!with) return fail(run, with.error());
    table_head head{run.kind, run.wanted.view_version, *with, run.request.wall_ns};
    return send_json(run, 200, table_json(head, page.items, page.revision, page.continuation, page.remaining, true));
  }
  if (run.wanted.form == encoding::protobuf) return send_protobuf_list(run, page);
  if (run.wanted.shape == view::partial_list) return send_partial_list(run, page);
  return send_json_list(run, std::move(page));
}

} // namespace troupe::gateway
