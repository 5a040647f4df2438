#include "actors/gateway/verbs/delete_options.hpp"
#include <algorithm>
#include "actors/gateway/format/yaml_format.hpp"
#include "messages/api/meta/v1.pb.h"
#include "messages/codec.hpp"
#include "messages/envelope.hpp"
#include "messages/json_text.hpp"

namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;

namespace troupe::gateway {
namespace {

result<nothing> check(const meta::DeleteOptions& from) {
  std::vector<status_cause> causes;
  auto& policy = from.propagationpolicy();
  if (from.has_orphandependents() && from.has_propagationpolicy()) {
    causes.push_back({"FieldValueInvalid", "Invalid value: " + go_quoted(policy) + ": orphanDependents and deletionPropagation cannot be both set", "propagationPolicy"});
  } else if (from.has_propagationpolicy() && policy != "Foreground" && policy != "Background" && policy != "Orphan") {
    causes.push_back({"FieldValueNotSupported", "Unsupported value: " + go_quoted(policy) + ": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"", "propagationPolicy"});
  }
  if (std::any_of(from.dryrun().begin(), from.dryrun().end(), [](auto& value) { return value != "All"; })) {
    std::string values = "[";
    for (auto& value : from.dryrun()) {
      if (values.size() > 1) values += ',';
      append_json_string(values, value);
    }
    causes.push_back({"FieldValueNotSupported", "Unsupported value: " + values + "]: supported values: \"All\"", "dryRun"});
  }
  if (causes.empty()) return nothing{};
  return invalid("meta.k8s.io", "DeleteOptions", "", std::move(causes));
}

result<nothing> read_body(const exchange& run, meta::DeleteOptions& to) {
  auto& body = run.request.in.body;
  auto form = body_encoding(run.request.in.header("content-type"));
  if (!form) return form.error();
  type_meta said;
  decode_error error;
  if (*form == encoding::protobuf) {
    std::string why;
    auto opened = unwrap_protobuf(body, &why);
    if (!opened) return bad_request(why);
    said = {std::string(opened->api_version), std::string(opened->kind)};
    if (opened->kind.empty() || opened->kind == "DeleteOptions") error = from_wire(opened->bytes, to);
  } else {
    auto text = *form == encoding::yaml ? json_of(body) : result<std::string>(body);
    if (!text) return text.error();
    std::vector<decode_problem> ignored;
    error = from_json(*text, to, &said, &ignored);
  }
  if (error.what == decode_error::kind::unrecognized) return bad_request("couldn't get version/kind; json parse error: " + error.text);
  if (!said.kind.empty() && said.kind != "DeleteOptions")
    return bad_request("no kind " + go_quoted(said.kind) + " is registered for version " + go_quoted(said.api_version) + " in scheme \"pkg/runtime/scheme.go:111\"");
  if (!error.ok()) return bad_request("DeleteOptions in version \"v1\" cannot be handled as a DeleteOptions: " + error.text);
  return nothing{};
}

result<nothing> read_query(const exchange& run, meta::DeleteOptions& to) {
  auto grace = run.query.integer("gracePeriodSeconds");
  if (!grace) return grace.error();
  if (*grace) to.set_graceperiodseconds(**grace);
  if (run.query.has("propagationPolicy")) to.set_propagationpolicy(run.query.text("propagationPolicy"));
  if (run.query.has("orphanDependents")) to.set_orphandependents(run.query.flag("orphanDependents"));
  for (auto& value : run.query.all("dryRun")) to.add_dryrun(value);
  if (run.query.flag("ignoreStoreReadErrorWithClusterBreakingPotential")) to.set_ignorestorereaderrorwithclusterbreakingpotential(true);
  return nothing{};
}

} // namespace

result<delete_options> delete_options_of(const google::protobuf::Message& message) {
  auto& from = static_cast<const meta::DeleteOptions&>(message);
  if (auto good = check(from); !good) return good.error();
  delete_options options;
  if (from.has_graceperiodseconds()) options.grace_seconds = from.graceperiodseconds();
  options.uid = from.preconditions().uid();
  options.resource_version = from.preconditions().resourceversion();
  options.propagation = from.propagationpolicy();
  if (from.has_orphandependents()) options.propagation = from.orphandependents() ? "Orphan" : "Background";
  options.dry_run = from.dryrun_size() > 0;
  return options;
}

result<delete_options> read_delete_options(const exchange& run) {
  meta::DeleteOptions from;
  auto read = run.request.in.body.empty() ? read_query(run, from) : read_body(run, from);
  if (!read) return read.error();
  if (from.ignorestorereaderrorwithclusterbreakingpotential()) {
    std::string key = "/registry/" + run.info.plural + "/" + run.info.space + "/" + run.info.name;
    return conflict(run.kind->group, run.kind->plural, run.info.name,
                    "StorageError: invalid object, Code: 4, Key: " + key + ", ResourceVersion: 0, AdditionalErrorMsg: unsafe deletion is not allowed because the object is decodable from storage");
  }
  return delete_options_of(from);
}

} // namespace troupe::gateway
