// pods/exec, attach, portforward and log: which pod, which container, which node. The bytes are the streams' business.
#include <algorithm>
#include <charconv>
#include "actors/gateway/format/answers.hpp"
#include "actors/gateway/streams/streams.hpp"
#include "actors/gateway/verbs/verbs.hpp"
#include "actors/gateway/verbs/writing.hpp"
#include "messages/api/core/v1/pod.pb.h"
#include "messages/time_format.hpp"

namespace core = k8s::io::api::core::v1;

namespace troupe::gateway {
namespace {

std::vector<std::string> container_names(const core::PodSpec& spec) {
  std::vector<std::string> names;
  for (auto& container : spec.initcontainers()) names.push_back(container.name());
  for (auto& container : spec.containers()) names.push_back(container.name());
  for (auto& container : spec.ephemeralcontainers()) names.push_back(container.ephemeralcontainercommon().name());
  return names;
}

std::string annotation(const core::Pod& pod, std::string_view key) {
  for (auto& entry : pod.metadata().annotations())
    if (entry.key() == key) return entry.value();
  return {};
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (auto& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

/// The container that is asked for, or the only one, or the default one by annotation. 400.
result<std::string> choose_container(const core::Pod& pod, const std::string& asked) {
  auto names = container_names(pod.spec());
  auto& name = pod.metadata().name();
  if (!asked.empty()) {
    if (std::find(names.begin(), names.end(), asked) != names.end()) return asked;
    return bad_request("container " + asked + " is not valid for pod " + name);
  }
  if (pod.spec().containers_size() == 1) return pod.spec().containers(0).name();
  auto preferred = annotation(pod, "kubectl.kubernetes.io/default-container");
  if (!preferred.empty() && std::find(names.begin(), names.end(), preferred) != names.end()) return preferred;
  std::vector<std::string> choice;
  for (auto& container : pod.spec().containers()) choice.push_back(container.name());
  return bad_request("a container name must be specified for pod " + name + ", choose one of: [" + joined(choice) + "]");
}

/// One whole number of core/v1 PodLogOptions, at least `least`.
result<int64_t> log_number(const exchange& run, const char* name, int64_t least, std::string_view wording, std::vector<status_cause>& causes) {
  auto value = run.query.integer(name);
  if (!value) return value.error();
  if (!*value) return int64_t{-1};
  if (**value < least) causes.push_back({"FieldValueInvalid", "Invalid value: " + std::to_string(**value) + ": " + std::string(wording), name});
  return **value;
}

result<nothing> read_log_options(const exchange& run, stream_begin& begin) {
  std::vector<status_cause> causes;
  auto tail = log_number(run, "tailLines", 0, "must be greater than or equal to 0", causes);
  if (!tail) return tail.error();
  auto limit = log_number(run, "limitBytes", 1, "must be greater than 0", causes);
  if (!limit) return limit.error();
  auto since = log_number(run, "sinceSeconds", 1, "must be greater than 0", causes);
  if (!since) return since.error();
  begin.tail_lines = *tail;
  begin.limit_bytes = *limit;
  begin.since_seconds = *since;
  begin.follow = run.query.flag("follow");
  begin.previous = run.query.flag("previous");
  begin.timestamps = run.query.flag("timestamps");
  begin.log_stream = run.query.text("stream");
  if (!begin.log_stream.empty()) causes.push_back({"FieldValueForbidden", "Forbidden: may not be specified", "stream"});
  if (auto text = run.query.text("sinceTime"); !text.empty()) {
    auto at = parse_time(text);
    if (!at) return bad_request("invalid sinceTime");
    begin.since_wall_ns = at->seconds * 1'000'000'000 + at->nanoseconds;
    if (*since >= 0) causes.push_back({"FieldValueForbidden", "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified", "[]"});
  }
  if (causes.empty()) return nothing{};
  return invalid("", "PodLogOptions", run.info.name, std::move(causes));
}

result<stream_begin> read_begin(const exchange& run, const core::Pod& pod, std::vector<uint16_t>& ports) {
  stream_begin begin;
  auto& part = run.part->name;
  begin.what = part == "exec" ? stream_begin::verb::exec : part == "attach" ? stream_begin::verb::attach
             : part == "log"  ? stream_begin::verb::log : stream_begin::verb::forward;
  begin.space = pod.metadata().namespace_();
  begin.pod = pod.metadata().name();
  begin.pod_uid = pod.metadata().uid();
  auto asked = read_stream_query(run.request.in.query);
  ports = asked.ports;
  if (begin.what == stream_begin::verb::forward) return begin;
  auto container = choose_container(pod, asked.container);
  if (!container) return container.error();
  begin.container = *container;
  if (begin.what == stream_begin::verb::log) {
    if (auto good = read_log_options(run, begin); !good) return good.error();
    return begin;
  }
  begin.arguments = asked.arguments;
  begin.in = asked.in;
  begin.out = asked.out;
  begin.err = asked.err && !asked.tty;
  begin.tty = asked.tty;
  bool command = begin.what == stream_begin::verb::exec && begin.arguments.empty();
  if (command) return invalid("", "PodExecOptions", run.info.name, {{"FieldValueRequired", "Required value", "command"}});
  return begin;
}

} // namespace

step run_stream(const exchange_ptr& run) {
  auto found = existing(*run);
  if (!found) return fail(*run, found.error());
  auto pod = (*found)->as<core::Pod>();
  std::vector<uint16_t> ports;
  auto begin = read_begin(*run, *pod, ports);
  if (!begin) return fail(*run, begin.error());
  auto& node = pod->spec().nodename();
  if (node.empty()) {
    if (begin->what != stream_begin::verb::log) return fail(*run, bad_request("pod " + run->info.name + " does not have a host assigned"));
    run->request.out.code = 204; // nothing has been written yet
    run->request.out.content_type.clear();
    return step::ready;
  }
  bool ended = pod->status().phase() == "Succeeded" || pod->status().phase() == "Failed";
  if (ended && begin->what != stream_begin::verb::log)
    return fail(*run, bad_request("cannot exec or attach to a container in a completed pod; current phase is " + pod->status().phase()));
  auto* streams = run->shared.options.streams;
  if (!streams) return fail(*run, service_unavailable("this server has no way to node " + node, 1));
  run->request.deadline_ms = 0;
  return serve_stream(run->handle.lock(), *streams, node, std::move(*begin), std::move(ports));
}

} // namespace troupe::gateway
